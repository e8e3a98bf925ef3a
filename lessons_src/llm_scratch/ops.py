"""The arithmetic that every later module shares: one-hot vectors, softmax, entropy."""

import numpy as np


def one_hot(ids, vocab_size):  # (...,) -> (..., vocab_size)
    """Turn each id into a row of zeros with a single one, float32.

    Raises TypeError for ids that are not integers, ValueError for ids outside 0 .. vocab_size - 1.

    >>> one_hot([2, 0], 3)
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    ids = np.asarray(ids)
    if not np.issubdtype(ids.dtype, np.integer):
        raise TypeError(f"ids must be integers, got {ids.dtype}")
    if ids.size and not (0 <= ids.min() and ids.max() < vocab_size):
        raise ValueError(f"ids must lie in 0 .. {vocab_size - 1}, got {ids.min()} .. {ids.max()}")
    return np.eye(vocab_size, dtype=np.float32)[ids]


def softmax(x, axis=-1):  # (..., n) -> (..., n)
    """Exponentiate and normalise to sum 1 along `axis`; the maximum is subtracted first, so that nothing overflows.

    Raises ValueError for NaN and for a row that is -inf throughout: it has no weights to give.

    >>> softmax(np.log([1.0, 3.0]))
    array([0.25, 0.75])
    """
    x = np.asarray(x)
    highest = x.max(axis=axis, keepdims=True)
    if not np.isfinite(highest).all():
        raise ValueError("softmax needs a finite maximum in every row, got NaN, inf or a row of -inf")
    exps = np.exp(x - highest)
    return exps / exps.sum(axis=axis, keepdims=True)


def entropy(p):  # (..., n) -> (...)
    """The entropy of distributions in nats (Shannon 1948), with 0 log 0 = 0.

    Raises ValueError where a row is no distribution.

    >>> float(entropy([0.5, 0.5, 0.0]) / np.log(2))
    1.0
    """
    p = np.asarray(p)
    if not ((p >= 0).all() and np.allclose(p.sum(axis=-1), 1, atol=1e-4)):
        raise ValueError("p must hold distributions: nonnegative rows that sum to 1")
    return -(p * np.log(np.where(p > 0, p, 1))).sum(axis=-1)
