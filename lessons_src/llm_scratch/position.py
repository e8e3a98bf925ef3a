"""Where a token stands: attention alone cannot tell, so a position vector is added."""

import numpy as np


def sinusoidal_encoding(n_positions, d_model):  # -> (n_positions, d_model)
    """The fixed position vectors of Vaswani et al. 2017, §3.5: sines and cosines in pairs, ever slower.

    >>> sinusoidal_encoding(2, 4).round(4)
    array([[0.    , 1.    , 0.    , 1.    ],
           [0.8415, 0.5403, 0.01  , 1.    ]])
    """
    if d_model % 2:
        raise ValueError(f"d_model must be even (sine and cosine pairs), got {d_model}")
    rates = 10_000.0 ** (-np.arange(0, d_model, 2) / d_model)  # (d_model / 2,)
    angles = np.arange(n_positions)[:, None] * rates  # (n_positions, d_model / 2)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(n_positions, d_model)
