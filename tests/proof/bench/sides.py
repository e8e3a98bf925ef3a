"""What the benches share: processes that are timed in turn, and the table of their medians.

A task is a function that prepares something and returns what is to be timed. `serve` reads tasks,
one a line: `["decode", "folder", 512]` runs the task's result once and answers with its seconds, or
with the number that it returns itself. What was prepared is kept for the next time.

Python 3.11 must be able to read this file: PyTorch may have no newer one.
"""

import contextlib
import json
import math
import operator
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
SOURCES = HERE.parents[2] / "lessons_src"
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
CORE = "OPENBLAS_CORETYPE"
LABEL, CELL, LAST_LINES = 52, 12, 12


class Side:
    """A process of its own that waits for tasks, with its Python and its `llm_scratch`."""

    def __init__(self, python, script, n_threads, package=SOURCES, **settings):
        self.python, self.name = python, f"{script}.py of {python}"
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process
        settings |= dict.fromkeys(THREADS, str(n_threads)) | {"PYTHONPATH": str(package)}
        self.env = {name: x for name, x in os.environ.items() if name != CORE} | settings
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self.errors}
        try:
            self.process = subprocess.Popen(
                [python, HERE / f"{script}.py"], env=self.env, bufsize=0, **pipes
            )
        except OSError as error:
            self.errors.close()
            raise SystemExit(f"bench: {python} does not start: {error}") from None

    def run(self, *task):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(task).encode() + b"\n")
        if answer := self.process.stdout.readline():
            return json.loads(answer)
        self.process.communicate(timeout=60)
        with self.errors:
            self.errors.seek(0)
            errors = self.errors.read().decode(errors="replace")
            stop(self.name, task, self.process.returncode, errors)

    def start(self, code):
        """(seconds, what it printed) of a process that runs `code` and no more."""
        started = time.perf_counter()
        command = [self.python, "-c", code]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True)
        if done.returncode:
            stop(self.name, ("start",), done.returncode, done.stderr)
        return time.perf_counter() - started, done.stdout


def stop(name, task, code, errors):
    last = "\n".join(errors.splitlines()[-LAST_LINES:]) or "nothing"
    step = " ".join(map(str, task))
    raise SystemExit(f"\nbench: {name} ended with exit code {code} at `{step}`. It said:\n{last}")


def serve(tasks):
    answers, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no answer
    prepared = {}
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        if line not in prepared:
            prepared[line] = tasks[name](*arguments)
            if not name.endswith("textbook"):
                prepared[line]()  # the first time is always slower
        started = time.perf_counter()
        result = prepared[line]()
        seconds = time.perf_counter() - started
        print(json.dumps(result if isinstance(result, int) else seconds), file=answers, flush=True)


def head(title, names):
    """What the columns of `show` are."""
    if len(names) > 1:
        title += f"; ratios are {names[-1]} ÷ the column named"
    print(f"\n{title}")
    row("", [*names, *(f"÷ {name}" for name in names[:-1])])


def show(label, rounds, scale=1):
    """Medians of each side, and of the last one's ratio to each other one within a round."""
    *others, last = zip(*rounds, strict=True)
    ratios = [statistics.median(map(operator.truediv, last, other)) for other in others]
    medians = [scale * statistics.median(column) for column in (*others, last)]
    row(label, [*map(digits, medians), *(f"{digits(ratio)}×" for ratio in ratios)])


def row(label, cells):
    print(f"{label:{LABEL}}", *(f"{cell:>{CELL}}" for cell in cells), flush=True)


def digits(x):
    """Three significant digits, and none in place of others."""
    return f"{x:.{max(0, 2 - math.floor(math.log10(x)))}f}"
