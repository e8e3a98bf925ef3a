"""Text to ids and back: the first step of every language model. Here a token is a word."""


class WordTokenizer:
    """Splits at white space; a word's id is its place in the vocabulary.

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
        self.token_to_id = {token: i for i, token in enumerate(self.vocab)}

    @classmethod
    def from_text(cls, text):
        """Make the vocabulary of a text: its words, each once, sorted by code point."""
        words = sorted(set(text.split()))
        if not words:
            raise ValueError("text must hold at least one word, got none")
        return cls(words)

    def encode(self, text):
        """Words to ids; ValueError names a word that is not in the vocabulary."""
        return [self._id(word) for word in text.split()]

    def decode(self, ids):
        """Ids to words, joined by spaces; ValueError names an id that is not in the vocabulary."""
        return " ".join(self._word(i) for i in ids)

    def _id(self, word):
        if word not in self.token_to_id:
            raise ValueError(f"unknown word {word!r}: the vocabulary has {len(self.vocab)} words")
        return self.token_to_id[word]

    def _word(self, i):
        if i not in range(len(self.vocab)):
            raise ValueError(f"unknown id {i!r}: ids lie in 0 .. {len(self.vocab) - 1}")
        return self.vocab[i]
