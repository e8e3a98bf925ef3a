"""Mutants of llm_scratch: killed if a test named after the module fails, or one of its doctests.

One process collects these tests. For each mutant it forks, and the fork gives every live function
of the module, decorated or not, the code and the defaults that the changed module would give it.
"""

import ast
import functools
import gc
import inspect
import json
import types
from collections import Counter
from pathlib import Path

import pytest
from mutants import ROOT, Mutant, alter, outlives

LEFT_OUT = {"llm_scratch", "__main__", "drawing", "with_torch"}
PATHS = [*ROOT.glob("lessons_src/llm_scratch/*.py"), *ROOT.glob("lessons_src/*/*/__init__.py")]
NAMES = {(p.parent if p.stem == "__init__" else p).stem: p for p in sorted(PATHS)}
UNITS = {n: p.relative_to(ROOT).as_posix() for n, p in NAMES.items() if n not in LEFT_OUT}


def mutants(module):
    """(mutant, tree of the module, its function) each; meanwhile, the tree is changed."""
    tree, number = ast.parse((ROOT / UNITS[module]).read_text(encoding="utf-8")), 0
    for name, function in _functions(tree):
        for line, text in alter(function):
            yield Mutant(f"{module} {number}", UNITS[module], line, name, text), tree, function
            number += 1


def _functions(tree, prefix=""):
    """(qualified name, tree) of each function and method."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")


class Live:
    """What there is of a module once its tests are collected."""

    def __init__(self, path):
        self.path, there = path, gc.get_objects()
        every = [f for f in there if isinstance(f, types.FunctionType)]
        self.functions = [f for f in every if f.__code__.co_filename == path]
        self.wrappers = [f for f in every if hasattr(f, "__wrapped__")]
        self.caches = [f for f in there if isinstance(f, functools._lru_cache_wrapper)]

    def change(self, code, function):
        """Give the live functions what they have in the changed module, whose `function` it is."""
        codes = {_place(part): part for part in _codes(code)}
        lines = function.lineno, *(node.lineno for node in function.decorator_list)
        for live in self.functions:
            live.__code__ = codes.get(_place(live.__code__), live.__code__)
            if live.__code__.co_firstlineno == min(lines):
                self.change_defaults(live, ast.Lambda(function.args, ast.Constant(None)))
        for cache in self.caches:
            if cache.__module__.startswith("llm_scratch"):
                cache.cache_clear()

    def change_defaults(self, live, tree):
        """The defaults of the lambda `tree`, also where a decorator remembers the signature."""
        tree = ast.fix_missing_locations(ast.Expression(tree))
        changed = eval(compile(tree, self.path, "eval"), live.__globals__)
        live.__defaults__, live.__kwdefaults__ = changed.__defaults__, changed.__kwdefaults__
        for wrapper in self.wrappers:
            for cell in wrapper.__closure__ or () if inspect.unwrap(wrapper) is live else ():
                held = cell.cell_contents
                for known in (held, *getattr(held, "__dict__", {}).values()):
                    if isinstance(known, inspect.Signature):
                        known._parameters = inspect.signature(live).parameters


def _codes(code):
    """A code object and all that are in it."""
    parts = (part for part in code.co_consts if isinstance(part, types.CodeType))
    return [code, *(inner for part in parts for inner in _codes(part))]


def _place(code):
    return code.co_qualname, code.co_firstlineno


class Trial:
    """A plugin of pytest's: runs the tests that were collected once for each mutant."""

    def __init__(self, module, keys):
        self.module, self.keys, self.alive = module, keys, None
        self.seconds = Counter()

    def pytest_runtest_logreport(self, report):
        self.seconds[report.nodeid] += report.duration

    def pytest_runtestloop(self, session):
        live, took = Live(str(ROOT / UNITS[self.module])), Path("seconds.json")
        gc.freeze()
        if live.functions and outlives(lambda: _pass(session) and self.keep(took), 600):
            took, alive = json.loads(took.read_text()), []
            session.items.sort(key=lambda item: took[item.nodeid])  # what is quick, first
            seconds = 5 + 5 * sum(took.values())
            for mutant, tree, function in mutants(self.module):
                code = compile(tree, live.path, "exec")
                run = functools.partial(_pass, session, live, code, function)
                if mutant.key in self.keys and outlives(run, seconds):
                    alive.append(mutant.key)
            self.alive = alive
        return True

    def keep(self, file):
        return file.write_text(json.dumps(self.seconds))


def _pass(session, live=None, *changed):
    """Whether there are tests and all pass, after a change."""
    if live:
        live.change(*changed)
    for item, following in zip(session.items, [*session.items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return False
    return bool(session.items) and not session.testsfailed


def survivors(module, keys):
    """The keys of one module's mutants that its own tests let live."""
    trial = Trial(module, keys)
    test = str(ROOT / f"tests/package/test_{module}.py")
    options = ["-pno:cacheprovider", "--hypothesis-profile=mutants", "--tb=native"]
    options += [f"--rootdir={ROOT}", f"--config-file={ROOT}/pyproject.toml"]
    pytest.main([*options, str(ROOT / UNITS[module]), test], [trial])
    if trial.alive is None:
        raise SystemExit(f"{module}: its tests fail before anything is changed")
    return trial.alive
