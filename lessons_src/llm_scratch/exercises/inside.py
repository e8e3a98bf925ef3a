"""Exercises on looking inside: another animal, and a layer without attention."""

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
            "ねこ の id を いぬ の id に替えて model.forward に通し、最後の位置で softmax、places "
            "の順です。"
        ),
        hint_en=(
            "Replace the id of ねこ by that of いぬ, run model.forward, softmax at the last "
            "position, then places."
        ),
        mistakes=[
            Mistake(
                ops.softmax(before)[places],
                ja="ねこ のままの予測です。",
                en="That is the prediction for ねこ.",
            ),
            Mistake(
                after[places],
                ja="まだ logits です。全部の語について softmax を取ってください。",
                en="These are logits. Take the softmax over all words.",
            ),
            Mistake(
                p / p.sum(),
                ja="四語だけで割り直しています。softmax は語彙全体で取ります。",
                en="You divided among the four. Softmax runs over the whole vocabulary.",
            ),
        ],
    )


@exercise("inside.2")
def _lost(params, config, fresh, whole, harm):
    names = [f"h.{i}.attn.c_proj.weight" for i in range(config.n_layers)]
    cut = [params | {name: np.zeros_like(params[name])} for name in names]
    losses = np.array([train.evaluate(one, config, fresh) for one in cut])
    return Exercise(
        losses - whole,
        hint_ja="h.i.attn.c_proj.weight を 0 にしたときの損失から、whole を引いてください。",
        hint_en="From the loss with h.i.attn.c_proj.weight set to 0, subtract whole.",
        mistakes=[
            Mistake(
                losses,
                ja="損失そのものです。増えた分だけを答えてください。",
                en="Those are the losses. Give the increase.",
            ),
            Mistake(
                harm.reshape(config.n_layers, -1).sum(axis=1),
                ja="ヘッドごとの害を足しても、全部を失ったときの害にはなりません。測ってください。",
                en="The harms of single heads do not add up to the harm of losing all. Measure.",
            ),
        ],
    )
