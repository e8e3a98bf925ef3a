"""A lesson as a reader runs it at home: `python attention.py`, with NumPy and matplotlib alone."""

import json
import os
import subprocess
import sys
import tempfile

from course import cache
from course.pool import ONE_THREAD
from course.project import SOURCES

# What these import is allowed, and nothing else.
HAS = {"llm_scratch", "numpy", "matplotlib", "mpl_toolkits", "PIL", "cycler", "kiwisolver"}
HAS |= {"contourpy", "dateutil", "fontTools", "packaging", "pyparsing", "six"}
PROGRAM = """
import json, runpy, sys
has = {*json.loads(sys.argv[3]), *sys.stdlib_module_names}
class Only:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in has and not top.startswith("_"):
            raise ModuleNotFoundError(f"No module named {name!r} at a reader's home", name=name)
sys.meta_path.insert(0, Only())
sys.path[0] = sys.argv[2]
runpy.run_path(sys.argv[1], run_name="__main__")
"""
SECONDS = 300


class Failed(Exception):
    """What a reader would see, its sentence last."""


def run(path):
    """Run a lesson in an empty folder; raises Failed where that shows an error or a warning."""
    command = [sys.executable, "-W", "error", "-X", "utf8", "-c", PROGRAM]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    with tempfile.TemporaryDirectory() as home:
        options = {"cwd": home, "env": os.environ | ONE_THREAD, "timeout": SECONDS}
        try:
            done = subprocess.run([*command, path, SOURCES, json.dumps([*HAS])], **pipes, **options)
        except subprocess.TimeoutExpired:
            raise Failed(f"it took more than {SECONDS} s: make its work smaller") from None
    if done.returncode or done.stderr:
        raise Failed(done.stderr.strip() or f"it ended with exit code {done.returncode}")


def findings(lesson, modules):
    """What `run` has to say of a lesson; that all is well is kept until the lesson changes."""
    key = (lesson.text, sorted(modules.items()), cache.environment(), cache.sources("alone.py"))
    try:
        cache.kept(f"alone/{lesson.name}", key, lambda: run(lesson.path) or b"")
    except Failed as error:
        wrong = f"`python {lesson.label}` fails where there is only NumPy and matplotlib."
        advice = "Mend what Python says, or import nothing else:"
        return [f"{lesson.label}:1: {wrong} {advice}\n{error}"]
    return []
