"""Our checkpoints in PyTorch and back, or this fails: logits, torchrun, Accelerate.

Logits of Hugging Face's GPT-2 agree to 1e-4 in float32; two processes of torchrun (gloo) and of
Accelerate train our model further, and what they save is better when it is back.
Needs torch, transformers and accelerate, so it runs where they are:

    python tests/package/oracles/with_transformers.py
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from transformers import GPT2LMHeadModel

SOURCES = Path(__file__).resolve().parents[3] / "lessons_src"
sys.path.insert(0, str(SOURCES))

from llm_scratch.checkpoint import load_gpt2, save_gpt2
from llm_scratch.corpus import cat_world
from llm_scratch.model import GPTConfig, forward, init_params
from llm_scratch.tokenizer import BPETokenizer
from llm_scratch.train import evaluate

LAUNCHERS = {
    "torchrun": ["torch.distributed.run", "--standalone", "--nproc-per-node", "2"],
    "Accelerate": [
        *["accelerate.commands.launch", "--cpu", "--num_processes", "2", "--num_machines", "1"],
        *["--mixed_precision", "no", "--dynamo_backend", "no"],
        *["--main_process_ip", "127.0.0.1", "--main_process_port", "29511"],
    ],
}


def main():
    logits_agree()
    with tempfile.TemporaryDirectory() as folder:
        for name in LAUNCHERS:
            trains_further(name, Path(folder))


def trains_further(name, folder):
    text = " ".join(cat_world().text(np.random.default_rng(0), 5000))
    (folder / "text.txt").write_text(text, encoding="utf-8")
    bpe = BPETokenizer.train(text, 400)
    config = GPTConfig(bpe.vocab_size, 32, 32, 4, 2)
    params = init_params(config, np.random.default_rng(0))
    save_gpt2(folder / "ours", params, config)
    bpe.save(folder / "ours")
    more = ["--accelerate"] if name == "Accelerate" else []
    command = [sys.executable, "-m", *LAUNCHERS[name], "-m", "llm_scratch.with_torch"]
    subprocess.run(
        [*command, "ours", "text.txt", "--to", name, "--steps", "60", *more],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(SOURCES)}, check=True, timeout=300,
    )  # fmt: skip
    back, config_back = load_gpt2(folder / name)
    ids = bpe.encode(text)
    before, after = evaluate(params, config, ids), evaluate(back, config_back, ids)
    print(f"{name}: {before:.4f} nats before, {after:.4f} after")
    assert after < before - 2


def logits_agree():
    config, rng = GPTConfig(50, 16, 32, 4, 3), np.random.default_rng(0)
    params = {name: 5 * p for name, p in init_params(config, rng).items()}
    ids = rng.integers(0, 50, (2, 16))
    with tempfile.TemporaryDirectory() as folder:
        save_gpt2(Path(folder, "ours"), params, config)
        theirs = GPT2LMHeadModel.from_pretrained(f"{folder}/ours").eval()
        theirs.save_pretrained(f"{folder}/theirs")
        back, config_back = load_gpt2(Path(folder, "theirs"))
    with torch.no_grad():
        logits = theirs(torch.tensor(ids)).logits.numpy()
    assert config_back == config
    for name, ours in (("ours", params), ("back", back)):
        gap = abs(forward(ours, ids, config) - logits).max()
        print(f"{name}: largest difference of logits {gap:.1e}")
        assert gap < 1e-4


if __name__ == "__main__":
    main()
