"""Where a token stands: attention alone cannot tell, so a position vector is added."""

import numpy as np

from llm_scratch.checks import MOST, integer


def sinusoidal_encoding(n_positions, d_model):  # -> (n_positions, d_model)
    """The position vectors of Vaswani et al. 2017, §3.5: pairs of sine and cosine, ever slower.

    Raises ValueError if n_positions is negative or d_model is odd or not positive.

    >>> sinusoidal_encoding(2, 4).round(4)
    array([[0.    , 1.    , 0.    , 1.    ],
           [0.8415, 0.5403, 0.01  , 1.    ]])
    """
    _check_pairs(n_positions, d_model)
    rates = 10_000.0 ** (-np.arange(0, d_model, 2) / d_model)  # (d_model / 2,)
    angles = np.arange(n_positions)[:, None] * rates  # (n_positions, d_model / 2)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(n_positions, d_model)


def _check_pairs(n_positions, d_model):
    if (
        integer("n_positions", n_positions, -MOST) < 0
        or integer("d_model", d_model, -MOST) < 1
        or d_model % 2
    ):
        raise ValueError(
            "n_positions must be 0 or more and d_model even (pairs of sine and cosine): "
            f"got {n_positions} and {d_model}"
        )
