"""From gradients to better parameters: AdamW, a learning rate that rises and falls, clipping."""

import math

import numpy as np

from llm_scratch import checks
from llm_scratch.checks import changeable, count, rate, real, trainable
from llm_scratch.contract import shapes, takes


def _check_gradients(self, grads):
    for name, p in self.params.items():
        g = checks.entry("grads", grads, name)
        g = checks.require_shape(f"grads: {name}", g, p.shape)
        checks.finite_square("grads", name, g, p.dtype)


class AdamW:
    """Adam with decoupled weight decay, in place.

    Loshchilov & Hutter 2019, algorithm 2. Only matrices decay: norms
    and biases do not. `step` takes the gradients and a learning rate;
    the first one is -lr · sign(g).

    >>> params = {"w": np.array([1.0, -2.0])}
    >>> AdamW(params).step({"w": np.array([0.5, -8.0])}, lr=0.1)
    >>> params["w"].round(6)
    array([ 0.9, -1.9])
    """

    @takes(params=trainable)
    def __init__(
        self, params, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1
    ):  # fmt: skip
        self.params, self.betas, self.n_steps = params, betas, 0
        self.eps, self.weight_decay = eps, weight_decay
        self.mean = {k: np.zeros_like(p) for k, p in params.items()}
        self.square = {k: np.zeros_like(p) for k, p in params.items()}

    @takes(lr=rate, where=_check_gradients)
    def step(self, grads, lr):
        """Move every parameter once, against its gradient."""
        self.n_steps += 1
        (beta1, beta2), n = self.betas, self.n_steps
        for name, p in self.params.items():
            g = np.asarray(grads[name], p.dtype)
            mean, square = self.mean[name], self.square[name]
            mean *= beta1
            mean += (1 - beta1) * g
            square *= beta2
            square += (1 - beta2) * g**2
            if p.ndim > 1:
                p *= 1 - lr * self.weight_decay
            spread = np.sqrt(square) / math.sqrt(1 - beta2**n)
            p -= lr / (1 - beta1**n) * mean / (spread + self.eps)


@takes(step=count, n_steps=count, peak=real, warmup=count, final=real)
def cosine_schedule(step, n_steps, peak, warmup=0, final=0.0):  # -> learning rate
    """Rise from 0 to `peak` in `warmup` steps, then fall to `final` along half a cosine.

    Loshchilov & Hutter 2017, equation 5.

    >>> [round(cosine_schedule(step, 8, 1.0, warmup=4), 4) for step in (0, 3, 4, 6, 8)]
    [0.25, 1.0, 1.0, 0.5, 0.0]
    """
    if step < warmup:
        return peak * (step + 1) / warmup
    way = (step - warmup) / max(1, n_steps - warmup)
    return final + (peak - final) * 0.5 * (1 + math.cos(math.pi * min(1.0, way)))


@takes(grads=changeable)
def clip_by_global_norm(grads, max_norm):  # -> norm before clipping
    """Scale all gradients, in place, so that together they are no longer than `max_norm`.

    Pascanu et al. 2013, algorithm 1.

    >>> grads = {"a": np.array([3.0]), "b": np.array([4.0])}
    >>> clip_by_global_norm(grads, 1.0), grads["a"].round(6), grads["b"].round(6)
    (5.0, array([0.6]), array([0.8]))
    """
    squares = [checks.finite_square("grads", name, g) for name, g in grads.items()]
    scale = scale_to_norm(squares, max_norm)
    if scale < 1:
        for g in grads.values():
            g *= scale
    return math.hypot(*np.sqrt(squares))


@shapes("real (N,) -> ()", squares=checks.as_squares, max_norm=checks.not_negative)
def scale_to_norm(squares, max_norm):  # -> factor, at most 1
    """What makes a vector no longer than `max_norm`, from the squared norms of its parts.

    Raises ValueError if one is NaN or infinite.

    >>> scale_to_norm([9.0, 16.0], 1.0), scale_to_norm([9.0, 16.0], 10.0)
    (0.2, 1.0)
    """
    norm = math.hypot(*np.sqrt(squares))
    return max_norm / norm if norm > max_norm else 1.0
