"""Where a token stands: attention alone cannot tell, so a position vector is added."""

import numpy as np

from llm_scratch.contract import shapes


@shapes("T, 2·pairs -> (T, 2·pairs)")
def sinusoidal_encoding(n_positions, d_model):
    """A vector a position: pairs of sine and cosine, ever slower.

    Vaswani et al. 2017, §3.5. Raises ValueError if n_positions is
    negative or d_model is odd or not positive.

    >>> sinusoidal_encoding(2, 4).round(4)
    array([[0.    , 1.    , 0.    , 1.    ],
           [0.8415, 0.5403, 0.01  , 1.    ]])
    """
    rates = 1e4 ** (-np.arange(0, d_model, 2) / d_model)  # (pairs,)
    angles = np.arange(n_positions)[:, None] * rates  # (T, pairs)
    pairs = np.stack([np.sin(angles), np.cos(angles)], axis=-1)
    return pairs.reshape(n_positions, d_model)
