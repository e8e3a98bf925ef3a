"""Contracts: their language, what they refuse, and that all public array functions have one."""

import inspect
from itertools import count

import numpy as np
import pytest
from contracts import arguments, inputs
from refusals import refuses

from llm_scratch import attention, ops, optim, position, sample
from llm_scratch.checks import integer
from llm_scratch.contract import _parse, shapes, takes


def under(contract, *checks, **named):
    """A function of a, b and c that gives back what it got."""
    return shapes(contract, *checks, **named)(lambda a, b=None, c=None: a)


def ones(*found):
    return [np.ones(shape) for shape in found]


def check_order(a, c):
    if a.size > c:
        raise ValueError(f"c must be {a.size} or more, got {c}")


twice = shapes("(n,) -> (n,), finite (n,)")(lambda x: (x, x))
squared = shapes("(n,) -> finite (n,)")(lambda x: x * x)
ordered = under("(n,) -> (n,)", check_order, c=integer)
taking = takes(n=integer, m=integer)(lambda n, m=None, **rest: (n, m, rest))

# The language


FIT = [
    ("(n,), (n,) -> (n,)", [(2,), (2,)]),
    ("(n, m), (m, n) -> (n, m)", [(2, 3), (3, 2)]),
    ("(..., n), (n,) -> (..., n)", [(4, 5, 2), (2,)]),
    ("(..., n), (n,) -> (..., n)", [(2,), (2,)]),
    ("(..., n), (..., m) -> (..., n)", [(0, 2), (0, 3)]),
    ("(*, n), (*, n) -> (*, n)", [(4, 1, 2), (3, 2)]),
    ("(T, n) -> (T, n)", [(0, 2)]),
    ("(2·n), (n,) -> (2·n,)", [(6,), (3,)]),
    ("(n,), (2·n) -> (n,)", [(3,), (6,)]),
    ("(n·m), (n,) -> (n·m)", [(6,), (2,)]),
    ("() -> ()", [()]),
]


@pytest.mark.parametrize(("contract", "found"), FIT)
def test_what_goes_together_passes(contract, found):
    arrays = [np.ones(shape) for shape in found]
    assert under(contract)(*arrays).shape == found[0]


REFUSED = """
under("(n,), (n,) -> ()")(*ones((2,), (3,)))  # …expects a (n,), b (n,); got a (2,), b (3,): n is …
under("(n,) -> ()")(*ones((0,)))  # <lambda> expects a (n,); got a (0,): n is 0
under("(n,) -> ()")(*ones((2, 2)))  # …got a (2, 2): (2, 2) does not have the axes (n,)
under("(..., n) -> ()")(*ones(()))  # …got a (): () does not have the axes (..., n)
under("(..., n), (..., m) -> ()")(*ones((2, 3), (3, 3)))  # …b (3, 3): ... is (2,) and (3,)
under("(*, n), (*, n) -> ()")(*ones((2, 5), (3, 5)))  # …expects a (*, n), b (*, n); got a (2, 5), …
under("(2·n,) -> ()")(*ones((7,)))  # <lambda> expects a (2·n,); got a (7,): 2·n cannot be 7
under("(2·n,) -> ()")(*ones((0,)))  # <lambda> expects a (2·n,); got a (0,): 2·n is 0
under("(n, 1) -> ()")(*ones((2, 3)))  # <lambda> expects a (n, 1); got a (2, 3): 1 is 1 and 3
under("(2·n,), (n,) -> ()")(*ones((6,), (2,)))  # …got a (6,), b (2,): 2·n is 4 and 6
under("(n·m,), m, n -> ()")(np.ones(6), 2, 4)  # …got a (6,), b 2, c 4: n·m is 8 and 6
under("(n,), n -> ()")(np.ones(2), 3)  # <lambda> expects a (n,), b n; got a (2,), b 3: n is 2 and 3
under("(n,), n -> ()")(np.ones(2), -1)  # b must lie in 0 .. 16777216, got -1
under("(n,), n -> ()")(np.ones(2), 2.0)  # TypeError: b must be an integer, got 2.0
under("int<V (T,), V -> ()")([0, 3], 3)  # a must lie in 0 .. 2, got 3
under("int<V (T,), V -> ()")([-1], 3)  # a must lie in 0 .. 2, got -1
under("(n,), (n,) -> ()")(np.ones(2), "no")  # TypeError: b must hold floating-point …, got <U2
under("(n,), (n,) -> (n,)")(np.ones(1), None)  # TypeError: b must hold floating-point …, got object
under("(n,), (n,) -> (n,)")(b=np.ones(2))  # TypeError: <lambda>: missing a required argument: 'a'
under("(n,), [n] -> (n,)")  # a contract has shapes in brackets and names, got …
under("(n-1,) -> ()")  # a contract has shapes in brackets and names, got …
under("(n, m -> (n,)")  # a contract has shapes in brackets and names, got …
under("(n,) -> (n, n)")(np.ones(2))  # <lambda> of a (2,): (2,) does not have the axes (n, n)
under("(n,) -> (m, n)")(np.ones(2))  # <lambda> of a (2,): (2,) does not have the axes (m, n)
under("(n,) -> bool (n,)")(np.ones(2))  # TypeError: …: the result must be bool, got float64
under("(n,) -> int (n,)")(np.ones(2))  # TypeError: …: the result must be integers, got float64
squared([1e200])  # <lambda> of x (1,): the result must be finite, got inf at (0,)
twice(np.array([np.inf]))  # …the result must be finite, got inf at (0,)
ordered(np.ones(2), c=1)  # c must be 2 or more, got 1
ordered(np.ones(2), c=2.5)  # TypeError: c must be an integer, got 2.5
taking(None)  # TypeError: n must be an integer, got None
"""
test_refusals = refuses(REFUSED, globals())


