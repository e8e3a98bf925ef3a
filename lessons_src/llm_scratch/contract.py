"""What may come into a function, said once above it, so that its body is the formula.

    @shapes("(..., n_in), (n_in, n_out), (n_out,) -> (..., n_out)")
    def linear(x, weight, bias):
        return x @ weight + bias

Before the arrow stands a shape for each of the first arguments, after it one for each result.
A name is one size wherever it stands, 1 or more; with a capital (B, T_q, V) it may be 0. A name
without brackets is an argument that is itself a size. `...` are the same axes everywhere, `*` axes
that NumPy may broadcast, `2·n` is a product. The word before a shape says what the array holds, one
of `HOLDS`; without a word it is floating-point numbers, and `int<V` are ids below V. Numbers that
overflow on the way become inf without a warning: results that are `finite` refuse inf and NaN,
those that are `numbers` refuse NaN.
"""

import re
from functools import lru_cache, partial, wraps
from inspect import signature
from math import prod
from typing import NamedTuple

import numpy as np

from llm_scratch.checks import (
    as_array,
    as_bools,
    as_distributions,
    as_finite_floats,
    as_floats,
    as_integers,
    as_logits,
    as_numbers,
    as_reals,
    integer,
    require_ids,
    silent_overflow,
)

HOLDS = {
    "": as_floats,
    "any": as_array,
    "real": as_reals,
    "finite": as_finite_floats,
    "numbers": as_numbers,
    "logits": as_logits,
    "distribution": as_distributions,
    "int": as_integers,
    "bool": as_bools,
}
TERM = re.compile(r"(?:(\w+)(?:<(\w+))? )?\(([\w·.*, \n]*)\)|([\w·]+)")
AXIS = re.compile(r"[^\s,]+")


class Term(NamedTuple):
    """One argument or result of a contract, such as `int<V (..., T)`, or `n_heads`, a size."""

    holds: str
    below: str
    written: str
    axes: tuple
    is_size: bool

    def pairs(self, shape):
        """(axis, size) of each axis; ValueError if there are too many or too few."""
        if self.is_size:
            return [(self.axes[0], shape)]
        n_free = sum(axis in ("...", "*") for axis in self.axes)
        n_before = len(shape) - len(self.axes) + n_free
        if n_before < 0 or (n_before and not n_free):
            raise ValueError(f"{shape} does not have the axes {self.written}")
        sizes = [shape[:n_before]] * n_free + [*shape[n_before:]]
        return [*zip(self.axes, sizes, strict=True)]


def _parse(text):
    if left := TERM.sub("", text).strip(" ,\n"):
        raise ValueError(f"a contract has shapes in brackets and names, got {left!r} in {text!r}")
    return tuple(
        Term(holds, below, size or f"({axes})", (*AXIS.findall(size or axes),), bool(size))
        for holds, below, axes, size in TERM.findall(text)
    )


def _fit(terms, found):
    """{axis: size} of arguments and results; ValueError says which axis disagrees."""
    given = zip(terms, found, strict=True)
    pairs = [pair for term, shape in given for pair in term.pairs(shape)]
    sizes = {}
    for axis, size in sorted(pairs, key=lambda pair: pair[0].count("·")):
        _settle(sizes, axis, size)
    return sizes


def _settle(sizes, axis, size):
    if axis == "*":
        sizes[axis] = np.broadcast_shapes(sizes.get(axis, ()), size)
    elif axis == "...":
        if sizes.setdefault(axis, size) != size:
            raise ValueError(f"... is {sizes[axis]} and {size}")
    else:
        _settle_product(sizes, axis, size)


