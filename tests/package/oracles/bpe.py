"""What Hugging Face's `tokenizers` says about byte-level BPE, for test_tokenizer.py.

Needs `tokenizers` (made with 0.22): python tests/package/oracles/bpe.py
"""

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "lessons_src"))

from llm_scratch.corpus import cat_world

STORED = Path(__file__).with_name("bpe.json")
VOCAB_SIZE = 400
ENGLISH = """It's a text that wasn't written to be read: we'll cut it, they've counted it, \
I'd join it.
The cat sat on the mat; the dogs' dog sat by 2,048 cats in 1969.   Three spaces,\ttabs\u00a0and\r
lines.
"""
UNSEEN = ["ねこはひるねがすき", "a cat", " the cats' 42 mats", "", " ", "\n\n  x  ", "猫🐈‍⬛ é é ﬁ"]
UNSEEN += ["½ Ⅷ ٣ x²", "\u3000全角\u2028line\x1cfield\x85next", "don't DON'T I'M we'LL"]
UNSEEN += ["word_with_underscore 3.14e-10", "\x00\x7f\xad"]


def text():
    return ENGLISH * 3 + " ".join(cat_world().text(np.random.default_rng(0), 200))


def main():
    import tokenizers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCAB_SIZE, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator([text()], trainer)
    model = json.loads(tokenizer.to_str())["model"]
    stored = {
        "version": tokenizers.__version__,
        "vocab": model["vocab"],
        "merges": model["merges"],
        "ids": [tokenizer.encode(sample).ids for sample in [text(), *UNSEEN]],
    }
    STORED.write_text(json.dumps(stored, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
