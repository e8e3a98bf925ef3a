"""Exercises of lesson 2, tokens: the order of a vocabulary, what comes back, parts of a character."""

from llm_scratch.exercises import Exercise, exercise


@exercise("2.1")
def _new_ids(ids):
    return Exercise(
        [i + 1 for i in ids],
        ("語彙は並べ替えられます。いぬ は何番目に入るでしょうか。", "The vocabulary is sorted. Where does いぬ stand in it?"),
        [
            (ids, "いぬ が最後に付け足されるとしたら、こうなります。実際は、語彙は並べ替えられます。", "That would be so if いぬ went to the end. The vocabulary is sorted."),
            ([*(i + 1 for i in ids), 0], "いぬ の ID まで入っています。もとの文の ID だけを答えてください。", "This holds the id of いぬ too. Give the ids of the original sentence alone."),
        ],
    )  # fmt: skip


@exercise("2.2")
def _does_not_come_back(words):
    def known_and_changed(text):
        known = set(text.split()) <= set(words.vocab)
        return [known, known and words.decode(words.encode(text)) != text]

    return Exercise(
        "ねこ  は",
        ("語ではなく、語の間に目を向けてください。", "Look at what is between the words."),
        [
            ("ねこ は", "知っている語だけですが、そのまま戻ります。語の間を変えてみてください。", "All its words are known, but it comes back as it was. Change what is between the words."),
            ("いぬ は", "知らない語があります。知っている語だけで作ってください。", "It has an unknown word. Use known words only."),
        ],
        asked=known_and_changed,
    )  # fmt: skip


@exercise("2.3")
def _first_four():
    return Exercise(
        "ね\ufffd",
        ('errors="replace" を付けて decode してください。', 'Decode it with errors="replace".'),
        [
            ("ねこ", "四文字ではなく、四バイトです。かなは一文字が 3 バイトです。", "Four bytes, not four characters. Each kana takes 3 bytes."),
            ("ね", "残りの 1 バイトが消えています。消さずに印を残すのが errors=\"replace\" です。", 'The byte that is left over has vanished. errors="replace" leaves a mark for it.'),
        ],
    )  # fmt: skip
