"""Scaled dot-product attention: each query averages the values by how well it fits their keys."""

import numpy as np

from llm_scratch.ops import softmax


def causal_mask(n):  # -> (n, n) bool
    """True where a key lies in the future of its query and must be hidden.

    >>> causal_mask(3)
    array([[False,  True,  True],
           [False, False,  True],
           [False, False, False]])
    """
    return np.triu(np.ones((n, n), dtype=bool), k=1)


def scaled_dot_product_attention(query, key, value, mask=None):
    # (..., T_q, d), (..., T_k, d), (..., T_k, d_v) -> (..., T_q, d_v), (..., T_q, T_k)
    """Average `value` by the softmax of query·key / √d (Vaswani et al. 2017, equation 1).

    `mask` is True where a key is hidden from a query. Returns the output and the weights.
    Raises ValueError naming the shapes that do not fit, or for a query that may see no key.

    >>> x = np.eye(2)
    >>> scaled_dot_product_attention(x, x, x, mask=causal_mask(2))[1].round(2)
    array([[1.  , 0.  ],
           [0.33, 0.67]])
    """
    _check_shapes(query, key, value)
    d = query.shape[-1]
    scores = query @ key.swapaxes(-1, -2) / np.sqrt(d, dtype=query.dtype)
    if mask is not None:
        scores = np.where(mask, np.array(-np.inf, scores.dtype), scores)
    weights = softmax(scores)
    return weights @ value, weights


def _check_shapes(query, key, value):
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise ValueError(
            "query and key must share their last axis, key and value their length: "
            f"got query {query.shape}, key {key.shape}, value {value.shape}"
        )
