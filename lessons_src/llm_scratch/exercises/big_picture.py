"""Exercises on the big picture: rows of counts, shares, and what is not there."""

import numpy as np

from llm_scratch import ops
from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("big_picture.1")
def _after_ga(words, counts):
    i = words.encode("が")[0]
    return Exercise(
        counts[i] / counts[i].sum(),
        hint_ja="が の行を取り出し、その行の合計で割ってください。",
        hint_en="Take the row of が and divide it by its sum.",
        mistakes=[
            Mistake(
                counts[i],
                ja="まだ回数です。行の合計で割ると、足して 1 になります。",
                en="These are still counts. Divided by their sum, they add up to 1.",
            ),
            Mistake(
                counts[:, i] / counts[:, i].sum(),
                ja="列を取り出しています。列は が の前に来た語です。行が前、列が次です。",
                en="That is the column, the words before が. Rows come before, columns next.",
            ),
            Mistake(
                counts[i] / counts.sum(),
                ja="表全体の合計で割っています。が の行だけの合計で割ってください。",
                en="You divided by the sum of the whole table. Divide by the sum of the row of が.",
            ),
        ],
    )


@exercise("big_picture.2")
def _shares(probabilities):
    n = len(probabilities)
    return Exercise(
        probabilities,
        hint_ja="くじを引く確率 p と、割る数 6000 を確かめてください。",
        hint_en="Check the probabilities p you draw with, and the 6000 you divide by.",
        mistakes=[
            Mistake(
                6000 * probabilities,
                ja="まだ回数です。引いた数 6000 で割ってください。",
                en="These are still counts. Divide by the 6000 draws.",
            ),
            Mistake(
                np.full(n, 1 / n),
                ja="どの語も同じ割合です。np.random の choice に p を渡してください。",
                en="All words have the same share. Give choice the probabilities p.",
            ),
            Mistake(
                ops.one_hot(probabilities.argmax(), n),
                ja="いつも同じ語を選んでいます。それは greedy です。くじを引いてください。",
                en="You always chose the same word. That is greedy. Draw lots.",
            ),
        ],
        tolerance=0.02,
    )


@exercise("big_picture.3")
def _after_suki(words, counts):
    i = words.encode("すき")[0]
    return Exercise(
        counts[i],
        hint_ja="すき の行を見てください。",
        hint_en="Look at the row of すき.",
        mistakes=[
            Mistake(
                counts[:, i],
                ja="列を見ています。列は すき の前に来た語です。",
                en="That is the column, the words before すき.",
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
