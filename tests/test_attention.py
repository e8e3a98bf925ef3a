"""Attention against PyTorch, the seed notebook's numbers, and the future that must not leak."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from llm_scratch.attention import causal_mask, scaled_dot_product_attention
from oracles import attention as oracle

STORED = np.load(oracle.STORED)


PRECISIONS = [(name, np.float64) for name in oracle.CASES]
# float32 scores in the hundreds have no six digits behind the point, PyTorch's neither
PRECISIONS += [(name, np.float32) for name in oracle.CASES if name != "large scores"]


@pytest.mark.parametrize(("name", "dtype"), PRECISIONS)
def test_equals_pytorch(name, dtype):
    """Stored by tests/oracles/attention.py with PyTorch 2.13.0."""
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
    "number mask": ((X, X, X, np.zeros((3, 3))), TypeError, "mask must be bool.*got float64"),
    "mask shape": ((X, X, X, causal_mask(4)), ValueError, r"fit the scores \(3, 3\), got \(4, 4\)"),
    "blind query": ((X, X, X, causal_mask(3) | (np.arange(3) == 0)), ValueError, r"at \[0\] sees none"),
    "later blind query": ((X, X, X, np.repeat(np.arange(3)[:, None] == 1, 3, axis=1)), ValueError, r"at \[1\] sees none"),
    "no key": ((X, X[:0], X[:0]), ValueError, r"x must have numbers along axis -1.*\(3, 0\)"),
    "NaN": ((X * np.nan, X, X), ValueError, r"query must be finite, got nan at \(0, 0\)"),
    "too large": ((X * 1e200, X * 1e200, X), ValueError, "query and key must have finite scores, got inf"),
    "scores of both signs": (([[2e154, 2e154, 2e154, 2e154]], [[-1e154, -1e154, 1e154, 1e154]], [[1.0]]), ValueError, "query and key must have finite scores, got"),
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
