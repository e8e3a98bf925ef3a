"""GPT-2 (Radford et al. 2019): embeddings, blocks of attention and MLP, logits; and its gradients.

Parameters are one flat dict under GPT-2's own names, so that a checkpoint is nothing but the dict.
A dict, a config or a cache that is none is a TypeError, one of another model a ValueError.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from llm_scratch.attention import (
    causal_attention,
    causal_self_attention,
    causal_self_attention_backward,
    split_heads,
)
from llm_scratch.checks import (
    MOST,
    as_array,
    entry,
    float_type,
    floats,
    instance,
    integer,
    require_shapes,
    silent_overflow,
)
from llm_scratch.ops import (
    cross_entropy,
    cross_entropy_backward,
    gelu,
    gelu_backward,
    layer_norm,
    layer_norm_backward,
    linear,
    linear_backward,
    rows,
)


@dataclass(frozen=True)
class GPTConfig:
    """The five numbers that make a GPT; ValueError for one that is not positive, or odd heads."""

    vocab_size: int
    n_positions: int
    d_model: int
    n_heads: int
    n_layers: int

    def __post_init__(self):
        for name, number in vars(self).items():
            if type(number) is not int or not 1 <= number <= MOST:
                wanted = f"{name} must be a positive integer up to {MOST}"
                raise ValueError(f"{wanted}, got {number!r:.80}")
        if self.d_model % self.n_heads:
            raise ValueError(f"d_model {self.d_model} must be a multiple of n_heads {self.n_heads}")


GPT2 = GPTConfig(vocab_size=50257, n_positions=1024, d_model=768, n_heads=12, n_layers=12)


def param_shapes(config):
    """{name: shape} of every parameter, in GPT-2's order.

    >>> param_shapes(GPT2)["h.0.attn.c_attn.weight"]
    (768, 2304)
    """
    d = instance("config", config, GPTConfig).d_model
    shapes = {"wte.weight": (config.vocab_size, d), "wpe.weight": (config.n_positions, d)}
    for i in range(config.n_layers):
        shapes |= _norm_shapes(f"h.{i}.ln_1", d) | _linear_shapes(f"h.{i}.attn.c_attn", d, 3 * d)
        shapes |= _linear_shapes(f"h.{i}.attn.c_proj", d, d) | _norm_shapes(f"h.{i}.ln_2", d)
        shapes |= _linear_shapes(f"h.{i}.mlp.c_fc", d, 4 * d)
        shapes |= _linear_shapes(f"h.{i}.mlp.c_proj", 4 * d, d)
    return shapes | _norm_shapes("ln_f", d)


def _norm_shapes(name, d):
    return {f"{name}.weight": (d,), f"{name}.bias": (d,)}


def _linear_shapes(name, n_in, n_out):
    return {f"{name}.weight": (n_in, n_out), f"{name}.bias": (n_out,)}


def count_params(config):
    """The number of parameters; the output layer is the token embedding again (weight tying).

    >>> count_params(GPT2)
    124439808
    """
    return sum(math.prod(shape) for shape in param_shapes(config).values())


def checked_params(params, config):
    """`params`, if they are those of the config; ValueError names what is missing or misshapen."""
    shapes, params = param_shapes(config), instance("params", params, Mapping)
    if "lm_head.weight" in params:
        shapes["lm_head.weight"] = shapes["wte.weight"]
    if wrong := params.keys() ^ shapes.keys():
        raise ValueError(f"missing or unknown params: {sorted(map(str, wrong))}"[:400])
    for name, shape in shapes.items():
        p = as_array(f"params: {name}", params[name])
        if p.shape != shape or p.dtype.kind != "f":
            got = f"{p.dtype} {p.shape}"
            raise ValueError(
                f"params: {name} must be floating-point of the shape {shape}, got {got}"
            )
    return params


def init_params(config, rng, dtype=np.float32):
    """GPT-2's start: normal numbers of deviation 0.02, smaller where a block adds to the stream."""
    shapes, dtype = param_shapes(config), float_type("dtype", dtype)
    instance("rng", rng, np.random.Generator)
    into_stream = 0.02 / np.sqrt(2 * config.n_layers)
    return {
        name: _initial(
            name, shape, into_stream if name.endswith("c_proj.weight") else 0.02, rng
        ).astype(dtype)
        for name, shape in shapes.items()
    }


