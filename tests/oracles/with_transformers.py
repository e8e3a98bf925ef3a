"""Our checkpoints in Hugging Face's GPT-2 and back: logits agree to 1e-4 in float32, or this fails.

Needs PyTorch and transformers, so it runs where they are: python tests/oracles/with_transformers.py
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from transformers import GPT2LMHeadModel

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lessons_src"))

from llm_scratch.checkpoint import load_gpt2, save_gpt2
from llm_scratch.model import GPTConfig, forward, init_params


def main():
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
