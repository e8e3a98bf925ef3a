"""Arguments that fit a function's contract, for tests that try them all in one way."""

import math

from llm_scratch.contract import _parse


def inputs(function):
    """The terms of the arguments: what each holds, and its axes."""
    return _parse(function.contract.partition("->")[0])


def arguments(function, choose, fill):
    """An argument for each term: a size, or what `fill` (term, shape, sizes) makes of a shape.

    `choose` (axis) gives the size of an axis, asked once; of `...` and `*`, several sizes.
    """
    sizes, found = {}, []

    def measure(axis):
        factors = axis.split("·")
        return math.prod(int(n) if n.isdigit() else chosen(n) for n in factors)

    def chosen(axis):
        return sizes[axis] if axis in sizes else sizes.setdefault(axis, choose(axis))

    for term in inputs(function):
        if term.is_size:
            found.append(measure(term.axes[0]))
        else:
            wild = [n for axis in term.axes if axis in ("...", "*") for n in chosen(axis)]
            shape = *wild, *(measure(axis) for axis in term.axes if axis not in ("...", "*"))
            found.append((term, shape))
    return [fill(*x, sizes) if isinstance(x, tuple) else x for x in found]
