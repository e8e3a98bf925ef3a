"""`python docs check rope`: all that concerns one lesson, what takes least time first."""

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from course import alone, approved, guards, markup
from course.notebook import LessonFailed
from course.project import DOCS, ROOT, SOURCES
from course.run import COURSE

WARNING = re.compile(r"^(?:WARNING|ERROR)\s+-\s+(.*)$|^Error: (.*)$|^(Aborted .*)$", re.MULTILINE)
HALF = (
    "{name}: one language is missing, and all else is well. That is fine for a pull request: a "
    "maintainer writes the other one in it."
)


def main(name=""):
    started = time.perf_counter()
    known = sorted(path.stem for path in SOURCES.glob("*.py"))
    if name not in known:
        near = markup.nearest(name, known)
        meant = f"the nearest is {near}" if near else f"there are {', '.join(known)}"
        sys.exit(f"check: there is no lesson {name!r}; {meant}.")
    found = []
    for finding in findings(name):
        print(finding, flush=True)
        found.append(finding)
    if not found:
        print(f"{name}: nothing to mend ({time.perf_counter() - started:.1f} s)")
    elif {*found} <= halves(name):
        print(HALF.format(name=name))
    sys.exit(bool(found))


def findings(name):
    """What to mend in a lesson: place, fault, remedy. One that does not run is told so once."""
    try:
        COURSE.refresh([name])
    except ValueError as error:  # a script that is no lesson
        yield str(error)
        return
    found = []
    for line in of_lesson(name):
        found.append(line)
        yield line
    if not COURSE.ran(name):
        return
    with ThreadPoolExecutor() as beside:
        at_home = beside.submit(alone.findings, COURSE.lessons[name], COURSE.imported(name))
        if {*found} <= halves(name):  # a build would repeat the rest
            yield from of_page(name, found)
        yield from at_home.result()


def of_lesson(name):
    """What the script, what it shows and its place in the course leave to mend."""
    lesson = COURSE.lessons[name]
    yield from [*guards.of_script(lesson), *guards.of_course(lesson)]
    try:
        outputs = COURSE.outputs(name)
    except LessonFailed as error:
        yield str(error)
    else:
        yield from [*guards.of_outputs(lesson, outputs), *approved.findings(name)]


def halves(name):
    """What there is to mend as long as one language is not written."""
    return {*guards.both_languages(COURSE.lessons[name])}


def of_page(name, known=()):
    """What a build warns of, where it names the page of this lesson."""
    command = [sys.executable, str(DOCS), "build"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8"}
    settings = os.environ | {"PYTHONUTF8": "1"}
    done = subprocess.run(command, cwd=ROOT, env=settings, **pipes)
    told = [*dict.fromkeys("".join(groups) for groups in WARNING.findall(done.stdout))]
    here = [line for line in told if re.search(rf"\blessons(?:_src)?/{name}\.", line)]
    return [line for line in here if line not in known]
