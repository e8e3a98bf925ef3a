"""What is right for each function that reckons with arrays, said with wider numbers or plain loops."""

import math

import numpy as np
from hypothesis import strategies as st
from llm_scratch import attention, checks, model, ops, optim, position, sample
from properties import EXACT, close, exact, holds, lowest


def size(draw, least=1, most=4):
    return draw(st.integers(least, most))


def shape(draw, most=2):
    return draw(st.lists(st.integers(1, 3), max_size=most))


def ids_below(draw, n, *sizes):
    numbers = draw(
        st.lists(st.integers(0, n - 1), min_size=math.prod(sizes), max_size=math.prod(sizes))
    )
    return np.array(numbers, dtype=np.int64).reshape(sizes)


# ops


@holds(ops.one_hot, lambda draw, real: (ids_below(draw, 5, *shape(draw)), size(draw, 5, 9)))
def one_hot(result, ids, vocab_size):
    assert result.dtype == np.float32 and result.shape == (*np.shape(ids), vocab_size)
    assert (result.sum(axis=-1) == 1).all() and (result.argmax(axis=-1) == ids).all()


def rows_and_axis(draw, real):
    x = real(*shape(draw), size(draw))
    return x, draw(st.integers(-x.ndim, x.ndim - 1))


@holds(ops.softmax, rows_and_axis)
def softmax(result, x, axis):
    x = np.asarray(x)
    if x.dtype.kind != "f":
        x = x.astype(np.float64)
    assert result.dtype == x.dtype.newbyteorder("=") and result.shape == x.shape
    (wide,) = exact(x)
    exps = np.exp(wide - wide.max(axis=axis, keepdims=True))
    close(result, exps / exps.sum(axis=axis, keepdims=True), np.ones(x.shape))
    close(
        result.astype(EXACT).sum(axis=axis),
        np.ones(exps.sum(axis=axis).shape),
        1 + x.shape[axis] / 64,
        x.dtype,
    )


def distributions(draw, real):
    weights = real(*shape(draw), size(draw))
    with np.errstate(all="ignore"):
        weights = abs(weights).astype(np.float64) + 1e-3
        return (weights / weights.sum(axis=-1, keepdims=True),)


@holds(ops.entropy, distributions)
def entropy(result, p):
    (wide,) = exact(p)
    assert (np.asarray(result) >= -1e-3).all()
    close(
        result,
        -np.where(wide > 0, wide * np.log(np.where(wide > 0, wide, 1)), 0).sum(axis=-1),
        1 + wide.shape[-1] + 0 * wide.sum(axis=-1),
    )


def matrices(draw, real):
    n_in, n_out = size(draw), size(draw)
    return real(*shape(draw), n_in), real(n_in, n_out), real(n_out)


@holds(ops.linear, matrices)
def linear(result, x, weight, bias):
    wide, w, b = exact(x, weight, bias)
    with np.errstate(all="ignore"):
        close(result, wide @ w + b, abs(wide) @ abs(w) + abs(b), lowest(x, weight, bias))


@holds(
    ops.rows, lambda draw, real: (real(*draw(st.lists(st.integers(0, 3), min_size=1, max_size=4))),)
)
def rows(result, x):
    x = np.asarray(x)
    assert result.ndim == 2 and result.shape[1] == x.shape[-1] and result.dtype == x.dtype
    assert result.tobytes() == x.tobytes()


def gradient_of_linear(draw, real):
    x, weight, _ = matrices(draw, real)
    return real(*x.shape[:-1], weight.shape[1]), x, weight


@holds(ops.linear_backward, gradient_of_linear)
def linear_backward(result, dy, x, weight):
    d, wide, w = exact(dy, x, weight)
    d_rows, x_rows = d.reshape(-1, d.shape[-1]), wide.reshape(-1, wide.shape[-1])
    narrow = lowest(dy, x, weight)
    with np.errstate(all="ignore"):
        close(result[0], d @ w.T, abs(d) @ abs(w.T), narrow)
        close(result[1], x_rows.T @ d_rows, abs(x_rows.T) @ abs(d_rows), narrow)
        close(result[2], d_rows.sum(axis=0), abs(d_rows).sum(axis=0), narrow)


def vectors(draw, real):
    x = real(*shape(draw), size(draw, 2))
    return x, real(x.shape[-1]), real(x.shape[-1])


