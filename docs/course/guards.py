"""What every lesson script keeps to.

A guard reads a lesson and returns findings, a paragraph each: where, what is wrong, what to do.
"""

import ast
import contextlib
import io
import re
import sys
import tokenize
from collections import Counter
from statistics import median
from textwrap import dedent

from course import cache, labels, navigation
from course.guards_of_exercises import (
    exercise_module,
    exercise_words,
    exercises,
    half_words,
    module,
)
from course.guards_of_labels import labelled, printed_words
from course.guards_of_links import lesson_numbers, link_targets, next_lesson, targets
from course.guards_of_words import claims, japanese, notation
from course.lesson import Lesson
from course.markup import (
    MARKUP,
    NOT_BLOCKS,
    finding,
    headings,
    incomplete,
    is_figure,
    line_of,
    nearest,
    numbers,
    numbers_in_prose,
    or_nearest,
    parts,
    programs,
    prose,
    stretches,
    tree,
    without,
)
from course.notebook import caption
from course.project import DOCS, LANGUAGES
from llm_scratch.svg import columns

LONGEST, MEDIAN = 15, 5  # lines of code: of one cell, and of a lesson's middle cell
WIDEST = 72  # columns of a line of code, or of what it prints: a page cuts longer lines off
TAGS = {"code": {"exercise", "solution", "setup"}, "markdown": {"caption"}}
SECTIONS = ("simplified", "exercises", "next")
ALLOWED = {"numpy", "llm_scratch", *sys.stdlib_module_names} - {"importlib", "runpy"}
JAPANESE = "ぁ-ヿ一-鿿々"

BLOCK = re.compile(  # a heading, a list item, an admonition, an exercise
    r"^[ ]*(?:#{1,6}[ ]|[-*+][ ]|\d+\.[ ]|(?:!!!|\?\?\?\+?)[ ]+\w+|\*\*\d+\.\*\*)", re.MULTILINE
)
FLOAT = re.compile(r"(?<![\w.])-?\d+\.\d+(?:e[-+]?\d+)?")


# Two languages


def cell_markers(lesson):
    """Languages, tags and kinds are the known ones: a misspelt one would hide its cell."""
    found = []
    for cell in lesson.cells:
        known = (None,) if cell.kind == "code" else (None, *LANGUAGES)
        if cell.language not in known or cell.kind not in ("code", "markdown"):
            wrong = f"A {cell.kind} cell has lang={cell.language!r}."
            advice = 'Prose has lang="ja", lang="en" or, for both, none; code never has it.'
            if near := cell.kind == "markdown" and nearest(cell.language, LANGUAGES):
                advice = f'Write lang="{near}".'
            found.append(finding(lesson, cell.line, wrong, advice))
        for tag in sorted({*cell.tags} - TAGS.get(cell.kind, set())):
            wrong = f"A {cell.kind} cell has the tags {list(cell.tags)}."
            advice = "Code may be tagged exercise, solution or setup, prose caption."
            advice = or_nearest(tag, TAGS.get(cell.kind, ()), advice)
            found.append(finding(lesson, cell.line, wrong, advice))
    return found


def both_languages(lesson):
    """Between two code cells everything is said once in each language, the Japanese first."""
    found = []
    for role, cells in prose(lesson):
        languages = tuple(cell.language for cell in cells)
        if languages != LANGUAGES:
            wrong = f"Before the next code there are {role} cells in {list(languages)}."
            advice = "There must be one in ja, then one in en: write what is missing, or join them."
            found.append(finding(lesson, cells[0].line, wrong, advice))
    return found + half_words(lesson)


def shared_prose(lesson):
    """What both languages share is a formula or a fence: words belong to a language."""
    found = []
    for role, cells in stretches(lesson):
        for cell in cells if role == "shared" else ():
            if words := without(cell.source, "transcript", "fence", "formula").strip():
                wrong = f"A cell without language holds words: {words[:40]!r}."
                advice = 'Give it lang="ja", and say the same in a cell with lang="en".'
                found.append(finding(lesson, cell.line, wrong, advice))
    return found


