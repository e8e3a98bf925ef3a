"""Exercises on position: equal words, adding steps, slow waves, order through a mask."""

import numpy as np

from llm_scratch import position
from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("position.1")
def _topic_outputs(attend, twice, placed):
    places = [1, 3]
    return Exercise(
        attend(twice)[places],
        hint_ja="`twice` を `attend` に渡し、位置 1 と 3 の行を取り出してください。",
        hint_en="Give `twice` to `attend`, and take rows 1 and 3.",
        mistakes=[
            Mistake(
                attend(placed)[places],
                ja="位置を足した `placed` を使っています。`twice` を使ってください。",
                en="You used `placed`, which has positions. Use `twice`.",
            ),
            Mistake(
                twice[places],
                ja="それは入力です。`attend` に通した出力を答えてください。",
                en="That is the input. Give what comes out of `attend`.",
            ),
        ],
    )


@exercise("position.2")
def _steps():
    return Exercise(
        5,
        hint_ja="2 つ進めてから 3 つ進めると、いくつ進みますか。",
        hint_en="Two steps, then three: how many?",
        mistakes=[
            Mistake(
                6,
                ja="掛けるのは行列です。回転の角度がどうなるかを考えてください。",
                en="It is the matrices that are multiplied. What happens to the angles?",
            ),
            Mistake(
                1,
                ja="3 と 2 の差ではありません。どちらも前へ進むことを使ってください。",
                en="Not the difference of 3 and 2: remember that both go forwards.",
            ),
        ],
    )


@exercise("position.3")
def _distances():
    def apart(last):
        codes = [position.sinusoidal_encoding(last + 1, d) for d in (2, 8)]
        return np.array([np.linalg.norm(code[last] - code[0]) for code in codes])

    return Exercise(
        apart(44),
        hint_ja="位置 0 から 44 までには 45 行が要ります。最後の行と最初の行の差の長さです。",
        hint_en="Positions 0 to 44 take 45 rows. It is the length of the last row minus the first.",
        mistakes=[
            Mistake(
                apart(43),
                ja="位置 43 との距離です。位置 44 は、1 から数えて 45 行目です。",
                en="That is the distance to position 43. Position 44 is row 45, counted from one.",
            ),
            Mistake(
                apart(44) ** 2,
                ja="距離の 2 乗です。平方根を取ってください。",
                en="That is the squared distance. Take the square root.",
            ),
        ],
    )


@exercise("position.4")
def _changed():
    return Exercise(
        [True, True, True, False, False],
        hint_ja="各行について、見える語の集まりと、その行自身の語を、前と後で比べてください。",
        hint_en="For each row, compare the set of words it sees, and its own word.",
        mistakes=[
            Mistake(
                [True, False, True, False, False],
                ja="位置 1 に見える語は、入れ替えの前と後で同じですか。その行も比べてください。",
                en="Does position 1 see the same words after the swap? Compare that row too.",
            ),
            Mistake(
                [True] * 5,
                ja="位置 3 と 4 では、見える語の集まりも自分の語も同じです。測り直してください。",
                en="Rows 3 and 4 see the same set, and keep their own words. Measure again.",
            ),
            Mistake(
                [True, True, False, False, False],
                ja="位置 2 では、見える集まりは同じでも、自分の語が替わります。比べてください。",
                en="Row 2 sees the same set, but its own word is another. Compare again.",
            ),
        ],
    )
