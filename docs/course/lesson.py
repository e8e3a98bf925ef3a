"""A lesson script, read: cells with their language, tags and line numbers."""

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from textwrap import dedent

from course import cache
from course.project import SOURCES

_MARKER = re.compile(r"^# %%")
_TRANSCRIPT = re.compile(r"^([ ]*)```pycon\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Cell:
    kind: str  # "code" or "markdown"
    source: str
    line: int  # of the first line of the source, in the script
    language: str | None  # None: shared by both languages
    tags: tuple[str, ...]
    check: str | None = None  # the name by which a claim refers to it


@dataclass(frozen=True)
class Step:
    """What is executed: a code cell, or a transcript that stands in a prose cell."""

    kind: str  # "code" or "transcript"
    source: str
    line: int


@dataclass(frozen=True)
class Lesson:
    path: Path
    cells: tuple[Cell, ...]
    text: str = ""  # of the whole script, so that one build shows, runs and offers the same

    @property
    def name(self):
        return self.path.stem

    @property
    def label(self):
        """The path that messages and tracebacks name."""
        return f"{self.path.parent.name}/{self.path.name}"

    @property
    def steps(self):
        return tuple(step for cell in self.cells for step in _steps(cell))


def read(path):
    """Read one lesson script; jupytext parses it, the cell markers give the line numbers."""
    text = path.read_text(encoding="utf-8")
    made_by = (cache.versions("jupytext"), cache.sources("lesson.py"))
    key = (f"{path.parent.name}/{path.name}", text, *made_by)
    cells = cache.kept_json(f"cells/{path.stem}", key, lambda: [*map(asdict, _cells(path, text))])
    return Lesson(path, tuple(Cell(**cell | {"tags": tuple(cell["tags"])}) for cell in cells), text)


def read_all(folder=SOURCES):
    return [read(path) for path in sorted(folder.glob("*.py"))]


def _cells(path, text):
    import jupytext  # takes a fifth of a second, and most builds read one script anew, or none

    notebook = jupytext.reads(text, fmt="py:percent")
    lines = text.splitlines()
    markers = [i for i, line in enumerate(lines) if _MARKER.match(line)]
    if len(markers) != len(notebook.cells):
        raise ValueError(
            f"{path.parent.name}/{path.name}:1: {len(notebook.cells)} cells, but {len(markers)} "
            "lines start with '# %%'. Begin with a cell marker, and put nothing before it."
        )
    return [_cell(c, lines, i) for c, i in zip(notebook.cells, markers, strict=True)]


def _cell(cell, lines, marker):
    start = next((i for i in range(marker + 1, len(lines)) if lines[i].strip(" #")), marker)
    return Cell(
        kind=cell.cell_type,
        source=cell.source,
        line=start + 1,
        language=cell.metadata.get("lang"),
        tags=tuple(cell.metadata.get("tags", ())),
        check=cell.metadata.get("check"),
    )


def _steps(cell):
    if cell.kind == "code":
        yield Step("code", cell.source, cell.line)
    elif cell.language is None:
        for match in _TRANSCRIPT.finditer(cell.source):
            first = cell.source[: match.start(2)].count("\n")
            yield Step("transcript", dedent(match[2]), cell.line + first)
