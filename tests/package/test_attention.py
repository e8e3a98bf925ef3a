"""Attention against PyTorch, the seed notebook's numbers, and the future that must not leak."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from llm_scratch import attention
from llm_scratch.attention import causal_mask, scaled_dot_product_attention
from oracles import attention as oracle
from refusals import refuses

STORED = np.load(oracle.STORED)


PRECISIONS = [(name, np.float64) for name in oracle.CASES]
# float32 scores in the hundreds have no six digits behind the point, PyTorch's neither
PRECISIONS += [(name, np.float32) for name in oracle.CASES if name != "large scores"]


@pytest.mark.parametrize(("name", "dtype"), PRECISIONS)
def test_equals_pytorch(name, dtype):
    """Stored by tests/package/oracles/attention.py with PyTorch 2.13.0."""
    *vectors, mask = oracle.inputs(name)
    answers = scaled_dot_product_attention(*(x.astype(dtype) for x in vectors), mask)
    for ours, what in zip(answers, ("output", "weights"), strict=True):
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, STORED[f"{name} {what}"], rtol=0, atol=1e-6)


def test_the_seed_notebook_s_sentence():
    """facts.md, the seed notebook's own results: すき looks at ねこ は ひるね が すき."""
    E = np.float32([[0.90, 0.15], [0.10, 0.05], [0.95, 0.85], [0.12, 0.10], [0.88, 0.70]])
    output, weights = scaled_dot_product_attention(E[4:], E, E)
    assert (
        weights.round(4).tolist() == np.float32([[0.2027, 0.1172, 0.2956, 0.1217, 0.2628]]).tolist()
    )
    assert output.round(4).tolist() == np.float32([[0.7208, 0.4837]]).tolist()


def test_the_seed_notebook_s_causal_weights():
    """facts.md, the seed notebook's own results: わたし は きょう 本 を 読む."""
    E = np.float32(
        [[0.80, 0.10, 0.20], [0.10, 0.05, 0.05], [0.55, 0.85, 0.20]]
        + [[0.92, 0.70, 0.15], [0.12, 0.12, 0.02], [0.75, 0.88, 0.92]]
    )
    rows = [[1], [0.5115, 0.4885], [0.3223, 0.2475, 0.4302], [0.2378, 0.1586, 0.2820, 0.3216]]
    rows += [
        [0.2005, 0.1900, 0.2076, 0.2107, 0.1912],
        [0.1392, 0.0925, 0.1828, 0.1936, 0.0952, 0.2967],
    ]
    expected = [row + [0] * (6 - len(row)) for row in rows]
    _, weights = scaled_dot_product_attention(E, E, E, causal_mask(6))
    np.testing.assert_allclose(weights, expected, rtol=0, atol=5.1e-5)


@given(st.integers(0, 2**32 - 1), st.integers(2, 9), st.integers(1, 8), st.data())
def test_nothing_before_a_disturbed_token_moves_by_a_bit(seed, n, d, data):
    j = data.draw(st.integers(0, n - 1))
    x = np.random.default_rng(seed).standard_normal((n, d))
    disturbed = x.copy()
    disturbed[j] += 1
    before, after = (
        scaled_dot_product_attention(v, v, v, causal_mask(n))[0] for v in (x, disturbed)
    )
    assert (before[:j] == after[:j]).all()
    assert (before[j] != after[j]).any()


def test_the_mask_is_made_anew_and_inputs_stay_as_they_are():
    x = np.arange(6.0).reshape(3, 2)
    kept, mask = x.copy(), causal_mask(3)
    scaled_dot_product_attention(x, x, x, mask)
    assert (x == kept).all() and (mask == causal_mask(3)).all()
    assert causal_mask(0).shape == (0, 0) and causal_mask(1).tolist() == [[False]]


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
    query, key, value = np.random.default_rng(0).standard_normal((3, 2, 5, 4, 3))[..., :3]
    key, value = key[..., :3, :], value[..., :3, :]
    hidden = np.zeros(shape, bool)
    hidden[(..., 0) if shape and shape[-1] > 1 else ...] = bool(shape) and shape[-1] > 1
    expected = scaled_dot_product_attention(
        query, key, value, np.broadcast_to(hidden, (2, 5, 4, 3))
    )
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


