"""What is right for tokenisers, worlds, files and training."""

import json
import math
import tempfile
from copy import deepcopy
from itertools import pairwise
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from properties import holds
from properties_of_arrays import (
    CONFIG,
    PARAMS,
    PARTS_OF_PARAMS,
    a_model,
    agrees_in_a_network,
    ids_below,
    size,
)

from llm_scratch import checkpoint, corpus, files, model, playground, tokenizer, train

# All of Unicode, and what is easily got wrong: halves of pairs, joiners, marks, flags, directions.
ODD = ["\ud800", "\udfff", "👩‍👩‍👧", "🇯🇵", "é", "e\u0301", "が", "か\u3099", "\u200d", "\ufeff"]
ODD += ["\u202e", "\x00", "ﷺ", "\U0010ffff", "\u3000", "'s", "\r\n"]
TEXTS = st.lists(st.one_of(st.text(), st.sampled_from(ODD)), max_size=6).map("".join)
WHOLE = TEXTS.map(lambda text: text.encode("utf-8", "ignore").decode())  # no half pairs

WORDS = tokenizer.WordTokenizer.from_text("ねこ は ひるね が すき")
BPE = tokenizer.BPETokenizer.train("ねこ は ひるね が すき 。 the cat the mat " * 2, 270)


VOCAB = st.lists(st.sampled_from("abcdef"), min_size=1, unique=True)
KNOWN_WORDS = st.lists(st.sampled_from(WORDS.vocab)).map(" ".join)
BYTE = st.integers(0, 255)
MERGES = st.lists(st.tuples(BYTE, BYTE), unique=True)


def one(strategy):
    """Draws the only argument."""
    return lambda draw, real: (draw(strategy),)


def ids_of(n):
    return lambda draw, real: (ids_below(draw, n, size(draw, 0)).tolist(),)


@holds(tokenizer.WordTokenizer, one(VOCAB))
def word_tokenizer(result, vocab):
    assert result.vocab == list(vocab) and result.decode(range(len(vocab))) == " ".join(vocab)


@holds(tokenizer.WordTokenizer.from_text, one(TEXTS.map(lambda text: text + "a")))
def from_text(result, text):
    assert result.vocab == sorted(set(text.split()))
    assert result.decode(result.encode(text)) == " ".join(text.split())


@holds(tokenizer.WordTokenizer.encode, one(KNOWN_WORDS), names=("word",), call=WORDS.encode)
def encode_words(result, text):
    assert [WORDS.vocab[i] for i in result] == text.split()


@holds(tokenizer.WordTokenizer.decode, ids_of(5), names=("id",), call=WORDS.decode)
def decode_words(result, ids):
    assert result == " ".join(WORDS.vocab[i] for i in ids)


@holds(tokenizer.BPETokenizer, one(MERGES))
def bpe_tokenizer(result, merges):
    tokens, pairs = result.tokens, result.merges
    assert result.vocab_size == 256 + len(pairs)
    assert sorted(tokens[:256]) == [bytes([i]) for i in range(256)]
    assert all(tokens[256 + i] == tokens[a] + tokens[b] for i, (a, b) in enumerate(pairs))


@holds(tokenizer.BPETokenizer.train, lambda draw, real: (draw(WHOLE), 256 + size(draw, 0)))
def train_bpe(result, text, vocab_size):
    assert 256 <= result.vocab_size <= vocab_size
    assert result.decode(result.encode(text)) == text


@holds(tokenizer.BPETokenizer.encode, one(WHOLE), call=BPE.encode)
def encode_bpe(result, text):
    assert b"".join(BPE.tokens[i] for i in result) == text.encode()


@holds(tokenizer.BPETokenizer.decode, ids_of(256), names=("id",), call=BPE.decode)
def decode_bpe(result, ids):
    assert result == b"".join(BPE.tokens[i] for i in ids).decode("utf-8", "replace")


# corpus


def a_world(draw, real):
    n = size(draw)
    return tuple((f"w{i}", "は", "。") for i in range(n)), (1 / n,) * n


