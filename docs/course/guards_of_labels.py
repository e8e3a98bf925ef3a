"""Labels: what figures and tables show is said in each language, and nothing else is printed."""

import ast
import re

from course import labels
from course.markup import finding, incomplete, tree
from llm_scratch.figures import find_label

FOREIGN = {"ja": r"[A-Za-z]{2,}", "en": "[ぁ-ヿ一-鿿々]"}
NAME = re.compile(r"[\w.]*[_.][\w.]*", re.ASCII)  # the code's own, such as c_attn.weight
WORD = re.compile(r"[A-Za-z]{3,}")


def labelled(lesson, outputs):
    """Each word of a figure or table is given in the reader's language, and no other is."""
    found, cells = [], [cell for cell in lesson.cells if cell.kind == "code"]
    for language, known in labels.of(lesson).items():
        told = {}  # {word: the first cell that shows it}
        for cell, shown in zip(cells, outputs, strict=True):
            told = dict.fromkeys(labels.words([shown]), cell) | told
        half = language in incomplete(lesson)  # both_languages says so
        lacking = {w: cell for word, cell in told.items() for w in _lacking(word, known, language)}
        for word, cell in lacking.items() if not half else ():
            wrong = f"This cell shows {word!r}, which has no label in {language}."
            advice = f"Below it, in a caption: labels: {word} = ... (without = it stays)."
            found.append(finding(lesson, cell.line, wrong, advice))
        found += _idle(lesson, language, told)
    return found


def _lacking(word, known, language):
    """What of a word readers of a language would not read."""
    key, parts = find_label(word, known)
    if key is not None:
        return [other for part in parts for other in _lacking(part, known, language)]
    return [word] if re.search(FOREIGN[language], word) and not NAME.fullmatch(word) else []


def _idle(lesson, language, words):
    """The labels of a lesson that name nothing it shows, or take more words than they give."""
    for cell in lesson.cells:
        given = labels.parse(cell.labels) if cell.language == language else {}
        for key, label in given.items():
            if not any(key in labels.keys_of(word, {key: label}) for word in words):
                wrong = f"No figure or table of this lesson shows {key!r}."
                yield finding(lesson, cell.line, wrong, "Take this label away, or mend it.")
            if key.count("{}") != label.count("{}"):
                wrong = f"The label {label!r} of {key!r} has not as many {{}}."
                yield finding(lesson, cell.line, wrong, "Give each {} its place on both sides.")


def printed_words(lesson):
    """What is printed holds values; words stand in the heads of a table, which have labels."""
    found = []
    for cell in lesson.cells:
        for node in ast.walk(tree(cell.source)) if cell.kind == "code" else ():
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print":
                for line, text in _texts(node):
                    wrong = f"This prints words: {text.strip()!r}."
                    advice = 'Show them as heads of a table: figures.table({"loss": loss}).'
                    found.append(finding(lesson, cell.line + line - 1, wrong, advice))
    return found


def _texts(call):
    """(line, text) of each piece of text in a call that readers would have to translate."""
    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
        for piece in getattr(argument, "values", [argument]):
            text = getattr(piece, "value", "")
            if isinstance(text, str) and WORD.search(text):
                yield piece.lineno, text
