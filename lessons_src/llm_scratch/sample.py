"""From logits to text: greedy, temperature, top-k, top-p, one token after the other."""

from itertools import islice

import numpy as np

from llm_scratch.checks import (
    as_array,
    finite,
    instance,
    integer,
    real,
    reals,
    require_shapes,
    silent_overflow,
    token_ids,
)
from llm_scratch.model import KVCache, checked_params, final_vectors, unembed
from llm_scratch.ops import softmax


def next_token_probabilities(logits, temperature=1.0, top_k=None, top_p=None):  # (V,) -> (V,)
    """The distribution that a token is drawn from.

    Temperature 0 is greedy: all on the largest. `top_k` keeps the k largest (Fan et al. 2018),
    `top_p` the fewest that together reach p (Holtzman et al. 2020). Raises ValueError for settings
    out of range and logits without a finite maximum, TypeError for what is no number.

    >>> p = next_token_probabilities(np.log([0.5, 0.3, 0.2]), top_k=2)
    >>> p.round(4)
    array([0.625, 0.375, 0.   ])
    """
    logits = _checked_logits(logits, temperature, top_k, top_p)
    if temperature == 0:
        return (np.arange(logits.size) == logits.argmax()).astype(logits.dtype)
    kept = _divided(logits, temperature)
    if top_k is not None:
        kept = _only(kept, np.argsort(-kept, kind="stable")[:top_k])
    if top_p is not None:
        order = np.argsort(-kept, kind="stable")
        before = np.cumsum(softmax(kept)[order]) - softmax(kept)[order]
        kept = _only(kept, order[before < top_p])
    return softmax(kept)


def _only(logits, chosen):
    kept = np.full_like(logits, -np.inf)
    kept[chosen] = logits[chosen]
    return kept


def _checked_logits(logits, temperature, top_k, top_p):
    """The logits as an array, if the settings are in range as well."""
    if real("temperature", temperature, least=-np.inf, most=np.inf) < 0:
        raise ValueError(f"temperature must be 0 or more, got {temperature}")
    if top_k is not None and integer("top_k", top_k, -np.inf, np.inf) < 1:
        raise ValueError(f"top_k must be 1 or more, got {top_k}")
    if top_p is not None and not 0 < real("top_p", top_p, -np.inf, np.inf) <= 1:
        raise ValueError(f"top_p must be above 0 and at most 1, got {top_p}")
    logits = reals("logits", logits)
    require_shapes(logits.ndim == 1 and logits.size, "logits (V,)", logits=logits)
    finite("logits", logits.max(keepdims=True), "have a finite maximum")
    return logits


def _divided(logits, temperature):
    with silent_overflow():
        kept = logits / temperature
    must = f"stay finite when divided by temperature {temperature}"
    finite("logits", kept.max(keepdims=True), must)
    return kept


def _prompt(params, config, ids):
    checked_params(params, config)
    ids = as_array("ids", ids)
    if ids.ndim != 1 or not 0 < ids.size <= config.n_positions:
        raise ValueError(f"ids must be 1 to {config.n_positions} tokens, got the shape {ids.shape}")
    return token_ids(ids, config.vocab_size)


def stream(params, config, ids, rng, **settings):
    """Yield one new token id after the other, until the last position is reached."""
    instance("rng", rng, np.random.Generator)
    ids = _prompt(params, config, ids)
    cache = KVCache(config, dtype=params["wte.weight"].dtype)
    new = ids
    while cache.length + len(new) <= config.n_positions:
        last = final_vectors(params, new[None], config, cache)[:, -1]
        logits = unembed(params, last)[0].astype(np.float64)
        p = next_token_probabilities(logits, **settings)
        new = np.array([rng.choice(len(p), p=p)])
        yield int(new[0])


def generate(
    params, config, ids, n_tokens, rng, temperature=1.0, top_k=None, top_p=None
):  # (T,) -> (T + n_tokens,), or up to n_positions + 1
    """The ids with up to `n_tokens` more; says so when the last position stops it earlier."""
    settings = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
    n_tokens = integer("n_tokens", n_tokens)
    ids = _prompt(params, config, ids).tolist()
    new = [*islice(stream(params, config, ids, rng, **settings), n_tokens)]
    if len(new) < n_tokens:
        print(f"stopped after {len(new)} of {n_tokens} tokens: n_positions is {config.n_positions}")
    return ids + new
