"""Exercises of lesson 4, attention: another query, a softmax that lasts, a word that is not seen."""

import numpy as np

from llm_scratch import ops
from llm_scratch.exercises import Exercise, exercise, tried


@exercise("4.1")
def _particle_weights(E):
    scores = E @ E[1]
    return Exercise(
        ops.softmax(scores / np.sqrt(2)),
        ("内積、√d で割る、softmax の順です。query は E[1] です。", "Dot products, divide by √d, softmax. The query is E[1]."),
        [
            (ops.softmax(scores), "√d で割り忘れています。", "The division by √d is missing."),
            (scores / np.sqrt(2), "まだスコアです。softmax に入れると、足して 1 の重みになります。", "These are still scores. Softmax makes weights of them, which sum to 1."),
            (ops.softmax(E @ E[4] / np.sqrt(2)), "query が すき のままです。は は E[1] です。", "The query is still すき. は is E[1]."),
        ],
    )  # fmt: skip


@exercise("4.2")
def _softmax_that_lasts():
    rows = np.array([[1000.0, 1001, 1002], [-3000, 0, 1], [0.1, 0.2, -0.3]])

    def by_mean(scores):
        exps = np.exp(scores - scores.mean())
        return exps / exps.sum()

    return Exercise(
        ops.softmax,
        ("足しても引いても重みは変わりません。最大値が 0 になるように引いてください。", "Adding and subtracting change no weight. Subtract so that the largest score becomes 0."),
        [
            (lambda scores: np.exp(scores) / np.exp(scores).sum(), "1000 の指数関数は大きすぎて inf になり、inf / inf は nan です。先に何を引けばよいでしょうか。", "exp(1000) is too large and becomes inf, and inf / inf is nan. What can you subtract first?"),
            (lambda scores: ops.softmax(scores / abs(scores).max()), "割ると重みが変わります。変わらないのは、足し引きです。", "Dividing changes the weights. Adding and subtracting does not."),
            (by_mean, "平均を引いても、広がりが大きいと最大値は大きいままです。最大値を引いてください。", "With the mean subtracted, a wide spread still leaves a large maximum. Subtract the maximum."),
        ],
        asked=lambda softmax: tried(softmax, *((row,) for row in rows)),
    )  # fmt: skip


@exercise("4.3")
def _without_self(scaled, weights):
    zeroed, ignored = scaled.copy(), weights.copy()
    zeroed[4] = ignored[4] = 0
    hidden = scaled.copy()
    hidden[4] = -np.inf
    return Exercise(
        ops.softmax(hidden),
        ("softmax の前に、自分のスコアを exp が 0 になる数に替えてください。", "Before softmax, set its own score to a number whose exp is 0."),
        [
            (ops.softmax(zeroed), "スコア 0 は「見ない」ではありません。exp(0) は 1 です。", "A score of 0 does not mean unseen: exp(0) is 1."),
            (ignored, "softmax の後に消すと、重みの合計が 1 になりません。前に消してください。", "Removed after softmax, the weights no longer sum to 1. Remove it before."),
        ],
    )  # fmt: skip
