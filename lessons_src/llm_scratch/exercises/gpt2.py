"""Exercises on the real GPT-2: the size of its file, and a file that was cut off."""

from llm_scratch import model
from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("gpt2.1")
def _n_bytes():
    n = model.count_params(model.GPT2)
    return Exercise(
        4 * n,
        hint_ja="float32 は一つ何バイトですか。",
        hint_en="How many bytes does a float32 take?",
        mistakes=[
            Mistake(
                n,
                ja="パラメータの数です。一つは 4 バイトです。",
                en="That is the number of parameters. Each takes 4 bytes.",
            ),
            Mistake(
                32 * n,
                ja="ビットで数えています。8 ビットが 1 バイトです。",
                en="You counted bits. Eight of them are a byte.",
            ),
            Mistake(
                8 * n,
                ja="float64 なら 8 バイトです。ファイルにあるのは float32 です。",
                en="A float64 takes 8 bytes. The file holds float32.",
            ),
        ],
        tolerance=0.5,
    )


@exercise("gpt2.2")
def _error_of_a_cut_file():
    return Exercise(
        "ValueError",
        hint_ja="半分に切ったファイルを load_gpt2 に渡し、type(error).__name__ を見てください。",
        hint_en="Give load_gpt2 the file cut in half, and look at type(error).__name__.",
        mistakes=[
            Mistake(
                "EOFError",
                ja="途中で読み終わるまで待ちません。先に見出しとファイルの長さを突き合わせます。",
                en="It does not read on until the file ends. It compares header and length first.",
            ),
            Mistake(
                "JSONDecodeError",
                ja="見出しは初めにあるので、半分に切っても無事です。",
                en="The header comes first, and is whole in half a file.",
            ),
        ],
    )
