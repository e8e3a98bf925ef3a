"""Exercises on the real GPT-2: the size of its file, and a file that was cut off."""

from llm_scratch import model
from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("gpt2.1")
def _n_bytes():
    n = model.count_params(model.GPT2)
    n_masked = model.GPT2.n_layers * model.GPT2.n_positions**2
    return Exercise(
        4 * (n + n_masked),
        hint_ja=(
            "パラメータの数と、12 枚のマスクの数を足してください。float32 は 1 つ何バイトですか。"
        ),
        hint_en="Add the numbers of the 12 masks to the parameters. How many bytes is a float32?",
        mistakes=[
            Mistake(
                n + n_masked,
                ja="数の個数です。1 つが何バイトかを掛けてください。",
                en="That is how many numbers there are. Multiply by the bytes of one.",
            ),
            Mistake(
                4 * n,
                ja="パラメータの分です。因果マスクの分も足してください。",
                en="That is for the parameters. Add what the causal masks take.",
            ),
            Mistake(
                4 * (n + model.GPT2.n_positions**2),
                ja="マスクが 1 枚分です。層ごとに 1 枚あります。",
                en="That counts one mask. There is one in each layer.",
            ),
            Mistake(
                32 * (n + n_masked),
                ja="ビットで数えています。8 ビットが 1 バイトです。",
                en="You counted bits. Eight of them are a byte.",
            ),
            Mistake(
                8 * (n + n_masked),
                ja=(
                    "float64 の大きさです。"
                    "ファイルにあるのは float32 なので、その分で数え直してください。"
                ),
                en="That is the size in float64. The file holds float32: count with its bytes.",
            ),
        ],
        tolerance=0.5,
    )


@exercise("gpt2.2")
def _error_of_a_cut_file():
    return Exercise(
        "ValueError",
        hint_ja=(
            "半分に切ったファイルを `load_gpt2` に渡し、`type(error).__name__` を見てください。"
        ),
        hint_en="Give `load_gpt2` the file cut in half, and look at `type(error).__name__`.",
        mistakes=[
            Mistake(
                "EOFError",
                ja=(
                    "ファイルの終わりまで読んでから気づくのではありません。"
                    "読む前に、ヘッダーにある場所とファイルの長さを比べます。"
                    "何が起きるか、動かして見てください。"
                ),
                en=(
                    "It does not find out by reading to the end: first it compares the places "
                    "in the header with the length of the file. Run it and see what comes."
                ),
            ),
            Mistake(
                "JSONDecodeError",
                ja=(
                    "ヘッダーは先頭にあるので、半分に切っても無事です。"
                    "その次に何を調べるか、考えてください。"
                ),
                en="The header comes first, and is whole in half a file. What is checked next?",
            ),
        ],
    )
