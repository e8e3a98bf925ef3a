"""Exercises on the loss: before training, steady against lucky, and certainly wrong."""

import numpy as np

from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("loss.1")
def _untrained():
    return Exercise(
        np.log(50257),
        hint_ja="どのトークンの確率も 1 / 50257 なら、損失はその -log です。",
        hint_en="If each token has probability 1 / 50257, the loss is -log of that.",
        mistakes=[
            Mistake(
                50257.0,
                ja="それはパープレキシティです。その自然対数を取ってください。",
                en="That is the perplexity. Take its natural logarithm.",
            ),
            Mistake(
                np.log2(50257),
                ja="底が 2 で、単位は bit です。nat にするには、自然対数を取ってください。",
                en="That is base 2, in bits. For nats, take the natural logarithm.",
            ),
        ],
    )


@exercise("loss.2")
def _steady_and_lucky():
    steady = -np.log(0.75)
    return Exercise(
        [steady, -np.mean(np.log([1.0, 0.5]))],
        hint_ja="トークンごとに -log を取り、それから平均します。",
        hint_en="Take -log for each token, then average.",
        mistakes=[
            Mistake(
                [steady, steady],
                ja="確率を先に平均しています。-log を先に取ってください。",
                en="You averaged the probabilities first. Take -log first.",
            ),
            Mistake(
                [-steady, np.mean(np.log([1.0, 0.5]))],
                ja="符号が逆です。0 以上になるように、-log を取ってください。",
                en="The sign is wrong. Take -log, which is 0 or more.",
            ),
        ],
    )


@exercise("loss.3")
def _hopeless():
    return Exercise(
        np.inf,
        hint_ja="-log(p) で、p を 0 に近づけるとどうなりますか。",
        hint_en="In -log(p), what happens as p goes to 0?",
        mistakes=[
            Mistake(
                0.0,
                ja="損失が 0 なのは、確率 1 を付けたときです。p が 0 に近づくときを見てください。",
                en="The loss is 0 for a probability of 1. See what happens as p goes to 0.",
            ),
            Mistake(
                1.0,
                ja="1 - p ではなく、-log(p) を計算してください。",
                en="Compute -log(p), not 1 - p.",
            ),
        ],
    )
