"""Words to ids and back, and what has no id."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from llm_scratch.tokenizer import WordTokenizer

SENTENCE = "ねこ は ひるね が すき"
TOKENIZER = WordTokenizer.from_text(SENTENCE)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Z", "C"]), min_size=1)


def test_the_seed_notebook_s_ids():
    """facts.md, the seed notebook's own results."""
    assert TOKENIZER.vocab == ["が", "すき", "ねこ", "は", "ひるね"]
    assert TOKENIZER.encode(SENTENCE) == [2, 3, 4, 0, 1]


@given(st.lists(WORDS, min_size=1))
def test_every_text_of_known_words_comes_back(words):
    text = " ".join(words)
    tokenizer = WordTokenizer.from_text(text)
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert sorted(set(tokenizer.vocab), key=lambda word: [*map(ord, word)]) == tokenizer.vocab


def test_ids_may_come_from_numpy_and_text_may_be_empty():
    assert TOKENIZER.decode(np.array([2, 1])) == "ねこ すき"
    assert TOKENIZER.encode("") == [] and TOKENIZER.decode([]) == ""


def test_an_unknown_word_is_named():
    with pytest.raises(ValueError, match="unknown word 'いぬ': the vocabulary has 5 words"):
        TOKENIZER.encode("いぬ が すき")


@pytest.mark.parametrize("i", [5, -1, True, 1.0, "が", None])
def test_an_unknown_id_is_named(i):
    with pytest.raises(ValueError, match=rf"unknown id {i!r}: ids are integers in 0 .. 4"):
        TOKENIZER.decode([i])


@pytest.mark.parametrize("vocab", [[], ["は", "は"]])
def test_a_vocabulary_holds_words_each_once(vocab):
    with pytest.raises(ValueError, match="vocab must hold words, each of them once, got"):
        WordTokenizer(vocab)


def test_a_vocabulary_needs_a_text_with_words():
    with pytest.raises(ValueError, match="text must hold at least one word, got ' '"):
        WordTokenizer.from_text(" ")


@pytest.mark.parametrize("text", [None, 3, b"cat", ["ねこ"]])
def test_text_is_a_str(text):
    said = f"text must be a str, got {type(text).__name__}"
    with pytest.raises(TypeError, match=said):
        TOKENIZER.encode(text)
    with pytest.raises(TypeError, match=said):
        WordTokenizer.from_text(text)
