"""The arithmetic that every later module shares: one-hot vectors, softmax, entropy."""

import numpy as np


def one_hot(ids, vocab_size):  # (...,) -> (..., vocab_size)
    """Turn each id into a row of zeros with a single one, float32.

    Raises TypeError for ids that are not integers, ValueError for ids outside 0 .. vocab_size - 1.

    >>> one_hot([2, 0], 3)
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    ids = _checked_ids(ids, vocab_size)
    return np.eye(vocab_size, dtype=np.float32)[ids]


def softmax(x, axis=-1):  # (..., n) -> (..., n)
    """Exponentiate and normalise to sum 1 along `axis`, first taking off the maximum: no overflow.

    Raises ValueError for NaN, for inf, and for a row of nothing but -inf, which has no weights.

    >>> softmax(np.log([1.0, 3.0]))
    array([0.25, 0.75])
    """
    x = np.asarray(x)
    highest = _finite_maximum(x, axis)
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
        raise ValueError(f"p must hold rows that are not negative and sum to 1, got {p}")
    return -(p * np.log(np.where(p > 0, p, 1))).sum(axis=-1)


def _checked_ids(ids, vocab_size):
    ids = np.asarray(ids)
    if ids.dtype.kind not in "iu":
        raise TypeError(f"ids must be integers, got {ids.dtype}")
    outside = ids[(ids < 0) | (ids >= vocab_size)]
    if outside.size:
        raise ValueError(f"ids must lie in 0 .. {vocab_size - 1}, got {outside[0]}")
    return ids


def _finite_maximum(x, axis):
    if x.ndim == 0 or x.shape[axis] == 0:
        raise ValueError(f"x must have numbers along axis {axis}, got the shape {x.shape}")
    highest = x.max(axis=axis, keepdims=True)
    wrong = np.argwhere(~np.isfinite(highest))
    if wrong.size:
        row = tuple(map(int, wrong[0]))
        raise ValueError(f"x must have a finite maximum in each row, got {highest[row]} at {row}")
    return highest
