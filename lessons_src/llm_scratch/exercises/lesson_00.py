"""Exercises of the style guide: the entropy of a coin that is not fair, and of three that are."""

import numpy as np

from llm_scratch import ops
from llm_scratch.exercises import Exercise, exercise


@exercise("0.1")
def _rare_heads():
    return Exercise(
        ops.entropy([0.25, 0.75]),
        ("二つの確率は 0.25 と 0.75 です。", "The two probabilities are 0.25 and 0.75."),
        [
            (-0.25 * np.log(0.25), "裏の分が足りません。裏も 0.75 の確率で出ます。", "Tails are missing: they have the probability 0.75."),
            (-np.log(0.25), "それは表が出たときの驚きです。確率の重みで平均してください。", "That is the surprise at heads. Average by the probabilities."),
            (ops.entropy([0.25, 0.75]) / np.log(2), "底が 2 の対数です。ここでは自然対数を使います。", "That is with logarithms to base 2. Here they are natural."),
        ],
    )  # fmt: skip


@exercise("0.2")
def _three_coins():
    return Exercise(
        np.log(8),
        ("三枚では、八つの結果が同じ確率で出ます。", "Three coins have eight results, equally likely."),
        [
            (np.log(2), "それは一枚のときの値です。", "That is for one coin."),
            (np.log(6), "結果は 2 × 3 ではなく、2 × 2 × 2 通りです。", "There are not 2 × 3 results, but 2 × 2 × 2."),
        ],
    )  # fmt: skip
