"""GPT-2 (Radford et al. 2019): embeddings, blocks of attention and MLP, logits; and its gradients.

Parameters are one flat dict under GPT-2's own names, so that a checkpoint is nothing but the dict.
What is no dict, config or cache is a TypeError; one that is of another model is a ValueError.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from llm_scratch import attention, checks, ops
from llm_scratch.checks import float_type, positive
from llm_scratch.contract import takes


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
            if type(number) is not int or not 1 <= number <= checks.MOST:
                wanted = f"{name} must be a positive integer up to {checks.MOST}"
                raise ValueError(f"{wanted}, got {number!r:.80}")
        if self.d_model % self.n_heads:
            raise ValueError(f"d_model {self.d_model} must be a multiple of n_heads {self.n_heads}")


GPT2 = GPTConfig(vocab_size=50257, n_positions=1024, d_model=768, n_heads=12, n_layers=12)

a_config = partial(checks.instance, wanted=GPTConfig)


@takes(config=a_config)
def param_shapes(config):
    """{name: shape} of every parameter, in GPT-2's order.

    >>> param_shapes(GPT2)["h.0.attn.c_attn.weight"]
    (768, 2304)
    """
    d = config.d_model
    block = {"ln_1": (d,), "attn.c_attn": (d, 3 * d), "attn.c_proj": (d, d)}
    block |= {"ln_2": (d,), "mlp.c_fc": (d, 4 * d), "mlp.c_proj": (4 * d, d)}
    layers = {f"h.{i}.{name}": block[name] for i in range(config.n_layers) for name in block}
    shapes = {"wte.weight": (config.vocab_size, d), "wpe.weight": (config.n_positions, d)}
    for name, shape in (layers | {"ln_f": (d,)}).items():
        shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[-1:]}
    return shapes


def count_params(config):
    """The number of parameters; the output layer is the token embedding again (weight tying).

    >>> count_params(GPT2)
    124439808
    """
    return sum(math.prod(shape) for shape in param_shapes(config).values())


def checked_params(params, config):
    """`params`, if they are those of the config; ValueError names what is missing or misshapen."""
    expected, params = param_shapes(config), checks.instance("params", params, Mapping)
    if "lm_head.weight" in params:
        expected["lm_head.weight"] = expected["wte.weight"]
    if wrong := params.keys() ^ expected.keys():
        raise ValueError(f"missing or unknown params: {sorted(map(str, wrong))}"[:400])
    for name, shape in expected.items():
        checks.require_shape(f"params: {name}", params[name], shape)
    return params


@takes(config=a_config, rng=checks.generator, dtype=float_type)
def init_params(config, rng, dtype=np.float32):
    """GPT-2's start: normal numbers of deviation 0.02, smaller where a block adds to the stream."""
    into_stream, params = 0.02 / np.sqrt(2 * config.n_layers), {}
    for name, shape in param_shapes(config).items():
        if name.endswith("bias"):
            p = np.zeros(shape)
        elif ".ln_" in f".{name}":
            p = np.ones(shape)
        else:
            deviation = into_stream if name.endswith("c_proj.weight") else 0.02
            p = deviation * rng.standard_normal(shape)
        params[name] = p.astype(dtype)
    return params


def weight_and_bias(params, name):
    """The two parameters of a layer, as `linear` and `layer_norm` take them."""
    return [checks.entry("params", params, f"{name}.{part}") for part in ("weight", "bias")]


def _check_tokens(params, ids, config, start):
    """Raise an error unless the embeddings know all ids and their positions."""
    for name, size in (("wte", config.vocab_size), ("wpe", config.n_positions)):
        table = checks.entry("params", params, f"{name}.weight")
        checks.require_shape(f"params: {name}.weight", table, (size, config.d_model))
    ids = checks.as_integers("ids", ids)
    if ids.ndim != 2:
        raise ValueError(f"ids must have the shape (B, T), got {ids.shape}")
    checks.require_ids("ids", ids, config.vocab_size)
    if (end := start + ids.shape[1]) > config.n_positions:
        raise ValueError(f"ids: {end} tokens are more than n_positions {config.n_positions}")


@takes(config=a_config, start=checks.integer, where=_check_tokens)
def embed(params, ids, config, start=0):  # (B, T) -> (B, T, d_model)
    """Token embedding plus position embedding, from position `start` on."""
    ids, wte, wpe = map(np.asarray, (ids, params["wte.weight"], params["wpe.weight"]))
    return wte[ids] + wpe[start : start + ids.shape[1]]


def unembed(params, x):  # (B, T, d_model) -> (B, T, vocab_size)
    """The last norm, then a score for each token: how well the vector fits its embedding."""
    wte = checks.entry("params", params, "wte.weight")
    head = params.get("lm_head.weight", wte)
    return ops.dot_products(ops.layer_norm(x, *weight_and_bias(params, "ln_f")), head)


