"""Exercises of lesson 1, the big picture: rows of a table of counts, shares, and what is not there."""

import numpy as np

from llm_scratch import ops
from llm_scratch.exercises import Exercise, exercise


@exercise("1.1")
def _after_ga(words, counts):
    i = words.encode("が")[0]
    return Exercise(
        counts[i] / counts[i].sum(),
        ("が の行を取り出し、その行の合計で割ってください。", "Take the row of が and divide it by its sum."),
        [
            (counts[i], "まだ回数です。行の合計で割ると、足して 1 になります。", "These are still counts. Divided by their sum, they add up to 1."),
            (counts[:, i] / counts[:, i].sum(), "列を取り出しています。列は が の前に来た語です。行が前、列が次です。", "That is the column, the words before が. Rows come before, columns next."),
            (counts[i] / counts.sum(), "表全体の合計で割っています。が の行だけの合計で割ってください。", "You divided by the sum of the whole table. Divide by the sum of the row of が."),
        ],
    )  # fmt: skip


@exercise("1.2")
def _shares(probabilities):
    n = len(probabilities)
    return Exercise(
        probabilities,
        ("くじを引く確率 p と、割る数 6000 を確かめてください。", "Check the probabilities p you draw with, and the 6000 you divide by."),
        [
            (6000 * probabilities, "まだ回数です。引いた数 6000 で割ってください。", "These are still counts. Divide by the 6000 draws."),
            (np.full(n, 1 / n), "どの語も同じ割合です。np.random の choice に p を渡してください。", "All words have the same share. Give choice the probabilities p."),
            (ops.one_hot(probabilities.argmax(), n), "いつも同じ語を選んでいます。それは greedy です。くじを引いてください。", "You always chose the same word. That is greedy. Draw lots."),
        ],
        within=0.02,
    )  # fmt: skip


@exercise("1.3")
def _after_suki(words, counts):
    i = words.encode("すき")[0]
    return Exercise(
        counts[i],
        ("すき の行を見てください。", "Look at the row of すき."),
        [
            (counts[:, i], "列を見ています。列は すき の前に来た語です。", "That is the column, the words before すき."),
            (np.full(len(counts), np.nan), "合計が 0 の行は、割って確率にできません。回数のまま答えてください。", "A row that sums to 0 cannot be divided into probabilities. Answer with the counts."),
        ],
    )  # fmt: skip
