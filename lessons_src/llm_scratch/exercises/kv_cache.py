"""Exercises on the KV cache: what a spoiled key reaches, what can be reused."""

import numpy as np

from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("kv_cache.1")
def _reached():
    return Exercise(
        np.arange(12) >= 10,
        hint_ja=(
            "壊した key を読んで計算するのは、どの位置でしょうか。"
            "壊す前に終わっていた計算は変わりません。"
        ),
        hint_en="Which positions are computed from the spoiled key? What was done before stays.",
        mistakes=[
            Mistake(
                np.arange(12) >= 3,
                ja=(
                    "位置 4 から 9 のロジットは、壊す前にもう出ています。"
                    "壊した後に計算する位置を選んでください。"
                ),
                en=(
                    "The logits of positions 4 to 9 were given before the spoiling. "
                    "Choose those that are computed after it."
                ),
            ),
            Mistake(
                np.arange(12) == 3,
                ja=(
                    "位置 3 のロジットはもう出ています。"
                    "壊した key を読むのは、後から来るどのトークンでしょうか。"
                ),
                en="The logits of position 3 were given before. Which later tokens read the key?",
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
                ja="後の位置は、どれも位置 7 を見ています。それらも除いて数えてください。",
                en="All later positions see position 7. Leave them out as well.",
            ),
            Mistake(
                0,
                ja="位置 7 より前は、位置 7 を見ていません。その分は使えます。数えてみてください。",
                en="Those before position 7 do not see it, and can be used. Count them.",
            ),
            Mistake(
                8,
                ja="位置 7 自身は使えません。その前を、位置 0 から数えてください。",
                en="Position 7 itself cannot be used. Count those before it, from position 0 on.",
            ),
        ],
    )
