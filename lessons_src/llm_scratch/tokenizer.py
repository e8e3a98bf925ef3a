"""Text to ids and back: the first step of every language model. Here a token is a word."""

from numbers import Integral


class WordTokenizer:
    """Splits at white space; a word's id is its place in the vocabulary.

    `vocab` lists the words; `encode` and `decode` name what is not in it in a ValueError.

    >>> tokenizer = WordTokenizer.from_text("ねこ は ひるね が すき")
    >>> tokenizer.vocab
    ['が', 'すき', 'ねこ', 'は', 'ひるね']
    >>> tokenizer.encode("ねこ が すき")
    [2, 0, 1]
    >>> tokenizer.decode([2, 0, 1])
    'ねこ が すき'
    """

    def __init__(self, vocab):
        self.vocab = list(vocab)
        self.ids = {word: i for i, word in enumerate(self.vocab)}
        if not self.vocab or len(self.ids) < len(self.vocab):
            raise ValueError(f"vocab must hold words, each of them once, got {self.vocab}")

    @classmethod
    def from_text(cls, text):  # -> WordTokenizer
        """Make the vocabulary of a text: its words, each once, sorted by code point."""
        return cls(sorted(set(_words(text))))

    def encode(self, text):  # -> list of ids
        """Words to ids."""
        return [self._id(word) for word in _words(text)]

    def decode(self, ids):  # -> text
        """Ids to words, joined by spaces."""
        return " ".join(self._word(i) for i in ids)

    def _id(self, word):
        if word not in self.ids:
            raise ValueError(f"unknown word {word!r}: the vocabulary has {len(self.vocab)} words")
        return self.ids[word]

    def _word(self, i):
        known = isinstance(i, Integral) and not isinstance(i, bool) and 0 <= i < len(self.vocab)
        if not known:
            raise ValueError(f"unknown id {i!r}: ids are integers in 0 .. {len(self.vocab) - 1}")
        return self.vocab[i]


def _words(text):
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, got {type(text).__name__}")
    return text.split()
