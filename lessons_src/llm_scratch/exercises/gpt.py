"""Exercises on the GPT: counting parameters, the first position, a head of zeros."""

import numpy as np

from llm_scratch import model
from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("gpt.1")
def _gpt2_total():
    gpt2, total = model.GPT2, model.count_params(model.GPT2)
    d = gpt2.d_model
    return Exercise(
        total,
        hint_ja="(V + n)d、12 層の 12d² + 13d、最後の 2d を足してください。",
        hint_en="Add (V + n)d, the 12d² + 13d of 12 layers, and the last 2d.",
        mistakes=[
            Mistake(
                total + gpt2.vocab_size * d,
                ja="出口の表は、入り口と同じものを使います。二度数えません。",
                en="The table at the way out is that of the way in. It is not counted twice.",
            ),
            Mistake(
                total - gpt2.n_layers * 13 * d,
                ja="各層の 13d が抜けています。バイアスと LayerNorm です。",
                en="The 13d of each layer is missing: biases and LayerNorms.",
            ),
            Mistake(
                total - gpt2.n_positions * d,
                ja="位置の表 nd が抜けています。",
                en="The table of positions, nd, is missing.",
            ),
        ],
        tolerance=0.5,
    )


@exercise("gpt.2")
def _first_weights():
    return Exercise(
        [1, 0, 0, 0, 0],
        hint_ja="位置 0 から見えるのは、位置 0 だけです。重みの合計は 1 です。",
        hint_en="Position 0 sees position 0 alone, and weights sum to 1.",
        mistakes=[
            Mistake(
                np.full(5, 0.2),
                ja="それはマスクのないとき、しかもスコアがすべて同じときの重みです。",
                en="That would need no mask, and equal scores.",
            ),
            Mistake(
                np.zeros(5),
                ja="全部を隠すと、重みの合計が 1 になりません。自分自身は見えます。",
                en="With all hidden, weights could not sum to 1. A word sees itself.",
            ),
        ],
    )


@exercise("gpt.3")
def _surprise():
    return Exercise(
        np.log(5),
        hint_ja="スコアがすべて 0 なら、五つの語の確率は同じです。その -log です。",
        hint_en="With all scores 0, the five words are equally probable. Take -log of that.",
        mistakes=[
            Mistake(
                0.0,
                ja="スコアは 0 ですが、驚きは -log(確率) です。",
                en="The scores are 0, but a surprise is -log of a probability.",
            ),
            Mistake(
                0.2,
                ja="それは確率です。驚きは、その -log です。",
                en="That is the probability. The surprise is its -log.",
            ),
            Mistake(
                np.log2(5),
                ja="底が 2 です。ここでは自然対数を使います。",
                en="That is base 2. Here it is the natural logarithm.",
            ),
        ],
    )
