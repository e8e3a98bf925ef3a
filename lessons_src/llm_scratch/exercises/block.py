"""Exercises on the block: what heads cost, and what a shared table saves."""

from llm_scratch import model
from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("block.1")
def _by_heads(V, N, D):
    def count(heads, d_model=D):
        return model.count_params(model.GPTConfig(V, N, d_model, heads, 12))

    heads = (1, 12, 96)
    matrices = 4 * D * D + 4 * D
    return Exercise(
        [count(n) for n in heads],
        hint_ja="`d_model` を 768 のままにして、`n_heads` だけを変えてください。",
        hint_en="Keep `d_model` at 768 and change `n_heads` only.",
        mistakes=[
            Mistake(
                [count(n, 64 * n) for n in heads],
                ja="1 つのヘッドを 64 次元のままにしています。`d_model` のほうを保ってください。",
                en="You kept 64 dimensions a head. Keep `d_model` instead.",
            ),
            Mistake(
                [count(1) + 12 * (n - 1) * matrices for n in heads],
                ja=(
                    "ヘッドごとに大きな行列を足しています。"
                    "ヘッドは、一つの行列を切り分けたものです。足さずに数えてください。"
                ),
                en="You added full matrices for each head. Heads are cut out of one: add none.",
            ),
        ],
        tolerance=0.5,
    )


@exercise("block.2")
def _untied(V, N, D):
    tied = model.count_params(model.GPT2)
    return Exercise(
        tied + V * D,
        hint_ja="出口の表は、`V` 行、`D` 列です。それが一つ増えます。",
        hint_en="The table at the way out has `V` rows and `D` columns. One such is added.",
        mistakes=[
            Mistake(
                tied,
                ja="表を共有しているときの数です。出口の表の分を足してください。",
                en="That is the number with the table shared. Add the table at the way out.",
            ),
            Mistake(
                tied + (V + N) * D,
                ja="位置の表まで増やしています。トークンの表を一つ足してください。",
                en="That adds a table of positions too. Add one table of tokens.",
            ),
        ],
        tolerance=0.5,
    )
