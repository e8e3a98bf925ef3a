"""Exercises on attention: another query, a stable softmax, a word that is hidden."""

import numpy as np

from llm_scratch import ops
from llm_scratch.exercises import Exercise, Mistake, call_each, exercise


@exercise("attention.1")
def _particle_weights(E):
    scores = E @ E[1]
    return Exercise(
        ops.softmax(scores / np.sqrt(2)),
        hint_ja="内積、d の平方根で割る、softmax の順に計算してください。query は E[1] です。",
        hint_en="Dot products, divide by the square root of d, softmax. The query is E[1].",
        mistakes=[
            Mistake(
                ops.softmax(scores),
                ja="割り忘れています。softmax の前に、d の平方根で割ってください。",
                en="Nothing was divided. Before softmax, divide by the square root of d.",
            ),
            Mistake(
                scores / np.sqrt(2),
                ja="まだスコアです。softmax に入れて、足すと 1 になる重みにしてください。",
                en="These are still scores. Let softmax make weights of them, which sum to 1.",
            ),
            Mistake(
                ops.softmax(E @ E[4] / np.sqrt(2)),
                ja="query が「すき」のままです。「は」の行 E[1] を使ってください。",
                en="The query is still すき. Use the row of は, E[1].",
            ),
        ],
    )


@exercise("attention.2")
def _softmax_that_lasts():
    rows = np.array([[1000.0, 1001, 1002], [-3000, 0, 1], [0.1, 0.2, -0.3]])

    def by_mean(scores):
        exps = np.exp(scores - scores.mean())
        return exps / exps.sum()

    return Exercise(
        ops.softmax,
        hint_ja="足しても引いても重みは変わりません。最大値が 0 になるように引いてください。",
        hint_en=(
            "Adding and subtracting change no weight. Subtract so that the largest score becomes 0."
        ),
        mistakes=[
            Mistake(
                lambda scores: np.exp(scores) / np.exp(scores).sum(),
                ja=(
                    "1000 の指数関数は大きすぎて inf になり、inf / inf は nan です。"
                    "先に何を引けばよいでしょうか。"
                ),
                en=(
                    "exp(1000) is too large and becomes inf, and inf / inf is nan. "
                    "What can you subtract first?"
                ),
            ),
            Mistake(
                lambda scores: ops.softmax(scores / abs(scores).max()),
                ja="割ると重みが変わります。割る代わりに、何かを引いてください。",
                en="Dividing changes the weights. Subtract something instead.",
            ),
            Mistake(
                by_mean,
                ja=(
                    "平均を引いても、広がりが大きいと最大値は大きいままです。"
                    "引いた後の最大値が、いつも 0 になるようにしてください。"
                ),
                en=(
                    "With the mean subtracted, a wide spread still leaves a large maximum. "
                    "Make the maximum 0, whatever the scores."
                ),
            ),
        ],
        compare_by=lambda softmax: call_each(softmax, *((row,) for row in rows)),
    )


@exercise("attention.3")
def _without_self(scaled, weights):
    zeroed, ignored = scaled.copy(), weights.copy()
    zeroed[4] = ignored[4] = 0
    hidden = scaled.copy()
    hidden[4] = -np.inf
    return Exercise(
        ops.softmax(hidden),
        hint_ja="softmax の前に、自分のスコアを exp が 0 になる数に替えてください。",
        hint_en="Before softmax, set its own score to a number whose exp is 0.",
        mistakes=[
            Mistake(
                ops.softmax(zeroed),
                ja="exp(0) は 1 なので、まだ見えています。exp が 0 になる数に替えてください。",
                en="exp(0) is 1, so it is still seen. Set a number whose exp is 0.",
            ),
            Mistake(
                ignored,
                ja="softmax の後に消すと、重みの合計が 1 になりません。前に消してください。",
                en="Removed after softmax, the weights no longer sum to 1. Remove it before.",
            ),
        ],
    )
