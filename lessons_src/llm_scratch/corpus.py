"""Worlds of sentences small enough to compute everything about: text to learn from, exact floors.

A world lists each sentence it can say with its probability. Text is sentences drawn one after the
other, each independent of those before, so that no model of any kind can predict a token better,
on average, than the floor that is computed here.
"""

from collections import defaultdict
from dataclasses import dataclass
from itertools import product

import numpy as np

from llm_scratch.checks import instance, integer, real, sequence

END = "。"


@dataclass(frozen=True)
class World:
    """Sentences, tuples of tokens that end with 。, and their probabilities.

    Raises ValueError for a sentence that does not end once, at its end, or probabilities that do
    not sum to 1.

    >>> coin = World((("ねこ", "。"), ("いぬ", "。")), (0.5, 0.5))
    >>> float(coin.full_context_floor / np.log(2))  # one fair choice in two tokens
    0.5
    """

    sentences: tuple
    probabilities: tuple

    def __post_init__(self):
        for sentence in instance("sentences", self.sentences, tuple):
            for token in instance("a sentence of sentences", sentence, tuple):
                instance("a token of sentences", token, str)
            if sentence.count(END) != 1 or sentence[-1] != END:
                raise ValueError(f"a sentence must end with its only {END}, got {sentence}")
        probabilities = instance("probabilities", self.probabilities, tuple)
        p = [real("probabilities", p, least=0) for p in probabilities]
        if len(self.sentences) != len(p) or abs(sum(p) - 1) > 1e-9 or not all(p):
            raise ValueError(
                "probabilities must go with the sentences, be more than 0 and sum to 1, got "
                f"{len(p)} for {len(self.sentences)}, of sum {sum(p)}"
            )

    @property
    def vocab(self):
        """Every token, each once, sorted by code point."""
        return sorted({token for sentence in self.sentences for token in sentence})

    def is_sentence(self, tokens):
        """True if the world can say these tokens, from the first to 。."""
        return tuple(map(str, sequence("tokens", tokens))) in self.sentences

    def text(self, rng, n_sentences):
        """Tokens of sentences drawn by `rng`, a np.random.Generator, as one list."""
        instance("rng", rng, np.random.Generator)
        integer("n_sentences", n_sentences)
        drawn = rng.choice(len(self.sentences), size=n_sentences, p=self.probabilities)
        return [token for i in drawn for token in self.sentences[i]]

    @property
    def tokens_per_sentence(self):
        lengths = map(len, self.sentences)
        return sum(p * n for p, n in zip(self.probabilities, lengths, strict=True))

    @property
    def full_context_floor(self):
        """Nats per token that remain when everything before is known: H(sentence) / E(length)."""
        p = np.array(self.probabilities)
        return -(p * np.log(p)).sum() / self.tokens_per_sentence

    @property
    def bigram_floor(self):
        """Nats per token that remain when one token before is known."""
        return self._ngram_floor(1)

    @property
    def trigram_floor(self):
        """Nats per token that remain when two tokens before are known."""
        return self._ngram_floor(2)

    def _ngram_floor(self, n_before):
        """The conditional entropy of a token, from how often each n-gram comes in a sentence."""
        counts = defaultdict(lambda: defaultdict(float))
        weighted = [*zip(self.sentences, self.probabilities, strict=True)]
        for (before, p_before), (sentence, p) in product(weighted, repeat=2):
            line = before[-n_before:] + sentence
            for t in range(len(line) - len(sentence), len(line)):
                counts[line[t - n_before : t]][line[t]] += p_before * p
        return sum(map(_total_nats, counts.values())) / self.tokens_per_sentence


def _total_nats(counts):
    """The surprise at what follows one context, times how often that context comes."""
    n = np.array([*counts.values()])
    return -(n * np.log(n / n.sum())).sum()


def cat_world():
    """Four animals, each with its own likes; with words in between, only attention knows whose.

    >>> world = cat_world()
    >>> world.is_sentence("ねこ は ひるね が すき 。".split())
    True
    >>> bool(world.full_context_floor < world.trigram_floor < world.bigram_floor)
    True
    """
    likes = {"ねこ": "ひるね", "いぬ": "さんぽ", "とり": "うた", "ひと": "本"}
    ends = {thing: ("が", "すき") for thing in likes.values()} | {"本": ("を", "読む")}
    sentences = {}
    for (animal, liked), time, thing in product(likes.items(), TIMES, ends):
        p = TIMES[time] * (0.85 if thing == liked else 0.05) / len(likes)
        sentences[(animal, "は", *time.split(), thing, *ends[thing], END)] = p
    return World(tuple(sentences), tuple(sentences.values()))


TIMES = {"": 0.25, "きょう も": 0.25, "あした も": 0.25, "いつも とても": 0.25}
