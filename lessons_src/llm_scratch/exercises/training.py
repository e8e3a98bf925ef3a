"""Exercises on training: text in disorder, and a model without positions."""

import numpy as np

from llm_scratch import train
from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("training.1")
def _confident(params, config, shuffled, final):
    return Exercise(
        train.evaluate(params, config, shuffled),
        hint_ja="`train.evaluate` に `shuffled` を渡してください。",
        hint_en="Give `shuffled` to `train.evaluate`.",
        mistakes=[
            Mistake(
                final,
                ja="元の語順での損失です。`shuffled` で測ってください。",
                en="That is the loss in the original order. Measure on `shuffled`.",
            ),
            Mistake(
                np.log(config.vocab_size),
                ja=(
                    "一様な予測なら ln V です。でも、このモデルの予測は一様ではありません。"
                    "測ってください。"
                ),
                en=(
                    "A uniform prediction gets ln V. But those "
                    "of this model are not uniform. Measure."
                ),
            ),
        ],
    )


@exercise("training.2")
def _worse(params, config, fresh, final):
    without = params | {"wpe.weight": np.zeros_like(params["wpe.weight"])}
    return Exercise(
        train.evaluate(without, config, fresh),
        hint_ja="`params` のうち `wpe.weight` を 0 にして、`fresh` で測ってください。",
        hint_en="Set `wpe.weight` to 0, and measure on `fresh`.",
        mistakes=[
            Mistake(
                final,
                ja="変わっていません。評価するときに、0 にした方を渡していますか。",
                en="Nothing changed. Did you evaluate the parameters that have the zeros?",
            ),
            Mistake(
                np.log(config.vocab_size),
                ja=(
                    "そこまでは悪くなりません。今のトークンだけを見る、Attention を 0 にした "
                    "GPT でも、ln V よりずっと下でした。測ってください。"
                ),
                en=(
                    "It is not that bad: even the GPT without attention, which sees the "
                    "present token alone, was far below ln V. Measure."
                ),
            ),
        ],
    )
