"""Words: claims that lead to what checks them, one notation, and how Japanese is written."""

import re
from functools import cache
from itertools import pairwise

from course.guards_of_exercises import module, word_pairs
from course.markup import NOT_BLOCKS, finding, line_of, parts, without
from llm_scratch import corpus

# Claims

CLAIM = {
    "en": re.compile(
        r"\b(?:because|only|never|alone|without|that is why|which is why|therefore|nothing but)\b",
        re.IGNORECASE,
    ),
    "ja": re.compile(
        r"(?:から|ため)です|しか[ぁ-ん一-鿿]{0,6}(?:ない|ません)|決して|一人で|だけが|だけで|なしで"
        r"|だから、|そのため"
    ),
}
HELD = re.compile(r"\]\((?:#check-([\w-]+)|\w+\.md[^)]*|https?://[^)]+)\)")
SENTENCE = re.compile(r"[^。\n]+?(?:。|(?<=[.?:])(?=\s)|$)", re.MULTILINE)
QUESTION = re.compile(r"(?:\?|か。)\W*$")
ASIDE = re.compile(r"^#+ .*$|「[^」]*」|“[^”]*”", re.MULTILINE)  # headings and quotes claim nothing


def claims(lesson):
    """A cause, an "only", a "never" leads to the cell that would have shown the opposite."""
    found, held = [], {cell.check: cell for cell in lesson.cells if cell.check}
    for cell, position, sentence in _claims(lesson):
        names = [match[1] for match in HELD.finditer(sentence)]
        above = [held[name] for name in names if name in held and held[name].line < cell.line]
        if None in names or any("assert" in one.source for one in above):
            continue
        wrong = f"This sentence claims, and nothing holds it: {sentence.strip()}"
        advice = (
            'Name a cell above that asserts it, # %% check="name", and link the claim to '
            "(#check-name); or link to the lesson or the source that shows it; or claim less."
        )
        found.append(finding(lesson, line_of(cell, position), wrong, advice))
    text = "\n".join(cell.source for cell in lesson.cells if cell.kind != "code")
    for name in held:
        if f"](#check-{name})" not in text:
            wrong = f"No sentence leads to the check {name!r}."
            advice = f"Link a claim to (#check-{name}), or take the name away."
            found.append(finding(lesson, held[name].line, wrong, advice))
    return found


def _claims(lesson):
    """(cell, position, sentence) of each sentence of prose that claims something."""
    for cell in lesson.cells:
        if cell.language in CLAIM:
            text = without(cell.source.partition("\nalt:")[0], *NOT_BLOCKS, "id")
            for match in SENTENCE.finditer(_blank(text, ASIDE)):
                words = re.sub(r"\]\([^)]*\)", "", match[0])
                if CLAIM[cell.language].search(words) and not QUESTION.search(words):
                    yield cell, match.start(), cell.source[match.start() : match.end()]


def _blank(text, pattern):
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


# Notation

SECTION = re.compile(r"^#", re.MULTILINE)
LETTER = re.compile(r"(?<![\w=.√-])[B-HJ-Zb-z](?![\w'’√-])", re.ASCII)  # A, I and a are words


def notation(lesson):
    """A root is a formula; in one section, a letter is always a formula or always text."""
    found = []
    for language in CLAIM:
        formulas = set()
        for cell, start, text in _sections(lesson, language):
            formulas = set() if text.startswith("#") else formulas
            formulas |= {f.strip("$") for f in parts(text, "formula")}
            plain = without(text, *NOT_BLOCKS, "id", "link")
            for match in re.finditer(r"√\w", plain):
                wrong, advice = f"Here stands {match[0]}.", "Write a formula: $\\sqrt{d}$."
                found.append(finding(lesson, line_of(cell, start + match.start()), wrong, advice))
            for match in LETTER.finditer(plain):
                if match[0] in formulas:
                    wrong = f"Here stands {match[0]}, which is a formula in this section."
                    advice = f"Write ${match[0]}$."
                    line = line_of(cell, start + match.start())
                    found.append(finding(lesson, line, wrong, advice))
    return found


def _sections(lesson, language):
    """(cell, position, text) of each piece of prose; that of a new section starts with #."""
    for cell in lesson.cells:
        if cell.kind == "markdown" and cell.language in (None, language):
            text = cell.source.partition("\nalt:")[0]
            starts = [0, *(m.start() for m in SECTION.finditer(text) if m.start()), len(text)]
            for start, end in pairwise(starts):
                yield cell, start, text[start:end]


# How Japanese is written

COUNTERS = (
    "つ|個|本|回|語|行|列|枚|歩|倍|乗|層|種類|次元|人|台|段|度|割|か所|通り|桁|組|部|文字|位置|トークン|"
    "ヘッド|プロセス|ステップ|バイト"
)
JAPANESE = {  # pattern: what to write
    r"(?<=[ぁ-ヿ一-鿿]) (?=[ぁ-ヿ一-鿿])": "tokens in 「」 or `code`, words without spaces",
    rf"[二三四五六七八九十]+(?={COUNTERS})": "a quantity with digits: 2 つ, 3 層, 10 回",
    rf"\d(?=(?:{COUNTERS}))": "a space between number and counter: 3 層",
    r"(?<!小数)点数": "ロジット",
    "手もと": "手元",
    "フォルダー": "フォルダ",
    "コンピューター": "コンピュータ",
    "ブラウザー": "ブラウザ",
    "しくみ": "仕組み",
    r"くらべ(?=[るてま、])": "比べ",
    "入口": "入り口",
    r"\d (?:行|つ|回|番|バイト)め": "目",
    r"分か(?=[らりるっ])": "わか",
    r"(?:はじめ|初め)(?=は|の|から|に、)": "最初, or まず",
}


@cache
def _words():
    """{pattern: what to write}, with the example's words that stand out by themselves."""
    tokens = [word for word in corpus.cat_world().vocab if len(word) > 1]
    plain = {"あした", "いつも", "とても", "とり", "ひと", "きょう", "読む"}  # also ordinary words
    bare = rf"(?<![ぁ-ん])(?:{'|'.join(word for word in tokens if word not in plain)})"
    return {bare: "a token of the example in 「」 or `code`"} | JAPANESE


def unwritten(text):
    """(position, what stands there, what to write) of Japanese that is written otherwise here."""
    text = _blank(without(text, *NOT_BLOCKS, "id"), re.compile(r"「[^」]*」|\]\([^)]*\)|<[^>]*>"))
    for pattern, advice in _words().items():
        for match in re.finditer(pattern, text):
            yield match.start(), text[max(match.start() - 6, 0) : match.end() + 6].strip(), advice


def japanese(lesson):
    """Tokens in quotes, quantities in digits, one spelling: in prose, captions and exercises."""
    found = [
        finding(lesson, line_of(cell, position), f"Here stands {said!r}.", f"Write {advice}.")
        for cell in lesson.cells
        if cell.language == "ja"
        for position, said, advice in unwritten(cell.source)
    ]
    path, text = module(lesson)
    return found + [
        f"{path}:{line}: Here stands {said!r}. Write {advice}."
        for line, ja, _ in word_pairs(text)
        for _, said, advice in unwritten(ja)
    ]
