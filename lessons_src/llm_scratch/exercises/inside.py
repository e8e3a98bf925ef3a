"""Exercises on looking inside: another animal, and a layer without its heads."""

import numpy as np

from llm_scratch import model, ops, train
from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("inside.1")
def _for_dog(params, config, words, tokens, places):
    cat = np.array([words.encode(" ".join(tokens))])
    dog = np.where(cat == words.encode("ねこ")[0], words.encode("いぬ")[0], cat)
    before, after = (model.forward(params, ids, config)[0, -1] for ids in (cat, dog))
    p = ops.softmax(after)[places]
    return Exercise(
        p,
        hint_ja=(
            "「ねこ」の id を「いぬ」の id に替えて `model.forward` に通し、"
            "最後の位置で softmax を取って、"
            "`places` の 4 つを選んでください。"
        ),
        hint_en=(
            "Replace the id of ねこ by that of いぬ, run `model.forward`, take the softmax at the "
            "last position, then pick `places`."
        ),
        mistakes=[
            Mistake(
                ops.softmax(before)[places],
                ja="「ねこ」のままの予測です。「いぬ」に替えた id を渡してください。",
                en="That is the prediction for ねこ. Pass the ids with いぬ.",
            ),
            Mistake(
                after[places],
                ja="まだロジットです。語彙全体について softmax を取ってください。",
                en="These are logits. Take the softmax over the whole vocabulary.",
            ),
            Mistake(
                p / p.sum(),
                ja=(
                    "4 語だけで合計を 1 にしています。"
                    "softmax は語彙全体で取り、割り直さないでください。"
                ),
                en=(
                    "You scaled the four to a sum of 1. Softmax "
                    "over the vocabulary, and leave it so."
                ),
            ),
        ],
    )


@exercise("inside.2")
def _lost(params, config, fresh, whole, costs):
    names = [f"h.{i}.attn.c_proj.weight" for i in range(config.n_layers)]
    cut = [params | {name: np.zeros_like(params[name])} for name in names]
    losses = np.array([train.evaluate(one, config, fresh) for one in cut])
    return Exercise(
        losses - whole,
        hint_ja="`h.i.attn.c_proj.weight` を 0 にしたときの損失から、`whole` を引いてください。",
        hint_en="From the loss with `h.i.attn.c_proj.weight` set to 0, subtract `whole`.",
        mistakes=[
            Mistake(
                losses,
                ja="損失そのものです。`whole` を引いて、増えた分を答えてください。",
                en="Those are the losses. Subtract `whole`, and give the increase.",
            ),
            Mistake(
                costs.reshape(config.n_layers, -1).sum(axis=1),
                ja="一つずつ取り除いた値の合計です。4 つを一度に取り除いて測ってください。",
                en=(
                    "That is the sum of heads taken out one "
                    "at a time. Take out all four, and measure."
                ),
            ),
        ],
    )
