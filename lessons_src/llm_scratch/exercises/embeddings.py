"""Exercises on embeddings: ids are labels, lengths, directions, word arithmetic."""

import numpy as np

from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("embeddings.1")
def _ids_after_shuffle(order, ids):
    return Exercise(
        order.argsort()[ids],
        hint_ja="E[order][new_ids] が E[ids] と同じになるように、番号を付け替えてください。",
        hint_en="Renumber the ids so that E[order][new_ids] is E[ids].",
        mistakes=[
            Mistake(
                order[ids],
                ja=(
                    "向きが逆です。order[i] は、新しい i 行目に来る古い行です。"
                    "古い番号から新しい番号を、逆引きしてください。"
                ),
                en=(
                    "This goes the wrong way: order[i] is the old row that comes to row i. "
                    "Take the inverse, from old to new."
                ),
            ),
            Mistake(
                ids,
                ja="古い番号のままです。表の行は動いたので、番号も付け替えてください。",
                en="These are the old ids. The rows have moved, so renumber the ids too.",
            ),
        ],
    )


@exercise("embeddings.2")
def _far(E):
    def distances(E):
        return np.linalg.norm(E[:, None] - E, axis=-1)

    return Exercise(
        10 * E,
        hint_ja="距離は、2 つの行の差の長さです。差が 10 倍になるには、何を 10 倍しますか。",
        hint_en=(
            "A distance is the length of the difference of two rows. "
            "What must grow 10 times for the difference to?"
        ),
        mistakes=[
            Mistake(
                E + 10,
                ja=(
                    "全部の点を同じだけずらしても、距離は変わりません。"
                    "ずらす代わりに広げてください。"
                ),
                en="Moving all points alike changes no distance. Spread them instead.",
            ),
            Mistake(
                np.sqrt(10) * E,
                ja="これで 10 倍になるのは内積です。距離が何倍になったかを測ってください。",
                en="That makes dot products 10 times larger. Measure the distances.",
            ),
        ],
        tolerance=1e-4,
        compare_by=distances,
    )


@exercise("embeddings.3")
def _closest():
    return Exercise(
        "ひるね",
        hint_ja="点 E[2] - E[0] + E[4] から、E の各行までの距離を比べてください。",
        hint_en="Compare the distances from E[2] - E[0] + E[4] to each row of E.",
        mistakes=[
            Mistake(
                "ねこ",
                ja="出発した語です。足し引きした後の点からの距離を測ってください。",
                en=(
                    "That is where you started. "
                    "Measure from the point after adding and subtracting."
                ),
            ),
            Mistake(
                "すき",
                ja="惜しいですが、2 番目です。距離をもう一度比べてください。",
                en="Close, but second. Compare the distances once more.",
            ),
        ],
    )
