"""Exercises of lesson 7, position: equal words, adding steps, slow waves, order through a mask."""

import numpy as np

from llm_scratch import position
from llm_scratch.exercises import Exercise, exercise


@exercise("7.1")
def _topic_outputs(attend, twice, placed):
    places = [1, 3]
    return Exercise(
        attend(twice)[places],
        ("twice を attend に渡し、位置 1 と 3 の行を取り出してください。", "Give twice to attend, and take rows 1 and 3."),
        [
            (attend(placed)[places], "位置を足した placed を使っています。", "You used placed, which has positions."),
            (twice[places], "それは入力です。attend に通した出力を答えてください。", "That is the input. Give what comes out of attend."),
        ],
    )  # fmt: skip


@exercise("7.2")
def _steps():
    return Exercise(
        5,
        ("2 つ進めてから 3 つ進めると、いくつ進みますか。", "Two steps, then three: how many?"),
        [
            (6, "行列は掛けますが、回転の角度は足されます。", "The matrices are multiplied, but the angles of the rotations add."),
            (1, "3 と 2 の差ではありません。どちらも前へ進みます。", "Not the difference of 3 and 2: both go forwards."),
        ],
    )  # fmt: skip


@exercise("7.3")
def _distances():
    def apart(last):
        codes = [position.sinusoidal_encoding(last + 1, d) for d in (2, 8)]
        return np.array([np.linalg.norm(code[last] - code[0]) for code in codes])

    return Exercise(
        apart(44),
        ("位置 0 から 44 までには 45 行が要ります。最後の行と初めの行の差の長さです。", "Positions 0 to 44 take 45 rows. It is the length of the last row minus the first."),
        [
            (apart(43), "位置 43 との距離です。位置 44 は 45 行目です。", "That is the distance to position 43. Position 44 is row 45, counted from one."),
            (apart(44) ** 2, "距離の二乗です。根を取ってください。", "That is the squared distance. Take the root."),
        ],
    )  # fmt: skip


@exercise("7.4")
def _changed():
    return Exercise(
        [True, True, True, False, False],
        ("因果マスクの下で、各行が見る語の集まりを、入れ替えの前と後で比べてください。", "With the causal mask, compare the set of words each row sees before and after the swap."),
        [
            ([True, False, True, False, False], "位置 1 の は も、見ている語が ねこ から ひるね に変わります。", "は at position 1 changes too: what it sees goes from ねこ to ひるね."),
            ([True] * 5, "三語とも見える行では、順番だけが変わり、集まりは同じです。", "Rows that see all three words see the same set, only in another order."),
        ],
    )  # fmt: skip
