"""What is right for functions that reckon with arrays, by wider numbers or plain loops."""

import math
from copy import deepcopy

import numpy as np
from contracts import arguments
from hypothesis import strategies as st
from llm_scratch import attention, model, ops, optim, position, sample
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


def fitting(function):
    """Draws arguments that fit the function's contract."""

    def draw_arguments(draw, real):
        def choose(axis):
            return (
                tuple(shape(draw))
                if axis in ("...", "*")
                else size(draw, axis not in ("B", "T", "N"))
            )

        def fill(term, shape, sizes):
            if term.below:
                return ids_below(draw, sizes.setdefault(term.below, size(draw)), *shape)
            x = real(*shape)
            return distribution(x) if term.holds == "distribution" else x

        return tuple(arguments(function, choose, fill))

    return draw_arguments


def distribution(x):
    with np.errstate(all="ignore"):
        weights = abs(x).astype(np.float64) + 1e-3
        return weights / weights.sum(axis=-1, keepdims=True)


# ops


@holds(ops.one_hot, fitting(ops.one_hot))
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


@holds(ops.entropy, fitting(ops.entropy))
def entropy(result, p):
    (wide,) = exact(p)
    assert (np.asarray(result) >= -1e-3).all()
    close(
        result,
        -np.where(wide > 0, wide * np.log(np.where(wide > 0, wide, 1)), 0).sum(axis=-1),
        1 + wide.shape[-1] + 0 * wide.sum(axis=-1),
    )


@holds(ops.linear, fitting(ops.linear))
def linear(result, x, weight, bias):
    wide, w, b = exact(x, weight, bias)
    with np.errstate(all="ignore"):
        close(result, wide @ w + b, abs(wide) @ abs(w) + abs(b), lowest(x, weight, bias))


@holds(ops.rows, fitting(ops.rows))
def rows(result, x):
    x = np.asarray(x)
    assert result.ndim == 2 and result.shape[1] == x.shape[-1]
    assert result.dtype == x.dtype and result.ravel().tolist() == x.ravel().tolist()


@holds(ops.dot_products, fitting(ops.dot_products))
def dot_products(result, x, table):
    wide, t = exact(x, table)
    with np.errstate(all="ignore"):
        close(result, wide @ t.T, abs(wide) @ abs(t.T), lowest(x, table))


@holds(ops.mean_product, fitting(ops.mean_product))
def mean_product(result, x, y):
    wide, other = exact(x, y)
    with np.errstate(all="ignore"):
        expected, scale = ((f(wide * other)).mean(axis=-1, keepdims=True) for f in (np.array, abs))
        close(result, expected, scale * x.shape[-1], lowest(x, y))


@holds(ops.linear_backward, fitting(ops.linear_backward))
def linear_backward(result, dy, x, weight):
    d, wide, w = exact(dy, x, weight)
    d_rows, x_rows = d.reshape(-1, d.shape[-1]), wide.reshape(-1, wide.shape[-1])
    narrow = lowest(dy, x, weight)
    with np.errstate(all="ignore"):
        close(result[0], d @ w.T, abs(d) @ abs(w.T), narrow)
        close(result[1], x_rows.T @ d_rows, abs(x_rows.T) @ abs(d_rows), narrow)
        close(result[2], d_rows.sum(axis=0), abs(d_rows).sum(axis=0), narrow)


def normalised(x):
    """The vectors at mean 0 and variance 1, the scale that made them so, and how exact both are."""
    (wide,) = exact(x)
    centred = wide - wide.mean(axis=-1, keepdims=True)
    variance = (centred**2).mean(axis=-1, keepdims=True)
    lost = abs(wide).max(axis=-1, keepdims=True) / np.sqrt(variance + 1e-5)
    return centred / np.sqrt(variance + 1e-5), 1 / np.sqrt(variance + 1e-5), 1 + lost


@holds(ops.layer_norm, fitting(ops.layer_norm))
def layer_norm(result, x, weight, bias):
    xhat, _, lost = normalised(x)
    _, w, b = exact(x, weight, bias)
    with np.errstate(all="ignore"):
        close(
            result, xhat * w + b, (1 + abs(xhat)) * lost * abs(w) + abs(b), lowest(x, weight, bias)
        )