def _initial(name, shape, deviation, rng):
    if name.endswith("bias"):
        return np.zeros(shape)
    return np.ones(shape) if ".ln_" in f".{name}" else deviation * rng.standard_normal(shape)


def forward(params, ids, config, cache=None):  # (B, T) -> (B, T, vocab_size)
    """The logits of the token after each position.

    With a `KVCache`, `ids` continue what it has seen, and it comes to hold them too.
    Raises ValueError for ids outside the vocabulary or beyond the last position.
    """
    return unembed(params, final_vectors(params, ids, config, cache))


def final_vectors(params, ids, config, cache=None):  # (B, T) -> (B, T, d_model)
    """What the blocks make of each token, before the last norm; see `forward`."""
    x = embed(params, ids, config, 0 if cache is None else _kept(cache, ids, config))
    for i in range(config.n_layers):
        block = layer(params, i)
        if cache is not None:
            x = x + cache.attend(i, block, x)
        else:
            x = x + attention_sublayer(block, x, config.n_heads)[0]
        x = x + mlp_sublayer(block, x)
    if cache is not None:
        cache.length += x.shape[1]
    return x


def _kept(cache, ids, config):
    """How many tokens the cache holds, if it is one for these ids and this config."""
    shape = instance("cache", cache, KVCache).keys_and_values.shape
    layers, _, batch, heads, positions, d_head = shape
    made_for = (layers, batch, heads, positions, heads * d_head)
    instance("config", config, GPTConfig)
    n_rows = len(np.atleast_1d(as_array("ids", ids)))
    wanted = (config.n_layers, n_rows, config.n_heads, config.n_positions, config.d_model)
    if made_for != wanted:
        raise ValueError(
            "cache must be of as many layers, rows of ids, heads, positions and d_model as config "
            f"and ids, {wanted}; got {made_for}"
        )
    return cache.length


def trace(params, ids, config):  # (B, T) -> [(B, T, d_model)], [(B, n_heads, T, T)]
    """The stream before the first block and after each, and each block's attention weights.

    >>> config = GPTConfig(vocab_size=5, n_positions=4, d_model=8, n_heads=2, n_layers=3)
    >>> params = init_params(config, np.random.default_rng(0))
    >>> stream, weights = trace(params, np.array([[1, 2]]), config)
    >>> len(stream), len(weights), weights[0].shape
    (4, 3, (1, 2, 2, 2))
    """
    stream, weights = [embed(checked_params(params, config), ids, config)], []
    for i in range(config.n_layers):
        block = layer(params, i)
        added, saved = attention_sublayer(block, stream[-1], config.n_heads)
        x = stream[-1] + added
        stream.append(x + mlp_sublayer(block, x))
        weights.append(saved[-1])
    return stream, weights


def embed(params, ids, config, start=0):  # (B, T) -> (B, T, d_model)
    """Token embedding plus position embedding, from position `start` on."""
    instance("config", config, GPTConfig)
    wte, wpe = (_table(params, name) for name in ("wte.weight", "wpe.weight"))
    ids = as_array("ids", ids)
    if ids.ndim != 2 or ids.dtype.kind not in "iu":
        raise ValueError(f"ids must be integers of shape (B, T), got {ids.dtype} {ids.shape}")
    if ids.size and not (ids.min() >= 0 and ids.max() < config.vocab_size):
        raise ValueError(
            f"ids must lie in 0 .. {config.vocab_size - 1}: {ids.min()} .. {ids.max()}"
        )
    end = integer("start", start) + ids.shape[1]
    if end > config.n_positions:
        raise ValueError(
            f"ids: {end} tokens are more than the n_positions {config.n_positions} it knows"
        )
    expected = f"params of vocab_size {config.vocab_size}, n_positions {config.n_positions}"
    fit = (len(wte), *wpe.shape) == (config.vocab_size, config.n_positions, wte.shape[1])
    require_shapes(fit and wte.shape[1] == config.d_model, expected, wte=wte, wpe=wpe)
    return wte[ids] + wpe[start:end]


