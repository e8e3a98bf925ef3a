"""Exercises of the style guide: the entropy of a coin that is not fair, and of three that are."""

import numpy as np

from llm_scratch import ops
from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("style_guide.1")
def _rare_heads():
    return Exercise(
        ops.entropy([0.25, 0.75]),
        hint_ja="2 つの確率は 0.25 と 0.75 です。",
        hint_en="The two probabilities are 0.25 and 0.75.",
        mistakes=[
            Mistake(
                -0.25 * np.log(0.25),
                ja="裏の分が足りません。裏も 0.75 の確率で出ます。",
                en="Tails are missing: they have the probability 0.75.",
            ),
            Mistake(
                -np.log(0.25),
                ja="それは表が出たときの驚きです。確率の重みで平均してください。",
                en="That is the surprise at heads. Average by the probabilities.",
            ),
            Mistake(
                ops.entropy([0.25, 0.75]) / np.log(2),
                ja="底が 2 の対数です。ここでは自然対数を使います。",
                en="That is with logarithms to base 2. Here they are natural.",
            ),
        ],
    )


@exercise("style_guide.2")
def _three_coins():
    return Exercise(
        np.log(8),
        hint_ja="3 枚では、8 つの結果が同じ確率で出ます。",
        hint_en="Three coins have eight results, equally likely.",
        mistakes=[
            Mistake(
                np.log(2),
                ja="それは一枚のときの値です。",
                en="That is for one coin.",
            ),
            Mistake(
                np.log(6),
                ja="結果は 2 × 3 ではなく、2 × 2 × 2 通りです。",
                en="There are not 2 × 3 results, but 2 × 2 × 2.",
            ),
        ],
    )
