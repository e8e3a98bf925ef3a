"""Exercises of lesson 18, the real GPT-2: the size of its file, and a file that was cut off."""

from llm_scratch import model
from llm_scratch.exercises import Exercise, exercise


@exercise("18.1")
def _n_bytes():
    n = model.count_params(model.GPT2)
    return Exercise(
        4 * n,
        ("float32 は一つ何バイトですか。", "How many bytes does a float32 take?"),
        [
            (n, "パラメータの数です。一つは 4 バイトです。", "That is the number of parameters. Each takes 4 bytes."),
            (32 * n, "ビットで数えています。8 ビットが 1 バイトです。", "You counted bits. Eight of them are a byte."),
            (8 * n, "float64 なら 8 バイトです。ファイルにあるのは float32 です。", "A float64 takes 8 bytes. The file holds float32."),
        ],
        within=0.5,
    )  # fmt: skip


@exercise("18.2")
def _error_of_a_cut_file():
    return Exercise(
        "ValueError",
        ("半分に切ったファイルを load_gpt2 に渡し、type(error).__name__ を見てください。", "Give load_gpt2 the file cut in half, and look at type(error).__name__."),
        [
            ("EOFError", "途中で読み終わるまで待ちません。先に見出しとファイルの長さを突き合わせます。", "It does not read on until the file ends. It compares header and length first."),
            ("JSONDecodeError", "見出しは初めにあるので、半分に切っても無事です。", "The header comes first, and is whole in half a file."),
        ],
    )  # fmt: skip
