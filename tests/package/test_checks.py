"""Checks of single values: what passes comes back, the rest is refused word by word."""

import sys

import numpy as np
import pytest
from llm_scratch import checks
from refusals import refuses

RAGGED, INF = [[1.0], [1.0, 2.0]], np.array([0.0, np.inf])
LOCKED = np.broadcast_to(1.0, 2)
TAKEN = [
    (checks.as_array, ([1],), np.array([1])),
    (checks.as_floats, (np.array([1.5], ">f4"),), np.float32([1.5])),
    (checks.as_floats, ([1.5],), np.array([1.5])),
    (checks.as_reals, ([1],), np.array([1.0])),
    (checks.as_reals, (np.float16([[1.0]]),), np.float16([[1.0]])),
    (checks.as_reals, (np.zeros(65504, np.float16),), np.zeros(65504, np.float16)),
    (checks.as_reals, (np.zeros((65505, 1), np.float16),), np.zeros((65505, 1), np.float16)),
    (checks.as_finite_floats, ([1.5],), np.array([1.5])),
    (checks.as_logits, ([-np.inf, 0.0],), np.array([-np.inf, 0.0])),
    (checks.as_logits, (np.zeros((0, 3)),), np.zeros((0, 3))),
    (checks.as_distributions, ([0.5, 0.50009],), np.array([0.5, 0.50009])),
    (checks.as_numbers, (INF,), INF),
    (checks.as_numbers, (np.float64(2),), np.float64(2)),
    (checks.as_integers, ([1, 2],), np.array([1, 2])),
    (checks.as_bools, ([True],), np.array([True])),
    (checks.integer, (0,), 0),
    (checks.integer, (2**24,), 2**24),
    (checks.integer, (-2, -2, -2), -2),
    (checks.positive, (1,), 1),
    (checks.count, (2**62,), 2**62),
    (checks.real, (-sys.float_info.max,), -sys.float_info.max),
    (checks.real, (np.float32(0.5), 0.5, 0.5), 0.5),
    (checks.not_negative, (0,), 0.0),
    (checks.fraction, (1,), 1),
    (checks.fraction, (1e-300,), 1e-300),
    (checks.instance, ("a", str), "a"),
    (checks.sequence, (range(2),), [0, 1]),
    (checks.float_type, ("f4",), np.dtype(np.float32)),
    (checks.entry, ({"a": 1}, "a"), 1),
    (checks.require_shape, ([1.5], (1,)), np.array([1.5])),
    (checks.as_distributions, ([0.0, 1.0],), np.array([0.0, 1.0])),
    (checks.real, (-(2.0**24),), -(2.0**24)),
    (checks.as_mask, ([[True, False], [False, False]],), np.array([[True, False], [False, False]])),
    (checks.as_mask, (False,), np.array(False)),
    (checks.some, (np.zeros(1),), np.zeros(1)),
    (checks.require_spread, (None, (2, 3)), None),
    (checks.require_spread, (np.zeros((1, 3)), (2, 3)), None),
    (checks.as_squares, ([0, 4],), np.array([0.0, 4.0])),
    (checks.finite_square, ("w", np.float16([300.0]), np.float32), 90_000.0),
]


@pytest.mark.parametrize(("check", "arguments", "expected"), TAKEN)
def test_what_is_right_comes_back(check, arguments, expected):
    result = check("x", *arguments)
    assert type(result) is type(expected)
    np.testing.assert_array_equal(result, expected)
    assert getattr(result, "dtype", None) == getattr(expected, "dtype", None)


def test_what_is_taken_as_it_is_is_not_copied():
    for dtype in (np.float16, np.float32, np.float64):
        x = np.ones(2, dtype)
        assert checks.as_floats("x", x) is x and checks.as_finite_floats("x", x) is x
    assert checks.changeable("params", {"w": x}, np.float32)["w"] is x


