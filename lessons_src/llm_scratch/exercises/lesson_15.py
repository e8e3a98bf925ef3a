"""Exercises of lesson 15, how to draw: one candidate, and great heat."""

import numpy as np

from llm_scratch import ops
from llm_scratch.exercises import Exercise, exercise


@exercise("15.1")
def _only_one(logits):
    p = ops.softmax(logits)
    first = ops.one_hot(p.argmax(), len(p))
    return Exercise(
        first,
        ("draw(logits, top_k=1) が返すものです。", "It is what draw(logits, top_k=1) returns."),
        [
            (p, "どの語も残っています。残すのは一つだけです。", "All words are left. Keep one only."),
            (p * first, "残した確率を、足して 1 になるように割り直してください。", "Divide what is kept so that it sums to 1."),
        ],
    )  # fmt: skip


@exercise("15.2")
def _hot(logits):
    return Exercise(
        np.full(len(logits), 1 / len(logits)),
        ("softmax(logits / 温度) で、温度が大きいと、スコアの差はどうなりますか。", "In softmax(logits / temperature), what becomes of the differences at a high temperature?"),
        [
            (ops.one_hot(logits.argmax(), len(logits)), "それは温度が 0 に近いときです。", "That is for a temperature close to 0."),
            (ops.softmax(logits), "温度が 1 のときです。", "That is a temperature of 1."),
            (np.zeros(len(logits)), "スコアは 0 に近づきますが、確率は足して 1 です。", "Scores come close to 0, but probabilities sum to 1."),
        ],
        within=1e-4,
    )  # fmt: skip
