"""Exercises on NAME: what is right, and what is wrong but tempting."""

import numpy as np

from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("NAME.1")
def _NAME_of_four():
    return Exercise(
        np.log(4),
        hint_ja="確率は、どれも 0.25 です。",
        hint_en="Each probability is 0.25.",
        mistakes=[
            Mistake(
                np.log(2),
                ja="それはコインのエントロピーです。4 つの結果で計算してください。",
                en="That is the entropy of the coin. Take four outcomes.",
            ),
            Mistake(
                2.0,
                ja="それは底が 2 の対数です。ここでは自然対数を使います。",
                en="That is with logarithms to base 2. Here they are natural.",
            ),
        ],
    )


@exercise("NAME.2")
def _NAME_in_bits():
    return Exercise(
        1.0,
        hint_ja="ln 2 で割ると、底が 2 の対数になります。",
        hint_en="Divide by ln 2, and the base is 2.",
        mistakes=[
            Mistake(
                np.log(2),
                ja="まだ自然対数です。ln 2 で割ってください。",
                en="That is still with natural logarithms. Divide by ln 2.",
            ),
            Mistake(
                np.log(2) ** 2,
                ja="ln 2 を掛けています。割ってください。",
                en="That is multiplied by ln 2. Divide by it.",
            ),
        ],
    )
