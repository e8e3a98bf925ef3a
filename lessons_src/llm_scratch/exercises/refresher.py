"""Exercises of the refresher: the logarithm of a product, axes, and the chain rule."""

import numpy as np

from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("refresher.1")
def _surprise_of_all(p):
    return Exercise(
        -np.log(p).sum(),
        hint_ja="ln は、積を和に変えます。",
        hint_en="ln turns a product into a sum.",
        mistakes=[
            Mistake(
                np.log(p).sum(),
                ja="ln の値は合っています。求めるのは −ln です。符号を変えてください。",
                en="Right for ln. Asked is −ln: change the sign.",
            ),
            Mistake(
                -np.log(p.sum()),
                ja="和の対数になっています。先に 1 つずつ対数を取り、それから足してください。",
                en="That is the logarithm of a sum. Take each logarithm first, then add.",
            ),
            Mistake(
                -np.log(p).prod(),
                ja="対数を掛けています。積の対数では、対数をどう合わせるでしょうか。",
                en="That multiplies the logarithms. How do they combine for a product?",
            ),
            Mistake(
                -np.log(p).mean(),
                ja="平均になっています。個数で割る前の値を求めてください。",
                en="That is the mean. Leave out the division by how many there are.",
            ),
            Mistake(
                -np.log2(p).sum(),
                ja="底が 2 の対数です。自然対数の `np.log` を使ってください。",
                en="That is with base 2. Use the natural logarithm, `np.log`.",
            ),
        ],
    )


def _evened(X, axis, keepdims=True, power=0.5):
    spread = X.var(axis=axis, keepdims=keepdims) ** power
    return (X - X.mean(axis=axis, keepdims=keepdims)) / spread


@exercise("refresher.2")
def _even_rows(X):
    return Exercise(
        _evened(X, -1),
        hint_ja="行ごとに平均を引き、行ごとの標準偏差で割ります。",
        hint_en="From each row take its mean, and divide by its standard deviation.",
        mistakes=[
            Mistake(
                _evened(X, 0),
                ja="列ごとになっています。行ごとに計算する軸を選んでください。",
                en="That evens out the columns. Choose the axis that runs along a row.",
            ),
            Mistake(
                _evened(X, -1, keepdims=False),
                ja="行の平均が、列の並びに合わせて引かれています。軸を残す引数を加えてください。",
                en="The means of rows were matched to the columns. Keep the axis you average over.",
            ),
            Mistake(
                _evened(X, None),
                ja="全体の平均と標準偏差を使っています。軸を指定してください。",
                en="That uses the mean and the deviation of the whole. Name an axis.",
            ),
            Mistake(
                _evened(X, -1, power=1),
                ja="分散で割っています。数と同じ単位になるものは、どちらでしょうか。",
                en="That divides by the variance. Which of the two has the unit of the numbers?",
            ),
            Mistake(
                X - X.mean(axis=-1, keepdims=True),
                ja="平均は 0 になりました。あとは、散らばりをそろえてください。",
                en="The mean is 0 now. What is left is to even out the spread.",
            ),
        ],
    )


@exercise("refresher.3")
def _chain(w, x):
    outer = 2 * (w @ x - 1)
    return Exercise(
        outer * x,
        hint_ja="2 乗の傾きに、中身 `w @ x - 1` の `w` についての勾配を掛けます。",
        hint_en="Times the slope of the square goes the gradient of `w @ x - 1` in `w`.",
        mistakes=[
            Mistake(
                outer,
                ja="外側の傾きだけです。内側の、`w` についての勾配を掛けてください。",
                en="That is the outer slope. Multiply by the inner gradient in `w`.",
            ),
            Mistake(
                outer * w,
                ja="それは `x` についての勾配です。動かすのは `w` です。",
                en="That is the gradient in `x`. It is `w` that moves.",
            ),
            Mistake(
                outer / 2 * x,
                ja="2 乗の傾きを見直してください。`u**2` の傾きは、どんな式でしょうか。",
                en="Look at the square again: what is the slope of `u**2`?",
            ),
            Mistake(
                2 * (w @ x) * x,
                ja="2 乗の中身は `w @ x - 1` です。引く 1 も入れてください。",
                en="What is squared is `w @ x - 1`: keep the 1 that is subtracted.",
            ),
        ],
    )
