"""Checks of single values: what passes comes back, the rest is refused word by word."""

import sys

import numpy as np
import pytest
from refusals import refuses

from llm_scratch import checks

RAGGED, INF = [[1.0], [1.0, 2.0]], np.array([0.0, np.inf])
LOCKED, HALF = np.broadcast_to(1.0, 2), np.ones(1, np.float16)
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


REFUSED = """
as_array("x", RAGGED)  # x must be an array, got rows that differ in shape
as_floats("x", RAGGED)  # x must be an array, got rows that differ in shape
as_reals("x", RAGGED)  # x must be an array, got rows that differ in shape
as_integers("x", RAGGED)  # x must be an array, got rows that differ in shape
require_shape("x", RAGGED, (2,))  # x must be an array, got rows that differ in shape
as_finite_floats("x", [1])  # TypeError: x must hold floating-point numbers, got int64
as_logits("x", ["a"])  # TypeError: x must hold real numbers, got <U1
as_distributions("x", ["a"])  # TypeError: x must hold real numbers, got <U1
fraction("x", 1.5)  # x must be above 0 and at most 1, got 1.5
as_floats("x", [1])  # TypeError: x must hold floating-point numbers, got int64
as_reals("x", ["a"])  # TypeError: x must hold real numbers, got <U1
as_reals("x", [1j])  # TypeError: x must hold real numbers, got complex128
as_reals("x", np.zeros(65505, np.float16))  # x must have at most 65504 numbers …, got (65505,)
as_finite_floats("x", INF)  # x must be finite, got inf at (1,)
as_logits("x", [[0, np.nan]])  # x must have a finite maximum in each row, got nan at (0, 0)
as_logits("x", [[0, 1], [-np.inf, -np.inf]])  # x must have a finite maximum …, got -inf at (1, 0)
as_logits("x", np.nan)  # x must have a finite maximum in each row, got nan at ()
as_distributions("x", [1.5, -0.5])  # x must hold rows that sum to 1, none negative: got [ 1.5 -0.5]
as_distributions("x", [0.5, 0.5003])  # x must hold rows that sum to 1, …: got [0.5    0.5003]
as_distributions("x", 1.0)  # x must hold rows that sum to 1, none negative: got 1.0
as_numbers("x", np.array([0, np.nan]))  # x must hold numbers, …, got nan at (1,)
require_ids("x", np.array([0, 3, -1]), 3)  # x must lie in 0 .. 2, got 3
as_integers("x", [True])  # TypeError: x must be integers, got bool
as_bools("x", [1])  # TypeError: x must be bool, got int64
as_mask("x", RAGGED)  # x must be an array, got rows that differ in shape
as_mask("x", [0.0])  # TypeError: x must be bool, True where a key is hidden; got float64
as_mask("x", [[False, True], [True, True]])  # x must leave each query a key; … [1] sees none
as_mask("x", True)  # x must leave each query a key; the one at [] sees none
some("x", np.zeros((2, 0)))  # x must hold one or more, got the shape (2, 0)
require_spread("x", np.zeros(2), (2, 3))  # x must fit the shape (2, 3), got (2,)
as_squares("x", [1, -1])  # x must be 0 or more, got [ 1. -1.]
as_squares("x", [np.inf])  # x must be finite, got inf at (0,)
as_squares("x", ["a"])  # TypeError: x must hold real numbers, got <U1
integer("x", 1.0)  # TypeError: x must be an integer, got 1.0
integer("x", True)  # TypeError: x must be an integer, got True
integer("x", np.bool_(True))  # TypeError: x must be an integer, got np.True_
integer("x", "ねこ")  # TypeError: x must be an integer, got 'ねこ'
integer("x", -1)  # x must lie in 0 .. 16777216, got -1
integer("x", 2**24 + 1)  # x must lie in 0 .. 16777216, got 16777217
positive("x", 0)  # x must lie in 1 .. 16777216, got 0
count("x", 2**62 + 1)  # x must lie in 0 .. 4611686018427387904, got 4611686018427387905
real("x", "hot")  # TypeError: x must be a real number, got 'hot'
real("x", True)  # TypeError: x must be a real number, got True
real("x", np.inf)  # x must be finite, got inf
real("x", np.nan)  # x must be finite, got nan
real("x", 2, 0, 1)  # x must lie in 0 .. 1, got 2
not_negative("x", -0.5)  # x must be 0 or more, got -0.5
fraction("x", 0)  # x must be above 0 and at most 1, got 0
fraction("x", np.inf)  # x must be above 0 and at most 1, got inf
fraction("x", np.nan)  # x must be finite, got nan
instance("x", 3, str)  # TypeError: x must be a str, got 3
generator("x", 0)  # TypeError: x must be a Generator, got 0
sequence("x", 3)  # TypeError: x must be a sequence, got 3
float_type("x", None)  # TypeError: x must be a floating-point type, got None
float_type("x", "f(")  # TypeError: x must be a floating-point type, got 'f('
float_type("x", int)  # TypeError: x must be a floating-point type, got <class 'int'>
entry("x", {"b": 1}, "a")  # x must hold 'a', got ['b']
entry("x", None, "a")  # TypeError: x must be a Mapping, got None
finite("x", np.array([[0, np.nan]]))  # x must be finite, got nan at (0, 1)
require_shape("x", np.ones(2), (3,))  # x must be floating-point of the shape (3,), got float64 (2,)
require_shape("x", [1, 2], (2,))  # x must be floating-point of the shape (2,), got int64 (2,)
changeable("x", None)  # TypeError: x must be a Mapping, got None
changeable("x", {"w": [1.0]})  # TypeError: x: w must be an array of …, got list
changeable("x", {"w": np.array([1])})  # TypeError: x: w must be an array of …, got int64
changeable("x", {"w": HALF}, np.float32)  # TypeError: x: w must be float32 or wider, got float16
changeable("x", {"w": LOCKED})  # x: w must not be read-only, it is changed in place
finite_square("x", "w", np.float16([300]))  # x: w must be finite, and so its square: got inf
"""
test_refusals = refuses(REFUSED, vars(checks) | globals())
