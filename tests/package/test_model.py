"""The GPT against PyTorch, finite differences, published sizes, and itself seen another way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import model as oracle
from refusals import refuses

from llm_scratch import model
from llm_scratch.model import GPTConfig, KVCache, forward, init_params, loss_and_grads

STORED = np.load(oracle.STORED)
CONFIG = GPTConfig(oracle.V, oracle.N, oracle.C, oracle.H, oracle.L)
CLOSE = {np.float64: 1e-9, np.float32: 1e-4}


@pytest.mark.parametrize("dtype", CLOSE)
@pytest.mark.parametrize("head", ["tied", "untied"])
def test_logits_loss_and_every_gradient_equal_pytorch_s(head, dtype):
    """Stored by oracles/model.py with PyTorch 2.13.0, float64."""
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
        expected = STORED[f"{head} grad {name}"]
        np.testing.assert_allclose(grad, expected, atol=CLOSE[dtype], err_msg=name)


PUBLISHED = {
    (12, 768, 12): 124_439_808,
    (24, 1024, 16): 354_823_168,
    (36, 1280, 20): 774_030_080,
    (48, 1600, 25): 1_557_611_200,
}


@pytest.mark.parametrize("sizes", PUBLISHED)
def test_parameter_counts_are_the_published_ones(sizes):
    """openai/gpt-2's README, with its erratum; facts.md."""
    n_layers, d_model, n_heads = sizes
    config = GPTConfig(50257, 1024, d_model, n_heads, n_layers)
    assert model.count_params(config) == PUBLISHED[sizes]


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


@settings(max_examples=25)
@given(*(st.integers(1, most) for most in (3, 4, 4, 3, 9)), st.integers(0, 2**32 - 1), st.data())
def test_causality_and_cache_for_any_size(n_layers, n_heads, d_head, batch, n_tokens, seed, data):
    config = GPTConfig(7, n_tokens, n_heads * d_head, n_heads, n_layers)
    rng = np.random.default_rng(seed)
    params = init_params(config, rng, np.float64)
    params = {name: p + 0.3 * rng.standard_normal(p.shape) for name, p in params.items()}
    ids = rng.integers(0, 7, (batch, n_tokens))
    logits = forward(params, ids, config)

    j = data.draw(st.integers(0, n_tokens - 1))
    other = (ids + (np.arange(n_tokens) == j)) % 7
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


SMALL = GPTConfig(vocab_size=5, n_positions=4, d_model=4, n_heads=2, n_layers=1)
X, IDS, RNG, RAGGED = np.ones((3, 2)), [[1, 2]], np.random.default_rng(0), [[1.0], [1.0, 2.0]]
PARAMS = init_params(SMALL, RNG)


def but(**changed):
    """The parameters, some of them others."""
    names = {"more": "more", "bias": "ln_f.bias"}
    return PARAMS | {names.get(name, f"{name}.weight"): p for name, p in changed.items()}


def attend(i, *shape, seen=0):
    """Block `i` of a cache that has seen some tokens."""
    cache = KVCache(SMALL)
    forward(PARAMS, np.zeros((1, seen), int), SMALL, cache)
    cache.attend(i, model.layer(PARAMS, 0), np.ones(shape))


