"""Scaled dot-product attention: each query averages the values by how well it fits their keys."""

from functools import cache

import numpy as np

from llm_scratch.checks import as_array, finite, floats, integer, require_shapes, silent_overflow
from llm_scratch.ops import softmax


def causal_mask(n):  # -> (n, n) bool
    """True where a key lies in the future of its query and must be hidden.

    Raises TypeError if n is not an integer, ValueError if it is negative.

    >>> causal_mask(3)
    array([[False,  True,  True],
           [False, False,  True],
           [False, False, False]])
    """
    n = integer("n", n)
    return np.triu(np.ones((n, n), dtype=bool), k=1)


def scaled_dot_product_attention(query, key, value, mask=None):
    # (..., T_q, d), (..., T_k, d), (..., T_k, d_v) -> (..., T_q, d_v), (..., T_q, T_k)
    """Average `value` by the softmax of query·key / √d (Vaswani et al. 2017, equation 1).

    `mask` is True where a key is hidden from a query. Returns the output and the weights.
    Raises TypeError for integers and for a mask that is not bool, ValueError naming the shapes
    that do not fit, a number that is not finite, or the query that may see no key.

    >>> x = np.eye(2)
    >>> scaled_dot_product_attention(x, x, x, mask=causal_mask(2))[1].round(2)
    array([[1.  , 0.  ],
           [0.33, 0.67]])
    """
    query, key, value = _checked_vectors(query=query, key=key, value=value)
    with silent_overflow():  # what overflows is told
        scores = query @ key.swapaxes(-1, -2) / np.sqrt(query.shape[-1], dtype=query.dtype)
        finite("query and key", scores, "have finite scores")
        if mask is not None:
            scores[_checked_mask(mask, scores.shape)] = -np.inf
        weights = softmax(scores)
        output = finite("value", weights @ value, "have finite averages")
    return output, weights


def _checked_vectors(**vectors):
    """The arrays, if they are real numbers of one precision whose shapes go together."""
    arrays = dict(zip(vectors, floats(**vectors), strict=True))
    fit = _fit(*(x.shape for x in arrays.values()))
    require_shapes(fit, "query (..., T_q, d), key (..., T_k, d), value (..., T_k, d_v)", **arrays)
    return [finite(name, x) for name, x in arrays.items()]


def _fit(query, key, value):
    try:
        np.broadcast_shapes(query[:-2], key[:-2], value[:-2])
    except ValueError:
        return False
    deep = min(map(len, (query, key, value))) >= 2
    return deep and query[-1] == key[-1] > 0 and key[-2] == value[-2]


def _checked_mask(mask, shape):
    """The mask, spread over the scores."""
    mask = as_array("mask", mask)
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


