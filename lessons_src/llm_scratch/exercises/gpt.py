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
                ja="出口の表は、入り口と同じものを使います。1 回だけ数えてください。",
                en="The table at the way out is that of the way in. Count it once.",
            ),
            Mistake(
                total - gpt2.n_layers * 13 * d,
                ja="各層の 13d（バイアスと LayerNorm）が抜けています。足してください。",
                en="The 13d of each layer is missing: add the biases and LayerNorms.",
            ),
            Mistake(
                total - gpt2.n_positions * d,
                ja="位置の表 nd が抜けています。足してください。",
                en="The table of positions, nd, is missing: add it.",
            ),
        ],
        tolerance=0.5,
    )


@exercise("gpt.2")
def _first_weights():
    return Exercise(
        [1, 0, 0, 0, 0],
        hint_ja="位置 0 から見えるのは、位置 0 です。重みの合計が 1 になることを使ってください。",
        hint_en="Position 0 sees position 0 and no other. Use that weights sum to 1.",
        mistakes=[
            Mistake(
                np.full(5, 0.2),
                ja="それは、マスクがなく、スコアがすべて同じときの重みです。未来を隠してください。",
                en="That would need no mask, and equal scores. Hide the future.",
            ),
            Mistake(
                np.zeros(5),
                ja="全部を隠すと、重みの合計が 1 になりません。自分自身は見せてください。",
                en="With all hidden, weights could not sum to 1. Let the token see itself.",
            ),
        ],
    )


@exercise("gpt.3")
def _surprise():
    return Exercise(
        np.log(5),
        hint_ja="ロジットがすべて 0 なら、5 つの確率は同じです。その -log を取ってください。",
        hint_en="With all logits 0, the five tokens are equally probable. Take -log of that.",
        mistakes=[
            Mistake(
                0.0,
                ja="0 なのはロジットです。softmax で確率にして、-log を取ってください。",
                en="It is the logits that are 0. Apply softmax, then take -log.",
            ),
            Mistake(
                0.2,
                ja="それは確率です。その -log を取ってください。",
                en="That is the probability. Take -log of it.",
            ),
            Mistake(
                np.log2(5),
                ja="底が 2 です。自然対数にしてください。",
                en="That is base 2. Use the natural logarithm.",
            ),
        ],
    )