REFUSED = """
GPTConfig(0, 1, 1, 1, 1)  # vocab_size must be a positive integer up to 16777216, got 0
GPTConfig(1, 2**24 + 1, 1, 1, 1)  # n_positions must be a positive integer up to …, got 16777217
GPTConfig(1, 1, 4.0, 2, 1)  # d_model must be a positive integer up to 16777216, got 4.0
GPTConfig(1, 1, 3, 2, 1)  # d_model 3 must be a multiple of n_heads 2
param_shapes(None)  # TypeError: config must be a GPTConfig, got None
checked_params(None, SMALL)  # TypeError: params must be a Mapping, got None
checked_params(but(more=X), SMALL)  # missing or unknown params: ['more']
checked_params(but(wte=X), SMALL)  # params: wte.weight must be … shape (5, 4), got float64 (3, 2)
checked_params(but(wte=RAGGED), SMALL)  # params: wte.weight must be an array, got rows …
init_params(SMALL, 0)  # TypeError: rng must be a Generator, got 0
init_params(SMALL, RNG, np.int64)  # TypeError: dtype must be a floating-point type, got <class …
embed(PARAMS, IDS, None)  # TypeError: config must be a GPTConfig, got None
embed(PARAMS, [1], SMALL)  # ids must have the shape (B, T), got (1,)
embed(PARAMS, RAGGED, SMALL)  # ids must be an array, got rows that differ in shape
embed(PARAMS, [[1.0]], SMALL)  # TypeError: ids must be integers, got float64
embed(PARAMS, [[-1]], SMALL)  # ids must lie in 0 .. 4, got -1
embed(PARAMS, [[5]], SMALL)  # ids must lie in 0 .. 4, got 5
embed(PARAMS, IDS, SMALL, 3)  # ids: 5 tokens are more than n_positions 4
embed(PARAMS, IDS, SMALL, 0.5)  # TypeError: start must be an integer, got 0.5
embed(but(wpe=X), IDS, SMALL)  # params: wpe.weight must be … shape (4, 4), got float64 (3, 2)
embed(but(wte=X[0]), IDS, SMALL)  # params: wte.weight must be … shape (5, 4), got float64 (2,)
embed(but(wte=[[1]]), IDS, SMALL)  # params: wte.weight must be … shape (5, 4), got int64 (1, 1)
embed({}, IDS, SMALL)  # params must hold 'wte.weight', got []
unembed({}, X)  # params must hold 'wte.weight', got []
unembed(but(lm_head=X), np.ones((1, 2, 4)))  # …table (3, 2): d is 4 and 2
unembed(but(lm_head=[[1]]), np.ones((1, 2, 4)))  # TypeError: table must hold …, got int64
unembed(but(bias=[[1]]), np.ones((1, 2, 4)))  # TypeError: bias must hold …, got int64
layer(PARAMS, 1)  # params must hold block i = 1, got 16 of others
layer(PARAMS, -1)  # i must lie in 0 .. 16777216, got -1
layer(None, 0)  # TypeError: params must be a Mapping, got None
attention_sublayer({}, X, 2)  # params must hold 'ln_1.weight', got []
mlp_sublayer({}, X)  # params must hold 'ln_2.weight', got []
forward(PARAMS, IDS, SMALL, "kept")  # TypeError: cache must be a KVCache, got 'kept'
forward(PARAMS, IDS, SMALL, KVCache(SMALL, 2))  # cache must be made for (1, 2, 1, 2, 4, 2), …
forward(PARAMS, IDS, 3, KVCache(SMALL))  # TypeError: config must be a GPTConfig, got 3
forward(PARAMS, RAGGED, SMALL, KVCache(SMALL))  # ids must be an array, got rows that differ …
KVCache(None)  # TypeError: config must be a GPTConfig, got None
KVCache(SMALL, 0)  # batch must lie in 1 .. 16777216, got 0
KVCache(SMALL, 1, np.int64)  # TypeError: dtype must be a floating-point type, got <class …
attend(1, 1, 1, 4)  # i must lie in 0 .. 0, got 1
attend(-1, 1, 1, 4)  # i must lie in 0 .. 0, got -1
attend(0, 2, 1, 4)  # x must be (1, up to 4, 4), got (2, 1, 4)
attend(0, 1, 5, 4)  # x must be (1, up to 4, 4), got (1, 5, 4)
attend(0, 1, 2, 4, seen=3)  # x must be (1, up to 1, 4), got (1, 2, 4)
"""
test_refusals = refuses(REFUSED, vars(model) | globals())


def test_what_lies_on_a_bound_is_taken():
    assert KVCache(SMALL, 1).length == 0
    assert GPTConfig(1, 2**24, 1, 1, 1).n_positions == 2**24
