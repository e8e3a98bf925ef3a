"""Exercises of lesson 16, the KV cache: what a spoiled key reaches, and what a change leaves usable."""

import numpy as np

from llm_scratch.exercises import Exercise, exercise


@exercise("16.1")
def _reached():
    return Exercise(
        np.arange(12) >= 10,
        ("壊した後に計算するのは、位置 10 と 11 だけです。", "Only positions 10 and 11 are computed after the spoiling."),
        [
            (np.arange(12) >= 3, "位置 4 から 9 の点数は、壊す前にもう出ています。", "The scores of positions 4 to 9 were given before the spoiling."),
            (np.arange(12) == 3, "壊した key を読むのは、後から来るトークンです。位置 3 の点数はもう出ています。", "It is later tokens that read the key. The scores of position 3 were given before."),
        ],
    )  # fmt: skip


@exercise("16.2")
def _usable():
    return Exercise(
        7,
        ("位置 7 を見る位置は、どれも計算し直しです。", "Every position that sees position 7 must be computed anew."),
        [
            (63, "位置 7 だけではありません。その後の位置は、どれも位置 7 を見ています。", "Not position 7 alone: all later positions see it."),
            (0, "位置 7 より前は、位置 7 を見ていません。", "Those before position 7 do not see it."),
            (8, "位置 7 自身は使えません。その前は 0 から 6 までです。", "Position 7 itself cannot be used. Before it are 0 to 6."),
        ],
    )  # fmt: skip