X = np.ones((3, 2))
WRONG = {
    "widths": ((X, np.ones((3, 4)), X), ValueError, r"query \(3, 2\), key \(3, 4\), value \(3, 2\)"),
    "lengths": ((X, X, np.ones((4, 2))), ValueError, r"value \(4, 2\)"),
    "one axis": ((X[0], X, X), ValueError, r"query \(2,\)"),
    "no width": ((X[:, :0], X[:, :0], X), ValueError, r"query \(3, 0\)"),
    "batches": ((np.ones((2, 3, 2)), np.ones((4, 3, 2)), X), ValueError, r"key \(4, 3, 2\)"),
    "values": ((np.ones((2, 3, 2)), np.ones((2, 3, 2)), np.ones((4, 3, 2))), ValueError, r"value \(4, 3, 2\)"),
    "ids": (([[1, 2]], X, X), TypeError, "query must hold floating-point numbers, got int64"),
    "words": ((X, X, [["は"]]), TypeError, "value must hold floating-point numbers, got <U1"),
    "number mask": ((X, X, X, np.zeros((3, 3))), TypeError, "^mask must be bool, True where a key is hidden; got float64$"),
    "mask shape": ((X, X, X, causal_mask(4)), ValueError, r"^mask must fit the shape \(3, 3\), got \(4, 4\)$"),
    "blind query": ((X, X, X, causal_mask(3) | (np.arange(3) == 0)), ValueError, r"at \[0\] sees none"),
    "blind among many": ((X, X, X, np.array([[[False] * 3] * 3, [[True] * 3] * 3])), ValueError, r"at \[1, 0\] sees none"),
    "later blind query": ((X, X, X, np.repeat(np.arange(3)[:, None] == 1, 3, axis=1)), ValueError, r"at \[1\] sees none"),
    "no key": ((X, X[:0], X[:0]), ValueError, r"softmax expects x .*: n is 0$"),
    "NaN": ((X * np.nan, X, X), ValueError, r"query must be finite, got nan at \(0, 0\)"),
    "too large": ((X * 1e200, X * 1e200, X), ValueError, r"of query .*: softmax of x \(3, 3\): the result must hold numbers, .* got nan at \(0, 0\)$"),
    "scores of both signs": (([[2e154, 2e154, 2e154, 2e154]], [[-1e154, -1e154, 1e154, 1e154]], [[1.0]]), ValueError, r"softmax of x \(1, 1\): the result must hold numbers"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_named(name):
    arguments, error, message = WRONG[name]
    with pytest.raises(error, match=message):
        scaled_dot_product_attention(*arguments)


@pytest.mark.parametrize(("n", "error"), [(-1, ValueError), (2.0, TypeError), ("3", TypeError)])
def test_a_mask_has_a_size(n, error):
    with pytest.raises(error, match="got -1" if n == -1 else "integer"):
        causal_mask(n)


HEADS, OF = (
    np.ones((1, 1, 2, 2)),
    "causal_attention of query (1, 1, 2, 2), key (1, 1, 2, 2), value (1, 1, 2, 2)",
)
test_refusals = refuses([
    (attention.causal_attention, (HEADS, HEADS[:, :, :1], HEADS[:, :, :1]), ValueError, "query has 2 positions, key only 1"),
    (attention.causal_attention, (1e200 * HEADS, 1e200 * HEADS, HEADS), ValueError, f"{OF}: the result must be finite, got nan at (0, 0, 0)"),
    (attention.causal_attention, (HEADS, HEADS, np.inf * HEADS), ValueError, f"{OF}: the result must be finite, got nan at (0, 0, 0)"),
    (attention.split_heads, (np.ones((2, 5, 24)), 3, 5), ValueError, "split_heads expects x (B, T, n_parts·n_heads·d), n_parts, n_heads; got x (2, 5, 24), n_parts 3, n_heads 5: n_parts·n_heads·d cannot be 24"),
])  # fmt: skip


SCORES, SUMS = (1e20, 1e20, 1), (1, 1, float(np.finfo(np.float32).max))
PRECISIONS = [
    (SCORES, (), False),
    (SCORES, (0,), True),
    (SCORES, (1,), True),
    (SCORES, (2,), False),
    (SUMS, (), False),
    (SUMS, (0,), True),
    (SUMS, (1,), True),
    (SUMS, (2,), True),
]


@pytest.mark.parametrize(("sizes", "wide", "fits"), PRECISIONS)
def test_scores_and_sums_fit_in_the_widest_precision_that_goes_into_them(sizes, wide, fits):
    vectors = [
        np.full((6, 2), size, np.float64 if i in wide else np.float32)
        for i, size in enumerate(sizes)
    ]
    if fits:
        output, _ = attention.scaled_dot_product_attention(*vectors)
        np.testing.assert_allclose(output, sizes[2], rtol=1e-6)
    else:
        with pytest.raises(
            ValueError, match=r"the result must (hold numbers|be finite), .*got (nan|inf) at"
        ):
            attention.scaled_dot_product_attention(*vectors)
