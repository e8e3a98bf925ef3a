"""Exercises of lesson 12, the block: what heads cost, and what a shared table saves."""

from llm_scratch import model
from llm_scratch.exercises import Exercise, exercise


@exercise("12.1")
def _by_heads(V, N, D):
    def count(heads, d_model=D):
        return model.count_params(model.GPTConfig(V, N, d_model, heads, 12))

    heads = (1, 12, 96)
    matrices = 4 * D * D + 4 * D
    return Exercise(
        [count(n) for n in heads],
        ("d_model を 768 のままにして、n_heads だけを変えてください。", "Keep d_model at 768 and change n_heads only."),
        [
            ([count(n, 64 * n) for n in heads], "一つのヘッドを 64 次元のままにして、d_model を変えています。", "You kept 64 dimensions a head and changed d_model."),
            ([count(1) + 12 * (n - 1) * matrices for n in heads], "ヘッドごとに大きな行列を足しています。ヘッドは、一つの行列を切り分けたものです。", "You added full matrices for each head. Heads are cut out of one."),
        ],
        within=0.5,
    )  # fmt: skip


@exercise("12.2")
def _untied(V, N, D):
    tied = model.count_params(model.GPT2)
    return Exercise(
        tied + V * D,
        ("出口の表は、V 行、D 列です。それが一つ増えます。", "The table at the way out has V rows and D columns. One such is added."),
        [
            (tied, "表を共有しているときの数です。", "That is the number with the table shared."),
            (tied + (V + N) * D, "位置の表まで増やしています。出口に位置はありません。", "That adds a table of positions too. There are none at the way out."),
        ],
        within=0.5,
    )  # fmt: skip
