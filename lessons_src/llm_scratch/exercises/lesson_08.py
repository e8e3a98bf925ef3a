"""Exercises of lesson 8, the GPT: counting parameters, the first position, a head of zeros."""

import numpy as np

from llm_scratch import model
from llm_scratch.exercises import Exercise, exercise


@exercise("8.1")
def _gpt2_total():
    gpt2, total = model.GPT2, model.count_params(model.GPT2)
    d = gpt2.d_model
    return Exercise(
        total,
        ("(V + n)d、12 層の 12d² + 13d、最後の 2d を足してください。", "Add (V + n)d, the 12d² + 13d of 12 layers, and the last 2d."),
        [
            (total + gpt2.vocab_size * d, "出口の表は、入り口と同じものを使います。二度数えません。", "The table at the way out is that of the way in. It is not counted twice."),
            (total - gpt2.n_layers * 13 * d, "各層の 13d が抜けています。バイアスと LayerNorm です。", "The 13d of each layer is missing: biases and LayerNorms."),
            (total - gpt2.n_positions * d, "位置の表 nd が抜けています。", "The table of positions, nd, is missing."),
        ],
        within=0.5,
    )  # fmt: skip


@exercise("8.2")
def _first_weights():
    return Exercise(
        [1, 0, 0, 0, 0],
        ("位置 0 から見えるのは、位置 0 だけです。重みの合計は 1 です。", "Position 0 sees position 0 alone, and weights sum to 1."),
        [
            (np.full(5, 0.2), "それはマスクのないとき、しかもスコアがすべて同じときの重みです。", "That would need no mask, and equal scores."),
            (np.zeros(5), "全部を隠すと、重みの合計が 1 になりません。自分自身は見えます。", "With all hidden, weights could not sum to 1. A word sees itself."),
        ],
    )  # fmt: skip


@exercise("8.3")
def _surprise():
    return Exercise(
        np.log(5),
        ("スコアがすべて 0 なら、五つの語の確率は同じです。その -log です。", "With all scores 0, the five words are equally probable. Take -log of that."),
        [
            (0.0, "スコアは 0 ですが、驚きは -log(確率) です。", "The scores are 0, but a surprise is -log of a probability."),
            (0.2, "それは確率です。驚きは、その -log です。", "That is the probability. The surprise is its -log."),
            (np.log2(5), "底が 2 です。ここでは自然対数を使います。", "That is base 2. Here it is the natural logarithm."),
        ],
    )  # fmt: skip