@takes(i=checks.integer)
def layer(params, i):
    """The parameters of block `i`, without the number in their names."""
    start = f"h.{i}."
    named = checks.instance("params", params, Mapping).items()
    block = {name.removeprefix(start): p for name, p in named if name.startswith(start)}
    if not block:
        raise ValueError(f"params must hold block i = {i}, got {len(params)} of others")
    return block


def attention_sublayer(block, x, n_heads):  # (B, T, d) -> (B, T, d), and what backward needs
    """Norm first (pre-LN), attention to the past, and a projection back to the stream."""
    normed = ops.layer_norm(x, *weight_and_bias(block, "ln_1"))
    qkv = ops.linear(normed, *weight_and_bias(block, "attn.c_attn"))
    heads, weights = attention.causal_self_attention(qkv, n_heads)
    added = ops.linear(heads, *weight_and_bias(block, "attn.c_proj"))
    return added, (x, normed, qkv, heads, weights)


def mlp_sublayer(block, x):  # (B, T, d) -> (B, T, d)
    """Norm first, four times as wide, GELU, and back."""
    normed = ops.layer_norm(x, *weight_and_bias(block, "ln_2"))
    hidden = ops.linear(normed, *weight_and_bias(block, "mlp.c_fc"))
    return ops.linear(ops.gelu(hidden), *weight_and_bias(block, "mlp.c_proj"))


def _check_room(self, i, block, x):
    checks.integer("i", i, 0, self.config.n_layers - 1)
    shape, d = checks.as_array("x", x).shape, self.config.d_model
    room = self.config.n_positions - self.length
    if len(shape) != 3 or (shape[0], shape[2]) != (self.batch, d) or shape[1] > room:
        raise ValueError(f"x must be ({self.batch}, up to {room}, {d}), got {shape}")
    weight = checks.entry("block", block, "attn.c_attn.weight")
    checks.require_shape("block: attn.c_attn.weight", weight, (d, 3 * d))


class KVCache:
    """Keys and values of the tokens so far: a new one costs a row.

    >>> config = GPTConfig(5, 4, d_model=8, n_heads=2, n_layers=1)
    >>> params = init_params(config, np.random.default_rng(0))
    >>> cache = KVCache(config)
    >>> forward(params, np.array([[1, 2]]), config, cache).shape
    (1, 2, 5)
    >>> cache.length
    2
    """

    @takes(config=a_config, batch=positive, dtype=float_type)
    def __init__(self, config, batch=1, dtype=np.float32):
        d_head = config.d_model // config.n_heads
        sizes = batch, config.n_heads, config.n_positions, d_head
        shape = config.n_layers, 2, *sizes  # 2: keys, values
        self.keys_and_values = np.zeros(shape, dtype)
        self.config, self.batch, self.length = config, batch, 0

    @property
    def bytes_per_token(self):
        """2 · layers · d_model numbers (Kwon et al. 2023, §3)."""
        return self.keys_and_values.nbytes // self.config.n_positions

    @takes(where=_check_room)
    def attend(self, i, block, x):  # (B, T_new, d) -> (B, T_new, d)
        """Attention of block `i`: new tokens see all before them."""
        normed = ops.layer_norm(x, *weight_and_bias(block, "ln_1"))
        qkv = ops.linear(normed, *weight_and_bias(block, "attn.c_attn"))
        query, *new = attention.split_heads(qkv, 3, self.config.n_heads)
        end = self.length + query.shape[2]
        self.keys_and_values[i, ..., self.length : end, :] = new
        key, value = self.keys_and_values[i, ..., :end, :]
        heads, _ = attention.causal_attention(query, key, value)
        return ops.linear(heads, *weight_and_bias(block, "attn.c_proj"))


def _check_cache(ids, config, cache):
    if cache is not None:
        d_head, n_rows = config.d_model // config.n_heads, len(checks.as_array("ids", ids))
        wanted = (config.n_layers, 2, n_rows, config.n_heads, config.n_positions, d_head)
        got = checks.instance("cache", cache, KVCache).keys_and_values.shape
        if got != wanted:
            raise ValueError(f"cache must be made for {wanted}, a row for each of ids; got {got}")


