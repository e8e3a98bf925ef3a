"""Mutants of llm_scratch: mutmut makes them and runs, for each, the tests that reach its function.

mutmut wants a package that lies in src/, so it works on a copy. A mutant that changes nothing but
the letters of a string changes no number that a reader sees, and is left out.
"""

import ast
import contextlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from mutants import ROOT, Mutant, asked, difference
from mutmut.configuration import config
from mutmut.mutation.file_mutation import mutate_file_contents

FOLDER = ROOT / ".cache" / "mutmut"
SOURCES = ROOT / "lessons_src"
_STRING = re.compile(r'[a-z]?"[^"]*"')
ALIVE = (0, 33)  # the exit codes of a mutant that all tests pass, or that no test reaches


def make(words=()):
    """All mutants that change more than words, of the files that `words` ask for."""
    paths = sorted(SOURCES.glob("llm_scratch/**/*.py"))
    with contextlib.chdir(ROOT):  # where mutmut finds its settings
        paths = [path for path in paths if config().should_mutate(path)]
        chosen = [path for path in paths if asked(path.relative_to(ROOT).as_posix(), words)]
        return [mutant for path in chosen for mutant in _mutants(path)]


def run(mutants):
    """The mutants that no test kills."""
    _lay_out()
    command = [Path(sys.executable).with_name("mutmut"), "run", *(m.key for m in mutants)]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise SystemExit(f"mutmut cannot run\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    exits = {}
    for path in (FOLDER / "mutants").rglob("*.meta"):
        exits |= json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    return [mutant for mutant in mutants if exits[mutant.key] in ALIVE]


def _lay_out():
    shutil.rmtree(FOLDER, ignore_errors=True)
    (FOLDER / "mutants").mkdir(parents=True)
    shutil.copytree(SOURCES / "llm_scratch", FOLDER / "src/llm_scratch")
    shutil.copytree(ROOT / "tests", FOLDER / "tests")
    shutil.copy2(ROOT / "pyproject.toml", FOLDER)
    for name in ("docs", "lessons_src"):  # some tests read them
        (FOLDER / "mutants" / name).symlink_to(ROOT / name)


def _mutants(path):
    """The mutants of one module, in the order in which mutmut makes them."""
    text = path.read_text(encoding="utf-8")
    module = ".".join(path.relative_to(SOURCES).with_suffix("").parts).removesuffix(".__init__")
    file = path.relative_to(ROOT).as_posix()
    first_lines = {name: function.lineno for name, function in _functions(text)}
    made = mutate_file_contents(str(path), text).code
    copies = {function.name: _lines(made, function) for _, function in _functions(made)}
    for name, lines in copies.items():
        of, _, number = name.partition("__mutmut_")
        if number.isdecimal():
            at, old, new = difference(copies[f"{of}__mutmut_orig"], lines)
            if _without_words(old) != _without_words(new):
                yield Mutant(f"{module}.{name}", file, first_lines[of] + at, old, new)


def _functions(text):
    """(name as mutmut has it, tree) of a module's functions and methods."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef):
            methods = (method for method in node.body if isinstance(method, ast.FunctionDef))
            yield from ((f"xǁ{node.name}ǁ{method.name}", method) for method in methods)
        elif isinstance(node, ast.FunctionDef):
            yield f"x_{node.name}", node


def _lines(text, function):
    """A function's lines, under the name that it has in its file."""
    name = function.name.partition("__mutmut_")[0].removeprefix("x_").rpartition("ǁ")[2]
    lines = text.splitlines()[function.lineno - 1 : function.end_lineno]
    return [lines[0].replace(function.name, name), *lines[1:]]


def _without_words(line):
    """The line with its plain strings empty; an f-string may compute something."""
    return _STRING.sub(lambda found: '""' if found[0].startswith('"') else found[0], line)
