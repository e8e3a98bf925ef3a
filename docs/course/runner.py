"""A process that has NumPy and matplotlib at hand and runs one lesson after the other.

It reads jobs from stdin and writes results to stdout, one JSON object a line. Each lesson runs in a
fork of this process, so that modules are imported once and no lesson sees another's state; where
there is no fork (Windows), in a fresh process.
"""

import contextlib
import io
import json
import multiprocessing
import os
import signal
import sys
import warnings

from course import execute

FORKS = "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin"
CONTEXT = multiprocessing.get_context("fork" if FORKS else "spawn")
GRACE = 5  # seconds after the limit in which a lesson may still send its traceback


def warm_up():
    """Import what every lesson imports, and draw one figure: matplotlib's first is slow."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure()
    figure.add_subplot().plot([0, 1], label="x")
    figure.axes[0].legend()
    with warnings.catch_warnings(action="ignore"):
        FigureCanvasSVG(figure).print_svg(io.BytesIO())


def run(job):
    """Run one lesson in its own process and return its result, or an error if it has none."""
    receiver, sender = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=execute.run, args=(job, sender))
    process.start()
    sender.close()
    step = 0
    try:
        while receiver.poll(job["seconds"] + GRACE):
            kind, value = receiver.recv()
            if kind == "done":
                return value
            step = value
        return _died(job, step, f"did not stop at its limit of {job['seconds']:g} s")
    except EOFError:
        process.join()
        return _died(job, step, f"its process ended with exit code {process.exitcode}")
    finally:
        _end(process)


def _died(job, step, why):
    steps = job["steps"]
    line = steps[step]["line"] if steps else 1
    text = f"The lesson gave no result: {why}\n"
    return {"error": {"step": line, "line": line, "traceback": text}}


def _end(process):
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # also the processes that the lesson started
    process.kill()
    process.join()


def main():
    os.chdir(sys.argv[1])
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what lessons print must not mix with the results
    if FORKS:
        warm_up()
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C reaches every process of a terminal
        for line in sys.stdin:
            answers.write(json.dumps(run(json.loads(line)), ensure_ascii=False) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
