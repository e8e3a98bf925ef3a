"""Mutants run in forks of a process that has everything at hand; one such process for each unit."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

from mutants import ROOT
from pipeline import pool


def outlives(run, seconds):
    """Whether `run()` is true, in a fork of this process, before its time is over."""
    child = os.fork()
    if not child:
        os.setsid()
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        with contextlib.suppress(BaseException):
            os._exit(not run())
        os._exit(1)
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # what it left behind
    return status == 0


def ask(program, unit, keys):
    """(keys of the unit's mutants that survive, seconds), from a process with its own folder."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "files")
        files.mkdir()
        paths = {"PYTHONPATH": str(ROOT / "docs"), "TMPDIR": str(files)}
        pipes = {"input": json.dumps([unit, keys]), "capture_output": True, "encoding": "utf-8"}
        environment = os.environ | pool.ENVIRONMENT | paths
        done = subprocess.run([sys.executable, program], cwd=folder, env=environment, **pipes)
    found = json.loads(done.stdout) if done.returncode == 0 else done.stderr
    if not isinstance(found, list):
        raise SystemExit(f"{unit}: its mutants cannot be run\n{found}")
    return found, time.perf_counter() - started


def answer(survivors):
    """The life of such a process: survivors(unit, keys), or what went wrong."""
    unit, keys = json.load(sys.stdin)
    pipe = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # nothing else is said there
    try:
        found = survivors(unit, set(keys))
    except BaseException:
        found = traceback.format_exc()
    json.dump(found, pipe)
    pipe.close()
    os._exit(0)  # threads that were left behind end here
