"""Exercises of lesson 9, the loss: before training, steady against lucky, and certainly wrong."""

import numpy as np

from llm_scratch.exercises import Exercise, exercise


@exercise("9.1")
def _untrained():
    return Exercise(
        np.log(50257),
        ("どのトークンの確率も 1 / 50257 なら、損失はその -log です。", "If each token has probability 1 / 50257, the loss is -log of that."),
        [
            (50257.0, "それは perplexity です。損失はその自然対数です。", "That is the perplexity. The loss is its natural logarithm."),
            (np.log2(50257), "底が 2 です（単位は bit）。nat は自然対数です。", "That is base 2, in bits. Nats take the natural logarithm."),
        ],
    )  # fmt: skip


@exercise("9.2")
def _steady_and_lucky():
    steady = -np.log(0.9)
    return Exercise(
        [steady, -np.mean(np.log([1.0, 0.5]))],
        ("トークンごとに -log を取り、それから平均します。", "Take -log for each token, then average."),
        [
            ([steady, -np.log(0.75)], "確率を先に平均しています。-log を先に取ってください。", "You averaged the probabilities first. Take -log first."),
            ([-steady, np.mean(np.log([1.0, 0.5]))], "符号が逆です。驚きは -log で、0 以上です。", "The sign is wrong. A surprise is -log, never below 0."),
        ],
    )  # fmt: skip


@exercise("9.3")
def _hopeless():
    return Exercise(
        np.inf,
        ("-log(p) で、p を 0 に近づけるとどうなりますか。", "In -log(p), what happens as p goes to 0?"),
        [
            (0.0, "損失 0 は、確率 1 を付けたときです。", "A loss of 0 is for a probability of 1."),
            (1.0, "1 - p ではなく、-log(p) です。", "It is -log(p), not 1 - p."),
        ],
    )  # fmt: skip
