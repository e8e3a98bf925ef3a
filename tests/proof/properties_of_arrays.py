"""What is right for functions that reckon with arrays: what they make of wider numbers.

That a function is right in one layout and precision, test_ops.py and its like prove by PyTorch and
the definitions; here it must be as right in all the others. What has no contract is reckoned anew.
"""

import math
from copy import deepcopy

import numpy as np
from contracts import arguments, inputs
from hypothesis import strategies as st
from properties import EXACT, close, exact, holds, lowest

from llm_scratch import attention, model, ops, optim, position, sample


def size(draw, least=1, most=4):
    return draw(st.integers(least, most))


def shape(draw, most=2):
    return draw(st.lists(st.integers(1, 3), max_size=most))


def ids_below(draw, n, *sizes):
    length = math.prod(sizes)
    numbers = draw(st.lists(st.integers(0, n - 1), min_size=length, max_size=length))
    return np.array(numbers, dtype=np.int64).reshape(sizes)


def fitting(function):
    """Draws arguments that fit the function's contract."""

    def draw_arguments(draw, real):
        def choose(axis):
            free = axis in ("...", "*")
            return (*shape(draw),) if free else size(draw, axis not in ("B", "T", "N"))

        def fill(term, shape, sizes):
            if term.below:
                return ids_below(draw, sizes.setdefault(term.below, size(draw)), *shape)
            x = real(*shape)
            return distribution(x) if term.holds == "distribution" else x

        return (*arguments(function, choose, fill),)

    return draw_arguments


def distribution(x):
    with np.errstate(all="ignore"):
        weights = abs(x).astype(np.float64) + 1e-3
        return weights / weights.sum(axis=-1, keepdims=True)


def agrees(function, scale, arguments=None):
    """Right is what `function` makes of wider numbers, as near as sums of size `scale` can be.

    `scale` has the function's arguments, and a value for each of its results.
    """
    real = [not term.is_size and not term.below for term in inputs(function)]

    def right(result, *given):
        given = [as_floats(x) if i < len(real) and real[i] else x for i, x in enumerate(given)]
        narrow = lowest(*(x for x, is_real in zip(given, real, strict=False) if is_real))
        wide = [exact(x)[0] if i < len(real) and real[i] else x for i, x in enumerate(given)]
        with np.errstate(all="ignore"):
            expected, scales = function(*wide), scale(*wide)
        parts = [x if isinstance(x, tuple) else (x,) for x in (result, expected, scales)]
        for ours, theirs, largest in zip(*parts, strict=True):
            close(ours, theirs, largest, narrow)

    holds(function, arguments or fitting(function))(right)


def as_floats(x):
    x = np.asarray(x)
    return x if x.dtype.kind == "f" else x.astype(np.float64)


# ops


@holds(ops.one_hot, fitting(ops.one_hot))
def one_hot(result, ids, vocab_size):
    assert result.dtype == np.float32 and result.shape == (*np.shape(ids), vocab_size)
    assert (result.sum(axis=-1) == 1).all() and (result.argmax(axis=-1) == ids).all()


@holds(ops.entropy, fitting(ops.entropy))
def entropy(result, p):
    (wide,) = exact(p)
    logs = np.log(np.where(wide > 0, wide, 1))
    assert (np.asarray(result) >= -1e-3).all()
    close(result, -(wide * logs).sum(axis=-1), 1 + wide.shape[-1])


@holds(ops.rows, fitting(ops.rows))
def rows(result, x):
    x = np.asarray(x)
    assert result.ndim == 2 and result.shape[1] == x.shape[-1]
    assert result.dtype == x.dtype and result.ravel().tolist() == x.ravel().tolist()


def rows_and_axis(draw, real):
    x = real(*shape(draw), size(draw))
    return x, draw(st.integers(-x.ndim, x.ndim - 1))


def sizes_of_products(dy, x, weight):
    d, rows = abs(dy).reshape(-1, dy.shape[-1]), abs(x).reshape(-1, x.shape[-1])
    return abs(dy) @ abs(weight).T, rows.T @ d, d.sum(axis=0)


def normalised(x, shift=1, eps=1e-5):
    """The vectors at mean 0 and variance 1, the scale that made them so, and how exact both are."""
    centred = x - shift * x.mean(axis=-1, keepdims=True)
    scale = 1 / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + eps)
    return centred * scale, scale, 1 + shift * abs(x).max(axis=-1, keepdims=True) * scale


def size_of_norm(x, weight, bias=0, **kind):
    xhat, _, lost = normalised(x, **kind)
    return 4 * (1 + abs(xhat)) * lost * abs(weight) + abs(bias)


def sizes_of_norm_s_gradients(dy, x, weight, **kind):
    """dx is scaled down from sums over each vector, which must not overflow either."""
    xhat, scale, lost = normalised(x, **kind)
    axes = (*range(dy.ndim - 1),)
    g = abs(dy * weight).max(axis=-1, keepdims=True) * (1 + xhat**2) * lost**2
    dweight = 4 * (abs(dy) * (1 + abs(xhat)) * lost).sum(axis=axes)
    return np.maximum(4 * scale, dy.shape[-1]) * g, dweight, abs(dy).sum(axis=axes)


