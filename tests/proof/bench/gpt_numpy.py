"""The NumPy side of `make bench`: each function is a task; see sides.py."""

import tracemalloc
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import sides

from llm_scratch import attention, checkpoint, model, ops, parallel, tokenizer, train

parallel.keep_freed_memory()


def training(vocab_size, n_tokens, n_workers=1, d_model=128, n_layers=4, batch=12):
    config = model.GPTConfig(vocab_size, n_tokens, d_model, 4, n_layers)
    rng = np.random.default_rng(0)
    params = model.init_params(config, rng)
    ids = rng.integers(0, vocab_size, (batch, n_tokens + 1))
    learner = train.Learner(params, config)
    if n_workers > 1:
        learner = parallel.DataParallel(params, config, n_workers)
    return lambda: learner.learn(ids[:, :-1], ids[:, 1:], 1e-3, 1e9)


def memory(*sizes):
    """Not seconds but the most bytes in use during a step beyond what stays."""
    step = training(*sizes)
    step()

    def run():
        tracemalloc.start()
        step()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    return run


def load(path):
    return lambda: checkpoint.load_gpt2(path)


def forward(path, batch, n_tokens):
    params, config = checkpoint.load_gpt2(path)
    ids = np.random.default_rng(0).integers(0, config.vocab_size, (batch, n_tokens))
    return lambda: model.forward(params, ids, config)


def prefill(path, n_tokens):
    params, config = checkpoint.load_gpt2(path)
    ids = np.random.default_rng(0).integers(0, config.vocab_size, (1, n_tokens))

    def run():
        cache = model.KVCache(config)
        return model.unembed(params, model.final_vectors(params, ids, config, cache)[:, -1])

    return run


def decode(path, n_tokens):
    params, config = checkpoint.load_gpt2(path)
    ids = np.random.default_rng(0).integers(0, config.vocab_size, (1, n_tokens))
    cache = model.KVCache(config)
    model.final_vectors(params, ids, config, cache)

    def run():
        cache.length = n_tokens
        return model.forward(params, ids[:, :1], config, cache)

    return run


def calls(name, times):
    """One function at tiny sizes, many times: what a call costs beside its numbers."""
    rng = np.random.default_rng(0)
    sizes = ((8, 16), (16, 16), 16)
    x, weight, bias = (rng.standard_normal(size, np.float32) for size in sizes)
    function, *arguments = {
        "linear": (ops.linear, x, weight, bias),
        "softmax": (ops.softmax, x),
        "layer_norm": (ops.layer_norm, x, bias, bias),
        "cross_entropy_backward": (ops.cross_entropy_backward, x, np.arange(8)),
        "scaled_dot_product_attention": (attention.scaled_dot_product_attention, x, x, x),
    }[name]

    def run():
        for _ in range(times):
            function(*arguments)

    return run


def sgemm(n):
    a = np.ones((n, n), np.float32)
    return lambda: a @ a


def read(path):
    """Every weight once, as a product with one vector: what a decoded token cannot do without."""
    params, _ = checkpoint.load_gpt2(path)
    pairs = [(np.ones((1, len(p)), p.dtype), p) for p in params.values() if p.ndim == 2]
    return lambda: [x @ p for x, p in pairs]


def bpe_train(path, vocab_size):
    text = Path(path).read_text(encoding="utf-8")
    return lambda: tokenizer.BPETokenizer.train(text, vocab_size)


def bpe_train_textbook(path, vocab_size):
    """Counting all pairs anew for each merge, as it is told in most tutorials."""
    ids = list(Path(path).read_bytes())

    def run():
        joined = ids
        for new in range(256, vocab_size):
            counts = Counter(pairwise(joined))
            joined = tokenizer._replace(joined, max(counts, key=counts.get), new)

    return run


def bpe_encode(path, vocab_size):
    text = Path(path).read_text(encoding="utf-8")
    merges = tokenizer.BPETokenizer.train(text, vocab_size).merges
    return lambda: tokenizer.BPETokenizer(merges).encode(text)  # anew: nothing is known yet


def bpe_encode_known(path, vocab_size):
    text = Path(path).read_text(encoding="utf-8")
    bpe = tokenizer.BPETokenizer.train(text, vocab_size)
    return lambda: bpe.encode(text)


if __name__ == "__main__":
    sides.serve(globals())
