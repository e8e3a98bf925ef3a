"""Each op and its backward against PyTorch, closed forms, published numbers and limits."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from oracles import attention, model
from refusals import refuses

from llm_scratch import ops
from llm_scratch.ops import entropy, one_hot, softmax

STORED = np.load(model.STORED)
ROWS = arrays(np.float64, array_shapes(min_dims=2, max_dims=3), elements=st.floats(-1e4, 1e4))


def test_one_hot_of_any_shape():
    vectors = one_hot([[0, 2], [1, 1]], 3)
    assert vectors.tolist() == [[[1, 0, 0], [0, 0, 1]], [[0, 1, 0], [0, 1, 0]]]
    assert vectors.dtype == np.float32
    assert one_hot(1, 2).tolist() == [0, 1]
    assert one_hot(np.array([], dtype=int), 4).shape == (0, 4)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_softmax_against_the_definition_written_with_math(axis):
    x = [[0.5, -1.0, 2.0], [3.0, 0.0, -0.25]]
    columns = zip(*x, strict=True) if axis == 0 else x
    expected = [[math.exp(v) / sum(map(math.exp, row)) for v in row] for row in columns]
    ours = softmax(x, axis=axis)
    np.testing.assert_allclose(ours.T if axis == 0 else ours, expected, rtol=1e-15)


def test_softmax_equals_pytorch():
    """Stored by oracles/attention.py with PyTorch 2.13.0."""
    query, key, _, _ = attention.inputs("plain")
    stored = np.load(attention.STORED)["plain weights"]
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
    assert weights.tolist() == [0.5, 0, 0, 0.5] and weights.dtype == dtype


def test_entropy_of_known_distributions():
    assert entropy(np.full(7, 1 / 7)) == pytest.approx(math.log(7), rel=1e-14)
    assert entropy([0.25, 0.75]) == pytest.approx(2 * math.log(2) - 0.75 * math.log(3), rel=1e-14)
    assert entropy([[0, 1], [0.5, 0.5]]).tolist() == pytest.approx([0, math.log(2)])
    assert entropy([0.5, 0.50005]) == pytest.approx(math.log(2), abs=1e-4)  # rounding is forgiven


@pytest.mark.parametrize(("dtype", "close"), [(np.float64, 1e-12), (np.float32, 1e-4)])
@pytest.mark.parametrize("name", ["gelu", "gelu_exact", "layer_norm", "rms_norm"])
def test_each_op_and_its_backward_equal_pytorch_s_and_change_no_input(name, dtype, close):
    """Stored by oracles/model.py with PyTorch 2.13.0, float64."""
    inputs = [v.astype(dtype) for v in model.op_inputs()]
    for v in inputs:
        v.flags.writeable = False
    x, weight, bias, dy = inputs
    given_by = {"layer_norm": (weight, bias), "rms_norm": (weight,)}.get(name, ())
    grads = getattr(ops, f"{name}_backward")(dy, x, *given_by[:1])
    parts = dict(
        zip(("dx", "dw", "db"), grads if isinstance(grads, tuple) else [grads], strict=False)
    )
    for part, ours in {"y": getattr(ops, name)(x, *given_by), **parts}.items():
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, STORED[f"{name} {part}"], atol=close)


def test_gelu_s_two_forms_differ_by_what_is_published():
    """facts.md: the largest gap is 4.73e-4, near |x| = 2.70."""
    x = np.linspace(-6, 6, 120_001)
    gap = abs(ops.gelu(x) - ops.gelu_exact(x))
    assert gap.max() == pytest.approx(4.73e-4, rel=1e-2)
    assert abs(x[gap.argmax()]) == pytest.approx(2.70, abs=0.01)


def test_layer_norm_does_not_see_scale_and_shift():
    x, weight, bias, _ = model.op_inputs()
    moved = ops.layer_norm(1e3 * x + 7, weight, bias)
    np.testing.assert_allclose(moved, ops.layer_norm(x, weight, bias), atol=1e-4)


def test_cross_entropy_of_known_distributions():
    """facts.md: uniform logits cost ln V; the gradient is softmax - one_hot over the count."""
    targets = np.array([[3, 0]])
    assert ops.cross_entropy(np.zeros((1, 2, 65)), targets) == pytest.approx(np.log(65), rel=1e-14)
    logits = np.log([[[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1]]])
    loss = ops.cross_entropy(logits, targets)
    assert loss == pytest.approx(-np.log([0.4, 0.7]).mean(), rel=1e-14)
    expected = np.array([[[0.1, 0.2, 0.3, -0.6], [-0.3, 0.1, 0.1, 0.1]]]) / 2
    np.testing.assert_allclose(ops.cross_entropy_backward(logits, targets), expected, atol=1e-15)
    assert np.isfinite(ops.cross_entropy(np.array([[1e4, -1e4]]), np.array([1])))
    many = np.zeros((30_000, 50), np.float16)  # their sum is beyond half precision
    assert ops.cross_entropy(many, np.zeros(30_000, int)) == pytest.approx(np.log(50), rel=1e-3)


def test_dot_products_of_many_vectors():
    x, table = np.arange(4.0).reshape(1, 2, 2), np.array([[1.0, 0], [0, 1], [1, 1]])
    assert ops.dot_products(x, table).tolist() == [[[0, 1, 1], [2, 3, 5]]]


def test_views_hold_whatever_they_are_given():
    assert ops.rows(np.arange(6).reshape(1, 2, 3)).tolist() == [[0, 1, 2], [3, 4, 5]]


def test_linear_backward_is_the_slope_of_linear_in_each_number():
    """By differences, weighed by dy; linear in each, so that a step of 1 is exact."""
    rng = np.random.default_rng(0)
    x, weight, bias, dy = (rng.integers(-4, 5, s) * 1.0 for s in ((2, 3, 4), (4, 5), 5, (2, 3, 5)))
    parts = [x, weight, bias]
    before = (dy * ops.linear(*parts)).sum()
    for part, gradient in zip(parts, ops.linear_backward(dy, x, weight), strict=True):
        assert gradient.shape == part.shape
        for place in np.ndindex(part.shape):
            part[place] += 1
            assert (dy * ops.linear(*parts)).sum() - before == gradient[place]
            part[place] -= 1


X, INF, NAN = np.ones((3, 2)), np.full((3, 2), np.inf), [[0.0, 1.0], [np.nan, np.nan]]
TWO = np.ones(2)
REFUSED = """
one_hot([0, 7], 3)  # ids must lie in 0 .. 2, got 7
one_hot([-1], 3)  # ids must lie in 0 .. 2, got -1
one_hot([True], 3)  # TypeError: ids must be integers, got bool
softmax([])  # softmax expects x (..., n); got x (0,): n is 0
softmax(X, 2)  # axis 2 is out of bounds for array of dimension 2
softmax(NAN)  # softmax of x (2, 2): the result must hold numbers, … got nan at (1, 0)
softmax(INF)  # softmax of x (3, 2): the result must hold numbers, … got nan at (0, 0)
softmax(-INF)  # softmax of x (3, 2): the result must hold numbers, … got nan at (0, 0)
entropy([0.5, 0.5003])  # p must hold rows that sum to 1, none negative: got [0.5    0.5003]
ops.layer_norm(INF, TWO, TWO)  # layer_norm of …: mean_product of x (3, 2), y (3, 2): … got nan at …
ops.layer_norm(1e200 * X[0] * [0, 1], TWO, TWO)  # layer_norm of …: the result must be finite, got …
ops.rms_norm(1e200 * X, TWO)  # rms_norm of …: the result must be finite, got inf at (0, 0)
ops.cross_entropy(X, [0, 1, 2])  # targets must lie in 0 .. 1, got 2
ops.cross_entropy(INF, [0, 1, 1])  # logits must have a finite maximum …, got inf at (0, 0)
ops.cross_entropy(X[:0], np.zeros(0, int))  # targets must hold one or more, got the shape (0,)
ops.cross_entropy_backward([[np.nan, 0]], [0])  # logits must have a finite maximum …, got nan at …
"""
test_refusals = refuses(REFUSED, globals())
