"""Exercises on the bigram: a small learning rate, and rows of a gradient."""

import numpy as np

from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("bigram.1")
def _slow(descend, losses):
    slow = descend(1500, learning_rate=0.5)[1]
    return Exercise(
        slow[-1],
        hint_ja="descend(1500, learning_rate=0.5) の、最後の損失です。",
        hint_en="It is the last loss of descend(1500, learning_rate=0.5).",
        mistakes=[
            Mistake(
                losses[-1],
                ja="学習率 20 のときの損失です。",
                en="That is the loss with a learning rate of 20.",
            ),
            Mistake(
                slow[0],
                ja="初めの損失です。最後の損失を答えてください。",
                en="That is the first loss. Give the last.",
            ),
        ],
    )


@exercise("bigram.2")
def _row_sums(gradient):
    return Exercise(
        gradient.sum(axis=1),
        hint_ja="axis=1 で足すと、行ごとの合計になります。",
        hint_en="Adding along axis=1 gives one sum a row.",
        mistakes=[
            Mistake(
                gradient.sum(axis=0),
                ja="列ごとの合計です。行は axis=1 です。",
                en="Those are sums of columns. Rows take axis=1.",
            ),
            Mistake(
                np.ones(len(gradient)),
                ja="確率の行は足して 1 ですが、勾配はそこから数えた割合を引いたものです。",
                en=(
                    "Rows of probabilities sum to 1, but a gradient is those minus the counted "
                    "shares."
                ),
            ),
        ],
    )
