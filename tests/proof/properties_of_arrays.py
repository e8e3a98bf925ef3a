"""What is right for functions that reckon with arrays: what they make of wider numbers.

That a function is right in one layout and precision, test_ops.py and its like prove by PyTorch and
the definitions; here it must be as right in all the others. What has no contract is reckoned anew.
"""

import math
from copy import deepcopy

import numpy as np
from contracts import arguments, inputs
from hypothesis import strategies as st
from llm_scratch import attention, model, ops, optim, position, sample
from properties import EXACT, close, exact, holds, lowest


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

    return holds(function, arguments or fitting(function))(right)


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
right_linear = agrees(ops.linear, lambda x, weight, bias: abs(x) @ abs(weight) + abs(bias))
agrees(ops.linear_backward, sizes_of_products)
agrees(ops.dot_products, lambda x, table: abs(x) @ abs(table.T))
agrees(ops.mean_product, lambda x, y: abs(x * y).sum(axis=-1, keepdims=True))
right_layer_norm = agrees(ops.layer_norm, size_of_norm)
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
right_attention = agrees(
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


def logits_of(params, ids, config):
    return model.forward({name: exact(p)[0] for name, p in params.items()}, ids, config)


def check_logits(result, params, ids, config):
    """A network loses digits, and a wrong one differs by far more; large numbers lose them all."""
    largest = max(float(abs(np.asarray(p)).max()) for p in params.values())
    with np.errstate(all="ignore"):
        close(result, logits_of(params, ids, config), 1e6 if largest < 4 else np.inf)


def logs(logits):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


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
    head = params.get("lm_head.weight", params["wte.weight"])
    given = x, params["ln_f.weight"], params["ln_f.bias"], head
    wide_x, w, b, wide_head = exact(*given)
    with np.errstate(all="ignore"):
        scale = size_of_norm(wide_x, w, b) @ abs(wide_head).T
        close(result, ops.layer_norm(wide_x, w, b) @ wide_head.T, scale, lowest(*given))


@holds(model.layer, lambda draw, real: (a_model(draw, real)[0], size(draw, 0, 1)))
def layer(result, params, i):
    assert result and all(params[f"h.{i}.{name}"] is p for name, p in result.items())


def a_block(draw, real):
    return model.layer(a_model(draw, real)[0], 0), real(2, size(draw), 4)


@holds(
    model.attention_sublayer, lambda draw, real: (*a_block(draw, real), 2), names=PARTS_OF_PARAMS
)
def attention_sublayer(result, block, x, n_heads):
    """Each step from the one before, as it was rounded."""
    added, (_, normed, qkv, heads, weights) = result
    right_layer_norm(normed, x, block["ln_1.weight"], block["ln_1.bias"])
    right_linear(qkv, normed, block["attn.c_attn.weight"], block["attn.c_attn.bias"])
    right_attention((heads, weights), qkv, n_heads)
    right_linear(added, heads, block["attn.c_proj.weight"], block["attn.c_proj.bias"])


@holds(model.mlp_sublayer, a_block, names=PARTS_OF_PARAMS)
def mlp_sublayer(result, block, x):
    normed = ops.layer_norm(x, block["ln_2.weight"], block["ln_2.bias"])
    hidden = ops.linear(normed, block["mlp.c_fc.weight"], block["mlp.c_fc.bias"])
    weight, bias = block["mlp.c_proj.weight"], block["mlp.c_proj.bias"]
    right_linear(result, ops.gelu(hidden), weight, bias)


def a_model_and_targets(draw, real):
    params, ids, config = a_model(draw, real)
    return params, ids, ids_below(draw, 5, *ids.shape), config


@holds(model.loss_and_grads, a_model_and_targets, names=PARTS_OF_PARAMS)
def loss_and_grads(result, params, ids, targets, config):
    """The loss of the logits; along the gradient it falls as fast as the gradient says."""
    (loss, grads), arrays = result, {name: np.asarray(p) for name, p in params.items()}
    if any(p.dtype != np.float64 or abs(p).max() > 4 for p in arrays.values()):
        return
    assert {name: g.shape for name, g in grads.items()} == {n: p.shape for n, p in arrays.items()}
    square = sum((g**2).sum() for g in grads.values())
    step = 1e-6 / (1e-3 + np.sqrt(square))

    def loss_at(sign):
        moved = {name: p + sign * step * grads[name] for name, p in arrays.items()}
        picked = logs(logits_of(moved, ids, config)), np.asarray(targets)[..., None]
        return -np.take_along_axis(*picked, axis=-1).mean()

    assert abs(loss - loss_at(0)) < 1e-9
    slope = (loss_at(1) - loss_at(-1)) / (2 * step)
    assert abs(slope - square) < 1e-4 * (1 + abs(slope))


@holds(
    model.KVCache,
    lambda draw, real: (CONFIG, size(draw), draw(st.sampled_from(["f4", np.float64]))),
)
def kv_cache(result, config, batch, dtype):
    kept, d = result.keys_and_values, config.d_model // config.n_heads
    assert kept.shape == (config.n_layers, 2, batch, config.n_heads, config.n_positions, d)
    assert result.length == 0 and kept.dtype == dtype and not kept.any()


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
    assert result[: len(ids)] == list(ids)
    assert len(result) == min(len(ids) + n_tokens, config.n_positions + 1)
