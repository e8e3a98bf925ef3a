"""Text to ids and back: first with words as tokens, then with GPT-2's, learned from bytes (BPE)."""

import json
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from functools import cache
from heapq import heapify, heappop, heappush
from itertools import groupby, pairwise
from pathlib import Path

from llm_scratch.checks import MOST, integer, sequence
from llm_scratch.files import read_object, read_text, write_atomically


class WordTokenizer:
    """Splits at white space; an id is a word's place in `vocab`.

    Raises ValueError for a word or an id that is not in it.

    >>> tokenizer = WordTokenizer.from_text("ねこ は ひるね が すき")
    >>> tokenizer.vocab
    ['が', 'すき', 'ねこ', 'は', 'ひるね']
    >>> tokenizer.encode("ねこ が すき")
    [2, 0, 1]
    >>> tokenizer.decode([2, 0, 1])
    'ねこ が すき'
    """

    def __init__(self, vocab):
        words = sequence("vocab", vocab)
        self.vocab = [_checked_text("vocab", word) for word in words]
        self.ids = {word: i for i, word in enumerate(self.vocab)}
        if not self.vocab or len(self.ids) < len(self.vocab):
            wanted = "vocab must hold words, each of them once"
            raise ValueError(f"{wanted}, got {self.vocab}")

    @classmethod
    def from_text(cls, text):  # -> WordTokenizer
        """The vocabulary of a text: each word once, by code point."""
        words = set(_checked_text("text", text).split())
        if not words:
            got = f"got {text!r:.80}"
            raise ValueError(f"text must hold at least one word, {got}")
        return cls(sorted(words))

    def encode(self, text):  # -> list of ids
        """Words to ids."""
        words = _checked_text("text", text).split()
        for word in words:
            if word not in self.ids:
                n = f"the vocabulary has {len(self.vocab)} words"
                raise ValueError(f"unknown word {word!r}: {n}")
        return [self.ids[word] for word in words]

    def decode(self, ids):  # -> text
        """Ids to words, joined by spaces."""
        ids = _checked_ids(ids, len(self.vocab))
        return " ".join(self.vocab[i] for i in ids)


def _checked_ids(ids, n):
    return [_checked_id(i, n) for i in sequence("ids", ids)]


def _checked_id(i, n):
    try:
        return integer("ids", i, most=n - 1)
    except (TypeError, ValueError):
        raise ValueError(f"unknown id {i!r:.80}: ids are integers in 0 .. {n - 1}") from None


def _checked_text(name, text):
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, got {type(text).__name__}")
    return text


class BPETokenizer:
    """GPT-2's tokens: bytes, and what merging the most frequent neighbours made of them.

    Sennrich et al. 2016 on bytes, as in Radford et al. 2019. Nothing is ever unknown.

    >>> tokenizer = BPETokenizer.train("aaabdaaabac", vocab_size=259)
    >>> [tokenizer.decode([i]) for i in tokenizer.encode("aaabdaaabac")]
    ['aaab', 'd', 'aaab', 'a', 'c']
    """

    def __init__(self, merges):
        self.merges = _checked_merges(merges)
        self.tokens = [bytes([byte]) for byte in _BYTES]
        for a, b in self.merges:
            self.tokens.append(self.tokens[a] + self.tokens[b])
        self.ids = {pair: 256 + i for i, pair in enumerate(self.merges)}
        self.known = {}  # word -> ids, so that each word is merged once

    @classmethod
    def train(cls, text, vocab_size):  # -> BPETokenizer
        """Merge the most frequent pair, smaller ids first, until there are vocab_size tokens."""
        if integer("vocab_size", vocab_size, -MOST) < 256:
            raise ValueError(
                f"vocab_size must be at least 256, one for each byte; got {vocab_size}"
            )
        counts = Counter(_split(text))
        words = [[_ID_OF_BYTE[byte] for byte in word.encode()] for word in counts]
        return cls(learn_merges(words, [*counts.values()], vocab_size - 256))

    @property
    def vocab_size(self):
        return len(self.tokens)

    def encode(self, text):  # -> list of ids
        """Text to ids: each word by itself, the merges in the order in which they were learned."""
        return [i for word in _split(text) for i in self.known.get(word) or self._merge(word)]

    def decode(self, ids):  # -> text
        """Ids to text; bytes that are no whole character become �."""
        tokens = (self.tokens[i] for i in _checked_ids(ids, self.vocab_size))
        return b"".join(tokens).decode("utf-8", errors="replace")

    def save(self, folder):
        """Write GPT-2's two files, vocab.json and merges.txt."""
        names = [_visible(token) for token in self.tokens]
        lines = [f"{names[a]} {names[b]}" for a, b in self.merges]
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        vocab = json.dumps({name: i for i, name in enumerate(names)}, ensure_ascii=False)
        write_atomically(folder / "vocab.json", [vocab.encode()])
        text = "\n".join(["#version: 0.2", *lines, ""])
        write_atomically(folder / "merges.txt", [text.encode()])

    @classmethod
    def load(cls, folder):  # -> BPETokenizer
        """Read merges.txt and vocab.json; ValueError if they are broken or disagree."""
        folder = Path(folder)
        ids = {_CHARACTER[byte]: i for i, byte in enumerate(_BYTES)}
        merges = []
        for line in read_text(folder / "merges.txt").splitlines()[1:]:
            a, _, b = line.partition(" ")
            if a not in ids or b not in ids:
                raise ValueError(f"{folder}/merges.txt joins what is no token: {line[:80]!r}")
            merges.append((ids[a], ids[b]))
            ids[a + b] = 255 + len(merges)
        vocab = read_object(folder / "vocab.json", read_text(folder / "vocab.json"))
        words = {name: i for name, i in vocab.items() if not re.fullmatch(r"<\|\w+\|>", name)}
        if words != ids:
            raise ValueError(f"{folder}: vocab.json and merges.txt do not hold the same tokens")
        return cls(merges)

    def _merge(self, word):
        ids = [_ID_OF_BYTE[byte] for byte in word.encode()]
        while len(ids) > 1:
            first = min(pairwise(ids), key=lambda pair: self.ids.get(pair, sys.maxsize))
            if first not in self.ids:
                break
            ids = _replace(ids, first, self.ids[first])
        self.known[word] = ids
        return ids


