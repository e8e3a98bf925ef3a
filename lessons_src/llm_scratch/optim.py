"""From gradients to better parameters: AdamW, a learning rate that rises and falls, clipping."""

import math
from collections.abc import Mapping

import numpy as np

from llm_scratch.checks import MOST, as_array, instance, integer, real, reals, silent_overflow


class AdamW:
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2), in place.

    Only matrices decay: norms and biases do not. `step` takes the gradients and a learning rate.

    >>> params = {"w": np.array([1.0, -2.0])}
    >>> AdamW(params).step({"w": np.array([0.5, -8.0])}, lr=0.1)  # the first step: -lr · sign(g)
    >>> params["w"].round(6)
    array([ 0.9, -1.9])
    """

    def __init__(self, params, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1):
        _check_changeable("params", params, np.float32)
        self.params, self.betas, self.eps, self.weight_decay = params, betas, eps, weight_decay
        self.n_steps = 0
        self.mean = {name: np.zeros_like(p) for name, p in params.items()}
        self.square = {name: np.zeros_like(p) for name, p in params.items()}

    def step(self, grads, lr):
        """Move every parameter once; ValueError names a gradient that is missing or misshapen."""
        grads = _checked_gradients(grads, self.params, lr)
        self.n_steps += 1
        unbiased = [1 - beta**self.n_steps for beta in self.betas]
        for name, p in self.params.items():
            self._move(name, p, grads[name], lr, *unbiased)

    def _move(self, name, p, g, lr, unbiased_mean, unbiased_square):
        mean, square, (beta1, beta2) = self.mean[name], self.square[name], self.betas
        mean *= beta1
        mean += (1 - beta1) * g
        square *= beta2
        square += (1 - beta2) * (g * g)
        if p.ndim > 1:
            p *= 1 - lr * self.weight_decay
        spread = np.sqrt(square)
        spread /= math.sqrt(unbiased_square)
        spread += self.eps
        p -= (lr / unbiased_mean) * mean / spread


def _check_changeable(name, arrays, least=np.float16):
    """Raise an error unless the arrays hold floating-point numbers that can be changed in place.

    In float16 a small square, and eps, would be 0.
    """
    for key, x in instance(name, arrays, Mapping).items():
        if not isinstance(x, np.ndarray) or x.dtype.kind != "f":
            got = getattr(x, "dtype", type(x).__name__)
            raise TypeError(f"{name}: {key} must be an array of floating-point numbers, got {got}")
        if x.dtype.itemsize < np.dtype(least).itemsize:
            raise TypeError(f"{name}: {key} must be {least.__name__} or wider, got {x.dtype}")
        if not x.flags.writeable:
            raise ValueError(f"{name}: {key} must not be read-only, it is changed in place")


def _checked_gradients(grads, params, lr):
    """In the parameters' precision; squares that come to inf would stand still without a word."""
    real("lr", lr, least=0, most=MOST)
    instance("grads", grads, Mapping)
    checked = {}
    for name, p in params.items():
        g = as_array("grads", grads.get(name))
        if g.shape != p.shape or g.dtype.kind != "f":
            raise ValueError(f"grads: the gradient of {name} must have the shape {p.shape}")
        with silent_overflow():
            checked[name] = g.astype(p.dtype, copy=False)
        _square("grads", name, checked[name])
    return checked


def _square(name, key, x):  # -> |x|²
    with silent_overflow():
        square = float(np.vdot(x, x))
    if not math.isfinite(square):
        raise ValueError(f"{name}: {key} must be finite, and so its square: got {square}")
    return square


def cosine_schedule(step, n_steps, peak, warmup=0, final=0.0):  # -> learning rate
    """Rise from 0 to `peak` in `warmup` steps, then fall to `final` along half a cosine.

    Loshchilov & Hutter 2017, equation 5.

    >>> [round(cosine_schedule(step, 8, 1.0, warmup=4), 4) for step in (0, 3, 4, 6, 8)]
    [0.25, 1.0, 1.0, 0.5, 0.0]
    """
    _check_schedule(step, n_steps, peak, warmup, final)
    if step < warmup:
        return peak * (step + 1) / warmup
    way = (step - warmup) / max(1, n_steps - warmup)
    return final + (peak - final) * 0.5 * (1 + math.cos(math.pi * min(1.0, way)))


def _check_schedule(step, n_steps, peak, warmup, final):
    for name, number in {"step": step, "n_steps": n_steps, "warmup": warmup}.items():
        integer(name, number, most=2**62)
    real("peak", peak), real("final", final)


def clip_by_global_norm(grads, max_norm):  # -> norm before clipping
    """Scale all gradients, in place, so that together they are no longer than `max_norm`.

    Pascanu et al. 2013, algorithm 1.

    >>> grads = {"a": np.array([3.0]), "b": np.array([4.0])}
    >>> clip_by_global_norm(grads, 1.0), grads["a"].round(6), grads["b"].round(6)
    (5.0, array([0.6]), array([0.8]))
    """
    _check_changeable("grads", grads)
    squares = [_square("grads", name, g) for name, g in grads.items()]
    scale = scale_to_norm(squares, max_norm)
    if scale < 1:
        for g in grads.values():
            g *= scale
    return math.sqrt(sum(squares))


def scale_to_norm(squares, max_norm):  # -> factor, at most 1
    """What makes a vector no longer than `max_norm`, from the squared norms of its parts.

    Raises ValueError if one is NaN or infinite.

    >>> scale_to_norm([9.0, 16.0], 1.0), scale_to_norm([9.0, 16.0], 10.0)
    (0.2, 1.0)
    """
    real("max_norm", max_norm, least=0)
    squares = reals("squares", squares)
    if squares.ndim != 1 or (squares < 0).any():
        raise ValueError(f"squares must be numbers of 0 or more, got {squares}")
    with silent_overflow():
        norm = math.sqrt(squares.sum(dtype=np.float64))
    if not math.isfinite(norm):
        raise ValueError(f"squares must be finite, the norm is {norm}")
    return max_norm / norm if norm > max_norm else 1.0
