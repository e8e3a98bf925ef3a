"""Exercises on the big picture: rows of counts, shares, and what is not there."""

import numpy as np

from llm_scratch import ops
from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("big_picture.1")
def _after_ga(words, counts):
    i = words.encode("が")[0]
    return Exercise(
        counts[i] / counts[i].sum(),
        hint_ja="「が」の行を取り出し、その行の合計で割ってください。",
        hint_en="Take the row of が and divide it by its sum.",
        mistakes=[
            Mistake(
                counts[i],
                ja="まだ回数です。行の合計で割って、足すと 1 になるようにしてください。",
                en="These are still counts. Divide them by their sum, so that they add up to 1.",
            ),
            Mistake(
                counts[:, i] / counts[:, i].sum(),
                ja=(
                    "列を取り出しています。列は「が」の前に来た語です。"
                    "「が」の行を取り出してください。"
                ),
                en="That is the column, the words before が. Take the row of が.",
            ),
            Mistake(
                counts[i] / counts.sum(),
                ja="表全体の合計で割っています。「が」の行の合計で割ってください。",
                en="You divided by the sum of the whole table. Divide by the sum of the row of が.",
            ),
        ],
    )


@exercise("big_picture.2")
def _shares(probabilities):
    n = len(probabilities)
    return Exercise(
        probabilities,
        hint_ja="サンプリングする確率 p と、割る数 6000 を確かめてください。",
        hint_en="Check the probabilities p you sample from, and the 6000 you divide by.",
        mistakes=[
            Mistake(
                6000 * probabilities,
                ja="まだ回数です。引いた数 6000 で割ってください。",
                en="These are still counts. Divide by the 6000 draws.",
            ),
            Mistake(
                np.full(n, 1 / n),
                ja="どの語も同じ割合です。rng.choice に、確率を p として渡してください。",
                en="All words have the same share. Pass the probabilities to rng.choice as p.",
            ),
            Mistake(
                ops.one_hot(probabilities.argmax(), n),
                ja="いつも同じ語を選ぶのは貪欲法です。rng.choice でサンプリングしてください。",
                en="Always choosing the same word is greedy decoding. Sample with rng.choice.",
            ),
        ],
        tolerance=0.02,
    )


@exercise("big_picture.3")
def _after_suki(words, counts):
    i = words.encode("すき")[0]
    return Exercise(
        counts[i],
        hint_ja="counts から「すき」の行を取り出してください。",
        hint_en="Take the row of すき out of counts.",
        mistakes=[
            Mistake(
                counts[:, i],
                ja="列は「すき」の前に来た語です。行を取り出してください。",
                en="That is the column, the words before すき. Take the row.",
            ),
            Mistake(
                np.full(len(counts), np.nan),
                ja="合計が 0 の行は、割って確率にできません。回数のまま答えてください。",
                en=(
                    "A row that sums to 0 cannot be divided into probabilities. "
                    "Answer with the counts."
                ),
            ),
        ],
    )