RMS = {"shift": 0, "eps": 1e-6}
agrees(ops.softmax, lambda x, axis: 1, rows_and_axis)
agrees(ops.linear, lambda x, weight, bias: abs(x) @ abs(weight) + abs(bias))
agrees(ops.linear_backward, sizes_of_products)
agrees(ops.dot_products, lambda x, table: abs(x) @ abs(table.T))
agrees(ops.mean_product, lambda x, y: abs(x * y).sum(axis=-1, keepdims=True))
agrees(ops.layer_norm, size_of_norm)
agrees(ops.layer_norm_backward, sizes_of_norm_s_gradients)
agrees(ops.rms_norm, lambda *given: size_of_norm(*given, **RMS))
agrees(ops.rms_norm_backward, lambda *given: sizes_of_norm_s_gradients(*given, **RMS)[:2])
agrees(ops.gelu, abs)
agrees(ops.gelu_backward, lambda dy, x: abs(dy) * (1 + np.minimum(abs(x), 20) ** 3))
agrees(ops.gelu_exact, abs)
agrees(ops.gelu_exact_backward, lambda dy, x: abs(dy) * (1 + x * x))
agrees(ops.cross_entropy, lambda logits, targets: 1 + abs(logits).max())
agrees(ops.cross_entropy_backward, lambda logits, targets: 1)


# attention


@holds(attention.causal_mask, fitting(attention.causal_mask))
def causal_mask(result, n):
    assert result.shape == (n, n) and result.dtype == bool
    assert all(result[i, j] == (j > i) for i in range(n) for j in range(n))


def sizes_of_attention(query, key, value, mask=None):
    """Of output and weights: how far off the exponents may be."""
    off = 1 + (abs(query) @ abs(key).swapaxes(-1, -2)).max(axis=-1, keepdims=True, initial=0)
    return off * abs(value).max(axis=-2, keepdims=True, initial=0), off


def sizes_of_heads(*heads):
    """The largest for the output, whose heads stand side by side."""
    output, weights = sizes_of_attention(*heads)
    return output.max(initial=0), weights


def three_parts(draw, real):
    T_q, T_k, d, before = size(draw), size(draw), size(draw), shape(draw)
    mask = draw(st.sampled_from([None, "causal"]))
    if mask:
        mask = attention.causal_mask(max(T_q, T_k))[:T_q, :T_k]
    return real(*before, T_q, d), real(*before, T_k, d), real(*before, T_k, size(draw)), mask


def heads(draw, real):
    B, H, T_q, d = (size(draw, most=3) for _ in range(4))
    T_k = T_q + size(draw, 0)
    return real(B, H, T_q, d), real(B, H, T_k, d), real(B, H, T_k, d)


