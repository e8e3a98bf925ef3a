"""The GPT against PyTorch, finite differences, published sizes, and itself seen another way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llm_scratch import attention, model, ops
from llm_scratch.model import GPTConfig, KVCache, forward, init_params, loss_and_grads
from oracles import model as oracle

STORED = np.load(oracle.STORED)
CONFIG = GPTConfig(oracle.V, oracle.N, oracle.C, oracle.H, oracle.L)
CLOSE = {np.float64: 1e-9, np.float32: 1e-4}


@pytest.mark.parametrize("dtype", CLOSE)
@pytest.mark.parametrize("head", ["tied", "untied"])
def test_logits_loss_and_every_gradient_equal_pytorch_s(head, dtype):
    """Stored by tests/oracles/model.py with PyTorch 2.13.0, float64."""
    params, ids, targets = oracle.inputs(head == "untied")
    params = {name: p.astype(dtype) for name, p in params.items()}
    logits = forward(params, ids, CONFIG)
    loss, grads = loss_and_grads(params, ids, targets, CONFIG)
    assert logits.dtype == dtype
    np.testing.assert_allclose(logits, STORED[f"{head} logits"], atol=CLOSE[dtype])
    assert loss == pytest.approx(float(STORED[f"{head} loss"]), abs=CLOSE[dtype])
    assert list(grads) == list(params)
    for name, grad in grads.items():
        assert grad.dtype == dtype and grad.shape == params[name].shape
        np.testing.assert_allclose(
            grad, STORED[f"{head} grad {name}"], atol=CLOSE[dtype], err_msg=name
        )


@pytest.mark.parametrize("name", ["gelu", "gelu_exact", "layer_norm", "rms_norm"])
def test_each_op_and_its_backward_equal_pytorch_s(name):
    """Stored by tests/oracles/model.py with PyTorch 2.13.0, float64."""
    x, weight, bias, dy = oracle.op_inputs()
    given_by = {"layer_norm": (weight, bias), "rms_norm": (weight,)}.get(name, ())
    y = getattr(ops, name)(x, *given_by)
    grads = getattr(ops, f"{name}_backward")(dy, x, *given_by[:1])
    np.testing.assert_allclose(y, STORED[f"{name} y"], atol=1e-12)
    for part, grad in zip("xwb", grads if isinstance(grads, tuple) else (grads,), strict=False):
        np.testing.assert_allclose(grad, STORED[f"{name} d{part}"], atol=1e-12)


@pytest.mark.parametrize("name", ["gelu", "gelu_exact", "layer_norm", "rms_norm"])
def test_ops_keep_float32_and_their_inputs(name):
    x, weight, bias, dy = (v.astype(np.float32) for v in oracle.op_inputs())
    given_by = {"layer_norm": (weight, bias), "rms_norm": (weight,)}.get(name, ())
    kept = [v.copy() for v in (x, weight, bias, dy)]
    assert getattr(ops, name)(x, *given_by).dtype == np.float32
    grads = getattr(ops, f"{name}_backward")(dy, x, *given_by[:1])
    assert all(g.dtype == np.float32 for g in (grads if isinstance(grads, tuple) else (grads,)))
    assert all((v == k).all() for v, k in zip((x, weight, bias, dy), kept, strict=True))


def test_gelu_s_two_forms_differ_by_what_is_published():
    """facts.md: the largest gap is 4.73e-4, near |x| = 2.70."""
    x = np.linspace(-6, 6, 120_001)
    gap = abs(ops.gelu(x) - ops.gelu_exact(x))
    assert gap.max() == pytest.approx(4.73e-4, rel=1e-2)
    assert abs(x[gap.argmax()]) == pytest.approx(2.70, abs=0.01)


def test_layer_norm_does_not_see_scale_and_shift():
    x, weight, bias, _ = oracle.op_inputs()
    np.testing.assert_allclose(
        ops.layer_norm(1e3 * x + 7, weight, bias), ops.layer_norm(x, weight, bias), atol=1e-4
    )


def test_cross_entropy_of_known_distributions():
    """facts.md: uniform logits cost ln V; the gradient is softmax - one_hot over the count."""
    targets = np.array([[3, 0]])
    assert ops.cross_entropy(np.zeros((1, 2, 65)), targets) == pytest.approx(np.log(65), rel=1e-14)
    logits = np.log([[[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1]]])
    assert ops.cross_entropy(logits, targets) == pytest.approx(
        -np.log([0.4, 0.7]).mean(), rel=1e-14
    )
    expected = np.array([[[0.1, 0.2, 0.3, -0.6], [-0.3, 0.1, 0.1, 0.1]]]) / 2
    np.testing.assert_allclose(ops.cross_entropy_backward(logits, targets), expected, atol=1e-15)
    assert np.isfinite(ops.cross_entropy(np.array([[1e4, -1e4]]), np.array([1])))


@pytest.mark.parametrize(
    ("logits", "targets", "error", "message"),
    [
        (np.zeros((2, 3)), np.array([0]), ValueError, r"\(2, 3\), \(1,\)"),
        (np.zeros((1, 3)), np.array([3]), ValueError, "0 .. 2, got 3"),
        (np.zeros((1, 3)), np.array([0.0]), TypeError, "integers"),
        (np.zeros((0, 3)), np.array([], dtype=int), ValueError, r"\(0,\)"),
    ],
)
def test_cross_entropy_names_what_does_not_fit(logits, targets, error, message):
    with pytest.raises(error, match=message):
        ops.cross_entropy(logits, targets)


@pytest.mark.parametrize(
    ("sizes", "count"),
    [
        ((12, 768, 12), 124_439_808),
        ((24, 1024, 16), 354_823_168),
        ((36, 1280, 20), 774_030_080),
        ((48, 1600, 25), 1_557_611_200),
    ],
)
def test_parameter_counts_are_the_published_ones(sizes, count):
    """openai/gpt-2's README, with its erratum; facts.md."""
    n_layers, d_model, n_heads = sizes
    assert model.count_params(GPTConfig(50257, 1024, d_model, n_heads, n_layers)) == count


