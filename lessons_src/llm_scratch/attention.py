"""Scaled dot-product attention: each query averages the values by how well it fits their keys."""

from operator import index

import numpy as np

from llm_scratch.ops import softmax


def causal_mask(n):  # -> (n, n) bool
    """True where a key lies in the future of its query and must be hidden.

    Raises TypeError if n is not an integer, ValueError if it is negative.

    >>> causal_mask(3)
    array([[False,  True,  True],
           [False, False,  True],
           [False, False, False]])
    """
    if index(n) < 0:
        raise ValueError(f"n must not be negative, got {n}")
    return np.triu(np.ones((n, n), dtype=bool), k=1)


def scaled_dot_product_attention(query, key, value, mask=None):
    # (..., T_q, d), (..., T_k, d), (..., T_k, d_v) -> (..., T_q, d_v), (..., T_q, T_k)
    """Average `value` by the softmax of query·key / √d (Vaswani et al. 2017, equation 1).

    `mask` is True where a key is hidden from a query. Returns the output and the weights.
    Raises TypeError for integers and for a mask that is not bool, ValueError naming the shapes
    that do not fit, or the query that may see no key.

    >>> x = np.eye(2)
    >>> scaled_dot_product_attention(x, x, x, mask=causal_mask(2))[1].round(2)
    array([[1.  , 0.  ],
           [0.33, 0.67]])
    """
    query, key, value = _checked_vectors(query=query, key=key, value=value)
    scores = query @ key.swapaxes(-1, -2) / np.sqrt(query.shape[-1], dtype=query.dtype)
    if mask is not None:
        scores[_checked_mask(mask, scores.shape)] = -np.inf
    weights = softmax(scores)
    return weights @ value, weights


def _checked_vectors(**vectors):
    """The arrays, if they are real numbers of one precision whose shapes go together."""
    arrays = {name: np.asarray(x) for name, x in vectors.items()}
    for name, x in arrays.items():
        if x.dtype.kind != "f":
            raise TypeError(f"{name} must hold floating-point numbers, got {x.dtype}")
    if not _fit(*(x.shape for x in arrays.values())):
        got = ", ".join(f"{name} {x.shape}" for name, x in arrays.items())
        raise ValueError(
            f"expected query (..., T_q, d), key (..., T_k, d), value (..., T_k, d_v); got {got}"
        )
    return arrays.values()


def _fit(query, key, value):
    try:
        np.broadcast_shapes(query[:-2], key[:-2], value[:-2])
    except ValueError:
        return False
    deep = min(map(len, (query, key, value))) >= 2
    return deep and query[-1] == key[-1] > 0 and key[-2] == value[-2]


def _checked_mask(mask, shape):
    """The mask, spread over the scores."""
    mask = np.asarray(mask)
    if mask.dtype != bool:
        raise TypeError(f"mask must be bool, True where a key is hidden; got {mask.dtype}")
    try:
        mask = np.broadcast_to(mask, shape)
    except ValueError:
        raise ValueError(f"mask must fit the scores {shape}, got {mask.shape}") from None
    blind = np.argwhere(mask.all(axis=-1))
    if blind.size:
        raise ValueError(
            f"mask must leave each query a key; the one at {blind[0].tolist()} sees none"
        )
    return mask
