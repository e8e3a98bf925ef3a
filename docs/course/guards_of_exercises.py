"""Exercises: what a lesson asks, and what its module in llm_scratch/exercises/ knows of it."""

import ast
import re

from course.markup import finding, headings, incomplete, nearest, tree
from course.project import LANGUAGES

EXERCISE = re.compile(r"^\*\*\d+\.\*\*", re.MULTILINE)
ASKED = re.compile(r'^check\("([\w.]+)"', re.MULTILINE)
KNOWN = re.compile(r'^@exercise\("([\w.]+)"\)', re.MULTILINE)


def exercises(lesson):
    """Two to four exercises: a question, a cell that checks the answer, a solution that passes."""
    found, section, asked, cells = [], {}, 0, []
    whole = next((one for one in LANGUAGES if one not in incomplete(lesson)), LANGUAGES[0])
    for cell in lesson.cells:
        if cell.language == whole:
            section |= {id: cell for _, _, id in headings(cell)}
            asked += len(EXERCISE.findall(cell.source))
        inside = "exercises" in section and "next" not in section
        if cell.kind == "code" and bool({"exercise", "solution"} & {*cell.tags}) != inside:
            wrong = f"The tags of this cell are {list(cell.tags)}."
            advice = "From {#exercises} to {#next}, and there alone, tag it exercise or solution."
            found.append(finding(lesson, cell.line, wrong, advice))
        elif cell.kind == "code" and inside:
            cells.append(cell)
    line = section.get("exercises", lesson.cells[0]).line
    found += [finding(lesson, line, *words) for words in _miscounted(asked, cells)]
    for n, pair in enumerate(zip(cells[::2], cells[1::2], strict=False), start=1):
        found += _unchecked(lesson, f"{lesson.name}.{n}", *pair)
    return found


def _miscounted(asked, cells):
    """(what is wrong, what to do) with the number of questions, or of cells that go with them."""
    if (tags := [tag for cell in cells for tag in cell.tags]) != ["exercise", "solution"] * asked:
        wrong = f"The lesson asks {asked} times (**1.** and on), but its code is tagged {tags}."
        advice = "After each **1.** and on comes a cell tagged exercise, then one tagged solution."
        yield wrong, advice
    elif not 2 <= asked <= 4:
        yield f"The lesson has {asked} exercises (**1.** and on).", "Write two to four."


def _unchecked(lesson, number, exercise, solution):
    """The exercise ends in check(number, ...), and the solution asserts the same."""
    call = "".join(ast.unparse(node) for node in tree(exercise.source).body[-1:])
    if not call.startswith(f"check('{number}', ") or "..." not in exercise.source:
        wrong = f"Exercise {number} leaves nothing open, or does not check it."
        advice = f'Leave the answer as ... and end with check("{number}", answer).'
        yield finding(lesson, exercise.line, wrong, advice)
    nodes = ast.walk(tree(solution.source))
    if call not in [ast.unparse(node.test) for node in nodes if isinstance(node, ast.Assert)]:
        wrong = f"The solution of exercise {number} is not put to the same check."
        yield finding(lesson, solution.line, wrong, f"Write: assert {call}")


def module(lesson):
    """(path as messages name it, text) of a lesson's exercises; no text if there are none."""
    path = lesson.path.parent / "llm_scratch" / "exercises" / lesson.path.name
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return path.relative_to(lesson.path.parents[1]).as_posix(), text


def exercise_module(lesson):
    """Its module registers the exercises that the lesson asks, and no other."""
    source = "\n".join(cell.source for cell in lesson.cells if "exercise" in cell.tags)
    path, text = module(lesson)
    asked, known = ASKED.findall(source), KNOWN.findall(text)
    if asked == known:
        return []
    wrong = f"Its exercises are {known}, but {lesson.label} checks {asked}."
    advice = 'Let one @exercise("...") stand there for each check, in order.'
    near = ((name, nearest(name, known)) for name in asked if name not in known)
    meant = [f" The nearest to {name!r} is {other!r}." for name, other in near if other]
    return [f"{path}:1: {wrong} {advice}{''.join(meant)}"]


def exercise_words(lesson):
    """Each hint and each mistake: Japanese that ends in 。 and English that ends in . or ?"""
    path, text = module(lesson)
    return [
        f"{path}:{line}: Its words are {ja!r} and {en!r}. "
        "Write a Japanese sentence that ends in 。 and an English one that ends in . or ?"
        for line, ja, en in word_pairs(text)
        if (ja and not re.fullmatch(r".*[ぁ-ん].*。", ja)) or (en and not re.search(r"[.?]$", en))
    ]


def half_words(lesson):
    """The hints and mistakes that are there in one language only."""
    path, text = module(lesson)
    return [
        f"{path}:{line}: Its words are {ja!r} and {en!r}. Say it in both languages."
        for line, ja, en in word_pairs(text)
        if not (ja and en)
    ]


def word_pairs(text):
    """(line, Japanese, English) of each hint and mistake in a module of exercises."""
    for node in ast.walk(tree(text)):
        words = {k.arg: k.value for k in node.keywords} if isinstance(node, ast.Call) else {}
        for ja, en in (("ja", "en"), ("hint_ja", "hint_en")):
            pair = [getattr(words.get(name, ast.Constant("")), "value", None) for name in (ja, en)]
            if {ja, en} & words.keys() and all(isinstance(said, str) for said in pair):
                yield node.lineno, *pair