WITHIN = "x must hold rows that sum to 1, none negative: got"
test_refusals = refuses([
    (checks.as_array, ("x", RAGGED), ValueError, "x must be an array, got rows that differ in shape"),
    (checks.as_floats, ("x", RAGGED), ValueError, "x must be an array, got rows that differ in shape"),
    (checks.as_reals, ("x", RAGGED), ValueError, "x must be an array, got rows that differ in shape"),
    (checks.as_integers, ("x", RAGGED), ValueError, "x must be an array, got rows that differ in shape"),
    (checks.require_shape, ("x", RAGGED, (2,)), ValueError, "x must be an array, got rows that differ in shape"),
    (checks.as_finite_floats, ("x", [1]), TypeError, "x must hold floating-point numbers, got int64"),
    (checks.as_logits, ("x", ["a"]), TypeError, "x must hold real numbers, got <U1"),
    (checks.as_distributions, ("x", ["a"]), TypeError, "x must hold real numbers, got <U1"),
    (checks.fraction, ("x", 1.5), ValueError, "x must be above 0 and at most 1, got 1.5"),
    (checks.as_floats, ("x", [1]), TypeError, "x must hold floating-point numbers, got int64"),
    (checks.as_reals, ("x", ["a"]), TypeError, "x must hold real numbers, got <U1"),
    (checks.as_reals, ("x", [1j]), TypeError, "x must hold real numbers, got complex128"),
    (checks.as_reals, ("x", np.zeros(65505, np.float16)), ValueError, "x must have at most 65504 numbers a row in float16, got (65505,)"),
    (checks.as_finite_floats, ("x", INF), ValueError, "x must be finite, got inf at (1,)"),
    (checks.as_logits, ("x", [[0, np.nan]]), ValueError, "x must have a finite maximum in each row, got nan at (0, 0)"),
    (checks.as_logits, ("x", [[0, 1], [-np.inf, -np.inf]]), ValueError, "x must have a finite maximum in each row, got -inf at (1, 0)"),
    (checks.as_logits, ("x", np.nan), ValueError, "x must have a finite maximum in each row, got nan at ()"),
    (checks.as_distributions, ("x", [0.5, 0.4]), ValueError, f"{WITHIN} [0.5 0.4]"),
    (checks.as_distributions, ("x", [1.5, -0.5]), ValueError, f"{WITHIN} [ 1.5 -0.5]"),
    (checks.as_distributions, ("x", [0.5, 0.5003]), ValueError, f"{WITHIN} [0.5    0.5003]"),
    (checks.as_distributions, ("x", 1.0), ValueError, f"{WITHIN} 1.0"),
    (checks.as_numbers, ("x", np.array([0, np.nan])), ValueError, "x must hold numbers, but an input is not finite or overflows, got nan at (1,)"),
    (checks.require_ids, ("x", np.array([0, 3, -1]), 3), ValueError, "x must lie in 0 .. 2, got 3"),
    (checks.as_integers, ("x", [True]), TypeError, "x must be integers, got bool"),
    (checks.as_bools, ("x", [1]), TypeError, "x must be bool, got int64"),
    (checks.as_mask, ("x", RAGGED), ValueError, "x must be an array, got rows that differ in shape"),
    (checks.as_mask, ("x", [0.0]), TypeError, "x must be bool, True where a key is hidden; got float64"),
    (checks.as_mask, ("x", [[False, True], [True, True], [True, True]]), ValueError, "x must leave each query a key; the one at [1] sees none"),
    (checks.as_mask, ("x", True), ValueError, "x must leave each query a key; the one at [] sees none"),
    (checks.some, ("x", np.zeros((2, 0))), ValueError, "x must hold one or more, got the shape (2, 0)"),
    (checks.require_spread, ("x", np.zeros(2), (2, 3)), ValueError, "x must fit the shape (2, 3), got (2,)"),
    (checks.as_squares, ("x", [1, -1]), ValueError, "x must be 0 or more, got [ 1. -1.]"),
    (checks.as_squares, ("x", [np.inf]), ValueError, "x must be finite, got inf at (0,)"),
    (checks.as_squares, ("x", ["a"]), TypeError, "x must hold real numbers, got <U1"),
    (checks.integer, ("x", 1.0), TypeError, "x must be an integer, got 1.0"),
    (checks.integer, ("x", True), TypeError, "x must be an integer, got True"),
    (checks.integer, ("x", np.bool_(True)), TypeError, "x must be an integer, got np.True_"),
    (checks.integer, ("x", "ねこ"), TypeError, "x must be an integer, got 'ねこ'"),
    (checks.integer, ("x", -1), ValueError, "x must lie in 0 .. 16777216, got -1"),
    (checks.integer, ("x", 2**24 + 1), ValueError, "x must lie in 0 .. 16777216, got 16777217"),
    (checks.positive, ("x", 0), ValueError, "x must lie in 1 .. 16777216, got 0"),
    (checks.count, ("x", 2**62 + 1), ValueError, f"x must lie in 0 .. {2**62}, got {2**62 + 1}"),
    (checks.real, ("x", "hot"), TypeError, "x must be a real number, got 'hot'"),
    (checks.real, ("x", True), TypeError, "x must be a real number, got True"),
    (checks.real, ("x", np.inf), ValueError, "x must be finite, got inf"),
    (checks.real, ("x", np.nan), ValueError, "x must be finite, got nan"),
    (checks.real, ("x", 2, 0, 1), ValueError, "x must lie in 0 .. 1, got 2"),
    (checks.not_negative, ("x", -0.5), ValueError, "x must be 0 or more, got -0.5"),
    (checks.fraction, ("x", 0), ValueError, "x must be above 0 and at most 1, got 0"),
    (checks.fraction, ("x", np.inf), ValueError, "x must be above 0 and at most 1, got inf"),
    (checks.fraction, ("x", np.nan), ValueError, "x must be finite, got nan"),
    (checks.instance, ("x", 3, str), TypeError, "x must be a str, got 3"),
    (checks.generator, ("x", 0), TypeError, "x must be a Generator, got 0"),
    (checks.sequence, ("x", 3), TypeError, "x must be a sequence, got 3"),
    (checks.float_type, ("x", None), TypeError, "x must be a floating-point type, got None"),
    (checks.float_type, ("x", "f("), TypeError, "x must be a floating-point type, got 'f('"),
    (checks.float_type, ("x", int), TypeError, "x must be a floating-point type, got <class 'int'>"),
    (checks.entry, ("x", {"b": 1}, "a"), ValueError, "x must hold 'a', got ['b']"),
    (checks.entry, ("x", None, "a"), TypeError, "x must be a Mapping, got None"),
    (checks.finite, ("x", np.array([[0, np.nan]])), ValueError, "x must be finite, got nan at (0, 1)"),
    (checks.require_shape, ("x", np.ones(2), (3,)), ValueError, "x must be floating-point of the shape (3,), got float64 (2,)"),
    (checks.require_shape, ("x", [1, 2], (2,)), ValueError, "x must be floating-point of the shape (2,), got int64 (2,)"),
    (checks.changeable, ("x", None), TypeError, "x must be a Mapping, got None"),
    (checks.changeable, ("x", {"w": [1.0]}), TypeError, "x: w must be an array of floating-point numbers, got list"),
    (checks.changeable, ("x", {"w": np.array([1])}), TypeError, "x: w must be an array of floating-point numbers, got int64"),
    (checks.changeable, ("x", {"w": np.ones(1, np.float16)}, np.float32), TypeError, "x: w must be float32 or wider, got float16"),
    (checks.changeable, ("x", {"w": LOCKED}), ValueError, "x: w must not be read-only, it is changed in place"),
    (checks.finite_square, ("x", "w", np.float16([300])), ValueError, "x: w must be finite, and so its square: got inf"),
])  # fmt: skip