@holds(attention.split_heads, fitting(attention.split_heads))
def split_heads(result, x, n_parts, n_heads):
    x = np.asarray(x)
    B, T, d = x.shape
    assert result.shape == (n_parts, B, n_heads, T, d // (n_parts * n_heads))
    pieces = np.split(x, n_parts * n_heads, axis=-1)
    expected = [np.stack(pieces[i * n_heads : (i + 1) * n_heads], axis=1) for i in range(n_parts)]
    np.testing.assert_array_equal(result, np.stack(expected))


def attention_and_gradient(draw, real):
    some = fitting(attention.causal_self_attention)
    qkv, n_heads = some(draw, lambda *sizes: real(*(n or 1 for n in sizes)))
    with np.errstate(all="ignore"):
        calm = np.where(abs(qkv) < 10, qkv, 1).astype(qkv.dtype)
        output, weights = attention.causal_self_attention(calm, n_heads)
    return real(*output.shape), calm, output, weights


def size_of_attention_s_gradient(doutput, *saved):
    largest = 1 + max(abs(x).max(initial=0) for x in saved)
    return abs(doutput).max(initial=0) * largest**3 * doutput.size * 8


agrees(attention.scaled_dot_product_attention, sizes_of_attention, three_parts)
agrees(attention.causal_attention, sizes_of_heads, heads)
agrees(
    attention.causal_self_attention,
    lambda qkv, n_heads: sizes_of_heads(*attention.split_heads(qkv, 3, n_heads)),
)
agrees(
    attention.causal_self_attention_backward, size_of_attention_s_gradient, attention_and_gradient
)


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
    scale = min(1, max_norm / expected) if expected else 1
    for name, g in grads.items():
        close(g, before[name] * scale, abs(before[name]), narrow)


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
        expected = (decayed - lr * np.sign(g))[clear]
        np.testing.assert_allclose(p[clear], expected, rtol=1e-3 + 1e-3 * abs(lr))


def settings_of_sampling(draw, real):
    settings = [0, 0.5, 1, 2.5], [None, 1, 2, 9], [None, 0.3, 1]
    return real(size(draw, 2)), *(draw(st.sampled_from(some)) for some in settings)


@holds(sample.next_token_probabilities, settings_of_sampling)
def next_token_probabilities(result, logits, temperature, top_k, top_p):
    logits = as_floats(logits)
    close(result.astype(EXACT).sum(), 1, 1, logits.dtype)
    assert result.shape == logits.shape and (result >= 0).all() and result[logits.argmax()] > 0
    kept, left = logits[result > 0].min(), logits[result == 0].max(initial=-np.inf)
    assert kept >= left - tiny_share(logits, temperature)
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


PARTS_OF_PARAMS = ("params", "weight", "bias", "block", "x", "query", "key", "value")


@holds(model.weight_and_bias, lambda draw, real: (a_model(draw, real)[0], "ln_f"))
def weight_and_bias(result, params, name):
    assert result[0] is params[f"{name}.weight"] and result[1] is params[f"{name}.bias"]


@holds(model.GPTConfig, lambda draw, real: (size(draw), size(draw), 2 * size(draw), 2, size(draw)))
def gpt_config(result, *numbers):
    assert (*vars(result).values(),) == numbers
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
    shapes = model.param_shapes(config) | {"lm_head.weight": (5, 4)}
    assert all(np.shape(p) == shapes[name] for name, p in params.items())


KINDS = st.sampled_from(["f4", np.float64])


@holds(model.init_params, lambda draw, real: (CONFIG, np.random.default_rng(0), draw(KINDS)))
def init_params(result, config, rng, dtype):
    assert {name: p.shape for name, p in result.items()} == model.param_shapes(config)
    assert all(p.dtype == dtype and np.isfinite(p).all() for p in result.values())


def floats_of(values):
    """All arrays of floating-point numbers, those inside others too."""
    for x in values.values() if isinstance(values, dict) else values:
        if isinstance(x, (dict, tuple, list)):
            yield from floats_of(x)
        elif np.asarray(x).dtype.kind == "f":
            yield np.asarray(x)


def widened(x):
    if isinstance(x, dict):
        return {name: widened(inside) for name, inside in x.items()}
    return exact(x)[0] if np.asarray(x).dtype.kind == "f" else x


def agrees_in_a_network(function, arguments, loses=1e3, call=None, names=()):
    """As `agrees`, as far as a network of small numbers keeps its digits."""

    def right(result, *given):
        wide = (call or function)(*map(widened, given))
        arrays = [*floats_of(given)]
        scale = loses if max(abs(x).max(initial=0) for x in arrays) < 4 else np.inf
        for ours, theirs in zip(floats_of([result]), floats_of([wide]), strict=True):
            close(ours, theirs, scale, lowest(*arrays))

    holds(function, arguments, PARTS_OF_PARAMS + names, call=call)(right)


def a_block(draw, real):
    return model.layer(a_model(draw, real)[0], 0), real(2, size(draw), 4)


def a_model_and_targets(draw, real):
    params, ids, config = a_model(draw, real)
    return params, ids, ids_below(draw, 5, *ids.shape), config


def attend_with_cache(i, block, x):
    return model.KVCache(CONFIG, 2, np.float64).attend(i, block, x)


agrees_in_a_network(model.forward, a_model)
agrees_in_a_network(model.final_vectors, a_model)
agrees_in_a_network(model.trace, a_model)
agrees_in_a_network(model.loss_and_grads, a_model_and_targets)
agrees_in_a_network(model.embed, lambda draw, real: (*a_model(draw, real), 0), loses=10)
agrees_in_a_network(
    model.unembed,
    lambda draw, real: (a_model(draw, real)[0], real(*shape(draw), 4)),
    names=("table",),
)
agrees_in_a_network(model.attention_sublayer, lambda draw, real: (*a_block(draw, real), 2))
agrees_in_a_network(model.mlp_sublayer, a_block)
agrees_in_a_network(
    model.KVCache.attend,
    lambda draw, real: (size(draw, 0, 1), *a_block(draw, real)),
    call=attend_with_cache,
)


@holds(model.layer, lambda draw, real: (a_model(draw, real)[0], size(draw, 0, 1)))
def layer(result, params, i):
    assert result and all(params[f"h.{i}.{name}"] is p for name, p in result.items())


@holds(model.KVCache, lambda draw, real: (CONFIG, size(draw), draw(KINDS)))
def kv_cache(result, config, batch, dtype):
    kept, d = result.keys_and_values, config.d_model // config.n_heads
    assert kept.shape == (config.n_layers, 2, batch, config.n_heads, config.n_positions, d)
    assert result.length == 0 and kept.dtype == dtype and not kept.any()


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
    assert result[: len(ids)] == list(ids)
    assert len(result) == min(len(ids) + n_tokens, config.n_positions + 1)