def split_heads(x, n_parts, n_heads):  # (B, T, n_parts·C) -> (n_parts, B, n_heads, T, C / n_heads)
    """See the parts (query, key, value) and heads that stand side by side in one array; no copy.

    >>> split_heads(np.zeros((2, 5, 24)), 3, 4).shape
    (3, 2, 4, 5, 2)
    """
    x, n_parts, n_heads = (
        as_array("x", x),
        integer("n_parts", n_parts, 1),
        integer("n_heads", n_heads, 1),
    )
    fit = x.ndim == 3 and x.shape[-1] % (n_parts * n_heads) == 0
    if not fit:
        require_shapes(False, f"x (B, T, a multiple of n_parts {n_parts} · n_heads {n_heads})", x=x)
    B, T, d = x.shape
    return x.reshape(B, T, n_parts, n_heads, d // (n_parts * n_heads)).transpose(2, 0, 3, 1, 4)


def causal_self_attention(qkv, n_heads):  # (B, T, 3C) -> (B, T, C), (B, n_heads, T, T)
    """Multi-head attention to the past (Vaswani et al. 2017, §3.2.2) from query|key|value.

    The same as `scaled_dot_product_attention` in each head, written for speed: a block of queries
    meets only the keys up to its own end, so that most of the future is never computed.

    >>> output, weights = causal_self_attention(np.zeros((1, 2, 6)), n_heads=1)
    >>> weights[0, 0]
    array([[1. , 0. ],
           [0.5, 0.5]])
    """
    return causal_attention(*split_heads(*floats(qkv=qkv), 3, n_heads))


def causal_attention(query, key, value):
    # (B, H, T_q, d), (B, H, T_k, d), (B, H, T_k, d) -> (B, T_q, H·d), (B, H, T_q, T_k)
    """Attention of the last T_q of T_k positions to their past, the heads side by side again.

    Raises ValueError where a score, or what comes out, is not finite.
    """
    query, key, value = _checked_heads(query=query, key=key, value=value)
    B, n_heads, T_q, d = query.shape
    past = key.shape[2] - T_q
    output = np.empty((B, T_q, n_heads * d), query.dtype)
    heads = split_heads(output, 1, n_heads)[0]
    weights = np.zeros((B, n_heads, T_q, past + T_q), query.dtype)
    for now, seen in _blocks(T_q, past):
        w = weights[..., now, seen]
        n = w.shape[-2]
        with silent_overflow():
            np.matmul(query[..., now, :], key[..., seen, :].swapaxes(-1, -2), out=w)
            w *= d**-0.5
            w[..., -n:] += _hidden(n, w.dtype)
        w -= finite("query and key", w.max(axis=-1, keepdims=True), "have finite scores")
        np.exp(w, out=w)
        w /= w.sum(axis=-1, keepdims=True)
        with silent_overflow():
            np.matmul(w, value[..., seen, :], out=heads[..., now, :])
    finite("value", output, "be finite")
    return output, weights


def _checked_heads(**parts):
    """The arrays, if the heads of query, key and value go together."""
    arrays = dict(zip(parts, floats(**parts), strict=True))
    query, key, value = (x.shape for x in arrays.values())
    fit = len(query) == 4 and key == value and (*query[:2], query[3:]) == (*key[:2], key[3:])
    fit = fit and query[2] <= key[2] and query[3] > 0
    require_shapes(
        fit, "query (B, H, T_q, d), key and value (B, H, T_k, d) with T_q up to T_k", **arrays
    )
    return arrays.values()


def causal_self_attention_backward(doutput, qkv, output, weights):  # -> (B, T, 3C)
    """The gradient of `causal_self_attention` in query|key|value.

    The softmax needs Σ_j w_ij dw_ij in each row, which is output_i · doutput_i (Dao et al. 2022).
    """
    doutput, qkv, output, weights = _checked_results(
        doutput=doutput, qkv=qkv, output=output, weights=weights
    )
    with silent_overflow():
        return _attention_backward(doutput, qkv, output, weights)


def _checked_results(**parts):
    """The arrays, if one call of `causal_self_attention` goes with all of them."""
    arrays = dict(zip(parts, floats(**parts), strict=True))
    doutput, qkv, output, weights = (x.shape for x in arrays.values())
    fit = len(output) == 3 and len(weights) == 4 and doutput == output
    fit = fit and qkv == (*output[:2], 3 * output[2]) and weights[1] > 0
    fit = fit and weights == (output[0], weights[1], output[1], output[1])
    expected = "doutput and output (B, T, C), qkv (B, T, 3C), weights (B, n_heads, T, T)"
    require_shapes(fit and output[2] % weights[1] == 0, expected, **arrays)
    return arrays.values()


def _attention_backward(doutput, qkv, output, weights):
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
        dscores -= row[..., now, :]
        dscores *= w
        dscores *= query.shape[-1] ** -0.5
        np.matmul(dscores, key[..., seen, :], out=dquery[..., now, :])
        dkey[..., seen, :] += dscores.swapaxes(-1, -2) @ query[..., now, :]
    return dqkv


def _blocks(T, past, size=64):
    """The queries of each block, and the keys that the last of them sees."""
    starts = range(0, T, size)
    return [(slice(i, i + size), slice(0, past + min(i + size, T))) for i in starts]


@cache
def _hidden(n, dtype):  # -> (n, n), 0 or -inf
    hidden = np.zeros((n, n), dtype)
    hidden[causal_mask(n)] = -np.inf
    hidden.flags.writeable = False
    return hidden
