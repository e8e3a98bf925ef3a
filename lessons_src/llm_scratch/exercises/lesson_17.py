"""Exercises of lesson 17, BPE: when joining ends, and what later merges are built from."""

from llm_scratch.exercises import Exercise, exercise


@exercise("17.1")
def _final_size():
    return Exercise(
        257,
        ("バイトの 256 個に、つなぐたびに一つ足します。ab は何回つなげますか。", "There are 256 bytes, and one more for each joining. How often can ab be joined?"),
        [
            (1000, "頼んだ大きさです。でも、つなぐものがなくなります。", "That is the size asked for. But there is nothing left to join."),
            (3, "使われるのは三つですが、語彙には 256 個のバイトがすべて入っています。", "Three are used, but all 256 bytes are in the vocabulary."),
            (256, "一度はつなげます。", "One joining is possible."),
        ],
    )  # fmt: skip


@exercise("17.2")
def _needed(merges):
    parts = [i for pair in merges[30:] for i in pair]
    early = [i for i in parts if 256 <= i < 286]
    return Exercise(
        len(set(early)),
        ("merges[30:] の組に出てくる、256 以上 286 未満の番号を、重ねずに数えてください。", "Count the different ids from 256 up to 285 in the pairs of merges[30:]."),
        [
            (len(early), "同じものを何度も数えています。set で一度だけ数えてください。", "Some are counted more than once. Use a set."),
            (len({i for i in parts if i < 286}), "ただのバイト（256 未満）まで数えています。", "That counts plain bytes (below 256) too."),
        ],
    )  # fmt: skip
