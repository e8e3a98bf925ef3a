"""Attention against PyTorch, the seed notebook's numbers, and the future that must not leak."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import attention as oracle
from refusals import refuses

from llm_scratch import attention
from llm_scratch.attention import causal_mask, scaled_dot_product_attention

STORED = np.load(oracle.STORED)


# float32 scores in the hundreds have no six digits behind the point, PyTorch's neither
PRECISIONS = [(name, np.float64) for name in oracle.CASES]
PRECISIONS += [(name, np.float32) for name in oracle.CASES if name != "large scores"]


@pytest.mark.parametrize(("name", "dtype"), PRECISIONS)
def test_equals_pytorch(name, dtype):
    """Stored by oracles/attention.py with PyTorch 2.13.0."""
    *vectors, mask = oracle.inputs(name)
    answers = scaled_dot_product_attention(*(x.astype(dtype) for x in vectors), mask)
    for ours, what in zip(answers, ("output", "weights"), strict=True):
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, STORED[f"{name} {what}"], rtol=0, atol=1e-6)


def test_the_seed_notebook_s_sentence():
    """facts.md, the seed notebook's own results: すき looks at ねこ は ひるね が すき."""
    E = np.float32([[0.90, 0.15], [0.10, 0.05], [0.95, 0.85], [0.12, 0.10], [0.88, 0.70]])
    output, weights = scaled_dot_product_attention(E[4:], E, E)
    assert (weights.round(4) == np.float32([0.2027, 0.1172, 0.2956, 0.1217, 0.2628])).all()
    assert (output.round(4) == np.float32([0.7208, 0.4837])).all()


def test_the_seed_notebook_s_causal_weights():
    """facts.md, the seed notebook's own results: わたし は きょう 本 を 読む."""
    E = np.float32(
        [[0.80, 0.10, 0.20], [0.10, 0.05, 0.05], [0.55, 0.85, 0.20]]
        + [[0.92, 0.70, 0.15], [0.12, 0.12, 0.02], [0.75, 0.88, 0.92]]
    )
    rows = [[1], [0.5115, 0.4885], [0.3223, 0.2475, 0.4302], [0.2378, 0.1586, 0.2820, 0.3216]]
    rows += [[0.2005, 0.1900, 0.2076, 0.2107, 0.1912]]
    rows += [[0.1392, 0.0925, 0.1828, 0.1936, 0.0952, 0.2967]]
    expected = [row + [0] * (6 - len(row)) for row in rows]
    _, weights = scaled_dot_product_attention(E, E, E, causal_mask(6))
    np.testing.assert_allclose(weights, expected, rtol=0, atol=5.1e-5)


@given(st.integers(0, 2**32 - 1), st.integers(2, 9), st.integers(1, 8), st.data())
def test_nothing_before_a_disturbed_token_moves_by_a_bit(seed, n, d, data):
    j, mask = data.draw(st.integers(0, n - 1)), causal_mask(n)
    x = np.random.default_rng(seed).standard_normal((n, d))
    disturbed = x + (np.arange(n) == j)[:, None]
    before, after = (scaled_dot_product_attention(v, v, v, mask)[0] for v in (x, disturbed))
    assert (before[:j] == after[:j]).all() and (before[j] != after[j]).any()


def test_the_mask_is_made_anew_and_inputs_stay_as_they_are():
    x = np.arange(6.0).reshape(3, 2)
    kept, mask = x.copy(), causal_mask(3)
    scaled_dot_product_attention(x, x, x, mask)
    assert (x == kept).all() and (mask == causal_mask(3)).all()
    assert causal_mask(0).shape == (0, 0) and causal_mask(1).tolist() == [[False]]


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


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_last_of_many_positions_see_all_before_them(dtype):
    """Against the textbook under the last rows of the mask; scores as large as 1,000 included."""
    rng = np.random.default_rng(0)
    key, value = (40 * rng.standard_normal((2, 3, 2, 70, 4))).astype(dtype)
    output, weights = attention.causal_attention(key[:, :, -5:], key, value.astype(np.float64))
    hidden = causal_mask(70)[-5:]
    expected = scaled_dot_product_attention(key[:, :, -5:], key, value, hidden)
    assert output.dtype == weights.dtype == dtype
    np.testing.assert_allclose(weights, expected[1], rtol=0, atol=1e-4)
    np.testing.assert_allclose(attention.split_heads(output, 1, 2)[0], expected[0], atol=1e-2)


