"""The NumPy side of `make bench`: does one task per line read, and answers with its seconds."""

import sys
import time

import numpy as np

from llm_scratch import model, optim
from llm_scratch.tokenizer import BPETokenizer
from llm_scratch.train import keep_freed_memory

keep_freed_memory()


def training(vocab_size, n_tokens, n_workers):
    config = model.GPTConfig(vocab_size, n_tokens, 128, 4, 4)
    rng = np.random.default_rng(0)
    params = model.init_params(config, rng)
    ids = rng.integers(0, vocab_size, (12, n_tokens + 1))
    optimizer = optim.AdamW(params)

    def step():
        _, grads = model.loss_and_grads(params, ids[:, :-1], ids[:, 1:], config)
        optimizer.step(grads, 1e-3)

    return step


def main():
    steps = {}
    for line in sys.stdin:
        name, *numbers, repeats = line.split()
        key = name, *map(int, numbers)
        if key not in steps:
            steps[key] = globals()[name](*key[1:])
            steps[key]()
        started = time.perf_counter()
        for _ in range(int(repeats)):
            steps[key]()
        print((time.perf_counter() - started) / int(repeats), flush=True)


main()
