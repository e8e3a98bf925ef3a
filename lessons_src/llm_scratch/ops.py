"""The arithmetic that every later module shares, each piece with its backward.

One-hot vectors, softmax, entropy; then what a network is made of: linear, the norms, GELU and
cross-entropy. `dy` is the gradient of the loss in a function's result; a backward gives that in
its inputs. Results keep the precision of `x`: a float32 network stays float32. What is no array of
floating-point numbers is a TypeError, shapes that do not go together are a ValueError.
"""

import math

import numpy as np

from llm_scratch.checks import (
    as_array,
    finite,
    floats,
    integer,
    reals,
    require_shapes,
    silent_overflow,
    token_ids,
)


def one_hot(ids, vocab_size):  # (...,) -> (..., vocab_size)
    """Turn each id into a row of zeros with a single one, float32.

    Raises TypeError for ids that are not integers, ValueError for ids outside 0 .. vocab_size - 1.

    >>> one_hot([2, 0], 3)
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    ids = token_ids(ids, integer("vocab_size", vocab_size))
    return np.eye(vocab_size, dtype=np.float32)[ids]


def softmax(x, axis=-1):  # (..., n) -> (..., n)
    """Exponentiate and normalise to sum 1 along `axis`, first taking off the maximum: no overflow.

    Raises ValueError for NaN, for inf, and for a row of nothing but -inf, which has no weights;
    TypeError for what is no real number.

    >>> softmax(np.log([1.0, 3.0]))
    array([0.25, 0.75])
    """
    exps = np.exp(_without_maximum("x", x, axis))
    return exps / exps.sum(axis=axis, keepdims=True)


def entropy(p):  # (..., n) -> (...)
    """The entropy of distributions in nats (Shannon 1948), with 0 log 0 = 0.

    Raises ValueError where a row is no distribution.

    >>> float(entropy([0.5, 0.5, 0.0]) / np.log(2))
    1.0
    """
    p = reals("p", p)
    if not (p.ndim and (p >= 0).all() and np.allclose(p.sum(axis=-1), 1, atol=1e-4)):
        raise ValueError(f"p must hold rows that are not negative and sum to 1, got {p}")
    return -(p * np.log(np.where(p > 0, p, 1))).sum(axis=-1)


def _without_maximum(name, x, axis=-1):
    """The numbers, shifted so that the largest along `axis` is 0: exp of them cannot overflow."""
    x = reals(name, x)
    n = x.ndim and x.shape[integer("axis", axis, -x.ndim, x.ndim - 1)]
    if not 0 < n <= np.finfo(x.dtype).max:  # in float16 their sum may be no more than 65,504
        raise ValueError(f"{name} must have numbers along axis {axis}, got the shape {x.shape}")
    highest = x.max(axis=axis, keepdims=True)
    finite(name, highest, "have a finite maximum in each row")
    with silent_overflow():
        return np.subtract(x, highest, order="C")  # so that `rows` of it are a view


def linear(x, weight, bias):  # (..., n_in), (n_in, n_out), (n_out,) -> (..., n_out)
    """Multiply by a matrix and add a vector.

    >>> linear(np.ones((1, 2)), np.eye(2), np.array([0.0, 1.0]))
    array([[1., 2.]])
    """
    x, weight, bias = floats(x=x, weight=weight, bias=bias)
    fit = x.ndim and bias.ndim == 1 and weight.shape == x.shape[-1:] + bias.shape
    require_shapes(
        fit, "x (..., n_in), weight (n_in, n_out), bias (n_out,)", x=x, weight=weight, bias=bias
    )
    with silent_overflow():
        y = rows(x) @ weight
        y += bias
    return y.reshape(*x.shape[:-1], weight.shape[-1])


def rows(x):  # (..., d) -> (N, d)
    """See the vectors as one matrix: one large product is faster than a batch of small ones.

    >>> rows(np.zeros((2, 3, 4))).shape
    (6, 4)
    """
    x = as_array("x", x)
    require_shapes(x.ndim, "x (..., d)", x=x)
    return x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


def linear_backward(dy, x, weight):  # (..., n_out), (..., n_in) -> dx, dweight, dbias
    """The gradients of `linear` in x, weight and bias, from that of its result."""
    dy, x, weight = _linear_parts(dy, x, weight)
    dy_rows = rows(dy)
    with silent_overflow():
        return (dy_rows @ weight.T).reshape(x.shape), rows(x).T @ dy_rows, dy_rows.sum(axis=0)


def _linear_parts(dy, x, weight):
    dy, x, weight = floats(dy=dy, x=x, weight=weight)
    fit = x.ndim and dy.shape[:-1] == x.shape[:-1] and weight.shape == x.shape[-1:] + dy.shape[-1:]
    require_shapes(
        fit, "dy (..., n_out), x (..., n_in), weight (n_in, n_out)", dy=dy, x=x, weight=weight
    )
    return dy, x, weight


def layer_norm(x, weight, bias, eps=1e-5):  # (..., d) -> (..., d)
    """Shift and scale each vector to mean 0 and variance 1, then learn both (Ba et al. 2016).

    Raises ValueError for a vector that has no finite variance.

    >>> layer_norm(np.array([1.0, 3.0]), np.ones(2), np.zeros(2)).round(4)
    array([-1.,  1.])
    """
    x, weight, bias = floats(x=x, weight=weight, bias=bias)
    _check_vectors(x, weight=weight, bias=bias)
    y, _ = _normalised(x, eps)
    with silent_overflow():
        y *= weight
        y += bias
    return y


def layer_norm_backward(dy, x, weight, eps=1e-5):  # -> dx, dweight, dbias
    """The gradients of `layer_norm`: dx has neither mean nor a share along the normalised x."""
    dy, x, weight = floats(dy=dy, x=x, weight=weight)
    _check_vectors(x, dy, weight=weight)
    xhat, scale = _normalised(x, eps)
    with silent_overflow():
        dweight, dbias = rows(dy * xhat).sum(axis=0), rows(dy).sum(axis=0)
        dx = dy * weight
        share = np.vecdot(dx, xhat)[..., None] / x.shape[-1]
        dx -= dx.mean(axis=-1, keepdims=True)
        xhat *= share
        dx -= xhat
        dx *= scale
    return dx, dweight, dbias


def _check_vectors(x, dy=None, **parts):
    """Raise ValueError unless x has vectors, dy its shape, and the parts the length of a vector."""
    fit = x.ndim and x.shape[-1] and (dy is None or dy.shape == x.shape)
    for part in parts.values():
        fit = fit and part.shape == x.shape[-1:]
    if not fit:
        parts = ({} if dy is None else {"dy": dy}) | {"x": x} | parts
        require_shapes(False, "dy and x (..., d), weight and bias (d,)", **parts)


def _normalised(x, eps):
    with silent_overflow():
        xhat = x - x.mean(axis=-1, keepdims=True)
        variance = np.vecdot(xhat, xhat)[..., None] / x.shape[-1]
    finite("x", variance, "have a finite variance in each row")
    scale = 1 / np.sqrt(variance + eps)
    xhat *= scale
    return xhat, scale


def rms_norm(x, weight, eps=1e-6):  # (..., d) -> (..., d)
    """Scale each vector to a mean square of 1 (Zhang & Sennrich 2019, equation 4).

    Raises ValueError for a vector that has no finite mean square.

    >>> rms_norm(np.array([3.0, 4.0]), np.ones(2), eps=0).round(4)
    array([0.8485, 1.1314])
    """
    x, weight = floats(x=x, weight=weight)
    _check_vectors(x, weight=weight)
    with silent_overflow():
        return x * _rms_scale(x, eps) * weight


def rms_norm_backward(dy, x, weight, eps=1e-6):  # -> dx, dweight
    """The gradients of `rms_norm`."""
    dy, x, weight = floats(dy=dy, x=x, weight=weight)
    _check_vectors(x, dy, weight=weight)
    scale = _rms_scale(x, eps)
    with silent_overflow():
        xhat, d_xhat = x * scale, dy * weight
        share = np.vecdot(d_xhat, xhat)[..., None] / x.shape[-1]
        return scale * (d_xhat - xhat * share), rows(dy * xhat).sum(axis=0)


def _rms_scale(x, eps):
    with silent_overflow():
        mean_square = np.vecdot(x, x)[..., None] / x.shape[-1]
    finite("x", mean_square, "have a finite mean square in each row")
    return 1 / np.sqrt(mean_square + eps)


def gelu(x):  # (...,) -> (...,)
    """x times a soft step from 0 to 1, as GPT-2 has it (Hendrycks & Gimpel 2016, tanh form).

    >>> gelu(np.array([-1.0, 0.0, 1.0])).round(6)
    array([-0.158808,  0.      ,  0.841192])
    """
    (x,) = floats(x=x)
    with silent_overflow():
        y = _gelu_tanh(x)
        y += 1
        y *= x
        y *= 0.5
    return y


def gelu_backward(dy, x):
    """The gradient of `gelu`: ½(1 + t) + ½x(1 - t²)·du, with t = tanh u."""
    dy, x = _same_shape(dy, x)
    x = np.clip(x, -20, 20)  # beyond, the slope is 0 or 1 to the last bit, and x³ may overflow
    with silent_overflow():
        t = _gelu_tanh(x)
        dx = x * x
        dx *= 3 * GELU_CUBIC * GELU_SCALE
        dx += GELU_SCALE
        dx *= x
        dx *= 1 - t * t
        dx += t
        dx += 1
        dx *= dy
        dx *= 0.5
    return dx


def _same_shape(dy, x):
    dy, x = floats(dy=dy, x=x)
    require_shapes(dy.shape == x.shape, "dy and x of one shape", dy=dy, x=x)
    return dy, x


GELU_SCALE, GELU_CUBIC = math.sqrt(2 / math.pi), 0.044715  # of u = scale · (x + cubic · x³)


def _gelu_tanh(x):
    u = (x * x)[...]  # an array, if only of one number
    u *= GELU_SCALE * GELU_CUBIC
    u += GELU_SCALE
    u *= x
    return np.tanh(u, out=u)


def gelu_exact(x):  # (...,) -> (...,)
    """x times the probability that a standard normal number is below x (Hendrycks & Gimpel 2016).

    >>> gelu_exact(np.array([-1.0, 0.0, 1.0])).round(6)
    array([-0.158655,  0.      ,  0.841345])
    """
    (x,) = floats(x=x)
    with silent_overflow():
        return x * _normal_cdf(x)


def gelu_exact_backward(dy, x):
    """The gradient of `gelu_exact`: Φ(x) + x·φ(x)."""
    dy, x = _same_shape(dy, x)
    with silent_overflow():
        density = np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)
        return dy * (_normal_cdf(x) + x * density)


def _normal_cdf(x):
    erf = np.vectorize(math.erf, otypes=[np.float64])(x / math.sqrt(2))
    return (0.5 * (1 + erf)).astype(x.dtype)


def cross_entropy(logits, targets):  # (..., V), (...,) -> ()
    """The mean of -ln p(target), in nats, with p the softmax of the logits.

    Raises ValueError if the shapes do not go together, a target is not in the vocabulary or a row
    of logits has no finite maximum.

    >>> float(cross_entropy(np.zeros((1, 4)), np.array([2])) / np.log(2))
    2.0
    """
    shifted, picked = _shifted(logits, targets)
    with silent_overflow():
        return (np.log(np.exp(shifted).sum(axis=-1)) - picked).mean()


def cross_entropy_backward(logits, targets):  # (..., V), (...,) -> (..., V)
    """The gradient of `cross_entropy`: (softmax - one_hot) / number of targets."""
    shifted, _ = _shifted(logits, targets)
    p = np.exp(shifted, out=shifted)
    p /= p.sum(axis=-1, keepdims=True)
    rows(p)[np.arange(np.size(targets)), np.ravel(targets)] -= 1
    p /= np.size(targets)
    return p


def _shifted(logits, targets):
    logits, targets = reals("logits", logits), as_array("targets", targets)
    if not logits.ndim or logits.shape[:-1] != targets.shape or not targets.size:
        raise ValueError(
            f"expected logits (..., V) and targets (...): {logits.shape}, {targets.shape}"
        )
    token_ids(targets, logits.shape[-1], "targets")
    shifted = _without_maximum("logits", logits)
    return shifted, np.take_along_axis(shifted, targets[..., None], axis=-1)[..., 0]
