"""Changes of one place each, forks that try them, and the list of those that nothing can notice."""

import ast
import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EQUIVALENT = Path(__file__).with_name("equivalent.txt")
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
UNCHANGED = {"check", "default_rng"}  # calls: what judges an exercise, and seeds
SAME = {"strict", "seed"}  # arguments by name
SHORT = ast.Constant | ast.Name | ast.UnaryOp | ast.Starred | ast.Slice | ast.Tuple | ast.List


@dataclass(frozen=True)
class Mutant:
    """One change of one place; `key` is how its runner calls it."""

    key: str  # the lesson or module, and a number
    file: str  # from the project's folder
    line: int
    function: str  # or "" in a lesson
    text: str  # the smallest expression that changes: "old -> new"

    @property
    def unit(self):
        return self.key.split()[0]

    @property
    def change(self):
        """What it is known by when lines move."""
        return f"{self.file} {self.function}".strip(), self.text


def asked(file, words):
    """Whether a file is meant: one of `words` stands in its name, or there are none."""
    return not words or any(word in file for word in words)


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


def alter(tree, variables=()):
    """(line, "old -> new") for each change in turn; meanwhile, the tree is changed."""
    for node, place, field, value in [*_changes(tree, variables)]:
        before, old = getattr(node, field), _text(place)
        setattr(node, field, value)
        yield node.lineno, f"{old} -> {_text(place)}"
        setattr(node, field, before)


def _text(place):
    return ast.unparse(place).strip().partition("\n")[0]


def _changes(tree, variables):
    """(node, what it stands in, field, value) for each number, operator and name, changed once."""
    for node, place, names in _nodes(tree, tree, variables):
        match node:
            case ast.Constant(value=bool()):
                yield node, place, "value", not node.value
            case ast.Constant(value=int() | float()):
                yield node, place, "value", node.value + 1
            case ast.BinOp() | ast.AugAssign() | ast.UnaryOp() | ast.BoolOp():
                if type(node.op) in SWAPPED:
                    yield node, place, "op", SWAPPED[type(node.op)]()
                elif isinstance(node.op, ast.Not):
                    twice = ast.copy_location(ast.UnaryOp(ast.Not(), node.operand), node)
                    yield node, place, "operand", twice
            case ast.Compare(ops=ops):
                for i, op in enumerate(ops):
                    yield node, place, "ops", [*ops[:i], SWAPPED[type(op)](), *ops[i + 1 :]]
            case ast.Attribute() if node.attr in METHODS:
                yield node, place, "attr", METHODS[node.attr]
            case ast.Name(ctx=ast.Load()) if node.id in names and len(names) > 1:
                yield node, place, "id", names[names.index(node.id) - 1]


def _nodes(tree, place, names):
    """Every node that may change, what it stands in, and the names that could stand in its place.

    A number or name alone says little: it is shown in the expression around it.
    """
    if not isinstance(tree, SHORT):
        place = tree
    yield tree, place, names
    if isinstance(tree, ast.FunctionDef | ast.Lambda):
        names = [a.arg for a in tree.args.args if a.arg not in ("self", "cls")]
    decoration = [*getattr(tree, "decorator_list", []), getattr(tree, "returns", None)]
    for child in ast.iter_child_nodes(tree):
        if child not in decoration and not _stays(child):
            yield from _nodes(child, place, names)


def _stays(node):
    """What is no arithmetic: a check itself, the words of an error, a seed, `strict`."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in UNCHANGED
        case ast.keyword(arg=name):
            return name in SAME
    return isinstance(node, ast.Assert | ast.Raise)


def equivalents(text=None):
    """The changes (file and function, "old -> new") that tests/proof/equivalent.txt explains.

    A paragraph each: the file (and function), the changes a line each, why no check can notice.
    """
    known = set()
    text = EQUIVALENT.read_text(encoding="utf-8") if text is None else text
    for paragraph in filter(None, text.strip().split("\n\n")):
        where, *changes, reason = paragraph.splitlines()
        if not changes or " -> " in reason or not all(" -> " in change for change in changes):
            raise ValueError(f"expected a place, old -> new and a reason, got:\n{paragraph}")
        known |= {(where, change) for change in changes}
    return known


def unfit(known, made, killed):
    """What is wrong with the list: an entry that no mutant matches, or whose mutants are killed."""
    for change in sorted(known):
        meant = {mutant for mutant in made if mutant.change == change}
        if meant <= killed:
            why = "this is killed" if meant else "there is no such change"
            yield f"tests/proof/equivalent.txt: {why}\n  {change[0]}\n  {change[1]}"
