"""What PyTorch says about a small GPT: logits, loss and every gradient, for test_model.py.

The network is written here in PyTorch's own functions, in GPT-2's order and under its names; no
line of llm_scratch takes part. Needs PyTorch (made with 2.13.0 for the CPU):
python tests/package/oracles/model.py
"""

from pathlib import Path

import numpy as np

STORED = Path(__file__).with_name("model.npz")
V, N, C, H, L = 11, 7, 8, 2, 2  # vocab, positions, d_model, heads, layers
B, T = 3, 5  # batch, tokens


def shapes():
    """Name and shape of every parameter, as GPT-2's checkpoint lists them."""
    yield from (("wte.weight", (V, C)), ("wpe.weight", (N, C)))
    for i in range(L):
        for name, n_in, n_out in (
            ("ln_1", 0, C), ("attn.c_attn", C, 3 * C), ("attn.c_proj", C, C),
            ("ln_2", 0, C), ("mlp.c_fc", C, 4 * C), ("mlp.c_proj", 4 * C, C),
        ):  # fmt: skip
            yield f"h.{i}.{name}.weight", (n_in, n_out) if n_in else (n_out,)
            yield f"h.{i}.{name}.bias", (n_out,)
    yield from (("ln_f.weight", (C,)), ("ln_f.bias", (C,)))


def inputs(untied=False):
    """Parameters (large enough that every part matters), ids and targets."""
    rng = np.random.default_rng(7)
    params = {name: 0.4 * rng.standard_normal(shape) for name, shape in shapes()}
    ids, targets = rng.integers(0, V, (2, B, T))
    if untied:
        params["lm_head.weight"] = 0.4 * rng.standard_normal((V, C))
    return params, ids, targets


def network(p, ids):
    from torch.nn import functional as F

    x = p["wte.weight"][ids] + p["wpe.weight"][: ids.shape[1]]
    for i in range(L):
        w = {k.removeprefix(f"h.{i}."): v for k, v in p.items() if k.startswith(f"h.{i}.")}
        y = F.layer_norm(x, (C,), w["ln_1.weight"], w["ln_1.bias"])
        qkv = y @ w["attn.c_attn.weight"] + w["attn.c_attn.bias"]
        q, k, v = (part.unflatten(-1, (H, C // H)).transpose(1, 2) for part in qkv.split(C, dim=-1))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
        x = x + y @ w["attn.c_proj.weight"] + w["attn.c_proj.bias"]
        y = F.layer_norm(x, (C,), w["ln_2.weight"], w["ln_2.bias"])
        y = F.gelu(y @ w["mlp.c_fc.weight"] + w["mlp.c_fc.bias"], approximate="tanh")
        x = x + y @ w["mlp.c_proj.weight"] + w["mlp.c_proj.bias"]
    x = F.layer_norm(x, (C,), p["ln_f.weight"], p["ln_f.bias"])
    return x @ p.get("lm_head.weight", p["wte.weight"]).T


def answers(untied):
    import torch

    params, ids, targets = inputs(untied)
    p = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
    logits = network(p, torch.tensor(ids))
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), torch.tensor(targets).flatten())
    loss.backward()
    grads = {f"grad {name}": tensor.grad.numpy() for name, tensor in p.items()}
    return {"logits": logits.detach().numpy(), "loss": loss.item()} | grads


def adamw():
    """Five steps of PyTorch's AdamW on one matrix, with gradients that are given."""
    import torch

    start, grads = optimizer_inputs()
    weight = torch.nn.Parameter(torch.tensor(start))
    optimizer = torch.optim.AdamW([weight], lr=0.01, betas=(0.9, 0.95), weight_decay=0.1)
    for grad in grads:
        weight.grad = torch.tensor(grad)
        optimizer.step()
    return {"adamw": weight.detach().numpy()}


def optimizer_inputs():
    rng = np.random.default_rng(3)
    return rng.standard_normal((3, 4)), rng.standard_normal((5, 3, 4))


def ops():
    """Results and gradients of single functions at the points of `op_inputs`."""
    import torch
    from torch.nn import functional as F

    functions = {
        "gelu": lambda x, w, b: F.gelu(x, approximate="tanh"),
        "gelu_exact": lambda x, w, b: F.gelu(x),
        "layer_norm": lambda x, w, b: F.layer_norm(x, x.shape[-1:], w, b),
        "rms_norm": lambda x, w, b: F.rms_norm(x, x.shape[-1:], w, eps=1e-6),
    }
    stored = {}
    for name, function in functions.items():
        *values, dy = op_inputs()
        x, w, b = (torch.tensor(v, requires_grad=True) for v in values)
        y = function(x, w, b)
        y.backward(torch.tensor(dy))
        stored[f"{name} y"] = y.detach().numpy()
        for part, tensor in zip("xwb", (x, w, b), strict=True):
            if tensor.grad is not None:
                stored[f"{name} d{part}"] = tensor.grad.numpy()
    return stored


def op_inputs():
    rng = np.random.default_rng(5)
    x, (weight, bias) = 2 * rng.standard_normal((2, 3, 6)), rng.standard_normal((2, 6))
    return x, weight, bias, rng.standard_normal((2, 3, 6))


def main():
    heads = {"tied": answers(False), "untied": answers(True)}
    stored = {f"{head} {name}": x for head, found in heads.items() for name, x in found.items()}
    np.savez_compressed(STORED, **stored, **adamw(), **ops())


if __name__ == "__main__":
    main()
