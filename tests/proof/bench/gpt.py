"""`make bench`: our NumPy GPT and PyTorch side by side, interleaved in one run, medians of ratios.

Ours runs twice: as shipped, where OpenBLAS picks its kernels for this processor, and with
OPENBLAS_CORETYPE=Haswell, AVX2 as PyTorch's library has it. Everything is float32 on two threads.
No speed fails. PyTorch needs a Python of its own with torch, transformers and tiktoken in it:

    make bench TORCH=/path/to/venv/bin/python
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from pydoc_data import topics  # 0.75 MB of English that every Python has

import numpy as np
from sides import CORE, Side, digits, head, row, show

from llm_scratch import checkpoint, model


@dataclass
class Sizes:
    config: model.GPTConfig
    n_tokens: int  # before the one that is decoded
    steps: list  # vocab_size, n_tokens
    growth: list  # vocab_size, n_tokens, workers, d_model, n_layers
    sgemm: int
    vocab_sizes: tuple  # of BPE
    n_letters: int
    rounds: int
    few: int  # rounds of what takes long
    n_threads: int


LONGER, WIDER, DEEPER = (64, 128, 256), (256, 512), (8, 16)
FULL = Sizes(
    config=model.GPT2,
    n_tokens=512,
    steps=[(256, 64), (1024, 256)],
    growth=[(256, T, 1, 128, 4) for T in LONGER]
    + [(256, 64, 1, d, 4) for d in WIDER]
    + [(256, 64, 1, 128, L) for L in DEEPER],
    sgemm=1024,
    vocab_sizes=(512, 1024),
    n_letters=10**6,
    rounds=9,
    few=3,
    n_threads=2,
)
SMALL = Sizes(
    config=model.GPTConfig(vocab_size=300, n_positions=32, d_model=32, n_heads=4, n_layers=2),
    n_tokens=16,
    steps=[(32, 8)],
    growth=[(32, 8, 1, 32, 1)],
    sgemm=64,
    vocab_sizes=(258, 260),
    n_letters=10**4,
    rounds=1,
    few=1,
    n_threads=1,
)
FIRST_TOKEN = {
    "NumPy": """
import numpy as np
from llm_scratch import checkpoint, model
params, config = checkpoint.load_gpt2(path)
print(model.forward(params, np.array([[1, 2, 3]]), config, model.KVCache(config))[0, -1].argmax())
""",
    "PyTorch": """
import torch
from transformers import GPT2LMHeadModel
with torch.inference_mode():
    print(GPT2LMHeadModel.from_pretrained(path)(torch.tensor([[1, 2, 3]])).logits[0, -1].argmax())
""",
}
PEAK = """
import sys
lines = open("/proc/self/status").read().splitlines() if sys.platform == "linux" else []
print(next((line.split()[1] for line in lines if line.startswith("VmHWM")), "0"))
"""


def compare(label, rounds, sides, task, their_task=None):
    """Our tasks take turns with PyTorch's, if it is there."""
    tasks = [task, task, their_task or task]
    pairs = [*zip(sides, tasks, strict=False)]
    show(label, [[side.run(*t) for side, t in pairs] for _ in range(rounds)], 1e3)


def training(sides, sizes):
    for V, T in sizes.steps:
        label, task = f"training step, V {V}, T {T}", ("training", V, T)
        compare(f"{label}, one process", sizes.rounds, sides, task)
        compare(f"{label}, two workers", sizes.rounds, sides, (*task, 2), task)


def gpt2(sides, sizes, folder):
    n, rounds = sizes.n_tokens, sizes.rounds
    compare(f"prefill {n} tokens", rounds, sides, ("prefill", folder, n))
    compare(f"one token after {n}", rounds, sides, ("decode", folder, n))
    compare("load", rounds, sides, ("load", folder))
    start(sides, sizes, folder)
    for what, task in (("prefill", "prefill"), ("one token", "decode")):
        if len(sides) == 3:
            ours = task, folder, n
            compare(f"{what} against bfloat16", sizes.few, sides, ours, (*ours, "bfloat16"))


def start(sides, sizes, folder):
    """A whole process to its first token: its time, and the most memory it held."""
    codes = [FIRST_TOKEN[kind] for kind in ("NumPy", "NumPy", "PyTorch")]
    codes = [f"path = {folder!r}{code}{PEAK}" for code in codes]
    pairs = [*zip(sides, codes, strict=False)]
    rounds = [[side.start(code) for side, code in pairs] for _ in range(sizes.few)]
    show("start to first token", [[seconds for seconds, _ in turn] for turn in rounds], 1e3)
    peaks = [int(printed.split()[-1]) for _, printed in rounds[0]]
    if all(peaks):  # Linux alone tells them
        row("  peak memory then, MB", [digits(kB / 1e3) for kB in peaks])