@holds(ops.layer_norm_backward, fitting(ops.layer_norm_backward))
def layer_norm_backward(result, dy, x, weight):
    xhat, scale, lost = normalised(x)
    d, w = exact(dy, weight)
    with np.errstate(all="ignore"):
        g = d * w
        share = (g * xhat).mean(axis=-1, keepdims=True)
        dx = scale * (g - g.mean(axis=-1, keepdims=True) - xhat * share)
        size_of_g = abs(g).max(axis=-1, keepdims=True) * (1 + xhat**2) * lost**2
        check_gradients(result, dx, size_of_g, scale, d, xhat, lost, lowest(dy, x, weight))


def check_gradients(result, dx, size_of_g, scale, dy, xhat, lost, narrow):
    """dx, unless the sums that it is scaled down from overflow; then what weight and bias get."""
    axes = tuple(range(dy.ndim - 1))
    overflows = dy.shape[-1] * size_of_g > np.finfo(narrow).max
    close(result[0], dx, np.where(overflows, np.inf, 4 * scale * size_of_g), narrow)
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


@holds(ops.rms_norm, fitting(ops.rms_norm))
def rms_norm(result, x, weight):
    xhat, _ = scaled(x)
    with np.errstate(all="ignore"):
        close(
            result,
            xhat * exact(weight)[0],
            4 * abs(exact(weight)[0]) * (1 + abs(xhat)),
            lowest(x, weight),
        )


@holds(ops.rms_norm_backward, fitting(ops.rms_norm_backward))
def rms_norm_backward(result, dy, x, weight):
    xhat, scale = scaled(x)
    d, w = exact(dy, weight)
    with np.errstate(all="ignore"):
        g = d * w
        dx = scale * (g - xhat * (g * xhat).mean(axis=-1, keepdims=True))
        size_of_g = abs(g).max(axis=-1, keepdims=True) * (1 + xhat**2)
        check_gradients(result, dx, size_of_g, scale, d, xhat, 4, lowest(dy, x, weight))


def tanh_of(wide):
    """tanh u, and du/dx, of GPT-2's GELU."""
    u = np.sqrt(2 / EXACT(np.pi)) * (wide + EXACT(0.044715) * wide**3)
    return np.tanh(u), np.sqrt(2 / EXACT(np.pi)) * (1 + 3 * EXACT(0.044715) * wide**2)


@holds(ops.gelu, fitting(ops.gelu))
def gelu(result, x):
    (wide,) = exact(x)
    with np.errstate(all="ignore"):
        close(result, wide * (1 + tanh_of(wide)[0]) / 2, abs(wide), lowest(x))


@holds(ops.gelu_backward, fitting(ops.gelu_backward))
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


@holds(ops.gelu_exact, fitting(ops.gelu_exact))
def gelu_exact(result, x):
    (wide,) = exact(x)
    with np.errstate(all="ignore"):
        close(result, wide * normal_cdf(x), abs(wide), lowest(x))


@holds(ops.gelu_exact_backward, fitting(ops.gelu_exact_backward))
def gelu_exact_backward(result, dy, x):
    d, wide = exact(dy, x)
    with np.errstate(all="ignore"):
        density = np.exp(-wide * wide / 2) / np.sqrt(2 * EXACT(np.pi))
        close(
            result, d * (normal_cdf(x) + wide * density), abs(d) * (1 + wide * wide), lowest(dy, x)
        )


def logs(logits):
    (wide,) = exact(logits)
    shifted = wide - wide.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


@holds(ops.cross_entropy, fitting(ops.cross_entropy))
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


@holds(ops.cross_entropy_backward, fitting(ops.cross_entropy_backward))
def cross_entropy_backward(result, logits, targets):
    one_hots = np.arange(np.shape(logits)[-1]) == np.asarray(targets)[..., None]
    close(
        result,
        (np.exp(logs(logits)) - one_hots) / np.size(targets),
        np.ones(result.shape),
        as_floats(logits).dtype,
    )


# attention


@holds(attention.causal_mask, fitting(attention.causal_mask))
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


@holds(attention.split_heads, fitting(attention.split_heads))
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


@holds(attention.causal_self_attention, fitting(attention.causal_self_attention))
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
    some = fitting(attention.causal_self_attention)
    qkv, n_heads = some(draw, lambda *sizes: real(*(n or 1 for n in sizes)))
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
        expected = np.stack(parts).transpose(1, 3, 0, 2, 4).reshape(B, T, -1)
        reach = abs(dy).max() * largest**3 * T * d * 8 + 0 * expected
    close(result, expected, reach, lowest(doutput, qkv, output, weights))


