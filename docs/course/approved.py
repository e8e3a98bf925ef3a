"""What each lesson shows, as text that a reviewer reads: one file a lesson.

`make approve` writes these files anew; `git diff` then shows which numbers moved.
"""

import difflib

from course import cache
from course.project import APPROVED, relative
from course.run import COURSE


def format_value(output):
    """Printed text, values and the data of figures; package source is read where it stands."""
    if output["output_type"] == "stream":
        return output["text"]
    if "text/x-docstring" in output["data"]:
        return ""
    return output["data"]["text/plain"] + "\n"


def transcript(name):
    """All that the lesson's code cells show, cell by cell."""
    cells = enumerate(COURSE.outputs(name), start=1)
    texts = ((i, "".join(map(format_value, outputs))) for i, outputs in cells)
    return "\n".join(f"-- code cell {i}\n{text}" for i, text in texts if text)


def findings(name):
    """That a lesson shows something else than was reviewed, and the difference."""
    path, now = APPROVED / f"{name}.txt", transcript(name)
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    if now == kept:
        return []
    diff = difflib.unified_diff(kept.splitlines(), now.splitlines(), "approved", "now", lineterm="")
    wrong = f"lessons_src/{name}.py shows something else than was reviewed."
    advice = "If it should, run `make approve` and commit this file:"
    return ["\n".join([f"{relative(path)}:1: {wrong} {advice}", *diff])]


def main():
    COURSE.refresh()
    for old in APPROVED.glob("*.txt"):
        if old.stem not in COURSE.lessons:
            old.unlink()
    texts = {name: transcript(name) for name in COURSE.lessons}
    cache.write_all({APPROVED / f"{name}.txt": text.encode() for name, text in texts.items()})