def normalised(x):
    """The vectors at mean 0 and variance 1, the scale that made them so, and how exact both are."""
    (wide,) = exact(x)
    centred = wide - wide.mean(axis=-1, keepdims=True)
    variance = (centred**2).mean(axis=-1, keepdims=True)
    lost = abs(wide).max(axis=-1, keepdims=True) / np.sqrt(variance + 1e-5)
    return centred / np.sqrt(variance + 1e-5), 1 / np.sqrt(variance + 1e-5), 1 + lost


@holds(ops.layer_norm, vectors)
def layer_norm(result, x, weight, bias):
    xhat, _, lost = normalised(x)
    _, w, b = exact(x, weight, bias)
    with np.errstate(all="ignore"):
        close(
            result, xhat * w + b, (1 + abs(xhat)) * lost * abs(w) + abs(b), lowest(x, weight, bias)
        )


def gradient_of_vectors(draw, real):
    x, weight, _ = vectors(draw, real)
    return real(*x.shape), x, weight


@holds(ops.layer_norm_backward, gradient_of_vectors)
def layer_norm_backward(result, dy, x, weight):
    xhat, scale, lost = normalised(x)
    d, w = exact(dy, weight)
    with np.errstate(all="ignore"):
        g = d * w
        share = (g * xhat).mean(axis=-1, keepdims=True)
        dx = scale * (g - g.mean(axis=-1, keepdims=True) - xhat * share)
        size_of_dx = scale * abs(g).max(axis=-1, keepdims=True) * (1 + xhat**2) * lost**2 * 4
        check_gradients(result, dx, size_of_dx + 0 * dx, d, xhat, lost, lowest(dy, x, weight))


def check_gradients(result, dx, size_of_dx, dy, xhat, lost, narrow):
    """dx, then the sums over all vectors that weight and bias get."""
    axes = tuple(range(dy.ndim - 1))
    close(result[0], dx, size_of_dx, narrow)
    close(
        result[1],
        (dy * xhat).sum(axis=axes),
        (abs(dy) * (1 + abs(xhat)) * lost).sum(axis=axes),
        narrow,
    )
    for dbias in result[2:]:
        close(dbias, dy.sum(axis=axes), abs(dy).sum(axis=axes), narrow)


def scaled(x):
    """The vectors at a mean square of 1, and the scale that made them so."""
    (wide,) = exact(x)
    scale = 1 / np.sqrt((wide**2).mean(axis=-1, keepdims=True) + 1e-6)
    return wide * scale, scale


@holds(ops.rms_norm, lambda draw, real: vectors(draw, real)[:2])
def rms_norm(result, x, weight):
    xhat, _ = scaled(x)
    with np.errstate(all="ignore"):
        close(
            result,
            xhat * exact(weight)[0],
            4 * abs(exact(weight)[0]) * (1 + abs(xhat)),
            lowest(x, weight),
        )


@holds(ops.rms_norm_backward, gradient_of_vectors)
def rms_norm_backward(result, dy, x, weight):
    xhat, scale = scaled(x)
    d, w = exact(dy, weight)
    with np.errstate(all="ignore"):
        g = d * w
        dx = scale * (g - xhat * (g * xhat).mean(axis=-1, keepdims=True))
        size_of_dx = 4 * scale * abs(g).max(axis=-1, keepdims=True) * (1 + xhat**2) + 0 * dx
        check_gradients(result, dx, size_of_dx, d, xhat, 4, lowest(dy, x, weight))


def anywhere(draw, real):
    return (real(*shape(draw, most=3)),)


def tanh_of(wide):
    """tanh u, and du/dx, of GPT-2's GELU."""
    u = np.sqrt(2 / EXACT(np.pi)) * (wide + EXACT(0.044715) * wide**3)
    return np.tanh(u), np.sqrt(2 / EXACT(np.pi)) * (1 + 3 * EXACT(0.044715) * wide**2)


@holds(ops.gelu, anywhere)
def gelu(result, x):
    (wide,) = exact(x)
    with np.errstate(all="ignore"):
        close(result, wide * (1 + tanh_of(wide)[0]) / 2, abs(wide), lowest(x))


def gradient_of_any(draw, real):
    (x,) = anywhere(draw, real)
    return real(*x.shape), x


@holds(ops.gelu_backward, gradient_of_any)
def gelu_backward(result, dy, x):
    d, wide = exact(dy, x)
    wide = np.clip(wide, -100, 100)  # the slope is 0 or 1 from there on
    with np.errstate(all="ignore"):
        t, du = tanh_of(wide)
        bent = np.minimum(abs(wide), 20) ** 3
        close(
            result,
            d * ((1 + t) / 2 + wide * (1 - t * t) * du / 2),
            abs(d) * (1 + bent),
            lowest(dy, x),
        )


