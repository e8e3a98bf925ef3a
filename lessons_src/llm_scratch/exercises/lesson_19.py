"""Exercises of lesson 19, beyond one machine: averages of unequal parts, and when to clip."""

import numpy as np

from llm_scratch import model, optim
from llm_scratch.exercises import Exercise, exercise


@exercise("19.1")
def _unweighted(params, config, inputs, targets, parts):
    losses = [model.loss_and_grads(params, inputs[s], targets[s], config)[0] for s, _ in parts]
    return Exercise(
        np.mean(losses),
        ("二つの組の損失を、そのまま足して 2 で割ってください。", "Add the losses of the two parts as they are, and halve."),
        [
            (np.average(losses, weights=[w for _, w in parts]), "重みを付けた、正しい平均です。ここでは、付けないとどうなるかを見ます。", "That is the right, weighted mean. Here, see what happens without weights."),
            (np.sum(losses), "合計です。2 で割ってください。", "That is the sum. Halve it."),
        ],
    )  # fmt: skip


@exercise("19.2")
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
        ("半分ずつの勾配を写してから抑え、平均の長さを測ってください。", "Copy the two gradients, clip each, and measure the length of their mean."),
        [
            (1.0, "平均してから抑えると、ちょうど 1 です。先に抑えると、向きの違う分だけ短くなります。", "Clipping after averaging gives exactly 1. Clipped first, the mean is shorter, as the two differ in direction."),
            (length(raw), "抑えていません。", "Nothing was clipped."),
        ],
    )  # fmt: skip
