"""Mutants of llm_scratch: killed if a test named after the module fails, or one of its doctests.

One process collects these tests. For each mutant it forks, and the fork gives every live function
of the module, decorated or not, the code that the changed module has in its place.
"""

import ast
import functools
import gc
import inspect
import time
import types

import pytest
from forks import answer, outlives
from mutants import ROOT, Mutant, alter, asked

PACKAGE = "lessons_src/llm_scratch"
LEFT_OUT = {"__init__", "__main__", "drawing", "with_torch"}


def modules():
    """{name: its file, from the project's folder}"""
    paths = {path.stem: path for path in sorted((ROOT / PACKAGE).glob("*.py"))}
    paths |= {path.parent.name: path for path in sorted((ROOT / PACKAGE).glob("*/__init__.py"))}
    return {n: p.relative_to(ROOT).as_posix() for n, p in paths.items() if n not in LEFT_OUT}


def make(words=()):
    """All mutants of the modules that `words` ask for."""
    chosen = [module for module, file in modules().items() if asked(file, words)]
    return [mutant for module in chosen for mutant, *_ in of_module(module)]


def of_module(module):
    """(mutant, tree of the module, its function) each; meanwhile, the tree is changed."""
    file, number = modules()[module], 0
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    for name, function in _functions(tree):
        for line, text in alter(function):
            yield Mutant(f"{module} {number}", file, line, name, text), tree, function
            number += 1


def _functions(tree, prefix=""):
    """(qualified name, tree) of each function and method."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")


class Module:
    """What is there of a module once its tests are collected."""

    def __init__(self, path):
        self.path, there = path, gc.get_objects()
        functions = [f for f in there if isinstance(f, types.FunctionType)]
        self.functions = [f for f in functions if f.__code__.co_filename == path]
        self.wrappers = [f for f in functions if hasattr(f, "__wrapped__") and f.__closure__]
        self.caches = [f for f in there if isinstance(f, functools._lru_cache_wrapper)]

    def change(self, tree, function):
        """Give the live functions what they have in the changed tree."""
        codes = {_place(code): code for code in _codes(compile(tree, self.path, "exec"))}
        for live in self.functions:
            live.__code__ = codes.get(_place(live.__code__), live.__code__)
            if live.__code__.co_firstlineno == _first_line(function):
                self.change_defaults(live, function.args)
        for cache in self.caches:
            if cache.__module__.startswith("llm_scratch"):
                cache.cache_clear()

    def change_defaults(self, live, arguments):
        """Also for a decorator that remembers the signature."""
        if live.__defaults__:
            live.__defaults__ = tuple(_value(tree, live) for tree in arguments.defaults)
        for argument, tree in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            if tree:
                live.__kwdefaults__[argument.arg] = _value(tree, live)
        cells = [c for f in self.wrappers if f.__wrapped__ is live for c in f.__closure__]
        for cell in cells:
            if isinstance(cell.cell_contents, inspect.Signature):
                cell.cell_contents = inspect.signature(live)


def _codes(code):
    yield code
    for part in code.co_consts:
        if isinstance(part, types.CodeType):
            yield from _codes(part)


def _place(code):
    return code.co_qualname, code.co_firstlineno


def _first_line(function):
    return min(node.lineno for node in (function, *function.decorator_list))


def _value(tree, function):
    return eval(compile(ast.Expression(tree), "", "eval"), function.__globals__)


class Survivors:
    """A plugin of pytest's: runs the tests that were collected once for each mutant."""

    def __init__(self, module, keys):
        self.module, self.keys = module, keys
        self.found = "its tests fail before anything is changed"

    def pytest_runtestloop(self, session):
        live, started = Module(str(ROOT / modules()[self.module])), time.perf_counter()
        gc.freeze()
        if not live.functions or not outlives(lambda: _pass(session), 600):
            return True
        seconds = 5 + 5 * (time.perf_counter() - started)
        self.found = []
        for mutant, *trees in of_module(self.module):
            if mutant.key in self.keys and outlives(
                lambda trees=trees: live.change(*trees) or _pass(session), seconds
            ):
                self.found.append(mutant.key)
        return True


def _pass(session):
    """Whether all tests pass, of those that there must be, up to the first that fails."""
    for item, following in zip(session.items, [*session.items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return False
    return bool(session.items) and not session.testsfailed


def survivors(module, keys):
    """The keys of one module's mutants that its own tests let live."""
    plugin = Survivors(module, keys)
    test = str(ROOT / f"tests/test_{module}.py")
    options = ["-p", "no:cacheprovider", "--hypothesis-profile=mutants", "--tb=native"]
    places = [f"--rootdir={ROOT}", f"--config-file={ROOT}/pyproject.toml"]
    pytest.main([*options, *places, test, str(ROOT / modules()[module])], [plugin])
    return plugin.found


if __name__ == "__main__":
    answer(survivors)