def blocks(cell):
    """Headings with level and id, list items, admonitions, exercise numbers: the skeleton."""
    source = without(cell.source, *NOT_BLOCKS)
    ids = {line: id for line, _, id in headings(cell)}
    marks = [(line_of(cell, m.end()), m[0].strip()) for m in BLOCK.finditer(source)]
    return [f"{mark} {ids[line]}" if line in ids else mark for line, mark in marks]


def links(cell):
    return [link.rpartition("(")[2][:-1] for link in parts(cell.source, "link")]


def formulas(cell):
    return sorted(" ".join(formula.split()) for formula in parts(cell.source, "formula"))


def code(cell):
    """Fences, and the inline code that is not a Japanese word."""
    inline = (part for part in parts(cell.source, "code") if re.search("[A-Za-z0-9]", part))
    return sorted([*parts(cell.source, "fence"), *parts(cell.source, "transcript"), *inline])


def sorted_numbers(cell):
    return sorted(number for _, number in numbers_in_prose(cell.source))


PARITY = {
    "headings, lists and boxes": blocks,
    "link targets": links,
    "formulas": formulas,
    "code": code,
    "numbers": sorted_numbers,
}


def parity(lesson):
    """Both languages have the same skeleton, links, formulas, code and numbers."""
    found = []
    for _, cells in prose(lesson):
        if tuple(cell.language for cell in cells) != LANGUAGES:
            continue  # both_languages says so
        for what, look in PARITY.items():
            ours, theirs = map(look, cells)
            if ours != theirs:
                wrong = f"The two languages differ in {what}: {_difference(ours, theirs)}."
                advice = f"Make this cell agree with the Japanese one, line {cells[0].line}."
                found.append(finding(lesson, cells[1].line, wrong, advice))
    return found


def _difference(ours, theirs):
    only = Counter(ours) - Counter(theirs), Counter(theirs) - Counter(ours)
    if not any(only):
        return f"the order is {ours} and {theirs}"
    names = zip(LANGUAGES, only, strict=True)
    return ", ".join(f"{name} alone has {list(rest.elements())}" for name, rest in names if rest)


# Headings and sections


def heading_ids(lesson):
    """Every heading has an explicit ASCII id that its language uses once."""
    found = []
    for language in LANGUAGES:
        seen = set()
        for cell in lesson.cells:
            for line, _, id in headings(cell) if cell.language == language else ():
                if not re.fullmatch(r"[a-z][a-z0-9-]*", id or "") or id in seen:
                    wrong = f"The id of this heading is {id!r}: missing, not ASCII, or used above."
                    advice = "End it with an id of its own, such as {#shift}, in both languages."
                    found.append(finding(lesson, line, wrong, advice))
                seen.add(id)
    return found


def sections(lesson):
    """The title comes first and once; the last sections are simplified, exercises, next."""
    found = []
    for language in LANGUAGES:
        cells = [cell for cell in lesson.cells if cell.language == language]
        if not cells or language in incomplete(lesson):
            continue  # both_languages says so
        lines = [heading for cell in cells for heading in headings(cell)]
        if [line for line, level, _ in lines if level == 1] != [cells[0].line]:
            wrong = f"The {language} prose must start with its only heading of level 1."
            advice = "Write `# Title {#id}` into its first line, and `##` elsewhere."
            found.append(finding(lesson, cells[0].line, wrong, advice))
        if tuple(id for _, level, id in lines if level == 2)[-3:] != SECTIONS:
            wrong = f"The {language} lesson must end with the sections {', '.join(SECTIONS)}."
            advice = "Add what is missing, in this order, such as `## Next {#next}`."
            found.append(finding(lesson, cells[-1].line, wrong, advice))
    return found


# Figures and numbers

COUNTED = (
    "Say it as printed, print it first, or leave it out: decimals, exponents and integers of three "
    "digits or more count."
)


