"""Contracts: their language, what they refuse, and that all public array functions have one."""

import inspect
import re
from itertools import count

import numpy as np
import pytest
from contracts import arguments, inputs
from llm_scratch import attention, ops, optim, position, sample
from llm_scratch.checks import integer
from llm_scratch.contract import _parse, shapes, takes
from refusals import refuses


def under(contract, *checks, **named):
    """A function of a, b and c that gives back what it got."""
    return shapes(contract, *checks, **named)(lambda a, b=None, c=None: a)


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


def ones(*found):
    return [np.ones(shape) for shape in found]


test_what_does_not_go_together_is_told = refuses([
    (under("(n,), (n,) -> ()"), ones((2,), (3,)), ValueError, "<lambda> expects a (n,), b (n,); got a (2,), b (3,): n is 2 and 3"),
    (under("(n,) -> ()"), ones((0,)), ValueError, "<lambda> expects a (n,); got a (0,): n is 0"),
    (under("(n,) -> ()"), ones((2, 2)), ValueError, "<lambda> expects a (n,); got a (2, 2): (2, 2) does not have the axes (n,)"),
    (under("(..., n) -> ()"), ones(()), ValueError, "<lambda> expects a (..., n); got a (): () does not have the axes (..., n)"),
    (under("(..., n), (..., m) -> ()"), ones((2, 3), (3, 3)), ValueError, "<lambda> expects a (..., n), b (..., m); got a (2, 3), b (3, 3): ... is (2,) and (3,)"),
    (under("(2·n,) -> ()"), ones((7,)), ValueError, "<lambda> expects a (2·n,); got a (7,): 2·n cannot be 7"),
    (under("(2·n,) -> ()"), ones((0,)), ValueError, "<lambda> expects a (2·n,); got a (0,): 2·n is 0"),
    (under("(n, 1) -> ()"), ones((2, 3)), ValueError, "<lambda> expects a (n, 1); got a (2, 3): 1 is 1 and 3"),
    (under("(2·n,), (n,) -> ()"), ones((6,), (2,)), ValueError, "<lambda> expects a (2·n,), b (n,); got a (6,), b (2,): 2·n is 4 and 6"),
    (under("(n·m,), m, n -> ()"), (np.ones(6), 2, 4), ValueError, "<lambda> expects a (n·m,), b m, c n; got a (6,), b 2, c 4: n·m is 8 and 6"),
    (under("(n,), n -> ()"), (np.ones(2), 3), ValueError, "<lambda> expects a (n,), b n; got a (2,), b 3: n is 2 and 3"),
    (under("(n,), n -> ()"), (np.ones(2), -1), ValueError, "b must lie in 0 .. 16777216, got -1"),
    (under("(n,), n -> ()"), (np.ones(2), 2.0), TypeError, "b must be an integer, got 2.0"),
    (under("int<V (T,), V -> ()"), ([0, 3], 3), ValueError, "a must lie in 0 .. 2, got 3"),
    (under("int<V (T,), V -> ()"), ([-1], 3), ValueError, "a must lie in 0 .. 2, got -1"),
    (under("(n,), (n,) -> ()"), (np.ones(2), "no"), TypeError, "b must hold floating-point numbers, got <U2"),
])  # fmt: skip


@pytest.mark.parametrize("contract", ["(n,), [n] -> (n,)", "(n-1,) -> ()", "(n, m -> (n,)"])
def test_what_is_no_contract_is_refused_before_any_call(contract):
    with pytest.raises(ValueError, match="a contract has shapes in brackets and names, got"):
        under(contract)


def test_axes_that_cannot_be_broadcast_are_told():
    with pytest.raises(ValueError, match=r"expects a \(\*, n\), b \(\*, n\); got a \(2, 5\), b "):
        under("(*, n), (*, n) -> ()")(*ones((2, 5), (3, 5)))


# What comes out, and what else goes in


@pytest.mark.parametrize(
    ("contract", "words"),
    [
        ("(n,) -> (n, n)", "(2,) does not have the axes (n, n)"),
        ("(n,) -> (m, n)", "(2,) does not have the axes (m, n)"),
        ("(n,) -> bool (n,)", "the result must be bool, got float64"),
        ("(n,) -> int (n,)", "the result must be integers, got float64"),
    ],
)
def test_a_result_keeps_its_promise_too(contract, words):
    with pytest.raises((TypeError, ValueError)) as refused:
        under(contract)(np.ones(2))
    assert str(refused.value) == f"<lambda> of a (2,): {words}"


def test_each_of_several_results_is_checked():
    two = shapes("(n,) -> (n,), finite (n,)")(lambda x: (x, x))
    assert two(np.ones(2))[1].tolist() == [1, 1]
    with pytest.raises(ValueError, match="the result must be finite, got inf at"):
        two(np.array([np.inf]))


def test_overflow_is_silent_and_comes_out_as_inf():
    square = shapes("(n,) -> (n,)")(lambda x: x * x / 0)
    assert square(np.array([1e200])).tolist() == [np.inf]
    with pytest.raises(ValueError, match="the result must be finite, got inf at"):
        shapes("(n,) -> finite (n,)")(lambda x: x * x)([1e200])


