"""A world's floors against counting a long text, and against worlds that can be worked by hand."""

import math
from collections import Counter

import numpy as np
import pytest
from refusals import refuses

from llm_scratch.corpus import World, cat_world

WORLD = cat_world()


def counted(text, n):
    """The conditional entropy of a token given n - 1 before it, counted in a text."""
    grams = Counter(zip(*(text[i:] for i in range(n)), strict=False))
    contexts = Counter(zip(*(text[i : len(text) - n + 1 + i] for i in range(n - 1)), strict=True))
    return -sum(c * math.log(c / contexts[g[:-1]]) for g, c in grams.items()) / sum(grams.values())


def test_floors_are_what_counting_a_long_text_comes_to():
    text = WORLD.text(np.random.default_rng(0), 20_000)
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
    # after 。, after m, and x leads two ways
    assert copy.bigram_floor == pytest.approx((1 + 1 + 2) * math.log(2) / 4)


def test_a_text_is_sentences_and_comes_again_from_the_same_seed():
    text, again, other = (WORLD.text(np.random.default_rng(s), 200) for s in (5, 5, 6))
    assert text == again != other and WORLD.text(np.random.default_rng(0), 0) == []
    sentences = " ".join(text).split(" 。")
    assert sentences.pop() == "" and len(sentences) == 200
    assert all(WORLD.is_sentence((*s.split(), "。")) for s in sentences)
    assert set(text) == set(WORLD.vocab) and WORLD.vocab == sorted(WORLD.vocab)


def test_what_the_world_does_not_say_is_no_sentence():
    for text in ("ねこ は ひるね が すき", "。", "ねこ は は が すき 。", "ねこ は 本 が 読む 。"):
        assert not WORLD.is_sentence(text.split())


ONE = (("a", "。"),)
REFUSED = """
World((("a",),), (1,))  # a sentence must end with its only 。, got ('a',)
World((("。", "a", "。"),), (1,))  # a sentence must end with its only 。, got ('。', 'a', '。')
World((("。", "a"),), (1,))  # a sentence must end with its only 。, got ('。', 'a')
World(((),), (1,))  # a sentence must end with its only 。, got ()
World([("a", "。")], (1,))  # TypeError: sentences must be a tuple, got [('a', '。')]
World((3,), (1,))  # TypeError: a sentence of sentences must be a tuple, got 3
World(((3, "。"),), (1,))  # TypeError: a token of sentences must be a str, got 3
World(ONE, None)  # TypeError: probabilities must be a tuple, got None
World(ONE, ("all",))  # TypeError: probabilities must be a real number, got 'all'
World(ONE, (-1.0,))  # probabilities must be 0 or more, got -1.0
World(ONE, (0.9,))  # probabilities must go with the sentences, … sum to 1, got 1 for 1, of sum 0.9
World(ONE, (1 + 2e-9,))  # probabilities must …, got 1 for 1, of sum 1.000000002
World(ONE, (0.5, 0.5))  # probabilities must …, got 2 for 1, of sum 1.0
World(ONE + (("b", "。"),), (1, 0))  # probabilities must …, got 2 for 2, of sum 1.0
World((), ())  # probabilities must …, got 0 for 0, of sum 0
WORLD.text(0, 1)  # TypeError: rng must be a Generator, got 0
WORLD.text(np.random.default_rng(0), -1)  # n_sentences must lie in 0 .. 16777216, got -1
"""
test_refusals = refuses(REFUSED, globals())


def test_probabilities_may_be_off_by_what_rounding_does():
    assert World(ONE, (1 + 5e-10,)).tokens_per_sentence == pytest.approx(2)


def test_sixty_four_sentences_and_their_exact_probabilities():
    """Four animals, four times, four things: 0.85 for what an animal likes, 0.05 for the others."""
    p = dict(zip(WORLD.sentences, WORLD.probabilities, strict=True))
    assert len(p) == 64 and len(WORLD.vocab) == 19
    assert p["ねこ", "は", "ひるね", "が", "すき", "。"] == pytest.approx(0.85 / 16)
    assert p["ひと", "は", "いつも", "とても", "本", "を", "読む", "。"] == pytest.approx(0.85 / 16)
    assert p["いぬ", "は", "きょう", "も", "うた", "が", "すき", "。"] == pytest.approx(0.05 / 16)
    assert WORLD.tokens_per_sentence == pytest.approx(7.5)
    likes = -(0.85 * math.log(0.85) + 3 * 0.05 * math.log(0.05))
    assert WORLD.full_context_floor == pytest.approx((2 * math.log(4) + likes) / 7.5)


def test_the_trigram_floor_of_sentences_that_are_no_longer_than_what_it_sees():
    coin = World((("x", "。"), ("y", "。")), (0.5, 0.5))
    assert coin.trigram_floor == pytest.approx(math.log(2) / 2)


def test_what_is_known_two_tokens_back_only_a_trigram_knows():
    """The last word copies the first, one or two words later."""
    world = World((("a", "m", "a", "。"), ("b", "m", "b", "。")), (0.25, 0.75))
    start = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))
    assert world.full_context_floor == world.trigram_floor == pytest.approx(start / 4)
    three = World((("a", "m", "n", "a", "。"), ("b", "m", "n", "b", "。")), (0.25, 0.75))
    assert three.trigram_floor == pytest.approx(2 * start / 5)  # the start, and after m n