def figure_captions(lesson, outputs):
    """A figure is followed by its captions, a caption by nothing but its figure's."""
    found, outputs, figure = [], iter(outputs), None
    for role, cells in [*stretches(lesson), ("end", [])]:
        if figure and role != "caption":
            wrong = "This cell draws a figure that has no caption."
            advice = 'Below it put # %% [markdown] lang="ja" tags=["caption"], and one for "en".'
            found.append(finding(lesson, figure.line, wrong, advice))
        if role == "caption" and not figure:
            wrong = "This caption does not follow a figure."
            advice = "Move it behind its figure's cell, or take its tag away."
            found.append(finding(lesson, cells[0].line, wrong, advice))
        drawn = [cell for cell in cells if role == "code" and is_figure(next(outputs))]
        figure = drawn.pop() if drawn and drawn[-1] is cells[-1] else None
        for cell in drawn:
            wrong = "This cell draws a figure, and code follows at once."
            found.append(finding(lesson, cell.line, wrong, "Put its captions in between."))
    return found


def caption_texts(lesson):
    """A caption tells what to notice, and what those who cannot see the figure miss."""
    found = []
    for cell in lesson.cells:
        if "caption" in cell.tags and cell.source and not all(caption(cell).values()):
            wrong = "This caption lacks its text or its description after `alt:`."
            advice = "Write: what to notice, an empty line, `alt: ` and what is to be seen."
            found.append(finding(lesson, cell.line, wrong, advice))
    return found


def printed_numbers(lesson, outputs):
    """A number in prose was printed, exactly so, by a cell or transcript above."""
    found, printed, outputs = [], set(), iter(outputs)
    for cell in lesson.cells:
        if cell.kind == "code":
            printed.update(number for _, number in numbers(_shown(next(outputs))))
            continue
        for step in Lesson(lesson.path, (cell,)).steps:
            answers = re.sub(r"^(>>>|\.\.\.).*$", "", step.source, flags=re.MULTILINE)
            printed.update(number for _, number in numbers(answers))
        for position, number in numbers_in_prose(cell.source):
            if number not in printed:
                near = _nearest_to(number, printed)
                wrong = f"The number {number} was not printed above; {near}."
                found.append(finding(lesson, line_of(cell, position), wrong, COUNTED))
    return found


def _nearest_to(number, printed):
    if not printed:
        return "nothing was"
    near = min(printed, key=lambda other: (abs(float(other) - float(number)), len(other), other))
    return f"the nearest printed form is {near}"


def _shown(outputs):
    """What one cell printed, and the data of its table or figure as text."""
    return "\n".join(o.get("text") or o["data"]["text/plain"] for o in outputs)


# Code


def _code_cells(lesson):
    return [cell for cell in lesson.cells if cell.kind == "code"]


def cell_length(lesson):
    """Code cells fit in the eye."""
    cells = _code_cells(lesson)
    lengths = [len(cell.source.splitlines()) for cell in cells]
    found = [
        finding(lesson, cell.line, f"This cell has {n} lines, more than {LONGEST}.", "Split it.")
        for cell, n in zip(cells, lengths, strict=True)
        if n > LONGEST
    ]
    read = [n for cell, n in zip(cells, lengths, strict=True) if "setup" not in cell.tags]
    if read and median(read) > MEDIAN:
        wrong = f"The median code cell has {median(read):g} lines, more than {MEDIAN}."
        found.append(finding(lesson, 1, wrong, "Split cells, or move code to the package."))
    return found


def code_width(lesson):
    """A line of code, in a cell or in a fence of prose, fits into the column of a page."""
    found = []
    for cell in lesson.cells:
        for line, text in _code_lines(cell):
            if columns(text) > WIDEST:
                wrong = f"This line is {columns(text)} columns wide, more than {WIDEST}."
                advice = f"Break it, or give a part of it a name: {text.strip()}"
                found.append(finding(lesson, line, wrong, advice))
    return found


def _code_lines(cell):
    """(line, text) of each line of code."""
    pieces = [(0, cell.source)] if cell.kind == "code" else _fences(cell.source)
    for start, piece in pieces:
        yield from enumerate(dedent(piece).splitlines(), start=line_of(cell, start))


