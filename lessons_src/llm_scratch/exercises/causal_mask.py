"""Exercises on the causal mask: zero is not hidden, counting, leaks, a sliding window."""

import numpy as np

from llm_scratch import ops
from llm_scratch.exercises import Exercise, Mistake, call_each, exercise


@exercise("causal_mask.1")
def _zero_scores(scores, future):
    hidden = ops.softmax(np.where(future, -np.inf, scores))
    return Exercise(
        ops.softmax(np.where(future, 0, scores)),
        hint_ja="未来のスコアを 0 に置き換えてから、softmax に入れてください。",
        hint_en="Replace the scores of the future by 0, then apply softmax.",
        mistakes=[
            Mistake(
                hidden,
                ja="`-inf` で隠したときの重みです。0 に替えるとどうなるかを見てください。",
                en="Those are the weights with `-inf`. See what 0 does instead.",
            ),
            Mistake(
                np.where(future, 0, ops.softmax(scores)),
                ja="softmax の後で 0 にしています。行の合計が 1 になりません。前に替えてください。",
                en="You set zeros after softmax, and rows no longer sum to 1. Replace before.",
            ),
        ],
    )


@exercise("causal_mask.2")
def _hidden_cells():
    return Exercise(
        1024 * 1023 // 2,
        hint_ja="0 行目では 1023 個、最後の行では 0 個が隠れます。",
        hint_en="Row 0 hides 1023, and the last row none.",
        mistakes=[
            Mistake(
                1024 * 1024 // 2,
                ja="ちょうど半分ではありません。対角線は見えます。除いてから半分にしてください。",
                en="Not exactly half: the diagonal is visible. Leave it out before you halve.",
            ),
            Mistake(
                1024 * 1025 // 2,
                ja="対角線まで数えています。自分自身は見えるので、除いてください。",
                en="That counts the diagonal too. A word sees itself: leave the diagonal out.",
            ),
        ],
    )


@exercise("causal_mask.3")
def _moved_weight(E, masked_too_late):
    disturbed = E.copy()
    disturbed[5] += 1
    first, second = (
        masked_too_late(X @ X.T / np.sqrt(np.float32(3)))[0, 0] for X in (E, disturbed)
    )
    return Exercise(
        abs(second - first),
        hint_ja=(
            "最後の行に 1 を足した `E` でも計算し、`[0, 0]` の重みの差の絶対値を取ってください。"
        ),
        hint_en=(
            "Compute it again with 1 added to the last row of `E`, and take the absolute "
            "difference of the weights at `[0, 0]`."
        ),
        mistakes=[
            Mistake(
                0.0,
                ja=(
                    "隠れていれば 0 です。でも、この関数は softmax の後で隠しています。"
                    "測ってください。"
                ),
                en=(
                    "It would be 0 if the word were hidden. "
                    "But this function hides it after softmax. Measure."
                ),
            ),
            Mistake(
                second,
                ja="揺らした後の重みです。揺らす前との差を答えてください。",
                en="That is the weight afterwards. Give the difference from before.",
            ),
        ],
    )


@exercise("causal_mask.4")
def _window():
    def window(n, width, shift=0, future=True):
        i, j = np.indices((n, n))
        return ((j > i) & future) | (j <= i - width + shift)

    return Exercise(
        window,
        hint_ja="位置 i から見えるのは、`i - width + 1` から `i` までの `width` 個です。",
        hint_en="Position i sees `width` words: from `i - width + 1` to `i`.",
        mistakes=[
            Mistake(
                lambda n, width: window(n, width, shift=-1),
                ja="一つ多く見えています。自分も `width` 個のうちに数えてください。",
                en="One word too many is visible. Count the word itself as one of the `width`.",
            ),
            Mistake(
                lambda n, width: window(n, width, future=False),
                ja="未来が見えています。`j > i` も隠してください。",
                en="The future is visible. Hide `j > i` too.",
            ),
            Mistake(
                lambda n, width: ~window(n, width),
                ja="`True` と `False` が逆です。隠すところを `True` にしてください。",
                en="`True` and `False` are swapped. Let `True` mean hidden.",
            ),
        ],
        compare_by=lambda mask: call_each(mask, (6, 1), (6, 2), (6, 3)),
    )
