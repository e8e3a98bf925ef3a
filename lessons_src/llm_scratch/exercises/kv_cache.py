"""Exercises on the KV cache: what a spoiled key reaches, what can be reused."""

import numpy as np

from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("kv_cache.1")
def _reached():
    return Exercise(
        np.arange(12) >= 10,
        hint_ja="壊した後に計算するのは、位置 10 と 11 だけです。",
        hint_en="Only positions 10 and 11 are computed after the spoiling.",
        mistakes=[
            Mistake(
                np.arange(12) >= 3,
                ja="位置 4 から 9 の点数は、壊す前にもう出ています。",
                en="The scores of positions 4 to 9 were given before the spoiling.",
            ),
            Mistake(
                np.arange(12) == 3,
                ja="壊した key を読むのは、後から来るトークンです。位置 3 の点数はもう出ています。",
                en=(
                    "It is later tokens that read the key. "
                    "The scores of position 3 were given before."
                ),
            ),
        ],
    )


@exercise("kv_cache.2")
def _usable():
    return Exercise(
        7,
        hint_ja="位置 7 を見る位置は、どれも計算し直しです。",
        hint_en="Every position that sees position 7 must be computed anew.",
        mistakes=[
            Mistake(
                63,
                ja="位置 7 だけではありません。その後の位置は、どれも位置 7 を見ています。",
                en="Not position 7 alone: all later positions see it.",
            ),
            Mistake(
                0,
                ja="位置 7 より前は、位置 7 を見ていません。",
                en="Those before position 7 do not see it.",
            ),
            Mistake(
                8,
                ja="位置 7 自身は使えません。その前は 0 から 6 までです。",
                en="Position 7 itself cannot be used. Before it are 0 to 6.",
            ),
        ],
    )