def _checked_merges(merges):
    """Pairs of ids, each pair once; an id must exist before a merge uses it."""
    pairs = [tuple(sequence("merges", pair)) for pair in sequence("merges", merges)]
    for i, pair in enumerate(pairs):
        if len(pair) != 2 or not all(type(part) is int and 0 <= part < 256 + i for part in pair):
            raise ValueError(f"merges must be pairs of ids that exist already, got {pair!r:.80}")
    if len(set(pairs)) < len(pairs):
        raise ValueError("merges must hold each pair once")
    return pairs


def learn_merges(words, counts, n_merges):
    """The most frequent pair in words of ids, joined, and again.

    Pairs are counted once; each merge then updates the counts.
    """
    pairs, where = Counter(), defaultdict(set)
    for i, (ids, n) in enumerate(zip(words, counts, strict=True)):
        for pair in pairwise(ids):
            pairs[pair] += n
            where[pair].add(i)
    heap, merges = [(-n, pair) for pair, n in pairs.items()], []
    heapify(heap)
    while heap and len(merges) < n_merges:
        n, pair = heappop(heap)
        if -n != pairs[pair]:  # its count has fallen since
            if pairs[pair] > 0:
                heappush(heap, (-pairs[pair], pair))
            continue
        new = 256 + len(merges)
        merges.append(pair)
        for later in _join(pair, new, words, counts, pairs, where):
            heappush(heap, (-pairs[later], later))
    return merges


def _join(pair, new, words, counts, pairs, where):
    """Replace `pair` in every word that has it; return the pairs that hold the new id."""
    born = set()
    for i in where.pop(pair):
        before = words[i]
        words[i] = _replace(before, pair, new)
        for old in pairwise(before):
            pairs[old] -= counts[i]
        for later in pairwise(words[i]):
            pairs[later] += counts[i]
            if new in later:
                where[later].add(i)
                born.add(later)
    return born


def _replace(ids, pair, new):
    """`ids` with every `pair`, from left to right, replaced by `new`."""
    pair, replaced, i = [*pair], [], 0
    while i < len(ids):
        here = ids[i : i + 2] == pair
        replaced.append(new if here else ids[i])
        i += 2 if here else 1
    return replaced


# GPT-2's files show each byte as a visible character: printable ones as they are, the others as
# the characters from 256 on. Ids follow the order of these characters.
_PRINTABLE = [*range(33, 127), *range(161, 173), *range(174, 256)]
_BYTES = _PRINTABLE + [byte for byte in range(256) if byte not in _PRINTABLE]
_CODES = [*_PRINTABLE, *range(256, 512 - len(_PRINTABLE))]
_CHARACTER = dict(zip(_BYTES, map(chr, _CODES), strict=True))
_ID_OF_BYTE = {byte: i for i, byte in enumerate(_BYTES)}


def _visible(token):
    return "".join(_CHARACTER[byte] for byte in token)


def _split(text):
    """Cut text as GPT-2 does: words and numbers with the space before, punctuation, white space."""
    try:
        _checked_text("text", text).encode()
    except UnicodeEncodeError as error:
        half = f"{text[error.start]!r} at {error.start}"
        raise ValueError(f"text must not hold half a character, got {half}") from None
    return _pattern().findall(text)


@cache
def _pattern():
    letter, number = _characters("L"), _characters("N")
    space = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
    return re.compile(
        rf"'s|'t|'re|'ve|'m|'ll|'d| ?[{letter}]+| ?[{number}]+"
        rf"| ?[^{space}{letter}{number}]+|[{space}]+(?![^{space}])|[{space}]+"
    )


def _characters(kind):
    """All characters of one major category of Unicode, as ranges for a regular expression."""
    found = (i for i in range(sys.maxunicode + 1) if unicodedata.category(chr(i))[0] == kind)
    runs = groupby(enumerate(found), key=lambda pair: pair[1] - pair[0])
    ends = ([i for _, i in run] for _, run in runs)
    return "".join(f"\\U{run[0]:08x}-\\U{run[-1]:08x}" for run in ends)
