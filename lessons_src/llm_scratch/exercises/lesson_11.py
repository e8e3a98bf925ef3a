"""Exercises of lesson 11, backpropagation: the derivative of softmax, and of a number used twice."""

import numpy as np

from llm_scratch import ops
from llm_scratch.exercises import Exercise, exercise, tried


@exercise("11.1")
def _softmax_derivative():
    rng = np.random.default_rng(0)
    p, dp = ops.softmax(rng.standard_normal((3, 5))), rng.standard_normal((3, 5))
    return Exercise(
        lambda p, dp: p * (dp - (dp * p).sum(axis=-1, keepdims=True)),
        ("dp ⊙ p を行ごとに足したものを dp から引き、p を掛けてください。", "Subtract from dp the sum of dp ⊙ p over each row, then multiply by p."),
        [
            (lambda p, dp: p * dp, "引く項がありません。一つのスコアは、すべての確率を動かします。", "The term to subtract is missing. One score moves all probabilities."),
            (lambda p, dp: p * (1 - p) * dp, "自分への影響だけです。ほかの確率への影響 -p_i p_j もあります。", "That is the effect on itself alone. There is also -p_i p_j on the others."),
            (lambda p, dp: p * (dp - (dp * p).sum()), "全部の行を足しています。行ごとに、axis=-1, keepdims=True で足してください。", "That adds over all rows. Add within each row, with axis=-1, keepdims=True."),
        ],
        asked=lambda derivative: tried(derivative, (p, dp)),
    )  # fmt: skip


@exercise("11.2")
def _both_places():
    return Exercise(
        6.0,
        ("両方の場所から来る微分を足してください。", "Add what comes from both places."),
        [
            (3.0, "片方の場所だけです。もう一方からも 3 が来ます。", "That is one place only. Another 3 comes from the other."),
            (9.0, "掛けています。二つの道から来る微分は、足します。", "You multiplied. Derivatives that come along two ways are added."),
        ],
        within=1e-3,
    )  # fmt: skip