@holds(corpus.World, a_world, names=("sentence",))
def world(result, sentences, probabilities):
    assert result.tokens_per_sentence == 3 or len(set(map(len, sentences))) > 1
    floors = -1e-9, result.full_context_floor, result.trigram_floor, result.bigram_floor
    assert all(low <= high + 1e-9 for low, high in pairwise(floors))


CATS = corpus.cat_world()


@holds(corpus.World.is_sentence, one(st.sampled_from(CATS.sentences)), call=CATS.is_sentence)
def is_sentence(result, tokens):
    assert result is (tuple(map(str, tokens)) in CATS.sentences)


@holds(
    corpus.World.text,
    lambda draw, real: (np.random.default_rng(size(draw)), size(draw, 0)),
    call=CATS.text,
)
def world_text(result, rng, n_sentences):
    assert result.count("。") == n_sentences


@holds(corpus.cat_world, lambda draw, real: ())
def cat_world(result):
    assert math.isclose(sum(result.probabilities), 1) and len(result.sentences) == 64


# files


def anew(call):
    """Call with a path in a folder of its own."""

    def called(*arguments):
        with tempfile.TemporaryDirectory() as folder:
            return call(Path(folder, "file"), *arguments)

    return called


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@holds(
    files.read_object,
    lambda draw, real: ("x.json", json.dumps(draw(st.dictionaries(st.text(), VALUES)))),
    names=("JSON object", r"x\.json"),
)
def read_object(result, name, data):
    assert result == json.loads(data)


def there_and_back(path, arrays, metadata):
    checkpoint.write_safetensors(path, arrays, metadata)
    found, note = checkpoint.read_safetensors(path)
    return {name: np.array(x) for name, x in found.items()}, note


def some_tensors(draw, real):
    kinds = draw(st.lists(st.sampled_from([*checkpoint.NAMES]), max_size=4))
    sizes = [draw(st.lists(st.integers(0, 3), max_size=3)) for _ in kinds]
    with np.errstate(all="ignore"):
        arrays = [real(*shape).astype(kind) for shape, kind in zip(sizes, kinds, strict=True)]
    metadata = draw(st.none() | st.dictionaries(WHOLE, WHOLE, max_size=2))
    return {draw(WHOLE): array for array in arrays}, metadata


@holds(checkpoint.write_safetensors, some_tensors, names=("a name",), call=anew(there_and_back))
def write_safetensors(result, arrays, metadata):
    found, note = result
    assert note == (metadata or {}) and list(found) == list(arrays)
    for name, x in found.items():
        array = np.asarray(arrays[name])
        assert x.shape == array.shape and x.astype(array.dtype).tobytes() == array.tobytes()


def saved_and_loaded(path, params, config):
    checkpoint.save_gpt2(path, params, config)
    found, config = checkpoint.load_gpt2(path)
    return {name: np.array(p) for name, p in found.items()}, config


@holds(
    checkpoint.save_gpt2,
    lambda draw, real: a_model(draw, real)[::2],
    names=(*PARTS_OF_PARAMS, "arrays"),
    call=anew(saved_and_loaded),
)
def save_gpt2(result, params, config):
    found, config_found = result
    assert config_found == config and set(found) == set(params)
    assert all(np.array_equal(p, params[name], equal_nan=True) for name, p in found.items())


def loaded(path, arrays):
    return there_and_back(path, arrays, None)[0]


def saved_and_loaded_bpe(path, merges):
    tokenizer.BPETokenizer(merges).save(path)
    return tokenizer.BPETokenizer.load(path)


def read_arrays(result, arrays):
    write_safetensors((result, {}), arrays, None)


MERGED = {"names": ("merges",), "call": anew(saved_and_loaded_bpe)}
READ = {"names": ("arrays", "a name"), "call": anew(loaded)}
for method in (tokenizer.BPETokenizer.save, tokenizer.BPETokenizer.load):
    holds(method, lambda draw, real: (BPE.merges[: size(draw, 0, 9)],), **MERGED)(bpe_tokenizer)
