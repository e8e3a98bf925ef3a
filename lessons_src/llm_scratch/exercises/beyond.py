"""Exercises on going beyond one machine: averages of unequal parts, and when to clip."""

import numpy as np

from llm_scratch import model, optim
from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("beyond.1")
def _unweighted(params, config, inputs, targets, parts):
    losses = [model.loss_and_grads(params, inputs[s], targets[s], config)[0] for s, _ in parts]
    return Exercise(
        np.mean(losses),
        hint_ja="2 つの組の損失を、そのまま足して 2 で割ってください。",
        hint_en="Add the losses of the two parts as they are, and halve.",
        mistakes=[
            Mistake(
                np.average(losses, weights=[w for _, w in parts]),
                ja="重みを付けた、正しい平均です。ここでは、付けないとどうなるかを見ます。",
                en="That is the right, weighted mean. Here, see what happens without weights.",
            ),
            Mistake(
                np.sum(losses),
                ja="合計です。2 で割ってください。",
                en="That is the sum. Halve it.",
            ),
        ],
    )


@exercise("beyond.2")
def _clipped_first(halves):
    def length(grads):
        return np.sqrt(sum((g.astype(np.float64) ** 2).sum() for g in grads.values()))

    both = [{name: g.copy() for name, g in grads.items()} for _, grads in halves]
    raw = {name: (both[0][name] + both[1][name]) / 2 for name in both[0]}
    for grads in both:
        optim.clip_by_global_norm(grads, 1.0)
    clipped = {name: (both[0][name] + both[1][name]) / 2 for name in both[0]}
    return Exercise(
        length(clipped),
        hint_ja="半分ずつの勾配を写してから抑え、平均の長さを測ってください。",
        hint_en="Copy the two gradients, clip each, and measure the length of their mean.",
        mistakes=[
            Mistake(
                1.0,
                ja=(
                    "平均してから抑えると、ちょうど 1 です。"
                    "先に半分ずつ抑え、それから平均した長さを測ってください。"
                ),
                en=(
                    "Clipping after averaging gives exactly 1. "
                    "Clip each half first, then average, and measure the length."
                ),
            ),
            Mistake(
                length(raw),
                ja=(
                    "抑える前の勾配を平均した長さです。"
                    "先に半分ずつ、`optim.clip_by_global_norm` で抑えてください。"
                ),
                en=(
                    "That is the length without clipping. "
                    "First clip each half with `optim.clip_by_global_norm`."
                ),
            ),
        ],
    )
