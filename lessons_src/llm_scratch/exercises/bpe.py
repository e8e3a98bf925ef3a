"""Exercises on BPE: when joining ends, and what later merges are built from."""

from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("bpe.1")
def _final_size():
    return Exercise(
        257,
        hint_ja="バイトの 256 個に、マージのたびに 1 つ足します。`ab` は何回マージできますか。",
        hint_en="There are 256 bytes, and one more for each merge. How often can `ab` be merged?",
        mistakes=[
            Mistake(
                1000,
                ja=(
                    "頼んだ大きさです。その前に、マージする組がなくなります。"
                    "何回でなくなるか、数えてください。"
                ),
                en="That is the size asked for. Before it, no pair is left: after how many merges?",
            ),
            Mistake(
                3,
                ja=(
                    "使われるのは 3 つですが、語彙には 256 個のバイトがすべて入っています。"
                    "それも数えてください。"
                ),
                en="Three are used, but all 256 bytes are in the vocabulary. Count them too.",
            ),
            Mistake(
                256,
                ja="バイトの数です。`ab` にはマージできる組があります。その分を足してください。",
                en="That is the number of bytes. `ab` holds a pair to merge: add what it makes.",
            ),
        ],
    )


@exercise("bpe.2")
def _needed(merges):
    parts = [i for pair in merges[30:] for i in pair]
    early = [i for i in parts if 256 <= i < 286]
    return Exercise(
        len(set(early)),
        hint_ja="`merges[30:]` の組に出てくる、256 以上 286 未満の ID を、重ねずに数えてください。",
        hint_en="Count the different ids from 256 up to 285 in the pairs of `merges[30:]`.",
        mistakes=[
            Mistake(
                len(early),
                ja="同じものを何度も数えています。`set` で一度ずつ数えてください。",
                en="Some are counted more than once. Use a `set`.",
            ),
            Mistake(
                len({i for i in parts if i < 286}),
                ja=(
                    "ただのバイト（256 未満）まで数えています。"
                    "マージで作られた ID を選んでください。"
                ),
                en="That counts plain bytes (below 256) too. Keep the ids that merges made.",
            ),
        ],
    )
