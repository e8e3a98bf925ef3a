"""Scaled dot-product attention: each query averages the values by how well it fits their keys."""

import math
from functools import cache

import numpy as np

from llm_scratch.checks import as_mask, require_spread
from llm_scratch.contract import shapes
from llm_scratch.ops import softmax


@shapes("T -> bool (T, T)")
def causal_mask(n):
    """True where a key lies in the future of its query: hidden.

    Raises TypeError if n is no integer, ValueError if it is negative.

    >>> causal_mask(3)
    array([[False,  True,  True],
           [False, False,  True],
           [False, False, False]])
    """
    return np.triu(np.ones((n, n), dtype=bool), k=1)


def _check_mask(query, key, mask):
    before = np.broadcast_shapes(query.shape[:-2], key.shape[:-2])
    require_spread("mask", mask, (*before, query.shape[-2], key.shape[-2]))


@shapes(
    """finite (*, T_q, d), finite (*, T_k, d), finite (*, T_k, d_v)
    -> finite (*, T_q, d_v), (*, T_q, T_k)""",
    mask=as_mask,
    where=_check_mask,
)
def scaled_dot_product_attention(query, key, value, mask=None):
    """Average `value` by the softmax of query·key / √d.

    Vaswani et al. 2017, equation 1. `mask` is True where a key is
    hidden. Returns the output and the weights. Raises TypeError for
    integers and for a mask that is not bool, ValueError for shapes that
    do not go together, for numbers that are not finite or overflow, and
    for a query that may see no key.

    >>> x, mask = np.eye(2), causal_mask(2)
    >>> scaled_dot_product_attention(x, x, x, mask)[1].round(2)
    array([[1.  , 0.  ],
           [0.33, 0.67]])
    """
    scores = query @ key.swapaxes(-1, -2) / math.sqrt(query.shape[-1])
    if mask is not None:
        scores = np.where(mask, -np.inf, scores)
    weights = softmax(scores)
    return weights @ value, weights


@shapes("""any (B, T, n_parts·n_heads·d), n_parts, n_heads
        -> any (n_parts, B, n_heads, T, d)""")
def split_heads(x, n_parts, n_heads):
    """See the parts (query, key, value) and heads that stand side by side in one array; no copy.

    >>> split_heads(np.zeros((2, 5, 24)), 3, 4).shape
    (3, 2, 4, 5, 2)
    """
    B, T, d = x.shape
    return x.reshape(B, T, n_parts, n_heads, d // (n_parts * n_heads)).transpose(2, 0, 3, 1, 4)


@shapes("(B, T, 3·n_heads·d), n_heads -> (B, T, n_heads·d), (B, n_heads, T, T)")
def causal_self_attention(qkv, n_heads):
    """Multi-head attention to the past (Vaswani et al. 2017, §3.2.2) from query|key|value.

    The same as `scaled_dot_product_attention` in each head, written for speed: a block of queries
    meets only the keys up to its own end, so that most of the future is never computed.

    >>> output, weights = causal_self_attention(np.zeros((1, 2, 6)), n_heads=1)
    >>> weights[0, 0]
    array([[1. , 0. ],
           [0.5, 0.5]])
    """
    return causal_attention(*split_heads(qkv, 3, n_heads))


def _check_past(query, key):
    if query.shape[2] > key.shape[2]:
        raise ValueError(f"query has {query.shape[2]} positions, key only {key.shape[2]}")


@shapes(
    """(B, n_heads, T_q, d), (B, n_heads, T_k, d), (B, n_heads, T_k, d)
    -> finite (B, T_q, n_heads·d), (B, n_heads, T_q, T_k)""",
    where=_check_past,
)
def causal_attention(query, key, value):
    """Attention of the last T_q of T_k positions to their past, the heads side by side again.

    Raises ValueError where what comes out is not finite.
    """
    B, n_heads, T_q, d = query.shape
    past = key.shape[2] - T_q
    output = np.empty((B, T_q, n_heads * d), query.dtype)
    heads = split_heads(output, 1, n_heads)[0]
    weights = np.zeros((B, n_heads, T_q, past + T_q), query.dtype)
    for now, seen in _blocks(T_q, past):
        w = weights[..., now, seen]  # in place: a copy of each block would cost a third more
        np.matmul(query[..., now, :], key[..., seen, :].swapaxes(-1, -2), out=w)
        w *= d**-0.5
        w[..., -w.shape[-2] :] += _hidden(w.shape[-2], w.dtype)
        w -= w.max(axis=-1, keepdims=True)
        np.exp(w, out=w)
        w /= w.sum(axis=-1, keepdims=True)
        np.matmul(w, value[..., seen, :], out=heads[..., now, :])
    return output, weights


@shapes("""(B, T, n_heads·d), (B, T, 3·n_heads·d), (B, T, n_heads·d),
        (B, n_heads, T, T) -> (B, T, 3·n_heads·d)""")
def causal_self_attention_backward(doutput, qkv, output, weights):
    """The gradient of `causal_self_attention` in query|key|value.

    The softmax needs Σ_j w_ij dw_ij in each row, which is output_i · doutput_i (Dao et al. 2022).
    """
    n_heads = weights.shape[1]
    query, key, value = split_heads(qkv, 3, n_heads)
    row = split_heads(doutput * output, 1, n_heads)[0].sum(axis=-1, keepdims=True)
    doutput = split_heads(doutput, 1, n_heads)[0]
    dqkv = np.zeros_like(qkv)
    dquery, dkey, dvalue = split_heads(dqkv, 3, n_heads)
    for now, seen in _blocks(qkv.shape[1], past=0):
        w = weights[..., now, seen]
        dvalue[..., seen, :] += w.swapaxes(-1, -2) @ doutput[..., now, :]
        dscores = doutput[..., now, :] @ value[..., seen, :].swapaxes(-1, -2)
        dscores -= row[..., now, :]  # from here on the gradient of the scores, in place
        dscores *= w * query.shape[-1] ** -0.5
        dquery[..., now, :] = dscores @ key[..., seen, :]
        dkey[..., seen, :] += dscores.swapaxes(-1, -2) @ query[..., now, :]
    return dqkv


def _blocks(T, past, size=64):
    """The queries of each block, and the keys that the last of them sees."""
    starts = range(0, T, size)
    return [(slice(i, i + size), slice(0, past + min(i + size, T))) for i in starts]


@cache
def _hidden(n, dtype):  # -> (n, n), 0 or -inf
    return np.where(causal_mask(n), -np.inf, 0).astype(dtype)
