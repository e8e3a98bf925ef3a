"""One-hot vectors, softmax and entropy against closed forms, limits and what is no input."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from llm_scratch.ops import entropy, one_hot, softmax
from oracles import attention as oracle

ROWS = arrays(np.float64, array_shapes(min_dims=2, max_dims=3), elements=st.floats(-1e4, 1e4))


def test_one_hot_of_any_shape():
    vectors = one_hot([[0, 2], [1, 1]], 3)
    assert vectors.tolist() == [[[1, 0, 0], [0, 0, 1]], [[0, 1, 0], [0, 1, 0]]]
    assert vectors.dtype == np.float32
    assert one_hot(1, 2).tolist() == [0, 1]
    assert one_hot(np.array([], dtype=int), 4).shape == (0, 4)


@pytest.mark.parametrize("ids", [[3], [-1], [0, 7]])
def test_one_hot_names_an_id_outside_the_vocabulary(ids):
    with pytest.raises(ValueError, match=rf"ids must lie in 0 .. 2, got {ids[-1]}"):
        one_hot(ids, 3)


@pytest.mark.parametrize("ids", [[0.0], [True], ["ねこ"]])
def test_one_hot_wants_integers(ids):
    with pytest.raises(TypeError, match="ids must be integers, got"):
        one_hot(ids, 3)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_softmax_against_the_definition_written_with_math(axis):
    x = [[0.5, -1.0, 2.0], [3.0, 0.0, -0.25]]
    columns = zip(*x, strict=True) if axis == 0 else x
    expected = [[math.exp(v) / sum(map(math.exp, row)) for v in row] for row in columns]
    ours = softmax(x, axis=axis)
    np.testing.assert_allclose(ours.T if axis == 0 else ours, expected, rtol=1e-15)


def test_softmax_equals_pytorch():
    """Stored by tests/oracles/attention.py with PyTorch 2.13.0."""
    query, key, _, _ = oracle.inputs("plain")
    stored = np.load(oracle.STORED)["plain weights"]
    np.testing.assert_allclose(softmax(query @ key.T / math.sqrt(2)), stored, rtol=1e-12)


@given(ROWS, st.floats(-1e3, 1e3))
def test_softmax_gives_weights_and_does_not_see_a_shift(x, shift):
    weights = softmax(x)
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-12)
    np.testing.assert_allclose(softmax(x + shift), weights, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_softmax_stays_finite_and_keeps_its_precision(dtype):
    weights = softmax(np.array([1e4, -1e4, -np.inf, 1e4], dtype=dtype))
    assert weights.tolist() == [0.5, 0, 0, 0.5]
    assert weights.dtype == dtype
    assert softmax([0, 0]).tolist() == [0.5, 0.5]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_softmax_names_the_row_that_has_no_weights(bad):
    with pytest.raises(ValueError, match=rf"finite maximum in each row, got {bad} at \(1, 0\)"):
        softmax([[0.0, 1.0], [bad, bad]])


@pytest.mark.parametrize("x", [1.0, [], np.zeros((2, 0))])
def test_softmax_wants_numbers(x):
    with pytest.raises(ValueError, match="x must have numbers along axis -1"):
        softmax(x)


def test_entropy_of_known_distributions():
    assert entropy(np.full(7, 1 / 7)) == pytest.approx(math.log(7), rel=1e-14)
    assert entropy([0.25, 0.75]) == pytest.approx(2 * math.log(2) - 0.75 * math.log(3), rel=1e-14)
    assert entropy([[0, 1], [0.5, 0.5]]).tolist() == pytest.approx([0, math.log(2)])


@pytest.mark.parametrize("p", [[0.5, 0.4], [1.5, -0.5], [np.nan, 1]])
def test_entropy_wants_distributions(p):
    with pytest.raises(ValueError, match="p must hold rows that are not negative and sum to 1"):
        entropy(p)


def test_entropy_forgives_rounding_and_no_more():
    assert entropy([0.5, 0.50005]) == pytest.approx(math.log(2), abs=1e-4)
    with pytest.raises(ValueError, match="sum to 1"):
        entropy([0.5, 0.5003])