def _settle_product(sizes, axis, size):  # of a product, the last factor may be new
    *others, last = axis.split("·")
    if last.isdigit():
        sizes[last] = int(last)
    times = prod(int(n) if n.isdigit() else sizes[n] for n in others)
    words = f"is {sizes[last] * times} and" if last in sizes else "cannot be"
    if sizes.setdefault(last, size // max(1, times)) * times != size:
        raise ValueError(f"{axis} {words} {size}")
    if not size and last.islower():
        raise ValueError(f"{axis} is 0")


def takes(where=None, **checks):
    """Decorate a function with checks (name, value) -> value of its arguments.

    `where` is called with the arguments that it names, and raises if they do not go together.

    >>> @takes(n=integer)
    ... def count(n):
    ...     return list(range(n))
    >>> count(-1)
    Traceback (most recent call last):
    ValueError: n must lie in 0 .. 16777216, got -1
    """
    together = signature(where).parameters if where else ()

    def decorate(function):
        call = signature(function)

        @wraps(function)
        def checked(*given, **options):
            bound = _bind(function, call, given, options)
            values = bound.arguments
            for name, check in checks.items():
                if values[name] is not None or call.parameters[name].default is not None:
                    values[name] = check(name, values[name])
            if where:
                where(**{name: values[name] for name in together})
            return function(*bound.args, **bound.kwargs)

        return checked

    return decorate


def _bind(function, call, given, options):
    try:
        bound = call.bind(*given, **options)
    except TypeError as error:
        raise TypeError(f"{function.__name__}: {error}") from None
    bound.apply_defaults()
    return bound


def shapes(contract, where=None, **checks):
    """Decorate a function with its contract; `where` and `checks` are those of `takes`.

    >>> @shapes("(..., n), (n,) -> (...)")
    ... def weigh(x, weight):
    ...     return x @ weight
    >>> weigh(np.ones((2, 3)), np.ones(4))
    Traceback (most recent call last):
    ValueError: weigh expects x (..., n), weight (n,); got x (2, 3), weight (4,): n is 3 and 4
    """

    def decorate(function):
        rules = Contract(contract, function)
        body = takes(where, **checks)(function) if where or checks else function

        @wraps(function)
        def checked(*given, **options):
            arrays, found, rest, options = rules.receive(given, options)
            rules.check(arrays, found)
            try:
                with silent_overflow():
                    result = body(*arrays, *rest, **options)
                rules.check_results(found, result)
            except (TypeError, ValueError) as error:
                if str(error).partition(" ")[0] in rules.call.parameters:
                    raise  # it names its argument
                kind = TypeError if isinstance(error, TypeError) else ValueError
                raise kind(f"{rules.name} of {rules.describe(found)}: {error}") from None
            return result

        checked.contract = contract
        return checked

    return decorate


class Contract:
    """The contract of one function."""

    def __init__(self, contract, function):
        inputs, results = map(_parse, contract.split("->"))
        self.function, self.call = function, signature(function)
        self.name = function.__name__
        self.names = [*self.call.parameters][: len(inputs)]
        self.kinds = [integer if term.is_size else HOLDS[term.holds] for term in inputs]
        self.wanted = self.describe([term.written for term in inputs])
        self.ids = [(i, term.below) for i, term in enumerate(inputs) if term.below]
        self.results = [(i, HOLDS[t.holds]) for i, t in enumerate(results) if t.holds]
        self.fit_inputs, self.fit_all = (
            lru_cache(partial(_fit, t)) for t in (inputs, inputs + results)
        )

    def receive(self, given, options):
        """The arrays with their shapes, and what else was given."""
        n = len(self.names)
        if len(given) < n:
            bound = _bind(self.function, self.call, given, options)
            given, options = bound.args, bound.kwargs
        arrays = [check(*x) for check, *x in zip(self.kinds, self.names, given, strict=False)]
        return arrays, (*[getattr(x, "shape", x) for x in arrays],), given[n:], options

    def check(self, arrays, found):
        """Raise ValueError unless the arguments go together."""
        try:
            sizes = self.fit_inputs(found)
        except ValueError as error:
            got = self.describe(found)
            raise ValueError(f"{self.name} expects {self.wanted}; got {got}: {error}") from None
        for i, below in self.ids:
            require_ids(self.names[i], arrays[i], sizes[below])

    def check_results(self, found, result):
        results = result if type(result) is tuple else (result,)
        for i, check in self.results:
            check("the result", results[i])
        self.fit_all((*found, *[getattr(x, "shape", ()) for x in results]))

    def describe(self, found):
        parts = zip(self.names, found, strict=True)
        return ", ".join(name if shape == name else f"{name} {shape}" for name, shape in parts)
