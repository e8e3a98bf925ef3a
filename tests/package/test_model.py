"""The GPT against PyTorch, finite differences, published sizes, and itself seen another way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llm_scratch import model
from llm_scratch.model import GPTConfig, KVCache, forward, init_params, loss_and_grads
from oracles import model as oracle
from refusals import refuses

STORED = np.load(oracle.STORED)
CONFIG = GPTConfig(oracle.V, oracle.N, oracle.C, oracle.H, oracle.L)
CLOSE = {np.float64: 1e-9, np.float32: 1e-4}


@pytest.mark.parametrize("dtype", CLOSE)
@pytest.mark.parametrize("head", ["tied", "untied"])
def test_logits_loss_and_every_gradient_equal_pytorch_s(head, dtype):
    """Stored by tests/package/oracles/model.py with PyTorch 2.13.0, float64."""
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


X, IDS, RAGGED, RNG = (
    np.ones((3, 2)),
    np.array([[1, 2]]),
    [[1.0], [1.0, 2.0]],
    np.random.default_rng(0),
)
SMALL = GPTConfig(vocab_size=5, n_positions=4, d_model=4, n_heads=2, n_layers=1)
PARAMS = init_params(SMALL, RNG)


def holding(n_tokens):
    """A cache that has seen some tokens."""
    cache = KVCache(SMALL)
    forward(PARAMS, np.zeros((1, n_tokens), int), SMALL, cache)
    return cache


test_refusals = refuses([
    (model.GPTConfig, (0, 1, 1, 1, 1), ValueError, 'vocab_size must be a positive integer up to 16777216, got 0'),
    (model.GPTConfig, (1, 2**24 + 1, 1, 1, 1), ValueError, 'n_positions must be a positive integer up to 16777216, got 16777217'),
    (model.GPTConfig, (1, 1, 3, 2, 1), ValueError, 'd_model 3 must be a multiple of n_heads 2'),
    (model.param_shapes, (None,), TypeError, 'config must be a GPTConfig, got None'),
    (model.checked_params, (None, SMALL), TypeError, 'params must be a Mapping, got None'),
    (model.checked_params, ({**PARAMS, "more": X}, SMALL), ValueError, "missing or unknown params: ['more']"),
    (model.checked_params, ({**PARAMS, "wte.weight": X}, SMALL), ValueError, 'params: wte.weight must be floating-point of the shape (5, 4), got float64 (3, 2)'),
    (model.checked_params, ({**PARAMS, "wte.weight": RAGGED}, SMALL), ValueError, 'params: wte.weight must be an array, got rows that differ in shape'),
    (model.init_params, (SMALL, 0), TypeError, 'rng must be a Generator, got 0'),
    (model.init_params, (SMALL, RNG, np.int64), TypeError, "dtype must be a floating-point type, got <class 'numpy.int64'>"),
    (model.embed, (PARAMS, IDS, None), TypeError, 'config must be a GPTConfig, got None'),
    (model.embed, (PARAMS, [1], SMALL), ValueError, 'ids must have the shape (B, T), got (1,)'),
    (model.embed, (PARAMS, RAGGED, SMALL), ValueError, 'ids must be an array, got rows that differ in shape'),
    (model.embed, (PARAMS, [[1.0]], SMALL), TypeError, 'ids must be integers, got float64'),
    (model.embed, (PARAMS, [[-1]], SMALL), ValueError, 'ids must lie in 0 .. 4, got -1'),
    (model.embed, (PARAMS, [[5]], SMALL), ValueError, 'ids must lie in 0 .. 4, got 5'),
    (model.embed, (PARAMS, IDS, SMALL, 3), ValueError, 'ids: 5 tokens are more than n_positions 4'),
    (model.embed, (PARAMS, IDS, SMALL, 0.5), TypeError, 'start must be an integer, got 0.5'),
    (model.embed, ({**PARAMS, "wpe.weight": X}, IDS, SMALL), ValueError, 'params: wpe.weight must be floating-point of the shape (4, 4), got float64 (3, 2)'),
    (model.embed, ({**PARAMS, "wte.weight": X[0]}, IDS, SMALL), ValueError, 'params: wte.weight must be floating-point of the shape (5, 4), got float64 (2,)'),
    (model.embed, ({**PARAMS, "wte.weight": [[1]]}, IDS, SMALL), ValueError, 'params: wte.weight must be floating-point of the shape (5, 4), got int64 (1, 1)'),
    (model.embed, ({}, IDS, SMALL), ValueError, "params must hold 'wte.weight', got []"),
    (model.unembed, ({}, X), ValueError, "params must hold 'wte.weight', got []"),
    (model.unembed, ({**PARAMS, "lm_head.weight": X}, np.ones((1, 2, 4))), ValueError, 'dot_products expects x (..., d), table (N, d); got x (1, 2, 4), table (3, 2): d is 4 and 2'),
    (model.unembed, ({**PARAMS, "lm_head.weight": [[1]]}, np.ones((1, 2, 4))), TypeError, 'table must hold floating-point numbers, got int64'),
    (model.unembed, ({**PARAMS, "ln_f.bias": [[1]]}, np.ones((1, 2, 4))), TypeError, 'bias must hold floating-point numbers, got int64'),
    (model.layer, (PARAMS, 1), ValueError, 'params must hold block i = 1, got 16 of others'),
    (model.layer, (PARAMS, -1), ValueError, 'i must lie in 0 .. 16777216, got -1'),
    (model.layer, (None, 0), TypeError, 'params must be a Mapping, got None'),
    (model.attention_sublayer, ({}, X, 2), ValueError, "params must hold 'ln_1.weight', got []"),
    (model.mlp_sublayer, ({}, X), ValueError, "params must hold 'ln_2.weight', got []"),
    (model.forward, (PARAMS, IDS, SMALL, "kept"), TypeError, "cache must be a KVCache, got 'kept'"),
    (model.forward, (PARAMS, IDS, SMALL, KVCache(SMALL, 2)), ValueError, "cache must be made for (1, 2, 1, 2, 4, 2), a row for each of ids; got (1, 2, 2, 2, 4, 2)"),
    (model.forward, (PARAMS, IDS, 3, KVCache(SMALL)), TypeError, "config must be a GPTConfig, got 3"),
    (model.forward, (PARAMS, RAGGED, SMALL, model.KVCache(SMALL)), ValueError, 'ids must be an array, got rows that differ in shape'),
    (model.KVCache, (None,), TypeError, 'config must be a GPTConfig, got None'),
    (model.KVCache, (SMALL, 0), ValueError, 'batch must lie in 1 .. 16777216, got 0'),
    (model.KVCache, (SMALL, 1, np.int64), TypeError, "dtype must be a floating-point type, got <class 'numpy.int64'>"),
    (model.KVCache(SMALL).attend, (1, model.layer(PARAMS, 0), np.ones((1, 1, 4))), ValueError, 'i must lie in 0 .. 0, got 1'),
    (model.KVCache(SMALL).attend, (-1, model.layer(PARAMS, 0), np.ones((1, 1, 4))), ValueError, 'i must lie in 0 .. 0, got -1'),
    (model.KVCache(SMALL).attend, (0, model.layer(PARAMS, 0), np.ones((2, 1, 4))), ValueError, 'x must be (1, up to 4, 4), got (2, 1, 4)'),
    (model.KVCache(SMALL).attend, (0, model.layer(PARAMS, 0), np.ones((1, 5, 4))), ValueError, 'x must be (1, up to 4, 4), got (1, 5, 4)'),
    (holding(3).attend, (0, model.layer(PARAMS, 0), np.ones((1, 2, 4))), ValueError, 'x must be (1, up to 1, 4), got (1, 2, 4)'),
])  # fmt: skip


def test_what_lies_on_a_bound_is_taken():
    assert KVCache(SMALL, 1).length == 0
    assert GPTConfig(1, 2**24, 1, 1, 1).n_positions == 2**24
