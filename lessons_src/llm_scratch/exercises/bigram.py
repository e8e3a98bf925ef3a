"""Exercises on the bigram: a small learning rate, and rows of a gradient."""

import numpy as np

from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("bigram.1")
def _slow(descend, losses):
    slow = descend(1500, learning_rate=0.5)[1]
    return Exercise(
        slow[-1],
        hint_ja=(
            "`descend` は、表と、ステップごとの損失を返します。その損失の最後を答えてください。"
        ),
        hint_en="`descend` returns the table and the loss of each step. Give the last of those.",
        mistakes=[
            Mistake(
                losses[-1],
                ja="学習率 20 のときの損失です。`descend` を、新しい学習率で呼んでください。",
                en="That is the loss with a learning rate of 20. Call `descend` with the new rate.",
            ),
            Mistake(
                slow[0],
                ja="最初の損失です。最後の損失を答えてください。",
                en="That is the first loss. Give the last.",
            ),
        ],
    )


@exercise("bigram.2")
def _row_sums(gradient):
    return Exercise(
        gradient.sum(axis=1),
        hint_ja="行ごとに足すには、`sum` にどの軸を渡せばよいでしょうか。",
        hint_en="Which axis does `sum` take to add within each row?",
        mistakes=[
            Mistake(
                gradient.sum(axis=0),
                ja="列ごとの合計です。もう一方の軸で足してください。",
                en="Those are sums of columns. Add along the other axis.",
            ),
            Mistake(
                np.ones(len(gradient)),
                ja=(
                    "確率の行の合計です。勾配は、確率から one-hot を引いたものの合計です。"
                    "`gradient` を足してください。"
                ),
                en=(
                    "Rows of probabilities sum to 1, but the gradient adds up those minus "
                    "one-hot vectors. Add up `gradient`."
                ),
            ),
        ],
    )
