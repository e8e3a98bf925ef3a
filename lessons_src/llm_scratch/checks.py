"""What comes in, checked: an error names the argument, what came and what was expected.

Only what would silently go wrong further on is looked for.
"""

import math
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


NATIVE = frozenset(map(np.dtype, (np.float16, np.float32, np.float64)))


def as_floats(name, x):
    """`x` as an array in this machine's byte order; TypeError unless it holds floats.

    >>> as_floats("x", [0.5])
    array([0.5])
    """
    if type(x) is np.ndarray and x.dtype in NATIVE:
        return x
    x = as_array(name, x)
    if x.dtype.kind != "f":
        raise TypeError(f"{name} must hold floating-point numbers, got {x.dtype}")
    return x if x.dtype.isnative else x.astype(x.dtype.newbyteorder("="))


def as_reals(name, x):
    """`x` as an array of floats; TypeError for what is no real number.

    >>> as_reals("x", [1, 2])
    array([1., 2.])
    """
    x = as_array(name, x)
    if x.dtype.kind not in "iuf":
        raise TypeError(f"{name} must hold real numbers, got {x.dtype}")
    if x.dtype == np.float16 and x.ndim and x.shape[-1] > 65504:
        raise ValueError(f"{name} must have at most 65504 numbers a row in float16, got {x.shape}")
    return as_floats(name, x if x.dtype.kind == "f" else x.astype(np.float64))


def as_finite_floats(name, x):
    """`x` as an array of floats; ValueError names the first that is not finite."""
    return finite(name, as_floats(name, x))


def as_logits(name, x):
    """`x` as an array of floats; ValueError for a row without a finite maximum."""
    x = as_reals(name, x)
    highest = x.max(axis=-1, initial=-np.inf, keepdims=True) if x.ndim and x.size else x
    finite(name, highest, "have a finite maximum in each row")
    return x


def as_distributions(name, p):
    """`p` as an array of floats; ValueError for a row that does not sum to 1."""
    p = as_reals(name, p)
    if not (p.ndim and (p >= 0).all() and np.allclose(p.sum(axis=-1), 1, atol=1e-4)):
        raise ValueError(f"{name} must hold rows that sum to 1, none negative: got {p}")
    return p


NAN = "hold numbers, but an input is not finite or overflows"


def as_numbers(name, x):
    """`x`, an array or a number; ValueError if NaN is in it."""
    if np.isnan(x).any():
        finite(name, np.where(np.isnan(x), x, 0), NAN)
    return x


def require_ids(name, ids, vocab_size):
    """Raise ValueError that names the first id outside the vocabulary."""
    outside = ids[(ids < 0) | (ids >= vocab_size)]
    if outside.size:
        raise ValueError(f"{name} must lie in 0 .. {vocab_size - 1}, got {outside[0]}")


def as_integers(name, x):
    """`x` as an array; TypeError unless it holds integers."""
    return _of_kind("iu", "integers", name, x)


def as_bools(name, x):
    """`x` as an array; TypeError unless it holds truth values."""
    return _of_kind("b", "bool", name, x)


def _of_kind(letters, wanted, name, x):
    x = as_array(name, x)
    if x.dtype.kind not in letters:
        raise TypeError(f"{name} must be {wanted}, got {x.dtype}")
    return x


def as_mask(name, mask):
    """`mask` as an array of truth values; ValueError names the first row that hides every key."""
    mask = as_array(name, mask)
    if mask.dtype != bool:
        raise TypeError(f"{name} must be bool, True where a key is hidden; got {mask.dtype}")
    blind = np.argwhere(np.atleast_1d(mask).all(axis=-1))
    if len(blind):
        one = blind[0].tolist()
        raise ValueError(f"{name} must leave each query a key; the one at {one} sees none")
    return mask


def some(name, x):
    """`x`, an array, if there is anything in it."""
    if not x.size:
        raise ValueError(f"{name} must hold one or more, got the shape {x.shape}")
    return x