def test_arguments_may_have_names_and_must_all_be_there():
    both = under("(n,), (n,) -> (n,)")
    assert both(b=np.ones(2), a=[2.0, 3.0]).tolist() == [2, 3]
    with pytest.raises(TypeError, match=r"^b must hold floating-point numbers, got object$"):
        both(np.ones(1), None)
    with pytest.raises(TypeError, match=r"^<lambda>: missing a required argument: 'a'$"):
        both(b=np.ones(2))


def test_other_byte_orders_and_lists_come_in_as_native_arrays():
    taken = under("(n,) -> (n,)")(np.array([1.5], ">f4"))
    assert taken.dtype == np.float32 and taken.dtype.isnative
    assert under("real (n,) -> (n,)")([1, 2]).dtype == np.float64


def check_order(a, c):
    if a.size > c:
        raise ValueError(f"c must be {a.size} or more, got {c}")


def test_checks_come_after_shapes_and_may_look_at_several_arguments():
    told = under("(n,) -> (n,)", check_order, c=integer)
    assert told(np.ones(2), c=np.int8(2)).size == 2
    for c, words in (
        (1, "c must be 2 or more, got 1"),
        (2.5, "c must be an integer, got 2.5"),
    ):
        with pytest.raises((TypeError, ValueError), match=re.escape(words)):
            told(np.ones(2), c=c)


def test_takes_replaces_what_it_checks_and_passes_the_rest():
    both = takes(n=integer, m=integer)(lambda n, m=None, **rest: (n, m, rest))
    assert both(np.int64(2), size=1) == (2, None, {"size": 1})
    assert type(both(np.int64(2))[0]) is int
    with pytest.raises(TypeError, match="n must be an integer, got None"):
        both(None)


def test_a_function_stays_itself_under_its_contract():
    assert ops.linear.__name__ == "linear" and ops.linear.__doc__.startswith("Multiply")
    assert [*inspect.signature(ops.linear).parameters] == ["x", "weight", "bias"]
    assert "vectors @ weight + bias" in inspect.getsource(ops.linear)


# Every public array function


def public(module):
    return {
        f"{module.__name__.rpartition('.')[2]}.{name}": function
        for name, function in vars(module).items()
        if inspect.isfunction(function)
        and function.__module__ == module.__name__
        and name[0] != "_"
    }


PUBLIC = public(ops) | public(attention) | public(position)
PUBLIC |= {"sample.next_token_probabilities": sample.next_token_probabilities}
PUBLIC |= {"optim.scale_to_norm": optim.scale_to_norm}


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_array_function_has_a_contract(name):
    assert PUBLIC[name].contract


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


@pytest.mark.parametrize("name", PUBLIC)
def test_what_a_contract_asks_for_is_taken(name):
    _, given = fitting(PUBLIC[name])
    PUBLIC[name](*given)


@pytest.mark.parametrize("name", PUBLIC)
def test_another_kind_of_array_is_refused_by_name(name):
    terms, given = fitting(PUBLIC[name])
    for i, (argument, term) in enumerate(
        zip(inspect.signature(PUBLIC[name]).parameters, terms, strict=False)
    ):
        if term.holds == "any":
            continue
        wrong = "two" if term.is_size else np.full(given[i].shape, 1j)
        with pytest.raises(TypeError, match=f"^{argument} must "):
            PUBLIC[name](*given[:i], wrong, *given[i + 1 :])


def disagreements(terms, given):
    """The arguments with one axis of one of them longer, where another argument has that axis."""
    for i, term in enumerate(terms):
        for place, axis in enumerate(term.axes):
            shared = sum(axis in other.axes for other in terms) > 1 or term.axes.count(axis) > 1
            if shared and axis not in ("*", "...") and not term.is_size:
                longer = np.concatenate(
                    [given[i], given[i].take([0], axis=place - len(term.axes))],
                    axis=place - len(term.axes),
                )
                yield [*given[:i], longer, *given[i + 1 :]], axis


@pytest.mark.parametrize("name", PUBLIC)
def test_an_axis_that_disagrees_is_named(name):
    terms, given = fitting(PUBLIC[name])
    for wrong, axis in disagreements(terms, given):
        with pytest.raises(
            ValueError, match=rf"expects .*; got .*: .*\b{axis} (is \d+ and|cannot be) \d+$"
        ):
            PUBLIC[name](*wrong)


def test_the_disagreements_are_those_of_shared_axes():
    terms = _parse("(n, m), (m,), n")
    found = [
        (axis, [np.shape(x) for x in wrong])
        for wrong, axis in disagreements(terms, [np.ones((2, 3)), np.ones(3), 2])
    ]
    assert found == [
        ("n", [(3, 3), (3,), ()]),
        ("m", [(2, 4), (3,), ()]),
        ("m", [(2, 3), (4,), ()]),
    ]
