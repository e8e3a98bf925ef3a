"""What PyTorch says about attention and softmax, for test_attention.py and test_ops.py.

Needs PyTorch (made with 2.13.0 for the CPU) and writes attention.npz beside itself:
python tests/package/oracles/attention.py
"""

from pathlib import Path

import numpy as np

STORED = Path(__file__).with_name("attention.npz")
CASES = {  # name: (leading axes, T_q, T_k, d, d_v, mask)
    "plain": ((), 5, 5, 2, 2, None),
    "causal": ((), 6, 6, 3, 3, "causal"),
    "batch": ((2, 3), 4, 4, 8, 8, "causal"),
    "other widths": ((2,), 3, 7, 5, 4, "random"),
    "one query": ((), 1, 9, 16, 16, None),
    "large scores": ((), 4, 4, 64, 64, "causal"),
}


def inputs(name):
    """Query, key, value and mask (True: hidden) of a case, the same on every machine."""
    lead, n_queries, n_keys, d, d_v, kind = CASES[name]
    rng = np.random.default_rng(list(name.encode()))
    scale = 8 if name == "large scores" else 1
    query, key = (scale * rng.standard_normal((*lead, n, d)) for n in (n_queries, n_keys))
    value = rng.standard_normal((*lead, n_keys, d_v))
    mask = {
        None: None,
        "causal": np.triu(np.ones((n_queries, n_keys), dtype=bool), k=1),
        "random": (rng.random((*lead, n_queries, n_keys)) < 0.4) & (np.arange(n_keys) > 0),
    }[kind]
    return query, key, value, mask


def answers(name):
    """PyTorch's output and weights in float64; its masks are True where a key may be seen."""
    import torch
    from torch.nn.functional import scaled_dot_product_attention

    query, key, value, mask = inputs(name)
    query, key, value = map(torch.from_numpy, (query, key, value))
    visible = None if mask is None else torch.from_numpy(~mask)
    output = scaled_dot_product_attention(query, key, value, attn_mask=visible)
    scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5
    if visible is not None:
        scores = scores.masked_fill(~visible, float("-inf"))
    return output.numpy(), torch.softmax(scores, dim=-1).numpy()


def main():
    stored = {}
    for name in CASES:
        stored[f"{name} output"], stored[f"{name} weights"] = answers(name)
    np.savez_compressed(STORED, **stored)


if __name__ == "__main__":
    main()
