"""What comes in, checked: an error names the argument, what came and what was expected.

Only what would silently go wrong further on is looked for, and nothing that takes time: numbers are
read one by one where the reader is a person, not in the middle of training.
"""

import sys
from collections.abc import Mapping
from functools import partial
from operator import index

import numpy as np

MOST = 2**24  # a size beyond it is a mistake; so far float32 can count

# Numbers that overflow become inf, and pass on to where they are named, without a warning here.
silent_overflow = partial(np.errstate, over="ignore", invalid="ignore", divide="ignore")


def as_array(name, x):
    """`x` as an array; ValueError for rows that differ in length.

    >>> as_array("x", [[1, 2]]).shape
    (1, 2)
    """
    try:
        return np.asarray(x)
    except ValueError:
        raise ValueError(f"{name} must be an array, got rows that differ in shape") from None


def floats(**arrays):
    """Each of the arrays, if it holds floating-point numbers; else TypeError.

    >>> floats(x=[0.5], y=[2.0])
    [array([0.5]), array([2.])]
    """
    return [
        x
        if type(x) is np.ndarray and x.dtype in NATIVE
        else _native_floats(name, as_array(name, x))
        for name, x in arrays.items()
    ]


NATIVE = frozenset(map(np.dtype, (np.float16, np.float32, np.float64)))


def _native_floats(name, x):
    if x.dtype.kind != "f":
        raise TypeError(f"{name} must hold floating-point numbers, got {x.dtype}")
    return x if x.dtype.isnative else x.astype(x.dtype.newbyteorder("="))


def reals(name, x):
    """`x` as an array of floating-point numbers; TypeError for what is no real number.

    >>> reals("x", [1, 2])
    array([1., 2.])
    """
    x = as_array(name, x)
    if x.dtype.kind not in "iuf":
        raise TypeError(f"{name} must hold real numbers, got {x.dtype}")
    return _native_floats(name, x if x.dtype.kind == "f" else x.astype(np.float64))


def token_ids(ids, vocab_size, name="ids"):
    """`ids` as an array; TypeError if they are no integers, ValueError outside the vocabulary.

    >>> token_ids([2, 0], 3)
    array([2, 0])
    """
    ids = as_array(name, ids)
    if ids.dtype.kind not in "iu":
        raise TypeError(f"{name} must be integers, got {ids.dtype}")
    outside = ids[(ids < 0) | (ids >= vocab_size)]
    if outside.size:
        raise ValueError(f"{name} must lie in 0 .. {vocab_size - 1}, got {outside[0]}")
    return ids


def integer(name, number, least=0, most=MOST):  # -> int
    """`number` as an int; TypeError if it is none, ValueError outside `least` .. `most`.

    >>> integer("n", np.int64(3))
    3
    """
    try:
        n = index(number)
    except TypeError:
        n = None
    if n is None or isinstance(number, (bool, np.bool_)):
        raise TypeError(f"{name} must be an integer, got {number!r:.80}")
    if not least <= n <= most:
        raise ValueError(f"{name} must lie in {least} .. {most}, got {n}")
    return n


def real(name, number, least=-sys.float_info.max, most=sys.float_info.max):  # -> float
    """`number` as a float; TypeError if it is no real number, ValueError outside its range.

    >>> real("p", 0.5, least=0, most=1)
    0.5
    """
    if isinstance(number, (bool, np.bool_)) or not isinstance(number, REAL):
        raise TypeError(f"{name} must be a real number, got {number!r:.80}")
    if not least <= number <= most:
        raise ValueError(f"{name} must lie in {least} .. {most}, got {number}")
    return float(number)


REAL = (int, float, np.integer, np.floating)


def instance(name, value, wanted):
    """`value`, if it is a `wanted`; else TypeError.

    >>> instance("text", "cat", str)
    'cat'
    """
    if not isinstance(value, wanted):
        raise TypeError(f"{name} must be a {wanted.__name__}, got {value!r:.80}")
    return value


def sequence(name, values):  # -> list
    """What `values` holds; TypeError for what holds nothing, such as a number.

    >>> sequence("ids", range(2))
    [0, 1]
    """
    try:
        return list(values)
    except TypeError:
        raise TypeError(f"{name} must be a sequence, got {values!r:.80}") from None


def float_type(name, dtype):
    """`dtype` as NumPy's, if it is one of floating-point numbers; else TypeError."""
    try:
        found = np.dtype(dtype)
    except (TypeError, ValueError, SyntaxError):
        found = None
    if dtype is None or found is None or found.kind != "f":
        raise TypeError(f"{name} must be a floating-point type, got {dtype!r:.80}")
    return found


def entry(name, mapping, key):
    """What `mapping` holds under `key`; ValueError if it is missing.

    >>> entry("params", {"w": 1}, "w")
    1
    """
    if key not in instance(name, mapping, Mapping):
        raise ValueError(f"{name} must hold {key!r}, got {sorted(map(str, mapping))}"[:400])
    return mapping[key]


def require_shapes(fit, expected, **arrays):
    """Raise ValueError that names all shapes, unless they `fit`."""
    if not fit:
        got = ", ".join(f"{name} {x.shape}" for name, x in arrays.items())
        raise ValueError(f"expected {expected}; got {got}")


def finite(name, values, must="be finite"):
    """`values`, an array, if each is finite; ValueError names the first that is not.

    They may also be what came of an argument: then `must` says what that had to have.

    >>> finite("x", np.array([1.0]))
    array([1.])
    """
    fine = np.isfinite(values)
    if not fine.all():
        place = tuple(map(int, np.argwhere(~fine)[0]))
        raise ValueError(f"{name} must {must}, got {values[place]} at {place}")
    return values