def _table(params, name):
    (table,) = floats(**{f"params: {name}": entry("params", params, name)})
    require_shapes(table.ndim == 2, f"params with a table {name}", params=table)
    return table


def unembed(params, x):  # (B, T, d_model) -> (B, T, vocab_size)
    """The last norm, then a score for each token: how well the vector fits its embedding."""
    x = _norm(params, "ln_f", x, "params")
    head = params.get("lm_head.weight", entry("params", params, "wte.weight"))
    (head,) = floats(params=head)
    fit = head.ndim == 2 and x.shape[-1] == head.shape[1]
    require_shapes(fit, "x (..., d_model), a head of params (vocab_size, d_model)", x=x, head=head)
    with silent_overflow():
        return (rows(x) @ head.T).reshape(*x.shape[:-1], len(head))


def layer(params, i):
    """The parameters of block `i`, without the number in their names."""
    start = f"h.{integer('i', i)}."
    named = instance("params", params, Mapping).items()
    block = {name.removeprefix(start): p for name, p in named if name.startswith(start)}
    if not block:
        raise ValueError(f"params must hold block i = {i}, got {len(params)} of others")
    return block


def _linear(block, name, x):
    return linear(x, *_weight_and_bias(block, name))


def _norm(block, name, x, source="block"):
    return layer_norm(x, *_weight_and_bias(block, name, source))


def _weight_and_bias(block, name, source="block"):
    return [entry(source, block, f"{name}.{part}") for part in ("weight", "bias")]


def attention_sublayer(block, x, n_heads):  # (B, T, d) -> (B, T, d), and what backward needs
    """Norm first (pre-LN), attention to the past, and a projection back to the stream."""
    normed = _norm(block, "ln_1", x)
    qkv = _linear(block, "attn.c_attn", normed)
    heads, weights = causal_self_attention(qkv, n_heads)
    return _linear(block, "attn.c_proj", heads), (x, normed, qkv, heads, weights)


def mlp_sublayer(block, x):  # (B, T, d) -> (B, T, d)
    """Norm first, four times as wide, GELU, and back."""
    hidden = _linear(block, "mlp.c_fc", _norm(block, "ln_2", x))
    return _linear(block, "mlp.c_proj", gelu(hidden))


def loss_and_grads(params, ids, targets, config):  # (B, T), (B, T) -> (), {name: gradient}
    """Cross-entropy in nats of the targets, and its gradient in every parameter."""
    params, ids = checked_params(params, config), as_array("ids", ids)
    x, saved = embed(params, ids, config), []
    for i in range(config.n_layers):
        block = layer(params, i)
        added, for_attention = attention_sublayer(block, x, config.n_heads)
        x = x + added
        saved.append((for_attention, x))
        x = x + mlp_sublayer(block, x)
    logits = unembed(params, x)
    loss = cross_entropy(logits, targets)
    dx, grads = _unembed_backward(params, cross_entropy_backward(logits, targets), x)
    for i in reversed(range(config.n_layers)):
        dx = _block_backward(layer(params, i), dx, saved.pop(), grads, f"h.{i}.")
    _embed_backward(params, dx, ids, grads)
    return float(loss), {name: grads[name] for name in params}


def _unembed_backward(params, dlogits, x):
    head = "lm_head.weight" if "lm_head.weight" in params else "wte.weight"
    weight, bias = params["ln_f.weight"], params["ln_f.bias"]
    dx, dhead, _ = linear_backward(dlogits, layer_norm(x, weight, bias), params[head].T)
    dx, dweight, dbias = layer_norm_backward(dx, x, weight)
    return dx, {head: dhead.T, "ln_f.weight": dweight, "ln_f.bias": dbias}