def normal_cdf(x):
    """By erfc, which stays exact where erf comes to -1."""
    return np.vectorize(lambda v: 0.5 * math.erfc(-v / math.sqrt(2)), otypes=[EXACT])(x)


@holds(ops.gelu_exact, anywhere)
def gelu_exact(result, x):
    (wide,) = exact(x)
    with np.errstate(all="ignore"):
        close(result, wide * normal_cdf(x), abs(wide), lowest(x))


@holds(ops.gelu_exact_backward, gradient_of_any)
def gelu_exact_backward(result, dy, x):
    d, wide = exact(dy, x)
    with np.errstate(all="ignore"):
        density = np.exp(-wide * wide / 2) / np.sqrt(2 * EXACT(np.pi))
        close(
            result, d * (normal_cdf(x) + wide * density), abs(d) * (1 + wide * wide), lowest(dy, x)
        )


def guesses(draw, real):
    sizes, n = draw(st.lists(st.integers(1, 3), min_size=1, max_size=2)), size(draw, 2)
    return real(*sizes, n), ids_below(draw, n, *sizes)


def logs(logits):
    (wide,) = exact(logits)
    shifted = wide - wide.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


@holds(ops.cross_entropy, guesses)
def cross_entropy(result, logits, targets):
    picked = np.take_along_axis(logs(logits), np.asarray(targets)[..., None], axis=-1)
    scale = 1 + abs(np.asarray(logits).astype(EXACT)).max()
    close(
        result,
        -picked.mean(),
        scale if np.isfinite(picked).all() else np.inf,
        as_floats(logits).dtype,
    )


def as_floats(x):
    x = np.asarray(x)
    return x if x.dtype.kind == "f" else x.astype(np.float64)


@holds(ops.cross_entropy_backward, guesses)
def cross_entropy_backward(result, logits, targets):
    one_hots = np.arange(np.shape(logits)[-1]) == np.asarray(targets)[..., None]
    close(
        result,
        (np.exp(logs(logits)) - one_hots) / np.size(targets),
        np.ones(result.shape),
        as_floats(logits).dtype,
    )


# attention


@holds(attention.causal_mask, lambda draw, real: (size(draw, 0, 9),))
def causal_mask(result, n):
    assert result.shape == (n, n) and result.dtype == bool
    assert all(result[i, j] == (j > i) for i in range(n) for j in range(n))


def attend(query, key, value, hidden):
    """Attention by its definition, and how far off the exponents may be."""
    q, k, v = exact(query, key, value)
    with np.errstate(all="ignore"):
        scores = q @ k.swapaxes(-1, -2) / np.sqrt(EXACT(q.shape[-1]))
        reach = abs(q) @ abs(k).swapaxes(-1, -2)
        scores = np.where(hidden, -np.inf, scores)
        exps = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = exps / exps.sum(axis=-1, keepdims=True)
    return (
        weights @ v,
        weights,
        1 + reach.max(axis=-1, keepdims=True),
        abs(v).max(axis=-2, keepdims=True),
    )


def three_parts(draw, real):
    T_q, T_k, d, before = size(draw), size(draw), size(draw), shape(draw)
    mask = draw(st.sampled_from([None, "causal"]))
    if mask:
        mask = attention.causal_mask(max(T_q, T_k))[:T_q, :T_k]
    return real(*before, T_q, d), real(*before, T_k, d), real(*before, T_k, size(draw)), mask


@holds(attention.scaled_dot_product_attention, three_parts)
def scaled_dot_product_attention(result, query, key, value, mask):
    output, weights, off, largest = attend(query, key, value, False if mask is None else mask)
    narrow = lowest(query, key, value)
    close(result[1], weights, off + 0 * weights, narrow)
    close(result[0], output, off * largest + 0 * output, narrow)
    assert mask is None or (result[1][np.broadcast_to(mask, result[1].shape)] == 0).all()


def packed(draw, real):
    n_heads = size(draw, most=3)
    return real(size(draw, 0, 2), size(draw, 0, 5), 3 * n_heads * size(draw, most=3)), n_heads


def parts_and_heads(draw, real):
    n_parts, n_heads = size(draw, most=3), size(draw, most=3)
    return real(size(draw, 0), size(draw, 0), n_parts * n_heads * size(draw, 0)), n_parts, n_heads


