"""`make bench`: our builds and plain mkdocs-jupyter's, the same lessons, interleaved in one run.

Prints seconds and ratios; no speed fails. Ours builds two languages, search and figures; plain
mkdocs-jupyter executes the same scripts into one site in its default dress. Other work on the
machine moves the seconds; the ratios, medians of interleaved rounds, move less.
"""

import argparse
import gzip
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[3] / "docs")]

import project
from sides import head, show

from course.lesson import read
from course.project import SOURCES

PLAIN = """site_name: plain
theme: {name: material}
plugins:
  - search
  - mkdocs-jupyter: {execute: true, include: ["*.py"]}
"""
TIMES = ("cold", "nothing changed", "one sentence changed", "one cell changed")
SENTENCE = "\n# %% [markdown]\n# A shared sentence.\n"
PAGE = re.compile(r"\]\((?!https?:)[^)]*\.md(#[^)]*)?\)")
CELL = "\n# %%\nsum(range({}))\n"


def scripts(number):
    """`number` lessons: copies of ours, each with a cell of its own so that no cache serves two."""
    lessons = [read(SOURCES / f"{name}.py") for name in project.LESSONS]  # in their order
    for i in range(number):
        text = lessons[i % len(lessons)].path.read_text(encoding="utf-8")
        text = PAGE.sub("](../glossary.md)", text)  # the only page that stands beside the copies
        yield f"{i:03}_lesson", text + SENTENCE + CELL.format(i + 10)


class Ours:
    name = "ours"

    def __init__(self, folder, lessons):
        self.folder = project.copy(folder, lessons)
        project.edit(
            folder, "docs/course/stage.py", "self.findings += found", ""
        )  # copies break rules
        self.script = f"lessons_src/{next(iter(lessons))}.py"
        self.command = [sys.executable, "docs", "build"]
        self.caches = [".cache", "site"]
        self.page = "site/lessons/{}/index.html"


class Plain:
    name = "plain"

    def __init__(self, folder, lessons):
        self.folder = folder
        (folder / "docs").mkdir(parents=True)
        (folder / "mkdocs.yml").write_text(PLAIN)
        (folder / "docs/glossary.md").write_text("# Words\n")
        for name, script in lessons.items():
            (folder / f"docs/{name}.py").write_text(script, encoding="utf-8")
        self.script = f"docs/{next(iter(lessons))}.py"
        self.command = [sys.executable, "-m", "mkdocs", "build"]
        self.caches = [".cache", "site"]
        self.page = "site/{}/index.html"


def seconds(builder):
    started = time.perf_counter()
    environment = os.environ | {"PYTHONPATH": str(SOURCES), "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        builder.command, cwd=builder.folder, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{builder.name} failed:\n{done.stdout}{done.stderr}")
    return time.perf_counter() - started


def measure(builder, what, turn):
    """Bring about one of TIMES, and time the build that follows."""
    if what == "cold":
        subprocess.run(["rm", "-rf", *builder.caches], cwd=builder.folder, check=True)
    if what == "one sentence changed":
        append(builder, f"\n# %% [markdown]\n# Sentence {turn}.\n")
    if what == "one cell changed":
        append(builder, f"\n# %%\nsum(range({turn}))\n")
    return seconds(builder)


def append(builder, text):
    with open(builder.folder / builder.script, "a", encoding="utf-8") as script:
        script.write(text)


def compare(number, rounds):
    with tempfile.TemporaryDirectory() as folder:
        lessons = dict(scripts(number))
        builders = [Ours(Path(folder, "ours"), lessons), Plain(Path(folder, "plain"), lessons)]
        for what in TIMES:
            times = [[measure(b, what, 100 + r) for b in builders] for r in range(rounds)]
            show(f"{number} lessons, {what}, s", times)
        show("  first lesson's HTML, gzipped, kB", [[weight(b, lessons) / 1e3 for b in builders]])


def weight(builder, lessons):
    page = builder.folder / builder.page.format(next(iter(lessons)))
    return len(gzip.compress(page.read_bytes()))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="for the first number of lessons")
    parser.add_argument("--lessons", type=int, nargs="+", default=[8, 32, 128])
    options = parser.parse_args()
    head("medians; plain is mkdocs-jupyter", [Ours.name, Plain.name])
    for i, number in enumerate(options.lessons):
        compare(number, options.rounds if i == 0 else 1)


if __name__ == "__main__":
    main()
