"""`make lesson NAME=rope`: the next lesson, from a template that passes every test as it is.

Makes the script, its exercises and its approved output from docs/scaffold/, and adds the lesson to
the navigation and the course map of both languages. Nothing is written before all is checked.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MADE = {
    "lesson.py": "lessons_src/{stem}.py",
    "exercises.py": "lessons_src/llm_scratch/exercises/lesson_{number:02}.py",
    "approved.txt": "tests/approved/{stem}.txt",
}
NAVIGATIONS = ("mkdocs.yml", "mkdocs.en.yml")
MAPS = {
    "docs/ja/index.md": "この回で何がわかるかを、一文で書きます。",
    "docs/en/index.md": "Say in one sentence what this lesson shows.",
}


def checked(name):
    """The name, if a lesson can have it."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        wanted = "NAME must be small letters, digits and _, such as make lesson NAME=rope"
        sys.exit(f"lesson: {wanted}; got {name!r}.")
    for path in ROOT.glob(f"lessons_src/[0-9][0-9]_{name}.py"):
        sys.exit(f"lesson: {name} is taken, by {relative(path)}. Choose another NAME.")
    return name


def plan(name):
    """({path: text} of every file to write, the values of the new lesson)."""
    last = sorted(ROOT.glob("lessons_src/[0-9][0-9]_*.py"))[-1].stem
    number = int(last[:2]) + 1
    values = {"number": number, "stem": f"{number:02}_{name}", "name": name}
    files = {ROOT / path.format(**values): filled(source, values) for source, path in MADE.items()}
    if taken := [path for path in files if path.exists()]:
        sys.exit(f"lesson: {relative(taken[0])} is there already. Move it away, and try again.")
    for path in NAVIGATIONS:
        line = rf"^( *- )lessons/{last}\.ipynb$"
        files[ROOT / path] = added(path, line, r"\g<0>\n\1lessons/{stem}.ipynb", values)
    for path, words in MAPS.items():
        place = rf"^\d+\. \[.*\]\(lessons/{last}\.ipynb\).*(\n.+)*"
        entry = f"\\g<0>\n{{number}}. [{{name}}](lessons/{{stem}}.ipynb)\n    {words}"
        files[ROOT / path] = added(path, place, entry, values)
    return files, values


def filled(source, values):
    text = (ROOT / "docs" / "scaffold" / source).read_text(encoding="utf-8")
    number, stem, name = (str(values[key]) for key in ("number", "stem", "name"))
    words = {"NUMBER": number, "STEM": stem, "NAME": name, "SLUG": name.replace("_", "-")}
    return re.sub("|".join(words), lambda match: words[match[0]], text)


def added(path, place, entry, values):
    """The text of a file, with `entry` after the one place that names the lesson before."""
    text = (ROOT / path).read_text(encoding="utf-8")
    text, found = re.subn(place, entry.format(**values), text, flags=re.MULTILINE)
    if found != 1:
        sys.exit(f"lesson: {path} should name the lesson before this one once, not {found} times.")
    return text


def write(files):
    """Write all files under other names before the first is renamed: an error changes nothing."""
    waiting = {path: path.with_name(f"{path.name}.new") for path in files}
    try:
        for path, text in files.items():
            waiting[path].write_text(text, encoding="utf-8", newline="\n")
        for path, whole in waiting.items():
            whole.replace(path)
    finally:
        for whole in waiting.values():
            whole.unlink(missing_ok=True)


def relative(path):
    return path.relative_to(ROOT).as_posix()


def main():
    sys.stdout.reconfigure(encoding="utf-8")
    files, values = plan(checked(" ".join(sys.argv[1:])))
    write(files)
    print(filled("steps.txt", values), end="")
