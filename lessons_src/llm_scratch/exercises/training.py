"""Exercises on training: text in disorder, and a model without positions."""

import numpy as np

from llm_scratch import train
from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("training.1")
def _confident(params, config, shuffled, final):
    return Exercise(
        train.evaluate(params, config, shuffled),
        hint_ja="train.evaluate に shuffled を渡してください。",
        hint_en="Give shuffled to train.evaluate.",
        mistakes=[
            Mistake(
                final,
                ja="もとの語順での損失です。",
                en="That is the loss in the original order.",
            ),
            Mistake(
                np.log(config.vocab_size),
                ja=(
                    "均等に賭けるなら ln V です。でも、このモデルは自信を持って外します。"
                    "測ってください。"
                ),
                en="An even bet would get ln V. But this model is wrong with confidence. Measure.",
            ),
        ],
    )


@exercise("training.2")
def _worse(params, config, fresh, final):
    without = params | {"wpe.weight": np.zeros_like(params["wpe.weight"])}
    return Exercise(
        train.evaluate(without, config, fresh),
        hint_ja="params の wpe.weight だけを 0 にして、fresh で測ってください。",
        hint_en="Set wpe.weight alone to 0, and measure on fresh.",
        mistakes=[
            Mistake(
                final,
                ja="変わっていません。評価するときに、0 にした方を渡していますか。",
                en="Nothing changed. Did you evaluate the parameters that have the zeros?",
            ),
            Mistake(
                np.log(config.vocab_size),
                ja=(
                    "そこまでは悪くなりません。因果マスクからも順番が少しわかります。"
                    "測ってください。"
                ),
                en="It is not that bad: the causal mask tells a little about order. Measure.",
            ),
        ],
    )