def require_spread(name, x, shape):
    """Raise ValueError unless NumPy can spread `x`, an array or None, over this shape."""
    try:
        np.broadcast_to(False if x is None else x, shape)
    except ValueError:
        raise ValueError(f"{name} must fit the shape {shape}, got {x.shape}") from None


def as_squares(name, x):
    """`x` as an array of floats; ValueError for what is not finite, or negative."""
    x = finite(name, as_reals(name, x))
    if (x < 0).any():
        raise ValueError(f"{name} must be 0 or more, got {x}")
    return x


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
        raise ValueError(f"{name} must {_within(least, most)}, got {n}")
    return n


positive = partial(integer, least=1)
count = partial(integer, most=2**62)
at_least_1 = partial(integer, least=1, most=2**62)


def real(name, number, least=-sys.float_info.max, most=sys.float_info.max):  # -> float
    """`number` as a float; TypeError if it is no real number, ValueError outside its range.

    >>> real("p", 0.5, least=0, most=1)
    0.5
    """
    if isinstance(number, (bool, np.bool_)) or not isinstance(number, REAL):
        raise TypeError(f"{name} must be a real number, got {number!r:.80}")
    if not least <= number <= most:
        raise ValueError(f"{name} must {_within(least, most)}, got {number}")
    return float(number)


def _within(least, most):
    if most < sys.float_info.max:
        return f"lie in {least} .. {most}"
    return "be finite" if least < -MOST else f"be {least} or more"


REAL = (int, float, np.integer, np.floating)
not_negative = partial(real, least=0, most=math.inf)
rate = partial(real, least=0, most=MOST)


def fraction(name, p):
    """`p`, if it is a part of 1: above 0, at most 1."""
    if not 0 < real(name, p, -np.inf, np.inf) <= 1:
        raise ValueError(f"{name} must be above 0 and at most 1, got {p}")
    return p


def instance(name, value, wanted):
    """`value`, if it is a `wanted`; else TypeError.

    >>> instance("text", "cat", str)
    'cat'
    """
    if not isinstance(value, wanted):
        raise TypeError(f"{name} must be a {wanted.__name__}, got {value!r:.80}")
    return value


generator = partial(instance, wanted=np.random.Generator)


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
    if type(mapping) is not dict:
        instance(name, mapping, Mapping)
    if key not in mapping:
        raise ValueError(f"{name} must hold {key!r}, got {sorted(map(str, mapping))}"[:400])
    return mapping[key]


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


def require_shape(name, x, shape):
    """`x` as an array of floats, if it has this shape; else ValueError.

    >>> require_shape("w", np.zeros(2), (2,))
    array([0., 0.])
    """
    x = as_array(name, x)
    if x.shape != shape or x.dtype.kind != "f":
        wanted = f"{name} must be floating-point of the shape {shape}"
        raise ValueError(f"{wanted}, got {x.dtype} {x.shape}")
    return x


def changeable(name, arrays, least=np.float16):
    """A mapping of arrays of floating-point numbers, if they can be changed in place."""
    for key, x in instance(name, arrays, Mapping).items():
        if not isinstance(x, np.ndarray) or x.dtype.kind != "f":
            got = getattr(x, "dtype", type(x).__name__)
            raise TypeError(f"{name}: {key} must be an array of floating-point numbers, got {got}")
        if x.dtype.itemsize < np.dtype(least).itemsize:
            raise TypeError(f"{name}: {key} must be {least.__name__} or wider, got {x.dtype}")
        if not x.flags.writeable:
            raise ValueError(f"{name}: {key} must not be read-only, it is changed in place")
    return arrays


trainable = partial(changeable, least=np.float32)  # in float16, eps would be 0


def finite_square(name, key, x, dtype=None):  # -> |x|²
    """The squared length of an array; ValueError if it is not finite.

    >>> finite_square("grads", "w", np.array([3.0, 4.0]))
    25.0
    """
    with silent_overflow():
        x = x.astype(dtype or x.dtype, copy=False)
        square = float(np.vdot(x, x))
    if not math.isfinite(square):
        raise ValueError(f"{name}: {key} must be finite, and so its square: got {square}")
    return square