def _fences(source):
    return [(m.start(), m[0]) for m in MARKUP.finditer(source) if m["transcript"] or m["fence"]]


def output_width(lesson, outputs):
    """What a cell prints, and the source it shows, fits into the column of a page."""
    found = []
    for cell, shown in zip(_code_cells(lesson), outputs, strict=True):
        if "exercise" in cell.tags:  # a page does not show what it answers
            continue
        for text in "\n".join(map(_text, shown)).splitlines():
            if columns(text) > WIDEST:
                wrong = f"This cell shows a line of {columns(text)} columns, more than {WIDEST}."
                advice = f"Print less on it, or break it where it stands: {text.strip()}"
                found.append(finding(lesson, cell.line, wrong, advice))
    return found


def long_floats(lesson, outputs):
    """What a cell shows is rounded: nobody needs a sixteenth digit, and machines differ in it."""
    found = []
    for cell, shown in zip(_code_cells(lesson), outputs, strict=True):
        text = "" if "exercise" in cell.tags else "\n".join(map(_text, shown))
        for number in filter(_is_long, FLOAT.findall(text)):
            wrong = f"This cell shows {number}, with 15 digits or more."
            advice = f"Round it, such as {float(number):.4g}: np.round(x, 4), or {{x:.4f}}."
            found.append(finding(lesson, cell.line, wrong, advice))
    return found


def _is_long(number):
    mantissa = number.partition("e")[0]
    return len(re.sub(r"\D", "", mantissa).lstrip("0")) >= 15


def _text(output):
    """What a page shows of an output as text; a figure or a table is drawn."""
    data = output.get("data", {})
    if data.keys() & {"image/svg+xml", "text/html"}:
        return ""
    return output.get("text") or data["text/plain"]


def setup(lesson, outputs):
    """Imports are folded away in cells tagged setup, and nothing that is shown is."""
    found = []
    for cell, shown in zip(_code_cells(lesson), outputs, strict=True):
        starts = re.match(r"(import|from) ", cell.source)
        if starts and not cell.tags:
            wrong = "This cell begins with an import, which readers need not read."
            advice = 'Put the imports into a cell of their own, # %% tags=["setup"].'
            found.append(finding(lesson, cell.line, wrong, advice))
        if "setup" in cell.tags and shown:
            wrong = "This cell is tagged setup, but shows something."
            found.append(finding(lesson, cell.line, wrong, "Show it in a cell without a tag."))
    return found


def python(lesson):
    """Code cells and transcripts can be read as Python."""
    found = []
    for line, source in programs(lesson):
        try:
            ast.parse(source)
        except SyntaxError as error:
            wrong = f"This is no Python: {error.msg}."
            found.append(finding(lesson, line + error.lineno - 1, wrong, "Mend the line."))
    return found