def test_a_new_model_is_as_unsure_as_it_should_be():
    """An untrained model must start near ln V (karpathy/nanoGPT#234 and its like)."""
    config = GPTConfig(65, 16, 32, 4, 3)
    params = init_params(config, np.random.default_rng(0))
    assert {name: p.shape for name, p in params.items()} == model.param_shapes(config)
    assert all(p.dtype == np.float32 for p in params.values())
    ids = np.random.default_rng(1).integers(0, 65, (4, 17))
    loss, _ = loss_and_grads(params, ids[:, :-1], ids[:, 1:], config)
    assert loss == pytest.approx(np.log(65), abs=0.05)
    spread = {name: float(p.std()) for name, p in params.items() if p.ndim == 2}
    assert spread["h.0.mlp.c_fc.weight"] == pytest.approx(0.02, rel=0.1)
    assert spread["h.2.mlp.c_proj.weight"] == pytest.approx(0.02 / np.sqrt(6), rel=0.1)


SIZES = st.tuples(
    st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.integers(2, 9)
)


@settings(max_examples=25, deadline=None)
@given(SIZES, st.integers(0, 2**32 - 1), st.data())
def test_causality_and_cache_for_any_size(sizes, seed, data):
    n_layers, n_heads, d_head, batch, n_tokens = sizes
    config = GPTConfig(7, n_tokens, n_heads * d_head, n_heads, n_layers)
    rng = np.random.default_rng(seed)
    params = {
        name: p + 0.3 * rng.standard_normal(p.shape)
        for name, p in init_params(config, rng, np.float64).items()
    }
    ids = rng.integers(0, 7, (batch, n_tokens))
    logits = forward(params, ids, config)

    j = data.draw(st.integers(0, n_tokens - 1))
    other = ids.copy()
    other[:, j] = (other[:, j] + 1) % 7
    assert (forward(params, other, config)[:, :j] == logits[:, :j]).all()

    cache, cut = KVCache(config, batch, np.float64), data.draw(st.integers(1, n_tokens))
    pieces = [ids[:, :cut], *(ids[:, t : t + 1] for t in range(cut, n_tokens))]
    cached = np.concatenate([forward(params, piece, config, cache) for piece in pieces], axis=1)
    np.testing.assert_allclose(cached, logits, atol=1e-9)
    assert cache.length == n_tokens