def bpe(sides, sizes, text):
    few, (_, V) = sizes.few, sizes.vocab_sizes
    for n in sizes.vocab_sizes:
        compare(f"BPE, train V {n} (tokenizers)", few, sides, ("bpe_train", text, n))
    encode, known = ("bpe_encode", text, V), ("bpe_encode_known", text, V)
    compare("BPE, encode, nothing known (tokenizers)", few, sides, encode)
    compare("BPE, encode, words known (tokenizers)", few, sides, known, encode)
    compare("BPE, encode, words known (tiktoken)", few, sides, known, ("tiktoken_encode", text, V))


def limits(ours, sizes, folder):
    """How near the processor's own limits: sgemm for training and prefill, reading for decoding."""

    def fastest(*task):
        return np.array([min(side.run(*task) for _ in range(sizes.rounds)) for side in ours])

    def part(label, fractions):
        row(label, [f"{digits(100 * fraction)}%" for fraction in fractions])

    print("\nof this machine's own limits")
    row("", NAMES[:2])
    flops = 2 * sizes.sgemm**3 / fastest("sgemm", sizes.sgemm)
    row("sgemm, GFLOP/s", [digits(f / 1e9) for f in flops])
    for V, T in sizes.steps:
        share = training_flops(V, T) / fastest("training", V, T, 2) / flops
        part(f"training, V {V}, T {T}, two workers", share)
    n, c = sizes.n_tokens, sizes.config
    part("prefill", 2 * n * 12 * c.n_layers * c.d_model**2 / fastest("prefill", folder, n) / flops)
    part("decoding, of reading the weights", fastest("read", folder) / fastest("decode", folder, n))


def training_flops(vocab_size, n_tokens, d=128, n_layers=4):
    """6 for each weight and token, and attention's two products there and four back."""
    weights = n_layers * 12 * d * d + vocab_size * d
    return 12 * n_tokens * (6 * weights + 12 * n_layers * n_tokens * d)


def growth(side, sizes):
    print("\na training step grows, as shipped")
    row("", ["ms", "peak MB"])
    for V, T, workers, d, n_layers in sizes.growth:
        task = V, T, workers, d, n_layers
        milliseconds = 1e3 * np.median([side.run("training", *task) for _ in range(sizes.rounds)])
        megabytes = side.run("memory", *task) / 1e6
        row(f"V {V}, T {T}, d {d}, L {n_layers}", [digits(milliseconds), digits(megabytes)])


def textbook(side, sizes, text):
    V = sizes.vocab_sizes[0]
    head("BPE, seconds", ["ours", "textbook"])
    tasks = ("bpe_train", text, V), ("bpe_train_textbook", text, V)
    show(f"BPE, train V {V}, against the textbook's loop", [[side.run(*task) for task in tasks]])


NAMES = ["as shipped", "Haswell", "PyTorch"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--torch", help="a Python that has torch, transformers and tiktoken")
    parser.add_argument("--small", action="store_true", help="seconds: does it run at all?")
    options = parser.parse_args()
    sizes = SMALL if options.small else FULL
    sides = [
        Side(sys.executable, "gpt_numpy", sizes.n_threads),
        Side(sys.executable, "gpt_numpy", sizes.n_threads, **{CORE: "Haswell"}),
    ]
    if options.torch:
        sides.append(Side(options.torch, "gpt_torch", sizes.n_threads))
    else:
        print("no PyTorch beside ours:", __doc__.strip().splitlines()[-1].strip(), "adds it")
    with tempfile.TemporaryDirectory() as folder:
        params = model.init_params(sizes.config, np.random.default_rng(0))
        checkpoint.save_gpt2(folder, params, sizes.config)
        text = Path(folder, "english.txt")
        text.write_text("\n".join(topics.topics.values())[: sizes.n_letters], encoding="utf-8")
        parameters = f"a GPT-2 of {model.count_params(sizes.config):,} parameters"
        head(f"ms, medians, BLAS threads: {sizes.n_threads}; {parameters}", NAMES[: len(sides)])
        training(sides, sizes)
        gpt2(sides, sizes, folder)
        bpe(sides, sizes, str(text))
        limits(sides[:2], sizes, folder)
        growth(sides[0], sizes)
        textbook(sides[0], sizes, str(text))


if __name__ == "__main__":
    main()
