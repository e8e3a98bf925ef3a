"""What each lesson shows, as text that a reviewer reads: one file a lesson.

`make approve` writes these files anew; `git diff` then shows which numbers moved.
"""

from course.project import APPROVED
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


def main():
    COURSE.refresh()
    APPROVED.mkdir(parents=True, exist_ok=True)
    for old in APPROVED.glob("*.txt"):
        old.unlink()
    for name in COURSE.lessons:
        (APPROVED / f"{name}.txt").write_text(transcript(name), encoding="utf-8")
