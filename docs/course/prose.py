"""Markdown -> the words in it: for descriptions, for the feed, and to count what there is to read.

Reading times are estimates, made from each lesson by rates that the home page states:

- English 238 words a minute: silent reading of non-fiction, the mean of 190 studies
  (Brysbaert 2019, doi.org/10.1016/j.jml.2019.104047).
- Japanese 500 characters a minute: the middle of the 400 to 600 that are usually given. By the same
  source, a message takes about equally long to read in any language, and these two rates agree: a
  lesson takes as long in both languages, give or take the rounding.
- 10 lines of code a minute and 5 minutes an exercise: our own choice.
"""

import math
import re

RATES = {"ja": 500, "en": 238}  # characters, words a minute
LINES, EXERCISE, STEP = 10, 5, 5  # lines a minute, minutes an exercise, minutes to round up to
LONGEST = {"ja": 120, "en": 200}  # characters of a description

_WIDE = "[\u3000-\u30ff\u4e00-\u9fff\uff01-\uff5e]"
JAPANESE_BREAK = re.compile(
    rf"(?<={_WIDE})\n(?={_WIDE})|(?<=[、。）」])\n|\n(?=[（「])"
)  # a line break in the source that is no space between Japanese characters
_FENCE = re.compile(r"^( *)(`{3,})[^\n]*\n(.*?)^\1\2$", re.MULTILINE | re.DOTALL)
_MARKS = re.compile(
    r"\$\$.*?\$\$|<[^>]+>|\{[ :#.][^}\n]*\}|^#+ |^[-*] |\*\*|[`$]", re.M | re.DOTALL
)
_FORMULA = re.compile(r"(?<!\$)\$(?!\$)([^$\n]+)\$(?!\$)")
_SIGNS = {
    **{"sqrt": "√", "cdot": "·", "times": "×", "sum": "Σ", "pm": "±"},
    **{"beta": "β", "gamma": "γ", "delta": "δ", "omega": "ω"},
}
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_SENTENCE = re.compile(r"(?<=[。？])|(?<=[.?])(?=\s)")
_WORD = {"ja": re.compile(r"\w"), "en": re.compile(r"[\w'’]+")}


def plain(markdown):
    """The words of a piece of Markdown, without its marks, formulas and code blocks."""
    words = _LINK.sub(r"\1", _FENCE.sub("", markdown))
    words = _MARKS.sub("", _FORMULA.sub(lambda formula: spoken(formula[1]), words))
    return " ".join(JAPANESE_BREAK.sub("", words.strip()).split())


def spoken(tex):
    r"""A formula where there are only words: √d for \sqrt{d}."""
    signs = re.sub(r"\\([A-Za-z]+) ?", lambda name: _SIGNS.get(name[1], f"{name[1]} "), tex)
    return re.sub(r"[{}]|\\.", "", signs.replace("^2", "²")).strip()


def description(markdown, language):
    """The first sentences below the title, as many as search engines and cards show."""
    blocks = (b for b in markdown.split("\n\n") if not b.lstrip().startswith(("#", "<", "|", "!")))
    sentences = _SENTENCE.split(next(filter(None, map(plain, blocks)), ""))
    text = sentences[0]
    for sentence in sentences[1:]:
        if len(text + sentence) > LONGEST[language]:
            break
        text += sentence
    return text.strip()


def prose_in(lesson, language):
    """All Markdown of a lesson in one language, captions included."""
    cells = (cell for cell in lesson.cells if cell.kind == "markdown")
    return "\n\n".join(cell.source for cell in cells if cell.language in (None, language))


def minutes(lesson, language):
    """How long a lesson takes to read and do, rounded up to five minutes."""
    prose = prose_in(lesson, language)
    words = len(_WORD[language].findall(plain(prose)))
    blocks = [cell.source for cell in lesson.cells if cell.kind == "code"]
    blocks += [fence[3] for fence in _FENCE.finditer(prose)]
    lines = sum(len(block.splitlines()) for block in blocks)
    exercises = sum("exercise" in cell.tags for cell in lesson.cells)
    whole = words / RATES[language] + lines / LINES + exercises * EXERCISE
    return STEP * math.ceil(whole / STEP)
