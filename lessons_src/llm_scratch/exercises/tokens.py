"""Exercises on tokens: order of a vocabulary, what comes back, parts of a letter."""

from llm_scratch.exercises import Exercise, Mistake, exercise


@exercise("tokens.1")
def _new_ids(ids):
    return Exercise(
        [i + 1 for i in ids],
        hint_ja="語彙は並べ替えられます。「いぬ」は何番目に入るでしょうか。",
        hint_en="The vocabulary is sorted. Where does いぬ stand in it?",
        mistakes=[
            Mistake(
                ids,
                ja=(
                    "「いぬ」が語彙の最後に入るとしたら、こうなります。"
                    "新しい語彙の並びを見てください。"
                ),
                en="That would be so if いぬ went to the end. Look at the new vocabulary.",
            ),
            Mistake(
                [*(i + 1 for i in ids), 0],
                ja="「いぬ」の ID まで入っています。もとの文の 5 語の ID を答えてください。",
                en="This holds the id of いぬ too. Give the ids of the original 5 words.",
            ),
        ],
    )


@exercise("tokens.2")
def _does_not_come_back(words):
    def known_and_changed(text):
        known = set(text.split()) <= set(words.vocab)
        return [known, known and words.decode(words.encode(text)) != text]

    return Exercise(
        "ねこ  は",
        hint_ja="語ではなく、語の間に目を向けてください。",
        hint_en="Look at what is between the words.",
        mistakes=[
            Mistake(
                "ねこ は",
                ja="知っている語だけですが、そのまま戻ります。語の間を変えてみてください。",
                en=(
                    "All its words are known, but it comes back as it was. "
                    "Change what is between the words."
                ),
            ),
            Mistake(
                "いぬ は",
                ja="知らない語があります。words.vocab の語を使ってください。",
                en="It has an unknown word. Use those of words.vocab.",
            ),
        ],
        compare_by=known_and_changed,
    )


@exercise("tokens.3")
def _first_four():
    return Exercise(
        "ね\ufffd",
        hint_ja='errors="replace" を付けて decode してください。',
        hint_en='Decode it with errors="replace".',
        mistakes=[
            Mistake(
                "ねこ",
                ja="4 文字ではなく、4 バイトです。バイトにしてから切り出してください。",
                en="Four bytes, not four characters. Encode first, then cut.",
            ),
            Mistake(
                "ね",
                ja=(
                    "残りの 1 バイトが消えています。"
                    'errors="replace" で、消さずに印を残してください。'
                ),
                en=(
                    "The byte that is left over has vanished. "
                    'Leave a mark for it with errors="replace".'
                ),
            ),
        ],
    )
