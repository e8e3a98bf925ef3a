"""Exercises on scaling: dividing too much, sharpening, and how a variance grows."""

import numpy as np

from llm_scratch import ops
from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("scaling.1")
def _flat(query, keys):
    dots = np.vecdot(query, keys)
    divided = [ops.entropy(ops.softmax(dots / by)).mean() for by in (256, 16, 1)]
    return Exercise(
        divided[0],
        hint_ja="内積を 256 で割り、softmax に入れ、エントロピーの平均を取ってください。",
        hint_en="Divide the dot products by 256, apply softmax, and average the entropies.",
        mistakes=[
            Mistake(
                divided[1],
                ja="d の平方根 16 で割っています。ここでは d の 256 で割ってください。",
                en="You divided by 16, the square root of d. Divide by d, 256.",
            ),
            Mistake(
                divided[2],
                ja="割っていません。softmax の前に、内積を 256 で割ってください。",
                en="You did not divide. Before softmax, divide the dot products by 256.",
            ),
            Mistake(
                np.log(16),
                ja=(
                    "それは上限の ln 16 です。とても近いのですが、同じではありません。"
                    "計算してください。"
                ),
                en="That is the upper limit, ln 16: very close, but not the same. Compute it.",
            ),
        ],
    )


@exercise("scaling.2")
def _sharpest(scores):
    return Exercise(
        ops.softmax(50 * scores),
        hint_ja="scores を 50 倍してから、softmax に入れてください。",
        hint_en="Multiply the scores by 50, then apply softmax.",
        mistakes=[
            Mistake(
                ops.softmax(8 * scores),
                ja="8 倍のままです。もとの scores を 50 倍してください。",
                en="That is still 8 times. Multiply the original scores by 50.",
            ),
            Mistake(
                ops.softmax(scores),
                ja="50 を足しても重みは変わりません。掛けてください。",
                en="Adding 50 changes no weight. Multiply.",
            ),
            Mistake(
                50 * ops.softmax(scores),
                ja="softmax の後に掛けています。前に掛けてください。",
                en="You multiplied after softmax. Multiply before.",
            ),
        ],
    )


@exercise("scaling.3")
def _factor():
    return Exercise(
        9.0,
        hint_ja="標準偏差を 3 倍にすると、分散は何倍でしょうか。",
        hint_en="Three times the standard deviation: how many times the variance?",
        mistakes=[
            Mistake(
                3.0,
                ja="それは標準偏差の倍率です。分散の倍率にしてください。",
                en="That is the factor of the standard deviation. Give that of the variance.",
            ),
            Mistake(
                81.0,
                ja="3 倍になるのは query です。key はもとのままにしてください。",
                en="The query is 3 times as large. Leave the key as it is.",
            ),
        ],
        tolerance=1e-3,
    )
