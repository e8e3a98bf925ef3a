"""Exercises on BPE: when joining ends, and what later merges are built from."""

from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("bpe.1")
def _final_size():
    return Exercise(
        257,
        hint_ja="バイトの 256 個に、つなぐたびに一つ足します。ab は何回つなげますか。",
        hint_en="There are 256 bytes, and one more for each joining. How often can ab be joined?",
        mistakes=[
            Mistake(
                1000,
                ja="頼んだ大きさです。でも、つなぐものがなくなります。",
                en="That is the size asked for. But there is nothing left to join.",
            ),
            Mistake(
                3,
                ja="使われるのは三つですが、語彙には 256 個のバイトがすべて入っています。",
                en="Three are used, but all 256 bytes are in the vocabulary.",
            ),
            Mistake(
                256,
                ja="一度はつなげます。",
                en="One joining is possible.",
            ),
        ],
    )


@exercise("bpe.2")
def _needed(merges):
    parts = [i for pair in merges[30:] for i in pair]
    early = [i for i in parts if 256 <= i < 286]
    return Exercise(
        len(set(early)),
        hint_ja="merges[30:] の組に出てくる、256 以上 286 未満の番号を、重ねずに数えてください。",
        hint_en="Count the different ids from 256 up to 285 in the pairs of merges[30:].",
        mistakes=[
            Mistake(
                len(early),
                ja="同じものを何度も数えています。set で一度だけ数えてください。",
                en="Some are counted more than once. Use a set.",
            ),
            Mistake(
                len({i for i in parts if i < 286}),
                ja="ただのバイト（256 未満）まで数えています。",
                en="That counts plain bytes (below 256) too.",
            ),
        ],
    )
