"""Exercises of lesson NUMBER, NAME: right and tempting answers."""

import numpy as np

from llm_scratch.exercises import Exercise, exercise


@exercise("NUMBER.1")
def _NAME_of_four():
    return Exercise(
        np.log(4),
        (
            "確率は、どれも 0.25 です。",
            "Each probability is 0.25.",
        ),
        [
            (
                np.log(2),
                "それはコインのエントロピーです。",
                "That is the entropy of the coin.",
            ),
            (
                2.0,
                "それは底が 2 の対数です。ここでは自然対数です。",
                "That is to base 2. Logarithms here are natural.",
            ),
        ],
    )


@exercise("NUMBER.2")
def _NAME_in_bits():
    return Exercise(
        1.0,
        (
            "ln 2 で割ると、底が 2 の対数になります。",
            "Divide by ln 2, and the base is 2.",
        ),
        [
            (
                np.log(2),
                "まだ自然対数です。",
                "That is still with natural logarithms.",
            ),
            (
                np.log(2) ** 2,
                "ln 2 を掛けています。割ってください。",
                "That is multiplied by ln 2. Divide by it.",
            ),
        ],
    )
