"""From logits to text: greedy, temperature, top-k, top-p, one token after the other."""

from itertools import islice

import numpy as np

from llm_scratch import checks
from llm_scratch.checks import at_least_1, fraction, generator, not_negative
from llm_scratch.contract import shapes, takes
from llm_scratch.model import KVCache, checked_params, final_vectors, unembed
from llm_scratch.ops import softmax


@shapes(
    "logits (n,) -> (n,)",
    temperature=not_negative,
    top_k=at_least_1,
    top_p=fraction,
)
def next_token_probabilities(
    logits, temperature=1.0, top_k=None, top_p=None
):  # fmt: skip
    """The distribution that a token is drawn from.

    Temperature 0 is greedy: all on the largest. `top_k` keeps the k
    largest (Fan et al. 2018), `top_p` the fewest that together reach p
    (Holtzman et al. 2020). Raises ValueError for settings out of range
    and logits without a finite maximum, TypeError for what is no
    number.

    >>> p = next_token_probabilities(np.log([0.5, 0.3, 0.2]), top_k=2)
    >>> p.round(4)
    array([0.625, 0.375, 0.   ])
    """
    if temperature == 0:
        greedy = np.arange(logits.size) == logits.argmax()
        return greedy.astype(logits.dtype)
    kept = logits / temperature
    order = np.argsort(-kept, kind="stable")
    if top_k is not None:
        kept = _only(kept, order[:top_k])
    if top_p is not None:
        p = softmax(kept)[order]
        before = np.cumsum(p) - p
        kept = _only(kept, order[before < top_p])
    return softmax(kept)


def _only(logits, chosen):
    kept = np.full_like(logits, -np.inf)
    kept[chosen] = logits[chosen]
    return kept


def _check_prompt(params, config, ids):
    checked_params(params, config)
    ids = checks.as_array("ids", ids)
    if ids.ndim != 1 or not 0 < ids.size <= config.n_positions:
        raise ValueError(f"ids must be 1 to {config.n_positions} tokens, got the shape {ids.shape}")
    checks.require_ids("ids", checks.as_integers("ids", ids), config.vocab_size)


@takes(rng=generator, where=_check_prompt)
def stream(params, config, ids, rng, **settings):
    """Yield one new token id after the other, until the last position is reached."""
    cache = KVCache(config, dtype=params["wte.weight"].dtype)
    new = np.asarray(ids)
    while cache.length + len(new) <= config.n_positions:
        last = final_vectors(params, new[None], config, cache)[:, -1]
        (logits,) = unembed(params, last)
        p = next_token_probabilities(logits.astype(np.float64), **settings)
        new = np.array([rng.choice(len(p), p=p)])
        yield int(new[0])


@takes(n_tokens=checks.integer)
def generate(
    params, config, ids, n_tokens, rng, temperature=1.0, top_k=None, top_p=None
):  # (T,) -> (T + n_tokens,), or up to n_positions + 1
    """The ids with up to `n_tokens` more; says so when the last position stops it earlier."""
    settings = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
    new = [*islice(stream(params, config, ids, rng, **settings), n_tokens)]
    if len(new) < n_tokens:
        print(f"stopped after {len(new)} of {n_tokens} tokens: n_positions is {config.n_positions}")
    return [*map(int, ids), *new]
