"""What a lesson is made of, as far as the guards must tell its parts from each other."""

import ast
import difflib
import re
from itertools import groupby

from course.project import LANGUAGES

# Markdown; the first that fits counts.
MARKUP = re.compile(
    r"(?P<transcript>^[ ]*```pycon\n.*?^[ ]*```[ ]*$)|(?P<fence>^[ ]*```.*?^[ ]*```[ ]*$)"
    r"|(?P<code>`+[^`]+`+)"
    r"|(?P<formula>\$\$.+?\$\$|\$[^$\n]+\$)|(?P<link>!?\[[^\]]*\]\([^)\s]*\))"
    r"|(?P<id>\{#[^}\n]*\})",
    re.DOTALL | re.MULTILINE,
)
NOT_BLOCKS = ("transcript", "fence", "formula", "code")
HEADING = re.compile(r"^(#{1,6})[ ]+(.*?)[ ]*(?:\{#([^}]*)\})?[ ]*$", re.MULTILINE)
NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.])(?<![A-Za-z]-)([-−]?)(\d{1,3}(?:,\d{3})+(?!\d)|\d+)(\.\d+)?(e[-+]?\d+)?",
    re.ASCII,
)


def finding(lesson, line, wrong, advice):
    return f"{lesson.label}:{line}: {wrong} {advice}"


def line_of(cell, position):
    return cell.line + cell.source.count("\n", 0, position)


# What is in a cell


def parts(source, kind):
    """All `kind` (transcript, fence, code, formula, link, id) in Markdown, in order."""
    return [m[kind] for m in MARKUP.finditer(source) if m[kind]]


def without(source, *kinds):
    """Markdown with these kinds blanked out; every character keeps its place."""

    def blank(match):
        gone = match.lastgroup in kinds
        return re.sub(r"[^\n]", " ", match[0]) if gone else match[0]

    return MARKUP.sub(blank, source)


def headings(cell):
    """(line, level, id or None) of each heading."""
    for m in HEADING.finditer(without(cell.source, *NOT_BLOCKS)):
        yield line_of(cell, m.start()), len(m[1]), m[3]


def numbers(text):
    """(position, number as one writes it in code) of each number."""
    for m in NUMBER.finditer(text):
        sign = "-" if m[1] else ""
        yield m.start(), sign + m[2].replace(",", "") + (m[3] or "") + (m[4] or "")


def numbers_in_prose(source):
    """(position, number) of the decimals and the integers of three or more digits in prose."""
    for position, number in numbers(without(source, "transcript", "formula", "link", "id")):
        if "." in number or "e" in number or len(number.lstrip("-")) > 2:
            yield position, number


def stretches(lesson):
    """(role, cells) of neighbours with one role: code, shared, text or caption."""

    def role(cell):
        if cell.kind == "code":
            return "code"
        if "caption" in cell.tags:
            return "caption" if cell.source else "labels"
        return "shared" if cell.language is None else "text"

    for name, cells in groupby(lesson.cells, role):
        yield name, list(cells)


def prose(lesson):
    """(role, cells) of the stretches that are written twice."""
    return [(role, cells) for role, cells in stretches(lesson) if role in ("text", "caption")]


def is_figure(outputs):
    return any("image/svg+xml" in output.get("data", {}) for output in outputs)


def programs(lesson):
    """(line, Python) of each code cell and each transcript."""
    for step in lesson.steps:
        source = step.source
        if step.kind == "transcript":
            lines = (re.match(r"(?:>>>|\.\.\.) ?(.*)", line) for line in source.splitlines())
            source = "\n".join(line[1] if line else "" for line in lines)
        yield step.line, source


def tree(source):
    """The syntax tree; an empty one where the guard `python` complains."""
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.Module([], [])


def incomplete(lesson):
    """The languages in which a stretch of prose is missing: their half is not written yet."""
    written = [{cell.language for cell in cells} for _, cells in prose(lesson)]
    return {language for language in LANGUAGES if any(language not in s for s in written)}


def nearest(word, known):
    """The known word that is most like `word`, or None."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)), None)


def or_nearest(word, known, otherwise):
    """What to write in place of an unknown word."""
    near = nearest(word, known)
    return f"Write {near}." if near else otherwise
