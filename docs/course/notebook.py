"""Lesson and outputs -> notebooks: one language, that language's prose, all the code."""

import json
import re

AFTER_EXERCISE = re.compile(r"^(?=\*\*\d+\.\*\*|#)", re.MULTILINE)  # a question, or a heading


class LessonFailed(Exception):
    """Names the lesson file, the line and the cell, and shows the traceback."""


def executed(lesson, language, outputs):
    """The notebook that the site shows: outputs in place, captions inside their figures' cells.

    Without outputs, it is that of a lesson that failed.
    """
    outputs, cells = iter(outputs), []
    for i, cell in _in_language(lesson, language):
        if "caption" in cell.tags and cells:
            cells[-1]["metadata"] |= caption(cell)
            continue
        shown = _with_outputs(cell, i, outputs)
        if cell.kind == "markdown" and cells and _is_solution(cells[-1]):
            _fold_answer(cells[-1], shown)
            if not shown["source"]:
                continue
        cells.append(shown)
    return _notebook(lesson, language, cells)


def _is_solution(cell):
    return "solution" in cell["metadata"].get("tags", ())


def _fold_answer(solution, prose):
    """Move the text about a solution into its fold, so that nobody reads it before trying."""
    answer, *rest = AFTER_EXERCISE.split(prose["source"], maxsplit=1)
    before = solution["metadata"].get("answer", "")
    solution["metadata"]["answer"], prose["source"] = before + answer, "".join(rest)


def download(lesson, language):
    """The notebook that a reader takes home: no outputs, captions as prose."""
    return _notebook(
        lesson, language, [_bare(cell, i) for i, cell in _in_language(lesson, language)]
    )


def boxed(notebook, messages):
    """A notebook that says below its title what is wrong with it, word for word."""
    first, *others = notebook["cells"]
    if not first["source"].startswith("# ") or first["cell_type"] != "markdown":
        title = {"source": f"# {notebook['metadata']['name']}", "cell_type": "markdown"}
        first, others = {"id": "failure", "metadata": {}} | title, [first, *others]
    quoted = [["```text", *message.splitlines(), "```", ""] for message in messages]
    box = "\n".join(f"    {line}".rstrip() for lines in quoted for line in lines)
    title, _, rest = first["source"].partition("\n")
    source = f"{title}\n\n!!! failure\n\n{box}\n\n{rest}"
    return notebook | {"cells": [first | {"source": source}, *others]}


def caption(cell):
    """A caption cell holds the caption and, after `alt:`, a description for screen readers."""
    text, _, alt = cell.source.partition("\nalt:")
    return {"caption": " ".join(text.split()), "alt": " ".join(alt.split())}


def text(notebook):
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def failure(lesson, error):
    """Where it failed, in which cell, and Python's traceback."""
    codes = [cell.line for cell in lesson.cells if cell.kind == "code"]
    where = "transcript"
    if error["step"] in codes:
        where = f"code cell {codes.index(error['step']) + 1} of {len(codes)}"
    return f"{lesson.label}, line {error['line']}, {where}:\n{error['traceback'].rstrip()}"


def _in_language(lesson, language):
    for i, cell in enumerate(lesson.cells):
        if cell.language in (None, language):
            yield i, cell


def _notebook(lesson, language, cells):
    metadata = {
        "name": lesson.name,
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "lang": language,
    }
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _bare(cell, i):
    metadata = {"tags": list(cell.tags)} if cell.tags else {}
    id = f"check-{cell.check}" if cell.check else f"cell-{i}"
    bare = {"id": id, "cell_type": cell.kind, "metadata": metadata, "source": cell.source}
    if cell.kind == "code":
        return bare | {"outputs": [], "execution_count": None}
    return bare


def _with_outputs(cell, i, outputs):
    bare = _bare(cell, i)
    return bare | {"outputs": next(outputs, [])} if cell.kind == "code" else bare
