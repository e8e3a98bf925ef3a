"""Sampling: distributions against the definitions, and a model that knows how to count."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import refuses

from llm_scratch import sample
from llm_scratch.model import GPTConfig, forward, init_params
from llm_scratch.sample import generate, next_token_probabilities, stream

LOGITS = np.log([0.1, 0.4, 0.2, 0.3])
CONFIG = GPTConfig(7, 6, 8, 2, 1)
PARAMS = init_params(CONFIG, np.random.default_rng(0))


WHOLE = [0.1, 0.4, 0.2, 0.3]
SETTINGS = [
    ({}, WHOLE),
    ({"temperature": 0}, [0, 1, 0, 0]),
    ({"temperature": 0.5}, np.array([1, 16, 4, 9]) / 30),
    ({"top_k": 2}, [0, 4 / 7, 0, 3 / 7]),
    ({"top_k": 9}, WHOLE),
    ({"top_k": 2**62}, WHOLE),
    ({"temperature": np.inf}, [0.25] * 4),
    ({"top_p": 0.4}, [0, 1, 0, 0]),
    ({"top_p": 0.41}, [0, 4 / 7, 0, 3 / 7]),
    ({"top_p": 0.71}, [0, 4 / 9, 2 / 9, 3 / 9]),
    ({"top_p": 1}, WHOLE),
    ({"temperature": 0.5, "top_k": 2, "top_p": 0.9}, [0, 16 / 25, 0, 9 / 25]),
]


@pytest.mark.parametrize(("options", "expected"), SETTINGS)
def test_each_setting_is_a_distribution_by_its_definition(options, expected):
    np.testing.assert_allclose(next_token_probabilities(LOGITS, **options), expected, atol=1e-12)


def test_ties_keep_the_first_and_greed_keeps_the_precision():
    narrow = next_token_probabilities(LOGITS.astype(np.float32), temperature=0)
    assert narrow.dtype == np.float32
    assert next_token_probabilities(np.zeros(4), top_k=2).tolist() == [0.5, 0.5, 0, 0]
    many = np.tile([0.0, 3.0, 3.0, 1.0], 100)
    for settings in ({"top_k": 3}, {"top_p": 0.0118}):  # a large one has a 200th, and a little less
        assert next_token_probabilities(many, **settings).nonzero()[0].tolist() == [1, 2, 5]


@given(st.integers(0, 2**32 - 1), st.floats(0.05, 5), st.integers(1, 9), st.floats(0.01, 1))
def test_settings_only_ever_remove_tokens(seed, temperature, top_k, top_p):
    logits = np.random.default_rng(seed).standard_normal(9)
    p = next_token_probabilities(logits, temperature, top_k, top_p)
    assert p.sum() == pytest.approx(1) and (p >= 0).all() and p[logits.argmax()] > 0
    assert 1 <= (p > 0).sum() <= top_k
    assert logits[p > 0].min() >= logits[p == 0].max(initial=-np.inf)


def written(n_tokens, seed=0, **settings):
    return generate(PARAMS, CONFIG, [1, 2], n_tokens, np.random.default_rng(seed), **settings)


def test_a_seed_decides_the_text_and_greedy_needs_none():
    texts = [written(4, seed) for seed in (0, 0, 1, 2, 3)]
    assert texts[0] == texts[1] and len({*map(tuple, texts)}) > 1
    assert all(text[:2] == [1, 2] and len(text) == 6 for text in texts)
    assert written(4, 0, temperature=0) == written(4, 1, temperature=0)


def test_the_last_position_ends_the_text_and_is_told(capsys):
    assert len(written(4)) == 6 and capsys.readouterr().out == ""
    assert len(written(99)) == 7
    assert capsys.readouterr().out == "stopped after 5 of 99 tokens: n_positions is 6\n"


def test_the_temperature_is_1_unless_another_is_asked_for():
    params = {name: 5 * p for name, p in PARAMS.items()}
    texts = [
        [generate(params, CONFIG, [1], 5, np.random.default_rng(s), **chosen) for s in range(20)]
        for chosen in ({}, {"temperature": 1.0}, {"temperature": 2.0})
    ]
    assert texts[0] == texts[1] != texts[2]


def test_the_cache_keeps_the_precision_of_the_parameters(monkeypatch):
    """The logits a token is drawn from are those of the whole text at once."""
    params = init_params(CONFIG, np.random.default_rng(0), np.float64)
    seen = []
    monkeypatch.setattr(
        sample, "next_token_probabilities", lambda logits, **_: seen.append(logits) or np.eye(7)[3]
    )
    ids = generate(params, CONFIG, [1, 2], 4, np.random.default_rng(0))
    expected = forward(params, np.array([ids[:5]]), CONFIG)[0, 1:]
    np.testing.assert_allclose(seen, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("n", [1, 6])
def test_the_shortest_and_the_longest_prompt_go_on(n):
    assert len([*stream(PARAMS, CONFIG, [1] * n, np.random.default_rng(0))]) == 7 - n


draw, TWO, RNG = next_token_probabilities, np.ones(2), np.random.default_rng(0)
SMALL = GPTConfig(5, 4, 4, 2, 1)
MODEL = init_params(SMALL, RNG), SMALL
REFUSED = """
draw(np.ones((3, 2)))  # next_token_probabilities expects logits (n,); got logits (3, 2): …
draw([])  # next_token_probabilities expects logits (n,); got logits (0,): n is 0
draw([np.inf, 1])  # logits must have a finite maximum in each row, got inf at (0,)
draw(["a"])  # TypeError: logits must hold real numbers, got <U1
draw(TWO, -0.5)  # temperature must be 0 or more, got -0.5
draw(TWO, -np.inf)  # temperature must be 0 or more, got -inf
draw(TWO, "hot")  # TypeError: temperature must be a real number, got 'hot'
draw(TWO, 1e-320)  # next_token_probabilities of logits (2,): softmax of x (2,): … got nan at (0,)
draw(TWO, 1.0, 0)  # top_k must lie in 1 .. 4611686018427387904, got 0
draw(TWO, 1.0, 1.0)  # TypeError: top_k must be an integer, got 1.0
draw(TWO, 1.0, None, 0)  # top_p must be above 0 and at most 1, got 0
draw(TWO, 1.0, None, np.inf)  # top_p must be above 0 and at most 1, got inf
draw(TWO, 1.0, None, "most")  # TypeError: top_p must be a real number, got 'most'
generate(*MODEL, [1], -1, RNG)  # n_tokens must lie in 0 .. 16777216, got -1
generate(*MODEL, [1], 1.0, RNG)  # TypeError: n_tokens must be an integer, got 1.0
generate(*MODEL, [], 1, RNG)  # ids must be 1 to 4 tokens, got the shape (0,)
generate(*MODEL, [1] * 5, 1, RNG)  # ids must be 1 to 4 tokens, got the shape (5,)
generate(*MODEL, [5], 1, RNG)  # ids must lie in 0 .. 4, got 5
generate(*MODEL, [[1.0], [1.0, 2.0]], 1, RNG)  # ids must be an array, got rows that differ in shape
generate(*MODEL, [1], 1, 0)  # TypeError: rng must be a Generator, got 0
stream(*MODEL, [[1]], RNG)  # ids must be 1 to 4 tokens, got the shape (1, 1)
stream({}, SMALL, [1], RNG)  # missing or unknown params: ['h.0.attn.c_attn.bias', …
"""
test_refusals = refuses(REFUSED, globals())
