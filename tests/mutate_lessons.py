"""Mutants of the lessons' code cells: killed if a cell stops, or shows what was not approved.

One process runs the lesson. Before each code cell it forks once for each mutant of the cell, and
the fork goes on with the changed cell until it stops or shows something else. Checks themselves
are not changed: an `assert`, and the `check` of an exercise.
"""

import ast
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import approved
from mutants import ROOT, Mutant, asked, difference
from pipeline import execute, pool, runner
from pipeline.lesson import SOURCES, read, read_all

SECONDS = 60.0  # that a mutant may take; the longest lesson takes 9
SWAPPED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div, ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.MatMult: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.USub: ast.UAdd,
}  # fmt: skip
PAIRS = [("max", "min"), ("argmax", "argmin"), ("sum", "mean"), ("all", "any"), ("sin", "cos")]
METHODS = dict(PAIRS) | {b: a for a, b in PAIRS}


def changes(tree, variables):
    """(node, field, value) for each number, operator, comparison and name, changed once."""
    for node, names in _nodes(tree, variables):
        match node:
            case ast.Constant(value=bool()):
                yield node, "value", not node.value
            case ast.Constant(value=int() | float()):
                yield node, "value", node.value + 1
            case ast.BinOp() | ast.AugAssign() | ast.UnaryOp() | ast.BoolOp():
                if type(node.op) in SWAPPED:
                    yield node, "op", SWAPPED[type(node.op)]()
                elif isinstance(node.op, ast.Not):
                    yield node, "operand", ast.UnaryOp(ast.Not(), node.operand)
            case ast.Compare(ops=ops):
                for i, op in enumerate(ops):
                    yield node, "ops", [*ops[:i], SWAPPED[type(op)](), *ops[i + 1 :]]
            case ast.Attribute() if node.attr in METHODS:
                yield node, "attr", METHODS[node.attr]
            case ast.Name(ctx=ast.Load()) if node.id in names and len(names) > 1:
                yield node, "id", names[names.index(node.id) - 1]


def _nodes(tree, names):
    """Every node outside of asserts, with the names that could stand in its place."""
    yield tree, names
    if isinstance(tree, ast.FunctionDef | ast.Lambda):
        names = [argument.arg for argument in tree.args.args]
    for child in ast.iter_child_nodes(tree):
        if not _is_check(child):
            yield from _nodes(child, names)


def _is_check(node):
    """An assert, or the call that judges an exercise."""
    called = getattr(getattr(node, "func", None), "id", None)
    return isinstance(node, ast.Assert) or called == "check"


def make(words=()):
    """All mutants of the lessons that `words` ask for."""
    lessons = [lesson for lesson in read_all() if asked(lesson.label, words)]
    return [mutant for lesson in lessons for mutant in of_lesson(lesson)]


def of_lesson(lesson):
    """{mutant: (the step that it changes, the changed source)} of one lesson."""
    found, known = {}, set()
    for place, step in enumerate(lesson.steps):
        if step.kind == "code":
            tree = ast.parse(step.source)
            known |= _names(tree, ast.Store)
            variables = sorted(known & _names(tree, ast.Load))
            for line, old, new, source in _of_cell(tree, variables):
                key = f"{lesson.name} {len(found)}"
                at = step.line + line - 1
                found[Mutant(key, lesson.label, at, old, new)] = place, source
    return found


def _of_cell(tree, variables):
    kept = ast.unparse(tree)
    for node, field, value in list(changes(tree, variables)):
        before = getattr(node, field)
        setattr(node, field, value)
        source = ast.unparse(tree)
        setattr(node, field, before)
        _, old, new = difference(kept.splitlines(), source.splitlines())
        yield node.lineno, old, new, source


def _names(tree, context):
    """The variables that a cell reads (Load) or sets (Store)."""
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return {node.id for node in found if isinstance(node.ctx, context)}


def approved_cells(name):
    """{number of the code cell: what it shows}, as it was approved."""
    text = (approved.FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    parts = re.split(r"^-- code cell (\d+)\n", text, flags=re.MULTILINE)[1:]
    return {
        int(number): shown.rstrip() for number, shown in zip(parts[::2], parts[1::2], strict=True)
    }


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
        shown = "".join(map(approved.format_value, execute._outputs(printed, value)))
        return not complaint and shown.rstrip() == self.expected.get(self.number, "")

    def survives(self, place, source, seconds):
        """Whether the lesson goes on, with `source` at this place, as if nothing had changed."""
        with _copied(Path(tempfile.gettempdir())):
            return self._fork(place, source, seconds)

    def _fork(self, place, source, seconds):
        child = os.fork()
        if not child:
            os.setsid()
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, seconds)
            self.capture()
            first, *rest = self.job["steps"][place:]
            with contextlib.suppress(BaseException):
                os._exit(not all(self.step(s) for s in (first | {"source": source}, *rest)))
            os._exit(1)
        _, status = os.waitpid(child, 0)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # what it left behind
        return status == 0


@contextlib.contextmanager
def _copied(folder):
    """Meanwhile, the folder is a copy: what a mutant does to files is gone afterwards."""
    kept = folder.with_name("kept")
    folder.rename(kept)
    shutil.copytree(kept, folder)
    yield
    shutil.rmtree(folder)
    kept.rename(folder)


def survivors(name, keys, seconds):
    """The keys of one lesson's mutants that nothing kills."""
    lesson = read(SOURCES / f"{name}.py")
    chosen = [(m.key, *at) for m, at in of_lesson(lesson).items() if m.key in keys]
    run, alive = Run(lesson), []
    for place, step in enumerate(run.job["steps"]):
        here = [(key, source) for key, at, source in chosen if at == place]
        alive += [key for key, source in here if run.survives(place, source, seconds)]
        if not run.step(step):
            raise ValueError(
                f"{lesson.label}:{step['line']} shows something else than was approved"
            )
    return alive


def run(mutants):
    """The mutants that no cell kills, several lessons side by side."""
    by_lesson = {}
    for mutant in mutants:
        by_lesson.setdefault(mutant.key.split()[0], []).append(mutant.key)
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        alive = {key for keys in threads.map(_ask, by_lesson.items()) for key in keys}
    return [mutant for mutant in mutants if mutant.key in alive]


def _ask(lesson):
    with tempfile.TemporaryDirectory() as folder:
        pipes = {"input": json.dumps(lesson), "capture_output": True, "encoding": "utf-8"}
        command = [sys.executable, __file__]
        done = subprocess.run(command, cwd=folder, env=environment(Path(folder)), **pipes)
    found = json.loads(done.stdout) if done.returncode == 0 else done.stderr
    if not isinstance(found, list):
        raise SystemExit(f"{lesson[0]}: its mutants cannot be run\n{found}")
    return found


def environment(folder):
    """As when lessons are built, with a place of their own for files."""
    files = folder / "files"
    files.mkdir()
    paths = {"PYTHONPATH": str(ROOT / "docs"), "TMPDIR": str(files)}
    return os.environ | pool.ENVIRONMENT | paths


def main():
    name, keys = json.load(sys.stdin)
    answer = os.fdopen(os.dup(1), "w")
    try:
        found = survivors(name, set(keys), SECONDS)
    except BaseException:
        found = traceback.format_exc()
    json.dump(found, answer)
    answer.close()
    os._exit(0)  # threads that the lesson left behind end here


if __name__ == "__main__":
    main()
