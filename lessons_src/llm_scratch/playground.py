"""The trained mini-GPT to play with: all that it computes from a prompt, as plain lists.

The playground's page calls these functions in the reader's browser; they work anywhere.
"""

import numpy as np

from llm_scratch import checkpoint, corpus, model, ops, sample, tokenizer, train
from llm_scratch.checks import instance

WORLD = corpus.cat_world()
WORDS = tokenizer.WordTokenizer(WORLD.vocab)
CONFIG = model.GPTConfig(len(WORLD.vocab), n_positions=32, d_model=32, n_heads=4, n_layers=2)


def save_mini_gpt(path):
    """Train as the lesson on training does, and write the parameters in 32 bits."""
    text = " ".join(WORLD.text(np.random.default_rng(0), 20000))
    ids = np.array(WORDS.encode(text))
    params = model.init_params(CONFIG, np.random.default_rng(0), dtype=np.float64)
    train.train(params, CONFIG, ids, 300, np.random.default_rng(2), peak=0.01)
    arrays = {name: p.astype(np.float32) for name, p in params.items()}
    checkpoint.write_safetensors(path, arrays)


def load_mini_gpt(path):  # -> {name: array}
    """The parameters that `save_mini_gpt` wrote."""
    return checkpoint.read_safetensors(path)[0]


def vocabulary():  # -> list of str
    """The words of this world, in the order of their ids.

    >>> vocabulary()[:2]
    ['。', 'あした']
    """
    return WORLD.vocab


def encoded(prompt):  # -> (T,)
    """The ids of a prompt, with the end of the sentence before in front.

    Raises ValueError if a word is not of this world, or if the prompt is too long.

    >>> encoded("ねこ は").size
    3
    """
    instance("prompt", prompt, str)
    if unknown := [word for word in prompt.split() if word not in WORDS.ids]:
        raise ValueError(f"prompt must use the words of this world, got {' '.join(unknown)}")
    ids = np.array(WORDS.encode(f"{corpus.END} {prompt}"))
    if ids.size > CONFIG.n_positions:
        raise ValueError(f"prompt must have at most {CONFIG.n_positions} tokens, got {ids.size}")
    return ids


def look(params, prompt, temperature=1.0, top_k=None, top_p=None):
    """Tokens, the weights of each layer and head, and the probabilities of the next token.

    `given` is the model's probability, `p` that after temperature, top_k and top_p.
    """
    ids = encoded(prompt)
    stream, weights = model.trace(params, ids[None], CONFIG)
    attention = [of_layer[0].astype(np.float64).round(4).tolist() for of_layer in weights]
    logits = model.unembed(params, stream[-1])[0, -1].astype(np.float64)
    given = ops.softmax(logits)
    p = sample.next_token_probabilities(logits, temperature, top_k, top_p)
    order = np.argsort(-given, kind="stable")
    following = [{"token": WORLD.vocab[i], "given": given[i], "p": p[i]} for i in order]
    return {"tokens": WORDS.decode(ids).split(), "attention": attention, "next": following}


def step(params, prompt, rng, **settings):
    """The prompt with one token more, drawn as the settings say."""
    instance("rng", rng, np.random.Generator)
    following = look(params, prompt, **settings)["next"]
    p = [one["p"] for one in following]
    token = following[rng.choice(len(p), p=p)]["token"]
    return f"{prompt} {token}".strip()
