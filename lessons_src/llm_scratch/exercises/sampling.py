"""Exercises on how to draw: one candidate, and great heat."""

import numpy as np

from llm_scratch import ops
from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("sampling.1")
def _only_one(logits):
    p = ops.softmax(logits)
    first = ops.one_hot(p.argmax(), len(p))
    return Exercise(
        first,
        hint_ja="draw(logits, top_k=1) が返すものです。",
        hint_en="It is what draw(logits, top_k=1) returns.",
        mistakes=[
            Mistake(
                p,
                ja="どの語も残っています。残すのは一つだけです。",
                en="All words are left. Keep one only.",
            ),
            Mistake(
                p * first,
                ja="残した確率を、足して 1 になるように割り直してください。",
                en="Divide what is kept so that it sums to 1.",
            ),
        ],
    )


@exercise("sampling.2")
def _hot(logits):
    return Exercise(
        np.full(len(logits), 1 / len(logits)),
        hint_ja="softmax(logits / 温度) で、温度が大きいと、スコアの差はどうなりますか。",
        hint_en=(
            "In softmax(logits / temperature), what becomes of the differences at a high "
            "temperature?"
        ),
        mistakes=[
            Mistake(
                ops.one_hot(logits.argmax(), len(logits)),
                ja="それは温度が 0 に近いときです。",
                en="That is for a temperature close to 0.",
            ),
            Mistake(
                ops.softmax(logits),
                ja="温度が 1 のときです。",
                en="That is a temperature of 1.",
            ),
            Mistake(
                np.zeros(len(logits)),
                ja="スコアは 0 に近づきますが、確率は足して 1 です。",
                en="Scores come close to 0, but probabilities sum to 1.",
            ),
        ],
        tolerance=1e-4,
    )