# What comes out, and what else goes in


def test_each_of_several_results_is_checked_and_overflow_is_silent():
    assert twice(np.ones(2))[1].tolist() == [1, 1]
    square = shapes("(n,) -> (n,)")(lambda x: x * x / 0)
    assert square(np.array([1e200])).tolist() == [np.inf]


def test_arguments_may_have_names():
    assert under("(n,), (n,) -> (n,)")(b=np.ones(2), a=[2.0, 3.0]).tolist() == [2, 3]


def test_other_byte_orders_and_lists_come_in_as_native_arrays():
    taken = under("(n,) -> (n,)")(np.array([1.5], ">f4"))
    assert taken.dtype == np.float32 and taken.dtype.isnative
    assert under("real (n,) -> (n,)")([1, 2]).dtype == np.float64


def test_checks_come_after_shapes_and_may_look_at_several_arguments():
    assert ordered(np.ones(2), c=np.int8(2)).size == 2


def test_takes_replaces_what_it_checks_and_passes_the_rest():
    assert taking(np.int64(2), size=1) == (2, None, {"size": 1})
    assert type(taking(np.int64(2))[0]) is int


def test_a_function_stays_itself_under_its_contract():
    assert ops.linear.__name__ == "linear" and ops.linear.__doc__.startswith("Multiply")
    assert [*inspect.signature(ops.linear).parameters] == ["x", "weight", "bias"]
    assert "vectors @ weight + bias" in inspect.getsource(ops.linear)


# Every public array function


def public(module):
    functions = inspect.getmembers(module, inspect.isfunction)
    ours = [f for name, f in functions if f.__module__ == module.__name__ and name[0] != "_"]
    return {f.__name__: f for f in ours}


PUBLIC = public(ops) | public(attention) | public(position)
PUBLIC |= {f.__name__: f for f in (sample.next_token_probabilities, optim.scale_to_norm)}
each = pytest.mark.parametrize("name", PUBLIC)


def fill(term, shape, sizes):
    if term.holds in ("int", "bool"):
        return np.zeros(shape, {"int": int, "bool": bool}[term.holds])
    return np.ones(shape) / (shape[-1] if term.holds == "distribution" else 1)


def fitting(function):
    """The terms of a contract, and arguments for them: each axis has a size of its own."""
    counted = count(2)
    known = {"...": (2, 3), "*": (2, 3), "T_q": 2, "T_k": 3}
    given = arguments(function, lambda axis: known.get(axis) or next(counted), fill)
    return inputs(function), given + [1.0] * (function is optim.scale_to_norm)


@each
def test_what_a_contract_asks_for_is_taken_and_another_kind_refused_by_name(name):
    terms, given = fitting(PUBLIC[name])
    PUBLIC[name](*given)
    names = inspect.signature(PUBLIC[name]).parameters
    for i, (argument, term) in enumerate(zip(names, terms, strict=False)):
        if term.holds != "any":
            wrong = "two" if term.is_size else np.full(given[i].shape, 1j)
            with pytest.raises(TypeError, match=f"^{argument} must "):
                PUBLIC[name](*given[:i], wrong, *given[i + 1 :])


def disagreements(terms, given):
    """The arguments with one axis of one of them longer, where another argument has that axis."""
    for i, term in enumerate(terms):
        for place, axis in enumerate(term.axes, start=-len(term.axes)):
            shared = sum(axis in other.axes for other in terms) > 1 or term.axes.count(axis) > 1
            if shared and axis not in ("*", "...") and not term.is_size:
                parts = given[i], given[i].take([0], axis=place)
                yield [*given[:i], np.concatenate(parts, axis=place), *given[i + 1 :]], axis


@each
def test_an_axis_that_disagrees_is_named(name):
    terms, given = fitting(PUBLIC[name])
    for wrong, axis in disagreements(terms, given):
        said = rf"expects .*; got .*: .*\b{axis} (is \d+ and|cannot be) \d+$"
        with pytest.raises(ValueError, match=said):
            PUBLIC[name](*wrong)


def test_the_disagreements_are_those_of_shared_axes():
    found = disagreements(_parse("(n, m), (m,), n"), [np.ones((2, 3)), np.ones(3), 2])
    assert [(axis, [*map(np.shape, wrong)]) for wrong, axis in found] == [
        ("n", [(3, 3), (3,), ()]),
        ("m", [(2, 4), (3,), ()]),
        ("m", [(2, 3), (4,), ()]),
    ]