@takes(config=a_config, where=_check_cache)
def forward(params, ids, config, cache=None, head=unembed):
    # (B, T) -> (B, T, vocab_size)
    """The logits of the token after each position.

    With a `KVCache`, `ids` go on from what it has seen, and it comes to
    hold them too. `head` (params, x) makes the answer out of the stream
    after the last block. Raises ValueError for ids that are not in the
    vocabulary or beyond the last position.
    """
    x = embed(params, ids, config, start=cache.length if cache else 0)
    for i in range(config.n_layers):
        block = layer(params, i)
        if cache:
            x = x + cache.attend(i, block, x)
        else:
            x = x + attention_sublayer(block, x, config.n_heads)[0]
        x = x + mlp_sublayer(block, x)
    if cache:
        cache.length += x.shape[1]
    return head(params, x)


def final_vectors(params, ids, config, cache=None):  # (B, T) -> (B, T, d_model)
    """What the blocks make of each token, before the last norm; see `forward`."""
    return forward(params, ids, config, cache, head=lambda params, x: x)


@takes(where=checked_params)
def trace(params, ids, config):
    # (B, T) -> [(B, T, d_model)], [(B, n_heads, T, T)]
    """The stream before and after each block; each block's weights.

    >>> config = GPTConfig(5, 4, d_model=8, n_heads=2, n_layers=3)
    >>> params = init_params(config, np.random.default_rng(0))
    >>> stream, weights = trace(params, np.array([[1, 2]]), config)
    >>> len(stream), len(weights), weights[0].shape
    (4, 3, (1, 2, 2, 2))
    """
    stream, weights = [embed(params, ids, config)], []
    for i in range(config.n_layers):
        block = layer(params, i)
        x = stream[-1]
        added, saved = attention_sublayer(block, x, config.n_heads)
        x = x + added
        stream.append(x + mlp_sublayer(block, x))
        weights.append(saved[-1])
    return stream, weights


@takes(where=checked_params)
def loss_and_grads(params, ids, targets, config):  # (B, T), (B, T) -> (), {name: gradient}
    """Cross-entropy in nats of the targets, and its gradient in every parameter."""
    x, saved = embed(params, ids, config), []
    for i in range(config.n_layers):
        block = layer(params, i)
        added, for_attention = attention_sublayer(block, x, config.n_heads)
        x = x + added
        saved.append((for_attention, x))
        x = x + mlp_sublayer(block, x)
    logits = unembed(params, x)
    dx, grads = _unembed_backward(params, ops.cross_entropy_backward(logits, targets), x)
    for i in reversed(range(config.n_layers)):
        dx = _block_backward(layer(params, i), dx, saved.pop(), grads, f"h.{i}.")
    _embed_backward(params, dx, np.asarray(ids), grads)
    return float(ops.cross_entropy(logits, targets)), {name: grads[name] for name in params}


def _unembed_backward(params, dlogits, x):
    head = "lm_head.weight" if "lm_head.weight" in params else "wte.weight"
    weight, bias = weight_and_bias(params, "ln_f")
    dx, dhead, _ = ops.linear_backward(dlogits, ops.layer_norm(x, weight, bias), params[head].T)
    dx, dweight, dbias = ops.layer_norm_backward(dx, x, weight)
    return dx, {head: dhead.T, "ln_f.weight": dweight, "ln_f.bias": dbias}


def _block_backward(block, dx, saved, grads, start):
    """Backward through MLP and attention; what each adds to the stream passes on beside it."""
    (x, normed, qkv, heads, weights), middle = saved

    def backprop(backward, name, dy, x):
        dx, *parts = backward(dy, x, block[f"{name}.weight"])
        grads.update(zip((f"{start}{name}.weight", f"{start}{name}.bias"), parts, strict=True))
        return dx

    normed_middle = ops.layer_norm(middle, *weight_and_bias(block, "ln_2"))
    hidden = ops.linear(normed_middle, *weight_and_bias(block, "mlp.c_fc"))
    dy = ops.gelu_backward(
        backprop(ops.linear_backward, "mlp.c_proj", dx, ops.gelu(hidden)), hidden
    )
    dy = backprop(ops.linear_backward, "mlp.c_fc", dy, normed_middle)
    dx = dx + backprop(ops.layer_norm_backward, "ln_2", dy, middle)
    dy = backprop(ops.linear_backward, "attn.c_proj", dx, heads)
    dy = attention.causal_self_attention_backward(dy, qkv, heads, weights)
    dy = backprop(ops.linear_backward, "attn.c_attn", dy, normed)
    return dx + backprop(ops.layer_norm_backward, "ln_1", dy, x)


def _embed_backward(params, dx, ids, grads):
    """Each use of a row adds to its gradient; the table may be the output layer as well."""
    dwte = grads.setdefault("wte.weight", np.zeros_like(params["wte.weight"]))
    np.add.at(dwte, ids.reshape(-1), dx.reshape(-1, dx.shape[-1]))
    grads["wpe.weight"] = np.zeros_like(params["wpe.weight"])
    grads["wpe.weight"][: ids.shape[1]] = dx.sum(axis=0)
