"""Mutants of the lessons' code cells: killed if a cell stops, or shows what was not approved.

One process runs the lesson. Before each code cell it forks once for each mutant of the cell, and
the fork goes on with the changed cell until it stops or shows something else. Checks themselves
are not changed: an `assert`, and the `check` of an exercise.
"""

import ast
import contextlib
import re
import shutil
import tempfile
from pathlib import Path

from mutants import Mutant, alter, outlives

from course import approved, execute, pool, runner
from course.lesson import read
from course.project import APPROVED, SOURCES

SECONDS = 60.0  # that a mutant may take; the longest lesson takes 9
UNITS = {path.stem: f"lessons_src/{path.name}" for path in sorted(SOURCES.glob("*.py"))}


def mutants(name):
    """(mutant, the step that it changes, its changed source) each of one lesson."""
    lesson, known, number = read(SOURCES / f"{name}.py"), set(), 0
    for place, step in enumerate(lesson.steps):
        if step.kind == "code":
            tree = ast.parse(step.source)
            known |= _names(tree, ast.Store)
            for line, text in alter(tree, sorted(known & _names(tree, ast.Load))):
                at = lesson.label, step.line + line - 1
                yield Mutant(f"{name} {number}", *at, "", text), place, ast.unparse(tree)
                number += 1


def _names(tree, context):
    """The variables that a cell reads (Load) or sets (Store)."""
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return {node.id for node in found if isinstance(node.ctx, context)}


def approved_cells(name):
    """{number of the code cell: what it shows}, as it was approved."""
    text = (APPROVED / f"{name}.txt").read_text(encoding="utf-8")
    _, *parts = re.split(r"^-- code cell (\d+)\n", text, flags=re.MULTILINE)
    return {int(n): shown.rstrip() for n, shown in zip(parts[::2], parts[1::2], strict=True)}


class Run:
    """A lesson on its way, at the step before which its mutants fork."""

    def __init__(self, lesson):
        self.lesson, self.job = lesson, pool.job(lesson, seconds=24 * 3600)
        self.expected, self.number, self.opened = approved_cells(lesson.name), 0, []
        runner.warm_up()
        execute._isolate(self.job)
        self.capture()
        self.namespace = execute._namespace(self.job)

    def capture(self):
        """What is printed from here on; the files of before stay open, for closing them warns."""
        self.stdout, self.stderr = execute.Capture(1), execute.Capture(2)
        self.opened += [self.stdout, self.stderr]

    def step(self, step):
        """Whether the step runs and shows what was approved."""
        value = execute._execute(step, self.job, self.namespace)
        printed, complaint = self.stdout.new_text(), self.stderr.new_text()
        if step["kind"] == "transcript":
            return not complaint
        self.number += 1
        shown = "".join(map(approved.format_value, execute._outputs(printed, value, {})))
        return not complaint and shown.rstrip() == self.expected.get(self.number, "")

    def survives(self, place, source):
        """Whether the lesson goes on, with `source` at this place, as if nothing had changed."""
        first, *rest = self.job["steps"][place:]
        steps = [first | {"source": source}, *rest]
        with _copied(Path(tempfile.gettempdir())):
            return outlives(lambda: self.capture() or all(self.step(s) for s in steps), SECONDS)


@contextlib.contextmanager
def _copied(folder):
    """Meanwhile, the folder is a copy: what a mutant does to files is gone afterwards."""
    kept = folder.with_name("kept")
    folder.rename(kept)
    shutil.copytree(kept, folder)
    yield
    shutil.rmtree(folder)
    kept.rename(folder)


def survivors(name, keys):
    """The keys of one lesson's mutants that nothing kills."""
    chosen = [(mutant.key, *at) for mutant, *at in mutants(name) if mutant.key in keys]
    run, alive = Run(read(SOURCES / f"{name}.py")), []
    for place, step in enumerate(run.job["steps"]):
        here = [(key, source) for key, at, source in chosen if at == place]
        alive += [key for key, source in here if run.survives(place, source)]
        if not run.step(step):
            where = f"{UNITS[name]}:{step['line']}"
            raise SystemExit(f"{where} shows something else than was approved")
    return alive
