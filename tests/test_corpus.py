"""A world's floors against counting a long text, and against worlds that can be worked by hand."""

import math
from collections import Counter

import numpy as np
import pytest
from llm_scratch.corpus import World, cat_world

WORLD = cat_world()


def counted(text, n):
    """The conditional entropy of a token given n - 1 before it, counted in a text."""
    grams = Counter(zip(*(text[i:] for i in range(n)), strict=False))
    contexts = Counter(zip(*(text[i : len(text) - n + 1 + i] for i in range(n - 1)), strict=True))
    return -sum(c * math.log(c / contexts[g[:-1]]) for g, c in grams.items()) / sum(grams.values())


def test_floors_are_what_counting_a_long_text_comes_to():
    text = WORLD.text(np.random.default_rng(0), 60_000)
    assert counted(text, 2) == pytest.approx(WORLD.bigram_floor, rel=0.01)
    assert counted(text, 3) == pytest.approx(WORLD.trigram_floor, rel=0.01)
    assert counted(text, 9) == pytest.approx(WORLD.full_context_floor, rel=0.03)


def test_only_the_full_context_knows_whose_likes_they_are():
    assert WORLD.full_context_floor < 0.93 * WORLD.trigram_floor
    assert WORLD.trigram_floor < WORLD.bigram_floor


def test_floors_of_a_world_worked_by_hand():
    """a ? b ? 。 with the second choice a copy of the first: a bigram cannot know, a memory can."""
    copy = World((("x", "m", "x", "。"), ("y", "m", "y", "。")), (0.5, 0.5))
    assert copy.full_context_floor == pytest.approx(math.log(2) / 4)
    assert copy.trigram_floor == pytest.approx(math.log(2) / 4)
    bigram = (
        math.log(2) + math.log(2) + 2 * math.log(2)
    ) / 4  # after 。, after m, and x leads two ways
    assert copy.bigram_floor == pytest.approx(bigram)


def test_a_text_is_sentences_and_comes_again_from_the_same_seed():
    text = WORLD.text(np.random.default_rng(5), 200)
    assert (
        text
        == WORLD.text(np.random.default_rng(5), 200)
        != WORLD.text(np.random.default_rng(6), 200)
    )
    sentences = " ".join(text).split(" 。")
    assert sentences.pop() == "" and len(sentences) == 200
    assert all(WORLD.is_sentence((*s.split(), "。")) for s in sentences)
    assert set(text) == set(WORLD.vocab) and WORLD.vocab == sorted(WORLD.vocab)


@pytest.mark.parametrize(
    "tokens", ["ねこ は ひるね が すき", "。", "ねこ は は が すき 。", "ねこ は 本 が 読む 。"]
)
def test_what_the_world_does_not_say_is_no_sentence(tokens):
    assert not WORLD.is_sentence(tokens.split())


@pytest.mark.parametrize(
    ("sentences", "probabilities", "message"),
    [
        ((("a",),), (1,), "must end with its only 。"),
        ((("。", "a", "。"),), (1,), "only 。"),
        ((("a", "。"),), (0.9,), "sum to 1"),
        ((("a", "。"),), (0.5, 0.5), "go with"),
    ],
)
def test_a_world_is_checked(sentences, probabilities, message):
    with pytest.raises(ValueError, match=message):
        World(sentences, probabilities)


def test_the_trigram_floor_of_sentences_that_are_no_longer_than_what_it_sees():
    coin = World((("x", "。"), ("y", "。")), (0.5, 0.5))
    assert coin.trigram_floor == pytest.approx(math.log(2) / 2)
