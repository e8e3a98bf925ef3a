"""python -m llm_scratch: write with a GPT-2 checkpoint, or fetch OpenAI's own.

The folder is the one of `transformers`: config.json, model.safetensors, vocab.json, merges.txt.
"""

import argparse
import codecs
import sys
from itertools import islice
from pathlib import Path

import numpy as np

from llm_scratch.checkpoint import load_gpt2
from llm_scratch.sample import stream
from llm_scratch.tokenizer import BPETokenizer

FILES = ["config.json", "model.safetensors", "vocab.json", "merges.txt"]


def main(arguments=None):
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (OSError, ValueError, ImportError) as error:
        sys.exit(f"llm_scratch {options.command}: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m llm_scratch", description="Write with a GPT-2 checkpoint, in NumPy."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    new = commands.add_parser("generate", help="go on with a text, token by token")
    new.set_defaults(run=_generate)
    new.add_argument("--checkpoint", required=True, metavar="DIR", help=", ".join(FILES))
    new.add_argument("--prompt", required=True, help="the text to go on with")
    new.add_argument("--tokens", type=int, default=50, metavar="N", help="at most (default 50)")
    new.add_argument("--temperature", type=float, default=1.0, help="0 takes the likeliest always")
    new.add_argument("--top-k", type=int, metavar="K", help="only the K likeliest tokens")
    new.add_argument("--top-p", type=float, metavar="P", help="only the likeliest that make up P")
    new.add_argument("--seed", type=int, help="the same seed writes the same text")
    fetch = commands.add_parser("download", help="GPT-2 from the Hugging Face Hub, 0.55 GB")
    fetch.set_defaults(run=_download)
    fetch.add_argument("--model", default="openai-community/gpt2", help="(default: %(default)s)")
    fetch.add_argument("--to", default="gpt2", metavar="DIR", help="(default: %(default)s)")
    return parser


def _generate(options):
    tokenizer = BPETokenizer.load(options.checkpoint)
    params, config = load_gpt2(options.checkpoint)
    ids = tokenizer.encode(options.prompt)
    settings = {name: getattr(options, name) for name in ("temperature", "top_k", "top_p")}
    new = stream(params, config, ids, np.random.default_rng(options.seed), **settings)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")  # a token may end mid-character
    print(options.prompt, end="", flush=True)
    left = options.tokens
    for i in islice(new, options.tokens):
        if i >= tokenizer.vocab_size:  # GPT-2's <|endoftext|> has the last id
            break
        print(decoder.decode(tokenizer.tokens[i]), end="", flush=True)
        left -= 1
    else:
        if left:
            print(f"\n(stopped: n_positions is {config.n_positions})", file=sys.stderr, end="")
    print(decoder.decode(b"", final=True))


def _download(options):
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise ImportError("needs huggingface_hub: pip install huggingface_hub") from None
    folder = snapshot_download(options.model, allow_patterns=FILES, local_dir=options.to)
    missing = [name for name in FILES if not Path(folder, name).exists()]
    if missing:
        raise ValueError(f"{options.model} has no {', '.join(missing)}")
    print(f'python -m llm_scratch generate --checkpoint {options.to} --prompt "Hello, I am"')


if __name__ == "__main__":
    main()