@pytest.mark.parametrize("shape", [(), (3,), (1, 3), (4, 3), (2, 1, 1, 3), (5, 1, 1)])
def test_a_mask_is_spread_over_all_scores_as_numpy_does(shape):
    query, key, value = np.random.default_rng(0).standard_normal((3, 2, 5, 4, 3))
    key, value = key[..., :3, :], value[..., :3, :]
    hidden = np.zeros(shape, bool)
    hidden[(..., 0) if shape and shape[-1] > 1 else ...] = bool(shape) and shape[-1] > 1
    spread = np.broadcast_to(hidden, (2, 5, 4, 3))
    expected = scaled_dot_product_attention(query, key, value, spread)
    for ours, theirs in zip(
        scaled_dot_product_attention(query, key, value, hidden), expected, strict=True
    ):
        assert (ours == theirs).all()


def test_values_may_be_of_another_width_and_a_mask_of_many_queries():
    x, value = np.ones((4, 2, 3)), np.arange(8.0).reshape(4, 2, 1)
    hidden = np.zeros((4, 2, 2), bool)
    hidden[0, :, 1] = hidden[3, :, 0] = True
    output, _ = scaled_dot_product_attention(x, x, value, hidden)
    assert output.tolist() == [[[0], [0]], [[2.5], [2.5]], [[4.5], [4.5]], [[7], [7]]]


attend, X, HEADS = scaled_dot_product_attention, np.ones((3, 2)), np.ones((1, 1, 2, 2))
WIDE, BATCH, FUTURE = 2e154 * np.ones((1, 4)), np.ones((2, 3, 2)), causal_mask(3)
REFUSED = """
attend(X, np.ones((3, 4)), X)  # …got query (3, 2), key (3, 4), value (3, 2)…
attend(X, X, np.ones((4, 2)))  # …value (4, 2)…
attend(X[0], X, X)  # …got query (2,)…
attend(X[:, :0], X[:, :0], X)  # …got query (3, 0)…
attend(BATCH, np.ones((4, 3, 2)), X)  # …key (4, 3, 2)…
attend(BATCH, BATCH, np.ones((4, 3, 2)))  # …value (4, 3, 2)…
attend([[1, 2]], X, X)  # TypeError: query must hold floating-point numbers, got int64
attend(X, X, [["は"]])  # TypeError: value must hold floating-point numbers, got <U1
attend(X, X, X, np.zeros((3, 3)))  # TypeError: mask must be bool, … got float64
attend(X, X, X, causal_mask(4))  # mask must fit the shape (3, 3), got (4, 4)
attend(X, X, X, FUTURE | (np.arange(3) == 0))  # …at [0] sees none
attend(X, X, X, np.array([[[False] * 3] * 3, [[True] * 3] * 3]))  # …at [1, 0] sees none
attend(X, X, X, np.repeat(np.arange(3)[:, None] == 1, 3, axis=1))  # …at [1] sees none
attend(X, X[:0], X[:0])  # …softmax expects x …: n is 0
attend(X * np.nan, X, X)  # query must be finite, got nan at (0, 0)
attend(X * 1e200, X * 1e200, X)  # …of query …: softmax of x (3, 3): the result … got nan at (0, 0)
attend(WIDE, WIDE * [-1, -1, 1, 1], X[:1])  # …softmax of x (1, 1): the result must hold numbers…
causal_mask(-1)  # …got -1
causal_mask(2.0)  # TypeError: …must be an integer…
causal_attention(HEADS, HEADS[:, :, :1], HEADS[:, :, :1])  # query has 2 positions, key only 1
causal_attention(1e200 * HEADS, 1e200 * HEADS, HEADS)  # …the result must be finite, got nan at …
causal_attention(HEADS, HEADS, np.inf * HEADS)  # …the result must be finite, got nan at (0, 0, 0)
split_heads(np.ones((2, 5, 24)), 3, 5)  # …n_heads 5: n_parts·n_heads·d cannot be 24
"""
test_refusals = refuses(REFUSED, vars(attention) | globals())


SCORES, SUMS = (1e20, 1e20, 1), (1, 1, float(np.finfo(np.float32).max))


@pytest.mark.parametrize("wide", [(), (0,), (1,), (2,)])
@pytest.mark.parametrize(("sizes", "fitting"), [(SCORES, [(0,), (1,)]), (SUMS, [(0,), (1,), (2,)])])
def test_scores_and_sums_fit_in_the_widest_precision_that_goes_into_them(sizes, fitting, wide):
    dtypes = [np.float64 if i in wide else np.float32 for i in range(3)]
    vectors = [np.full((6, 2), size, dtype) for size, dtype in zip(sizes, dtypes, strict=True)]
    if wide in fitting:
        output, _ = scaled_dot_product_attention(*vectors)
        np.testing.assert_allclose(output, sizes[2], rtol=1e-6)
    else:
        with pytest.raises(ValueError, match=r"the result must .*got (nan|inf) at"):
            scaled_dot_product_attention(*vectors)