# position, optim, sample


@holds(position.sinusoidal_encoding, fitting(position.sinusoidal_encoding))
def sinusoidal_encoding(result, n_positions, d_model):
    assert result.shape == (n_positions, d_model)
    rates = [10_000.0 ** (-2 * (j // 2) / d_model) for j in range(d_model)]
    plain = [
        [(math.cos if j % 2 else math.sin)(p * rates[j]) for j in range(d_model)]
        for p in range(n_positions)
    ]
    close(result, np.reshape(plain, result.shape), np.ones(result.shape) * (1 + n_positions))


@holds(
    optim.cosine_schedule,
    lambda draw, real: (size(draw, 0, 9), size(draw, 1, 9), 1.5, size(draw, 0, 3), 0.5),
)
def cosine_schedule(result, step, n_steps, peak, warmup, final):
    way = min(1.0, (step - warmup) / max(1, n_steps - warmup))
    falling = final + (peak - final) * (1 + math.cos(math.pi * way)) / 2
    expected = peak * (step + 1) / warmup if step < warmup else falling
    assert math.isclose(result, expected, rel_tol=1e-12, abs_tol=1e-300)


def some_arrays(draw, real):
    return {"w": real(size(draw), 2), "b": real(2)}


def clipped(grads, max_norm):
    before = deepcopy(grads)
    return optim.clip_by_global_norm(grads, max_norm), before


@holds(
    optim.clip_by_global_norm,
    lambda draw, real: (some_arrays(draw, real), 1.5),
    changes=(0,),
    call=clipped,
)
def clip_by_global_norm(result, grads, max_norm):
    norm, before = result[0], {name: g.astype(EXACT) for name, g in result[1].items()}
    expected = np.sqrt(sum((g**2).sum() for g in before.values()))
    narrow = lowest(*grads.values())
    limits = np.finfo(narrow)
    lost = np.sqrt(limits.smallest_normal / limits.eps)  # below it, squares are no longer exact
    close(norm, expected, expected if expected > lost else lost / (64 * limits.eps), narrow)
    for name, g in grads.items():
        close(
            g,
            before[name] * min(1, max_norm / expected) if expected else before[name],
            abs(before[name]),
            narrow,
        )


@holds(optim.scale_to_norm, lambda draw, real: ([*map(float, abs(real(3)))], 1.5))
def scale_to_norm(result, squares, max_norm):
    norm = math.sqrt(sum(map(EXACT, squares)))
    assert math.isclose(result, max_norm / norm if norm > max_norm else 1, rel_tol=1e-6)


def stepped(params, grads, lr):
    before = deepcopy(params)
    optim.AdamW(params).step(grads, lr)
    return before


def arrays_and_gradients(draw, real):
    with np.errstate(all="ignore"):
        params = {name: p.astype(np.float32) for name, p in some_arrays(draw, real).items()}
    return params, {name: real(*p.shape) for name, p in params.items()}, 0.25


@holds(optim.AdamW, arrays_and_gradients, names=("grads", "lr"), changes=(0,), call=stepped)
def adamw(result, params, grads, lr):
    """The first step: decay of matrices, then -lr · g / (|g| + eps)."""
    for name, p in params.items():
        g, w = exact(grads[name], result[name])
        with np.errstate(all="ignore"):
            decayed = w * (1 - EXACT(lr) * EXACT(0.1)) if p.ndim > 1 else w
            small = abs(g) < 1e-3  # there the square, or eps, is at the end of the precision
            expected = decayed - lr * np.sign(g)
            scale = np.where(small, np.inf, abs(w) + 1 + abs(lr))
        close(p, expected, scale, lowest(p, grads[name]))


def a_step(grads, lr):
    params = {"w": np.ones((2, 2)), "b": np.ones(2)}
    optim.AdamW(params).step(grads, lr)
    return params


@holds(optim.AdamW.step, lambda draw, real: ({"w": real(2, 2), "b": real(2)}, 0.25), call=a_step)
def adamw_step(result, grads, lr):
    """Each number moves by lr, against the sign of its gradient, however large that is."""
    for name, p in result.items():
        g = np.asarray(grads[name], np.float64)
        decayed = 1 - lr * 0.1 if p.ndim > 1 else 1
        clear = abs(g) > 1e-3
        np.testing.assert_allclose(
            p[clear], (decayed - lr * np.sign(g))[clear], rtol=1e-3 + 1e-3 * abs(lr)
        )


def settings_of_sampling(draw, real):
    return (
        real(size(draw, 2)),
        draw(st.sampled_from([0, 0.5, 1, 2.5])),
        draw(st.sampled_from([None, 1, 2, 9])),
        draw(st.sampled_from([None, 0.3, 1])),
    )


@holds(sample.next_token_probabilities, settings_of_sampling)
def next_token_probabilities(result, logits, temperature, top_k, top_p):
    logits = as_floats(logits)
    close(result.astype(EXACT).sum(), 1, 1, logits.dtype)
    assert result.shape == logits.shape and (result >= 0).all() and result[logits.argmax()] > 0
    assert logits[result > 0].min() >= logits[result == 0].max(initial=-np.inf) - tiny_share(
        logits, temperature
    )
    if temperature == 0:
        assert result[logits.argmax()] == 1
    assert top_k is None or (result > 0).sum() <= top_k
    if top_k is None and top_p is None and temperature:
        (wide,) = exact(logits)
        with np.errstate(all="ignore"):
            exps = np.exp((wide - wide.max()) / EXACT(temperature))
            reach = 1 + abs(wide[np.isfinite(wide)]).max() / EXACT(temperature)
        close(result, exps / exps.sum(), reach + 0 * exps, logits.dtype)


def tiny_share(logits, temperature):
    """Tokens so unlikely that their share comes to 0 may stand beside others that just do not."""
    return np.inf if temperature and np.ptp(logits[np.isfinite(logits)]) / temperature > 10 else 0


# model

CONFIG = model.GPTConfig(vocab_size=5, n_positions=4, d_model=4, n_heads=2, n_layers=2)
PARAMS = {
    name: p + np.random.default_rng(1).normal(0, 0.3, p.shape)
    for name, p in model.init_params(CONFIG, np.random.default_rng(0), np.float64).items()
}


def a_model(draw, real, least=1):
    """Parameters in the precision that is asked for, ids, and the config."""
    dtype = np.float64 if real().dtype == np.float16 else real().dtype
    params = {name: p.astype(dtype) for name, p in PARAMS.items()}
    return params, ids_below(draw, 5, size(draw, least, 2), size(draw, least, 4)), CONFIG


def plain_logits(params, ids, config):
    """The whole network once more, a head and a token at a time, in wide numbers."""
    wide = {name: np.array(p, EXACT) for name, p in params.items()}

    def norm(name, x):
        return normalised(x)[0] * wide[f"{name}.weight"] + wide[f"{name}.bias"]

    def times(name, x):
        return x @ wide[f"{name}.weight"] + wide[f"{name}.bias"]

    T, d_head = np.shape(ids)[1], config.d_model // config.n_heads
    x = wide["wte.weight"][ids] + wide["wpe.weight"][:T]
    for i in range(config.n_layers):
        parts = np.split(
            times(f"h.{i}.attn.c_attn", norm(f"h.{i}.ln_1", x)), 3 * config.n_heads, axis=-1
        )
        q, k, v = (
            parts[: config.n_heads],
            parts[config.n_heads : -config.n_heads],
            parts[-config.n_heads :],
        )
        heads = [attend(*one, attention.causal_mask(T))[0] for one in zip(q, k, v, strict=True)]
        x = x + times(f"h.{i}.attn.c_proj", np.concatenate(heads, axis=-1))
        hidden = times(f"h.{i}.mlp.c_fc", norm(f"h.{i}.ln_2", x))
        x = x + times(f"h.{i}.mlp.c_proj", hidden * (1 + tanh_of(hidden)[0]) / 2)
    assert parts[0].shape[-1] == d_head
    return norm("ln_f", x) @ wide.get("lm_head.weight", wide["wte.weight"]).T


def check_logits(result, params, ids, config):
    if not np.size(ids):
        assert result.shape == (*np.shape(ids), config.vocab_size)
        return
    scale = 1e6 * np.ones(result.shape)  # what a network loses; a wrong one differs by far more
    largest = max(float(abs(np.asarray(p)).max()) for p in params.values())
    with np.errstate(all="ignore"):
        close(
            result,
            plain_logits(params, np.asarray(ids), config),
            scale if largest < 4 else np.inf * scale,
        )


def with_last_norm(params):
    """The last norm may be anything to what ends before it."""
    dtype = np.asarray(params["wte.weight"]).dtype
    return {**params, **{name: PARAMS[name].astype(dtype) for name in ("ln_f.weight", "ln_f.bias")}}


PARTS_OF_PARAMS = ("params", "weight", "bias", "block", "x", "query", "key", "value")


@holds(model.weight_and_bias, lambda draw, real: (a_model(draw, real)[0], "ln_f"))
def weight_and_bias(result, params, name):
    assert result[0] is params[f"{name}.weight"] and result[1] is params[f"{name}.bias"]


@holds(model.GPTConfig, lambda draw, real: (size(draw), size(draw), 2 * size(draw), 2, size(draw)))
def gpt_config(result, *numbers):
    assert (
        result.vocab_size,
        result.n_positions,
        result.d_model,
        result.n_heads,
        result.n_layers,
    ) == numbers
    assert all(type(n) is int and n > 0 for n in numbers) and result.d_model % result.n_heads == 0


@holds(model.param_shapes, lambda draw, real: (CONFIG,))
def param_shapes(result, config):
    assert {name: p.shape for name, p in PARAMS.items()} == result


@holds(model.count_params, lambda draw, real: (CONFIG,))
def count_params(result, config):
    assert result == sum(p.size for p in PARAMS.values())


@holds(model.checked_params, lambda draw, real: a_model(draw, real)[::2])
def checked_params(result, params, config):
    assert result is params
    assert all(
        np.shape(p) == model.param_shapes(config).get(name, (5, 4)) for name, p in params.items()
    )


@holds(
    model.init_params,
    lambda draw, real: (
        CONFIG,
        np.random.default_rng(0),
        draw(st.sampled_from(["f4", np.float64])),
    ),
)
def init_params(result, config, rng, dtype):
    assert {name: p.shape for name, p in result.items()} == model.param_shapes(config)
    assert all(p.dtype == dtype and np.isfinite(p).all() for p in result.values())


@holds(model.forward, a_model, names=PARTS_OF_PARAMS)
def forward(result, params, ids, config):
    check_logits(result, params, ids, config)


@holds(model.final_vectors, a_model, names=PARTS_OF_PARAMS)
def final_vectors(result, params, ids, config):
    assert result.shape == (*np.shape(ids), config.d_model)
    params = with_last_norm(params)
    check_logits(model.unembed(params, result), params, ids, config)


@holds(model.trace, a_model, names=PARTS_OF_PARAMS)
def trace(result, params, ids, config):
    stream, weights = result
    assert len(stream) == config.n_layers + 1 and len(weights) == config.n_layers
    params = with_last_norm(params)
    check_logits(model.unembed(params, stream[-1]), params, ids, config)
    hidden = attention.causal_mask(np.shape(ids)[1])
    assert all((w[..., hidden] == 0).all() for w in weights)


@holds(model.embed, lambda draw, real: (*a_model(draw, real), 0))
def embed(result, params, ids, config, start):
    wte, wpe = np.asarray(params["wte.weight"]), np.asarray(params["wpe.weight"])
    np.testing.assert_array_equal(result, wte[ids] + wpe[start : start + np.shape(ids)[1]])


@holds(
    model.unembed,
    lambda draw, real: (a_model(draw, real)[0], real(*shape(draw), 4)),
    names=("weight", "bias", "table"),
)
def unembed(result, params, x):
    head = exact(params.get("lm_head.weight", params["wte.weight"]))[0]
    _, w, b = exact(x, params["ln_f.weight"], params["ln_f.bias"])
    xhat, _, lost = normalised(x)
    with np.errstate(all="ignore"):
        scale = ((1 + abs(xhat)) * lost * abs(w) + abs(b)) @ abs(head).T
        close(
            result,
            (xhat * w + b) @ head.T,
            scale,
            lowest(
                x,
                w.astype(np.asarray(params["ln_f.weight"]).dtype),
                np.asarray(head, np.asarray(params["wte.weight"]).dtype),
            ),
        )


@holds(model.layer, lambda draw, real: (a_model(draw, real)[0], size(draw, 0, 1)))
def layer(result, params, i):
    assert result and all(params[f"h.{i}.{name}"] is p for name, p in result.items())


def a_block(draw, real):
    return model.layer(a_model(draw, real)[0], 0), real(2, size(draw), 4)


@holds(
    model.attention_sublayer, lambda draw, real: (*a_block(draw, real), 2), names=PARTS_OF_PARAMS
)
def attention_sublayer(result, block, x, n_heads):
    added, (_, normed, qkv, heads, weights) = result
    layer_norm(normed, x, block["ln_1.weight"], block["ln_1.bias"])
    linear(qkv, normed, block["attn.c_attn.weight"], block["attn.c_attn.bias"])
    check_causal((heads, weights), *attention.split_heads(qkv, 3, n_heads))
    linear(added, heads, block["attn.c_proj.weight"], block["attn.c_proj.bias"])


@holds(model.mlp_sublayer, a_block, names=PARTS_OF_PARAMS)
def mlp_sublayer(result, block, x):
    normed = ops.layer_norm(x, block["ln_2.weight"], block["ln_2.bias"])
    hidden = ops.linear(normed, block["mlp.c_fc.weight"], block["mlp.c_fc.bias"])
    linear(result, ops.gelu(hidden), block["mlp.c_proj.weight"], block["mlp.c_proj.bias"])


def a_model_and_targets(draw, real):
    params, ids, config = a_model(draw, real)
    return params, ids, ids_below(draw, 5, *ids.shape), config


@holds(model.loss_and_grads, a_model_and_targets, names=PARTS_OF_PARAMS)
def loss_and_grads(result, params, ids, targets, config):
    """The loss of plain logits; along the gradient it falls as fast as the gradient says."""
    loss, grads = result
    if any(
        np.asarray(p).dtype != np.float64 or abs(np.asarray(p)).max() > 4 for p in params.values()
    ):
        return
    assert {name: g.shape for name, g in grads.items()} == {
        name: np.shape(p) for name, p in params.items()
    }
    step = 1e-6 / (1e-3 + np.sqrt(sum((g**2).sum() for g in grads.values())))

    def loss_at(sign):
        moved = {name: np.asarray(p) + sign * step * grads[name] for name, p in params.items()}
        picked = np.take_along_axis(
            logs(plain_logits(moved, np.asarray(ids), config)), np.asarray(targets)[..., None], -1
        )
        return -picked.mean()

    assert abs(loss - loss_at(0)) < 1e-9
    slope = (loss_at(1) - loss_at(-1)) / (2 * step)
    assert abs(slope - sum((g**2).sum() for g in grads.values())) < 1e-4 * (1 + abs(slope))


@holds(
    model.KVCache,
    lambda draw, real: (CONFIG, size(draw), draw(st.sampled_from(["f4", np.float64]))),
)
def kv_cache(result, config, batch, dtype):
    assert result.keys_and_values.shape == (
        config.n_layers,
        2,
        batch,
        config.n_heads,
        config.n_positions,
        config.d_model // config.n_heads,
    )
    assert (
        result.length == 0
        and result.keys_and_values.dtype == dtype
        and not result.keys_and_values.any()
    )


def cached(i, block, x):
    cache = model.KVCache(CONFIG, 2, np.float64)
    return cache.attend(i, block, x)


def block_of_cache(draw, real):
    block, x = a_block(draw, real)
    return size(draw, 0, 1), block, x


@holds(model.KVCache.attend, block_of_cache, names=PARTS_OF_PARAMS, call=cached)
def kv_cache_attend(result, i, block, x):
    """An empty cache changes nothing."""
    expected, _ = model.attention_sublayer(block, x, CONFIG.n_heads)
    close(result, expected, 1e3 * (1 + abs(expected.astype(EXACT))), expected.dtype)


def streamed(params, config, ids, rng):
    return [*sample.stream(params, config, ids, rng)]


def a_prompt(draw, real):
    params, ids, config = a_model(draw, real)
    return params, config, ids[0], np.random.default_rng(0)


@holds(sample.stream, a_prompt, names=PARTS_OF_PARAMS + ("logits",), call=streamed)
def stream(result, params, config, ids, rng):
    assert len(result) == config.n_positions - len(ids) + 1
    assert all(0 <= i < config.vocab_size for i in result)


def a_prompt_and_length(draw, real):
    params, config, ids, rng = a_prompt(draw, real)
    return params, config, ids, size(draw, 0, 1), rng


@holds(sample.generate, a_prompt_and_length, names=PARTS_OF_PARAMS + ("logits",))
def generate(result, params, config, ids, n_tokens, rng):
    assert result[: len(ids)] == list(ids) and len(result) == min(
        len(ids) + n_tokens, config.n_positions + 1
    )
