"""Whatever comes in: a right result, or a clear refusal; test_properties.py tries each function.

A refusal is a TypeError or ValueError that names an argument. Nothing warns, and nothing that came
in is changed. Arrays come in every layout: strided, reversed, Fortran's order, read-only, the other
byte order.
"""

import inspect
import re
import warnings
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

TRIED = Counter()  # what was tried, for the last lines that pytest writes
PROPERTIES = {}
EXACT = np.longdouble  # wider than every precision that is tested


@dataclass(frozen=True)
class Property:
    function: Any
    arguments: Any  # (draw, real) -> the arguments; real(*shape) draws an array
    right: Any  # (result, *arguments) asserts that the result is right
    names: tuple  # what an error may name, beside the arguments
    changes: tuple  # places of arguments that the function is there to change
    call: Any  # how it is called, where not as it stands


def holds(function, arguments, names=(), changes=(), call=None):
    """Register what is right for `function`."""

    def register(right):
        held = Property(function, arguments, right, names, changes, call or function)
        PROPERTIES[name_of(function)] = held
        return right

    return register


def name_of(function):
    return f"{function.__module__.removeprefix('llm_scratch.')}.{function.__qualname__}"


# What comes in

FLOATS = [np.float16, np.float32, np.float64]
SIZES = [0, 1, -1, 2**31, 2**62, 2**63, 2**100]
SCALARS = st.one_of(
    st.sampled_from([None, True, 1j, "", "ねこ", "\ud800", b"x", (), {}, object, np.float32(2)]),
    st.sampled_from(SIZES),
    st.floats(),
)
HUGE = st.sampled_from(
    [np.float32(0.5), np.float64(-1), np.int64(1), np.uint8(1), np.bool_(1)]
).map(lambda value: np.broadcast_to(value, (2, 1 << 17)))
KINDS = [*FLOATS, np.int8, np.uint8, np.int64, np.uint64, np.bool_, np.complex64, "U2", "M8[s]"]
ARRAYS = st.sampled_from(KINDS).flatmap(
    lambda dtype: hnp.arrays(
        dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
    )
)
OBJECTS = hnp.arrays(object, hnp.array_shapes(max_dims=2, max_side=3), elements=SCALARS)
LISTS = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3), max_leaves=6)
ANYTHING = st.one_of(ARRAYS, OBJECTS, LISTS, HUGE)


def mild(draw, dtype):
    """Arrays of numbers that nobody would refuse."""
    elements = st.floats(-4, 4, width=16).map(lambda x: 0.0 if abs(x) < 1e-3 else x)
    return lambda *shape: draw(hnp.arrays(dtype, shape, elements=elements))


def wild(draw, dtype):
    """Arrays of any numbers: NaN, infinities, the largest and the smallest."""
    return lambda *shape: draw(hnp.arrays(dtype, shape))


LAYOUTS = {
    "as it is": lambda x: x,
    "strided": lambda x: np.stack([x, x], axis=-1)[..., 0],
    "reversed": lambda x: x[::-1].copy()[::-1] if x.ndim else x,
    "Fortran": lambda x: np.array(x, order="F"),
    "other byte order": lambda x: x.astype(x.dtype.newbyteorder()),
}


def laid_out(value, layout):
    """The same numbers in another layout, read-only; also those inside a dict."""
    if isinstance(value, dict):
        return {name: laid_out(inside, layout) for name, inside in value.items()}
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu":
        return value
    return locked(LAYOUTS[layout](value))


def locked(array):
    array.flags.writeable = False
    return array


def replaced(draw, arguments):
    """The arguments, one of them anything; of a dict, one of its values."""
    if not arguments:
        return arguments
    i = draw(st.integers(0, len(arguments) - 1))
    new = draw(ANYTHING)
    if isinstance(arguments[i], dict) and arguments[i] and draw(st.booleans()):
        new = arguments[i] | {draw(st.sampled_from([*arguments[i]])): new}
    return (*arguments[:i], new, *arguments[i + 1 :])


# What comes out


def called(held, arguments):
    """The result; asserts that nothing warned and nothing that came in was changed."""
    before = [frozen(x) for x in arguments]
    try:
        with warnings.catch_warnings(action="error"):
            return held.call(*arguments)
    finally:
        after = [frozen(x) for x in arguments]
        changed = [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
        assert set(changed) <= set(held.changes), f"arguments {changed} were changed"


def frozen(value):
    """What can be compared later: the bytes of arrays, also of those inside."""
    if isinstance(value, np.ndarray) and value.dtype != object:
        return value.dtype, value.shape, value.tobytes()
    if isinstance(value, dict):
        return [(key, frozen(inside)) for key, inside in value.items()]
    return [*map(frozen, value)] if isinstance(value, (list, tuple)) else repr(value)


def check_refusal(held, error):
    """The error names an argument, as a word."""
    names = [*inspect.signature(held.function).parameters, *held.names]
    assert re.search(rf"\b({'|'.join(names)})\b", str(error)), f"no argument is named: {error!r}"


def close(result, expected, scale, dtype=None):
    """Within what the precision allows for sums of numbers as large as `scale`.

    Where `scale` is beyond the precision, numbers on the way there overflow: nothing is asked.
    """
    result, expected, scale = np.asarray(result), np.asarray(expected), np.asarray(scale)
    assert result.shape == expected.shape, f"{result.shape} is not {expected.shape}"
    limits = np.finfo(dtype or result.dtype)
    safe = np.isfinite(scale) & (scale < limits.max)
    with np.errstate(all="ignore"):
        allowed = 64 * (limits.eps * scale + limits.smallest_normal)
        wrong = safe & ~(abs(result.astype(EXACT) - expected) <= allowed)
    assert not wrong.any(), f"{result[wrong][:3]} is not {expected[wrong][:3]}"


def exact(*arrays):
    """Wider copies, for the plain way to reckon."""
    return [np.asarray(x).astype(EXACT) for x in arrays]


def lowest(*arrays):
    """The narrowest precision among the arrays."""
    return max((np.asarray(x).dtype for x in arrays), key=lambda dtype: np.finfo(dtype).eps)