def _block_backward(block, dx, saved, grads, start):
    """Backward through MLP and attention; what each adds to the stream passes on beside it."""
    (x, normed, qkv, heads, weights), middle = saved

    def through(backward, name, dy, x):
        dx, *parts = backward(dy, x, block[f"{name}.weight"])
        grads.update(zip((f"{start}{name}.weight", f"{start}{name}.bias"), parts, strict=True))
        return dx

    normed_middle = _norm(block, "ln_2", middle)
    hidden = _linear(block, "mlp.c_fc", normed_middle)
    dy = gelu_backward(through(linear_backward, "mlp.c_proj", dx, gelu(hidden)), hidden)
    dy = through(linear_backward, "mlp.c_fc", dy, normed_middle)
    dx = dx + through(layer_norm_backward, "ln_2", dy, middle)
    dy = through(linear_backward, "attn.c_proj", dx, heads)
    dy = causal_self_attention_backward(dy, qkv, heads, weights)
    dy = through(linear_backward, "attn.c_attn", dy, normed)
    return dx + through(layer_norm_backward, "ln_1", dy, x)


def _embed_backward(params, dx, ids, grads):
    """Each use of a row adds to its gradient; the table may be the output layer as well."""
    dwte = grads.setdefault("wte.weight", np.zeros_like(params["wte.weight"]))
    np.add.at(dwte, ids.reshape(-1), dx.reshape(-1, dx.shape[-1]))
    grads["wpe.weight"] = np.zeros_like(params["wpe.weight"])
    grads["wpe.weight"][: ids.shape[1]] = dx.sum(axis=0)


class KVCache:
    """Keys and values of the tokens seen so far, so that a new token costs one row, not all.

    >>> config = GPTConfig(vocab_size=5, n_positions=4, d_model=8, n_heads=2, n_layers=1)
    >>> params, cache = init_params(config, np.random.default_rng(0)), KVCache(config)
    >>> forward(params, np.array([[1, 2]]), config, cache).shape, cache.length
    ((1, 2, 5), 2)
    """

    def __init__(self, config, batch=1, dtype=np.float32):
        instance("config", config, GPTConfig)
        d_head = config.d_model // config.n_heads
        shape = (config.n_layers, 2, batch, config.n_heads, config.n_positions, d_head)
        integer("batch", batch, 1)
        self.keys_and_values = np.zeros(shape, float_type("dtype", dtype))
        self.length = 0

    @property
    def bytes_per_token(self):
        """2 · layers · d_model numbers a token (Kwon et al. 2023, §3)."""
        return self.keys_and_values.nbytes // self.keys_and_values.shape[-2]

    def attend(self, i, block, x):  # (B, T_new, d) -> (B, T_new, d)
        """The attention sublayer of block `i` for new tokens, which see all that are kept."""
        query, *new_ones = self._projected(i, block, x)
        end = self.length + query.shape[2]
        self.keys_and_values[i, ..., self.length : end, :] = new_ones
        heads, _ = causal_attention(query, *self.keys_and_values[i, ..., :end, :])
        return _linear(block, "attn.c_proj", heads)

    def _projected(self, i, block, x):
        """Query, key and value of new tokens, if there is room for them here."""
        n_layers, _, batch, n_heads, n_positions, d_head = self.keys_and_values.shape
        integer("i", i, 0, n_layers - 1)
        qkv = _linear(block, "attn.c_attn", _norm(block, "ln_1", x))
        room = qkv.ndim == 3 and qkv.shape[1] <= n_positions - self.length
        fit = room and (len(qkv), qkv.shape[2]) == (batch, 3 * n_heads * d_head)
        if not fit:
            expected = f"x ({batch}, up to {n_positions - self.length}, {n_heads * d_head})"
            require_shapes(False, f"{expected} and its block", x=np.asarray(x))
        return split_heads(qkv, 3, n_heads)
