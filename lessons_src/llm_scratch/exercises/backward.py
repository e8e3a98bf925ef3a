"""Exercises on backpropagation: softmax, and a number that is used twice."""

import numpy as np

from llm_scratch import ops
from llm_scratch.exercises import Exercise, Mistake, call_each, exercise


@exercise("backward.1")
def _softmax_derivative():
    rng = np.random.default_rng(0)
    p, dp = ops.softmax(rng.standard_normal((3, 5))), rng.standard_normal((3, 5))
    return Exercise(
        lambda p, dp: p * (dp - (dp * p).sum(axis=-1, keepdims=True)),
        hint_ja="`dp ⊙ p` を行ごとに足したものを `dp` から引き、`p` を掛けてください。",
        hint_en="Subtract from `dp` the sum of `dp ⊙ p` over each row, then multiply by `p`.",
        mistakes=[
            Mistake(
                lambda p, dp: p * dp,
                ja=(
                    "引く項がありません。1 つのロジットは、"
                    "すべての確率を動かします。その分を引いてください。"
                ),
                en=(
                    "The term to subtract is missing. "
                    "One logit moves all probabilities: take that off."
                ),
            ),
            Mistake(
                lambda p, dp: p * (1 - p) * dp,
                ja="自分の確率への影響です。ほかの確率への影響 `-p_i p_j` も足してください。",
                en="That is the effect on its own probability. Add `-p_i p_j` for the others.",
            ),
            Mistake(
                lambda p, dp: p * (dp - (dp * p).sum()),
                ja="全部の行を足しています。行ごとに、`axis=-1, keepdims=True` で足してください。",
                en="That adds over all rows. Add within each row, with `axis=-1, keepdims=True`.",
            ),
        ],
        compare_by=lambda derivative: call_each(derivative, (p, dp)),
    )


@exercise("backward.2")
def _both_places():
    return Exercise(
        6.0,
        hint_ja="両方の場所から来る微分を足してください。",
        hint_en="Add what comes from both places.",
        mistakes=[
            Mistake(
                3.0,
                ja="片方の場所から来る微分です。もう一方から来る微分も足してください。",
                en="That comes from one place. Add what comes from the other.",
            ),
            Mistake(
                9.0,
                ja="掛けています。2 つの道から来る微分は、足してください。",
                en="You multiplied. Add the derivatives that come along the two ways.",
            ),
        ],
        tolerance=1e-3,
    )
