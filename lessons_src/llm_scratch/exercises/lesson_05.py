"""Exercises of lesson 5, scaling: dividing too much, sharpening, and how a variance grows."""

import numpy as np

from llm_scratch import ops
from llm_scratch.exercises import Exercise, exercise


@exercise("5.1")
def _flat(query, keys):
    dots = np.vecdot(query, keys)
    divided = [ops.entropy(ops.softmax(dots / by)).mean() for by in (256, 16, 1)]
    return Exercise(
        divided[0],
        ("内積を 256 で割り、softmax に入れ、エントロピーの平均を取ってください。", "Divide the dot products by 256, apply softmax, and average the entropies."),
        [
            (divided[1], "√d、つまり 16 で割っています。ここでは d の 256 で割ります。", "You divided by √d, which is 16. Here it is d, 256."),
            (divided[2], "割っていません。", "You did not divide."),
            (np.log(16), "それは上限の ln 16 です。とても近いのですが、同じではありません。計算してください。", "That is the upper limit, ln 16: very close, but not the same. Compute it."),
        ],
    )  # fmt: skip


@exercise("5.2")
def _sharpest(scores):
    return Exercise(
        ops.softmax(50 * scores),
        ("scores を 50 倍してから、softmax に入れてください。", "Multiply the scores by 50, then apply softmax."),
        [
            (ops.softmax(8 * scores), "8 倍のままです。", "That is still 8 times."),
            (ops.softmax(scores), "50 を足しても重みは変わりません。掛けてください。", "Adding 50 changes no weight. Multiply."),
            (50 * ops.softmax(scores), "softmax の後に掛けています。前に掛けてください。", "You multiplied after softmax. Multiply before."),
        ],
    )  # fmt: skip


@exercise("5.3")
def _factor():
    return Exercise(
        9.0,
        ("標準偏差を 3 倍にすると、分散は何倍でしょうか。", "Three times the standard deviation: how many times the variance?"),
        [
            (3.0, "それは標準偏差の倍率です。分散は二乗です。", "That is the factor of the standard deviation. A variance is its square."),
            (81.0, "3 倍になるのは query だけです。key はもとのままです。", "Only the query is 3 times as large. The key stays."),
        ],
        within=1e-3,
    )  # fmt: skip