for function in (checkpoint.read_safetensors, playground.load_mini_gpt):
    holds(function, lambda draw, real: some_tensors(draw, real)[:1], **READ)(read_arrays)
holds(
    checkpoint.load_gpt2,
    lambda draw, real: a_model(draw, real)[:1],
    names=(*PARTS_OF_PARAMS, "arrays"),
    call=anew(lambda path, params: saved_and_loaded(path, params, CONFIG)),
)(lambda result, params: save_gpt2(result, params, CONFIG))


# training


def a_text(draw, real):
    ids, rng = ids_below(draw, 5, size(draw, 6, 9)), np.random.default_rng(size(draw))
    return ids, size(draw), size(draw), rng


@holds(train.batch, a_text)
def batch(result, ids, batch_size, n_tokens, rng):
    inputs, targets = result
    windows = {tuple(ids[i : i + n_tokens + 1]) for i in range(len(ids) - n_tokens)}
    assert inputs.shape == targets.shape == (batch_size, n_tokens)
    assert {(*i, t[-1]) for i, t in zip(inputs, targets, strict=True)} <= windows


def trained(params, config, ids, n_steps, rng):
    return train.train(deepcopy(params), config, ids, n_steps, rng, batch_size=2)


def a_training(draw, real):
    params, _, config = a_model(draw, real)
    return params, config, ids_below(draw, 5, 9), size(draw, 0, 2), np.random.default_rng(0)


@holds(train.train, a_training, names=PARTS_OF_PARAMS, call=trained)
def training(result, params, config, ids, n_steps, rng):
    assert len(result) == n_steps and all(0 < loss < 99 for loss in result)


def learner_of(params, config):
    return train.Learner(deepcopy(params), config)


@holds(train.Learner, lambda draw, real: (PARAMS, CONFIG), call=learner_of)
def learner(result, params, config):
    assert set(result.params) == set(params) and result.n_steps == 0


def learnt(ids, targets, lr, max_norm):
    params = {name: p.copy() for name, p in PARAMS.items()}
    loss = train.Learner(params, CONFIG).learn(ids, targets, lr, max_norm)
    return loss, params


def a_batch(draw, real):
    return ids_below(draw, 5, 2, 3), ids_below(draw, 5, 2, 3), 0.01, 1.0


@holds(train.Learner.learn, a_batch, call=learnt)
def learn(result, ids, targets, lr, max_norm):
    loss, params = result
    expected, _ = model.loss_and_grads(PARAMS, ids, targets, CONFIG)
    assert loss == expected and all(np.isfinite(p).all() for p in params.values())


agrees_in_a_network(
    train.evaluate, lambda draw, real: (a_model(draw, real)[0], CONFIG, ids_below(draw, 5, 9))
)


# the playground

MINI = model.init_params(playground.CONFIG, np.random.default_rng(0))
PROMPTS = st.lists(st.sampled_from(playground.WORLD.vocab), max_size=5).map(" ".join)


@holds(playground.vocabulary, lambda draw, real: ())
def vocabulary(result):
    assert playground.WORDS.decode(range(len(result))).split() == result


@holds(playground.encoded, one(PROMPTS))
def encoded(result, prompt):
    assert playground.WORDS.decode(result) == f"。 {prompt}".strip()


DRAWN = {"names": (*PARTS_OF_PARAMS, "logits")}


@holds(playground.look, lambda draw, real: (MINI, draw(PROMPTS), 1.0, None, None), **DRAWN)
def look(result, params, prompt, temperature, top_k, top_p):
    assert " ".join(result["tokens"][1:]) == " ".join(prompt.split())
    for name in ("given", "p"):
        assert math.isclose(sum(one[name] for one in result["next"]), 1, rel_tol=1e-6)


@holds(playground.step, lambda draw, real: (MINI, draw(PROMPTS), np.random.default_rng(0)), **DRAWN)
def step(result, params, prompt, rng):
    assert result.startswith(prompt.strip()) and result.split()[-1] in playground.WORLD.vocab