def imports(lesson):
    """A lesson needs NumPy, the standard library and llm_scratch, and no other lesson."""
    found = []
    for line, source in programs(lesson):
        for node in ast.walk(tree(source)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = ["." * node.level + (node.module or "")]
            for name in names:
                if name.partition(".")[0] not in ALLOWED:
                    wrong = f"Lessons do not import {name}."
                    advice = "They import numpy, llm_scratch and the standard library alone."
                    found.append(finding(lesson, line + node.lineno - 1, wrong, advice))
    return found


def transcripts(lesson):
    """Every `>>>` stands in a closed ```pycon fence of a shared cell, where the build runs it."""
    found = []
    for cell in lesson.cells:
        if cell.kind == "code":
            continue
        run = "".join(step.source for step in Lesson(lesson.path, (cell,)).steps)
        prompts, fences = cell.source.count(">>>"), len(re.findall("```pycon", cell.source))
        empty = fences > len(re.findall(r"```pycon\n[ ]*>>>", cell.source))
        if prompts != run.count(">>>") or empty or "doctest:" in run:
            wrong = "A transcript here is not run, or its result is not compared."
            advice = "Put it into a closed ```pycon fence in a cell without lang, with no options."
            found.append(finding(lesson, cell.line, wrong, advice))
    return found


def untranslatable_code(lesson):
    """Code reads the same in both languages: words to translate stand in prose."""
    found = []
    for cell in lesson.cells:
        if cell.kind != "code":
            continue
        if re.search(r"^[%!]", cell.source, re.MULTILINE):
            wrong = "A magic or shell command is no Python."
            found.append(finding(lesson, cell.line, wrong, "Write it in Python, or leave it out."))
            continue
        for token in _tokens(cell.source):
            forbidden = f"[{JAPANESE}]" if token.type == tokenize.COMMENT else "[。、！？]"
            if re.search(forbidden, token.string):
                wrong = f"Code holds words to translate: {token.string[:40]}."
                advice = "Say it in the prose cells."
                found.append(finding(lesson, cell.line + token.start[0] - 1, wrong, advice))
    return found


def _tokens(source):
    """The tokens of Python, as far as it can be read."""
    with contextlib.suppress(tokenize.TokenError, SyntaxError):
        yield from tokenize.generate_tokens(io.StringIO(source).readline)


# Words

TERM = re.compile(  # two lines of docs/*/glossary.md, or three
    r"^(?P<term>.+?)(?: <span lang=.*?>(?P<other>.+?)</span>)?"
    r' \{#(?P<id>[\w-]+)(?: data-not="(?P<refused>.+?)")?(?: data-find="(?P<found>.+?)")?\}\n'
    r":   (?P<said>.*?) ?(?:\[[^\]]*\]\((?P<page>[\w/]+)\.md(?:#(?P<section>[\w-]+))?\))?\n"
    r"(?::   (?:別名|Also): (?P<aliases>.+)\n)?",
    re.MULTILINE,
)


def glossary_page(language):
    return (DOCS / language / "glossary.md").read_text(encoding="utf-8")


def glossary(language):
    """The terms of the glossary page, with all that TERM reads of them."""
    return [match.groupdict(default="") for match in TERM.finditer(glossary_page(language))]


def words(listed):
    return [word for word in re.split(r", |、", listed) if word]


def other_words(text, language):
    """(position, word, term) of each word in the text that the glossary has another one for."""
    text = re.sub(r"\]\([^)\s]*\)", lambda m: " " * len(m[0]), without(text, *NOT_BLOCKS, "id"))
    for entry in glossary(language):
        for word in words(entry["refused"]):
            pattern = rf"\b{word}\b" if word.isascii() else word
            for match in re.finditer(pattern, text, re.IGNORECASE):
                yield match.start(), match[0], entry["term"]


def terms(lesson):
    """A thing is called by one name, the one that the glossary fixes."""
    return [
        finding(
            lesson,
            line_of(cell, position),
            f"{word} is not a word of this course.",
            f"Write {term}, as docs/{cell.language}/glossary.md does.",
        )
        for cell in lesson.cells
        if cell.language in LANGUAGES
        for position, word, term in other_words(cell.source, cell.language)
    ]


# Style

PLAIN = {  # (language or None for both): what prose must not match, what is wrong, what to do
    "exclamation": (None, r"[!！]", "Prose has an exclamation mark.", "State it plainly."),
    "wide digits": (None, r"[０-９]", "A number has full-width digits.", "Write 0 to 9."),
    "decimal heads": (
        None,
        r"(?:ヘッド|\b[Hh]eads?) ?\d\.\d",
        "The name of a head looks like a decimal.",
        "Write 0 層のヘッド 1, or layer 0, head 1.",
    ),
    "Japanese in English": (
        "en",
        rf"[。、]|[{JAPANESE}]{{9,}}",
        "English prose holds Japanese.",
        "Translate it; single words may stay, longer text in backticks.",
    ),
    "no Japanese": (
        "ja",
        rf"\A[^{JAPANESE}]*\Z",
        'A cell with lang="ja" holds no Japanese.',
        "Translate it.",
    ),
}


def style(lesson):
    """Each language is written in itself, without exclamation marks."""
    found = []
    for cell in (cell for _, cells in prose(lesson) for cell in cells):
        text = without(cell.source, *NOT_BLOCKS, "link")
        text = re.sub(r"^[ ]*!!!", lambda m: " " * len(m[0]), text, flags=re.MULTILINE)
        for language, pattern, wrong, advice in PLAIN.values():
            if language in (None, cell.language) and (m := re.search(pattern, text)):
                found.append(finding(lesson, line_of(cell, m.start()), wrong, advice))
    return found


OF_SCRIPTS = (
    cell_markers,
    both_languages,
    shared_prose,
    parity,
    heading_ids,
    sections,
    caption_texts,
    cell_length,
    code_width,
    python,
    imports,
    transcripts,
    exercises,
    exercise_module,
    exercise_words,
    untranslatable_code,
    terms,
    style,
    claims,
    japanese,
    notation,
    printed_words,
    lesson_numbers,
    link_targets,
    next_lesson,
)
OF_OUTPUTS = (figure_captions, labelled, printed_numbers, output_width, long_floats, setup)
READ_BY = (
    "guards.py",
    "guards_of_exercises.py",
    "guards_of_labels.py",
    "guards_of_links.py",
    "guards_of_words.py",
    "markup.py",
)


def of_script(lesson):
    """What can be said of a lesson that need not run."""
    return [line for guard in OF_SCRIPTS for line in guard(lesson)]


def of_outputs(lesson, outputs):
    """What can be said of a lesson that ran."""
    return [line for guard in OF_OUTPUTS for line in guard(lesson, outputs)]


def of_course(lesson):
    """What the course says of a lesson: its place on both home pages, and its definitions."""
    pages = [DOCS / language / "index.md" for language in LANGUAGES]
    misplaced = [line for page in pages for line in same_order(page, [*navigation.numbers()])]
    return [line for line in misplaced if re.search(rf"\b{lesson.name}\b", line)] + [
        line for line in defined_twice(lesson.path.parent) if f"{lesson.label}:" in line
    ]


def findings(lesson, outputs):
    """What every guard says of a lesson that ran, kept until what it depends on changes."""
    key = (
        lesson.text,
        lesson.label,
        outputs,
        cache.sources(*READ_BY, "navigation.py", "lesson.py", "labels.py"),
        [labels.shared(language) for language in LANGUAGES],
        navigation.SETTINGS.read_bytes(),
        module(lesson)[1],
        targets(lesson),
        *(glossary_page(language) for language in LANGUAGES),
    )

    return cache.kept_json(
        f"findings/{lesson.name}", key, lambda: of_script(lesson) + of_outputs(lesson, outputs)
    )


# All sources together


STEP = re.compile(r"^- \[.*?\]\(lessons/(\w+)\.md\)", re.MULTILINE)


def same_order(path, wanted):
    """The course map of a home page leads to the lessons in the order of the navigation."""
    text = path.read_text(encoding="utf-8")
    here = [(m[1], text.count("\n", 0, m.start()) + 1) for m in STEP.finditer(text)]
    end = ("nothing", text.count("\n"))
    for (page, line), other in zip([*here, end], [*wanted, "nothing"], strict=False):
        if page != other:
            wrong = f"Here stands {page}, where {other} should."
            place = f"docs/{path.parent.name}/{path.name}:{line}"
            return [f"{place}: {wrong} The order is that of mkdocs.yml."]
    return []


def defined_twice(folder):
    """A top-level function or class is defined in one place: one module, or one lesson.

    A lesson may define it again: in an exercise, where it is empty, and in the solution. Every
    program has a `main`.
    """
    places = {}
    for path in sorted(folder.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name != "main":
                place = f"{folder.name}/{path.relative_to(folder).as_posix()}:{node.lineno}"
                places.setdefault(node.name, {}).setdefault(path, place)
    return [
        f"{again}: {name} is defined before, at {first}. Import it, or give one its own name."
        for name, (first, *rest) in ((n, found.values()) for n, found in places.items())
        for again in rest
    ]
