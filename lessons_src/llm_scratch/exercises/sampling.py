"""Exercises on sampling: one candidate, and the tail cut before warming."""

import numpy as np

from llm_scratch import ops, sample
from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("sampling.1")
def _only_one(logits):
    p = ops.softmax(logits)
    first = ops.one_hot(p.argmax(), len(p))
    return Exercise(
        first,
        hint_ja="`draw` に、温度の代わりに `top_k` を渡してください。",
        hint_en="Call `draw` with `top_k` in place of a temperature.",
        mistakes=[
            Mistake(
                p,
                ja="どのトークンも残っています。`top_k` で、残す個数を渡してください。",
                en="All tokens are left. Say by `top_k` how many to keep.",
            ),
            Mistake(
                p * first,
                ja="残した確率を、足して 1 になるように割り直してください。",
                en="Divide what is kept so that it sums to 1.",
            ),
        ],
    )


@exercise("sampling.2")
def _cut_first(logits):
    cut = sample.next_token_probabilities(logits, top_p=0.9)
    roots = np.sqrt(cut)
    return Exercise(
        roots / roots.sum(),
        hint_ja=(
            "残すトークンは `top_p_by_hand` で決めます。残さないトークンのロジットは、"
            "いくつにすれば確率が 0 になるでしょうか。"
        ),
        hint_en=(
            "Let `top_p_by_hand` say which tokens to keep. Which logit gives the others a "
            "probability of 0?"
        ),
        mistakes=[
            Mistake(
                sample.next_token_probabilities(logits, temperature=2, top_p=0.9),
                ja="先に温度で割っています。残すトークンは、温度が 1 の確率で決めてください。",
                en=(
                    "That divides by the temperature first. Decide what to keep by the "
                    "probabilities at temperature 1."
                ),
            ),
            Mistake(
                cut,
                ja="裾は切れています。残ったもののロジットを、次に温度で割ってください。",
                en="The tail is cut. Next, divide the logits of what is left by the temperature.",
            ),
            Mistake(
                roots,
                ja="足して 1 になっていません。残った確率を、その合計で割ってください。",
                en="They do not sum to 1. Divide what is left by its sum.",
            ),
        ],
    )