@holds(attention.split_heads, parts_and_heads)
def split_heads(result, x, n_parts, n_heads):
    x = np.asarray(x)
    B, T, d = x.shape
    assert result.shape == (n_parts, B, n_heads, T, d // (n_parts * n_heads))
    pieces = np.split(x, n_parts * n_heads, axis=-1)
    expected = [np.stack(pieces[i * n_heads : (i + 1) * n_heads], axis=1) for i in range(n_parts)]
    np.testing.assert_array_equal(result, np.stack(expected))


def check_causal(result, query, key, value):
    """Each head by the definition, and not a bit of weight on the future."""
    T_q, T_k = query.shape[-2], key.shape[-2]
    hidden = np.triu(np.ones((T_q, T_k), dtype=bool), k=1 + T_k - T_q)
    if not T_q or not query.size:
        assert result[0].size == 0
        return
    output, weights, off, largest = attend(query, key, value, hidden)
    narrow = lowest(query, key, value)
    close(result[1], weights, off + 0 * weights, narrow)
    side_by_side = np.moveaxis(off * largest + 0 * output, 1, 2).reshape(result[0].shape)
    close(result[0], np.moveaxis(output, 1, 2).reshape(result[0].shape), side_by_side, narrow)
    assert (result[1][..., hidden] == 0).all()


@holds(attention.causal_self_attention, packed)
def causal_self_attention(result, qkv, n_heads):
    x = np.asarray(qkv)
    check_causal(
        result, *x.reshape(*x.shape[:2], 3, n_heads, -1 if x.size else 1).transpose(2, 0, 3, 1, 4)
    )


def heads(draw, real):
    B, H, T_q, d = (size(draw, most=3) for _ in range(4))
    T_k = T_q + size(draw, 0)
    return real(B, H, T_q, d), real(B, H, T_k, d), real(B, H, T_k, d)


@holds(attention.causal_attention, heads)
def causal_attention(result, query, key, value):
    check_causal(result, *map(np.asarray, (query, key, value)))


def attention_and_gradient(draw, real):
    qkv, n_heads = packed(draw, lambda *sizes: real(*(n or 1 for n in sizes)))
    with np.errstate(all="ignore"):
        calm = np.where(abs(qkv) < 10, qkv, 1).astype(qkv.dtype)
        output, weights = attention.causal_self_attention(calm, n_heads)
    return real(*output.shape), calm, output, weights


@holds(attention.causal_self_attention_backward, attention_and_gradient)
def causal_self_attention_backward(result, doutput, qkv, output, weights):
    """By the chain rule, head by head, from the weights that are given."""
    H = np.shape(weights)[1]
    B, T, _, d = (*np.shape(output)[:2], 0, np.shape(output)[2] // H)
    q, k, v = exact(qkv)[0].reshape(B, T, 3, H, d).transpose(2, 0, 3, 1, 4)
    dy, y = (x.reshape(B, T, H, d).swapaxes(1, 2) for x in exact(doutput, output))
    (w,) = exact(weights)
    w = np.where(attention.causal_mask(T), 0, w)
    with np.errstate(all="ignore"):
        dw = dy @ v.swapaxes(-1, -2) - (dy * y).sum(axis=-1, keepdims=True)
        dscores = w * dw / np.sqrt(EXACT(d))
        parts = dscores @ k, dscores.swapaxes(-1, -2) @ q, w.swapaxes(-1, -2) @ dy
        largest = 1 + max(abs(x).max() for x in (q, k, v, y, w))
        reach = abs(dy).max() * largest**3 * T * d * 8
    expected = np.stack(parts).transpose(1, 3, 0, 2, 4).reshape(B, T, -1)
    close(result, expected, reach + 0 * expected, lowest(doutput, qkv, output, weights))


# position, optim, sample


@holds(position.sinusoidal_encoding, lambda draw, real: (size(draw, 0, 20), 2 * size(draw)))
def sinusoidal_encoding(result, n_positions, d_model):
    assert result.shape == (n_positions, d_model)
    rates = [10_000.0 ** (-2 * (j // 2) / d_model) for j in range(d_model)]
    plain = [
        [(math.cos if j % 2 else math.sin)(p * rates[j]) for j in range(d_model)]
        for p in range(n_positions)
    ]
    close(result, np.reshape(plain, result.shape), np.ones(result.shape) * (1 + n_positions))