def test_a_trace_is_what_a_model_of_fewer_blocks_makes():
    params, ids, _ = oracle.inputs()
    stream, weights = model.trace(params, ids, CONFIG)
    assert (len(stream), len(weights)) == (oracle.L + 1, oracle.L)
    for n_layers, x in enumerate(stream[1:], start=1):
        fewer = GPTConfig(oracle.V, oracle.N, oracle.C, oracle.H, n_layers)
        its_own = {name: params[name] for name in model.param_shapes(fewer)}
        np.testing.assert_allclose(x, model.final_vectors(its_own, ids, fewer), rtol=1e-12)
    assert (stream[0] == model.embed(params, ids, CONFIG)).all()
    for i, (x, shown) in enumerate(zip(stream, weights, strict=False)):
        _, saved = model.attention_sublayer(model.layer(params, i), x, oracle.H)
        assert (shown == saved[-1]).all()


def test_one_batched_product_is_what_each_head_does_alone():
    rng = np.random.default_rng(0)
    qkv = rng.standard_normal((2, 5, 24))
    output, weights = attention.causal_self_attention(qkv, n_heads=4)
    query, key, value = np.split(qkv, 3, axis=-1)
    for h in range(4):
        part = slice(2 * h, 2 * h + 2)
        alone = attention.scaled_dot_product_attention(
            query[..., part], key[..., part], value[..., part], attention.causal_mask(5)
        )
        np.testing.assert_allclose(output[..., part], alone[0], atol=1e-14)
        np.testing.assert_allclose(weights[:, h], alone[1], atol=1e-14)


@pytest.mark.parametrize("T", [1, 64, 65, 150])
def test_blocks_of_queries_change_nothing(T):
    """Against the textbook in one piece: forward, and backward by its plain formula."""
    qkv, doutput = np.random.default_rng(0).standard_normal((2, 2, T, 24))
    doutput = doutput[..., :8]
    output, weights = attention.causal_self_attention(qkv, n_heads=2)
    parts = attention.split_heads(qkv, 3, 2)
    expected, w = attention.scaled_dot_product_attention(*parts, mask=attention.causal_mask(T))
    np.testing.assert_allclose(weights, w, atol=1e-12)
    np.testing.assert_allclose(attention.split_heads(output, 1, 2)[0], expected, atol=1e-12)

    query, key, value = parts
    (d,) = attention.split_heads(doutput, 1, 2)
    dw = d @ value.swapaxes(-1, -2)
    dscores = w * (dw - (w * dw).sum(axis=-1, keepdims=True)) / 2  # the root of 4, a head's width
    flat = dscores @ key, dscores.swapaxes(-1, -2) @ query, w.swapaxes(-1, -2) @ d
    got = attention.causal_self_attention_backward(doutput, qkv, output, weights)
    np.testing.assert_allclose(attention.split_heads(got, 3, 2), flat, atol=1e-12)


def test_the_cache_weighs_what_is_published():
    """Kwon et al. 2023 (arXiv 2309.06180), §3: OPT-13B keeps 800 kB a token in 16 bits."""
    opt = KVCache(GPTConfig(8, 1, 5120, 40, 40), dtype=np.float16)
    assert opt.bytes_per_token == 819_200


BAD_CONFIGS = [
    ((0, 1, 1, 1, 1), "vocab_size"),
    ((1, 1, 6, 4, 1), "multiple of n_heads 4"),
    ((1, 1, 4.0, 2, 1), "d_model"),
]


@pytest.mark.parametrize(("numbers", "message"), BAD_CONFIGS)
def test_a_config_is_positive_and_divides(numbers, message):
    with pytest.raises(ValueError, match=message):
        GPTConfig(*numbers)


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([1, 2], r"shape \(B, T\)"),
        ([[0.5]], "integers"),
        ([[11]], "0 .. 10: 11 .. 11"),
        ([[-1]], "-1"),
        ([[0] * 8], "8 tokens are more"),
    ],
)
def test_ids_that_the_model_does_not_know_are_named(ids, message):
    params, _, _ = oracle.inputs()
    with pytest.raises(ValueError, match=message):
        forward(params, np.array(ids), CONFIG)
