"""The mutants are those that they should be, and none that lives goes unseen."""

import ast
import os
import re
import time

import mutate
import pytest
from mutants import Mutant, alter, equivalents, outlives, unfit
from project import copy, run

MADE = {
    "a + 1": {"a - 1", "a + 2", "b + 1"},
    "-3 * 0": {"+3 * 0", "-4 * 0", "-3 / 0", "-3 * 1"},
    "not a < 2": {"not not a < 2", "a <= 2", "a < 3", "b < 2"},
    "x in a": {"x not in a", "x in b"},
    "a[0, 1:]": {"b[0, 1:]", "a[1, 1:]", "a[0, 2:]"},
    "f(x, [True, 2])": {"f(x, [False, 2])", "f(x, [True, 3])"},
    "a.max": {"a.min", "b.max"},
    "x += 1 | 2": {"x -= 1 | 2", "1 & 2", "2 | 2", "1 | 3"},
    "if a:": {"if b:"},
    "def f(x, y=1):": {"x, y=2"},
    "def f(self, x, y): return x": {"return y"},
    "lambda p, q: p": {"lambda p, q: q"},
    # checks, messages, seeds, `strict`, decorators
    "raise ValueError(f'got {a - 1:.80}'[:400])": set(),
    "assert a == 1, a + 1": set(),
    "check(answer + 1, 2)": set(),
    "zip(x, strict=True)": set(),
    "rng = np.random.default_rng(3)": set(),
    "sample(seed=3)": set(),
    "@lru_cache(maxsize=3)\ndef f() -> Literal[1]: return x": set(),
}


@pytest.mark.parametrize(("text", "made"), MADE.items())
def test_one_thing_is_changed_each_time_and_named_by_what_stands_around_it(text, made):
    tree = ast.parse(text + " pass" * text.endswith(":"))
    before = ast.unparse(tree)
    found = {}
    for _, change in alter(tree, ["a", "b"]):
        compile(tree, "", "exec")
        found[change.split(" -> ")[1]] = ast.unparse(tree)
    assert {*found} == made and before not in found.values()
    assert ast.unparse(tree) == before


LESSON = """\
# %%
rows = [1, 2, 3]
print(rows[1], max(rows) - 2 > 0)
print(next(n for n in rows if n > 2))
"""
MODULE = '''\
from functools import cache, wraps
from inspect import signature
from types import SimpleNamespace


def doubled(function):
    contract = SimpleNamespace(call=signature(function))

    @wraps(function)
    def twice(*given):
        bound = contract.call.bind(*given)
        bound.apply_defaults()
        return function(*bound.args) * 2

    return twice


@doubled
def wave(x, n=1, *, k=3):
    """x + n + k, twice.

    >>> wave(5), wave(-1)
    (18, 0)
    """
    return x + n + k if x > 0 else 0


class Sea:
    @property
    def depth(self):
        return 3 + self.of(1)

    @staticmethod
    @cache
    def of(n):
        return -n


Sea.of(1)
'''
TESTS = "from llm_scratch.waves import Sea\ndef test_sea(): assert Sea().depth in (2, 3)\n"
KNOWN = """\
lessons_src/rows.py
rows = [1, 2, 3] -> rows = [2, 2, 3]
rows = [1, 2] -> rows = [2, 2]
It is not looked at.
"""
ALIVE = """\
lessons_src/rows.py:3 survives: max(rows) - 2 > 0 -> max(rows) - 2 >= 0
lessons_src/rows.py:3 survives: max(rows) - 2 -> max(rows) + 2
lessons_src/llm_scratch/waves.py:25 wave: x > 0 -> x >= 0
lessons_src/llm_scratch/waves.py:25 wave: x > 0 -> x > 1
lessons_src/llm_scratch/waves.py:31 Sea.depth: 3 + self.of(1) -> 4 + self.of(1)
"""


@pytest.fixture
def folder(tmp_path):
    """A project of one lesson and one module to change."""
    folder = copy(tmp_path / "checkout", {"rows": LESSON})
    for old in folder.glob("tests/lessons/approved/*.txt"):
        old.unlink()
    files = {"tests/lessons/approved/rows.txt": "-- code cell 1\n2 True\n3\n"}
    files |= {"lessons_src/llm_scratch/waves.py": MODULE, "tests/package/test_waves.py": TESTS}
    for name, text in (files | {"tests/proof/equivalent.txt": KNOWN}).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def mutated(folder, *words):
    """(exit code, what is said) of a run."""
    paths = os.pathsep.join(map(str, (folder / "docs", folder / "lessons_src")))
    env = os.environ | {"PYTHONPATH": paths}
    process = run(folder, "tests/proof/mutate.py", *words, env=env)
    said, _ = process.communicate(timeout=300)
    return process.returncode, said


def test_what_survives_is_listed_and_a_stale_entry_is_an_error(folder):
    code, said = mutated(folder, "rows", "waves")
    assert re.findall("^lessons_src.*\n", said, re.MULTILINE) == ALIVE.splitlines(keepends=True)
    assert re.search(r"rows +15 +12 +1 +2 +85.7%", said)
    assert re.search(r"waves +16 +13 +0 +3 +81.2%", said)
    assert "there is no such change\n  lessons_src/rows.py\n  rows = [1, 2] ->" in said
    assert code == 1


SHOWS = "-- code cell 1\n3 True\n", "rows.py:2 shows something else"
FAILS = "def test_sea():\n    assert 0\n", "waves: its tests fail before anything"


@pytest.mark.parametrize(
    ("file", "words", "text", "complaint"),
    [("lessons/approved/rows.txt", "rows", *SHOWS), ("package/test_waves.py", "waves", *FAILS)],
)
def test_what_fails_without_a_change_is_no_ground_to_judge_on(folder, file, words, text, complaint):
    (folder / "tests" / file).write_text(text, encoding="utf-8")
    code, said = mutated(folder, words)
    assert code and complaint in said


@pytest.mark.filterwarnings("ignore:This process")  # has threads, and forks
def test_what_fails_stops_or_takes_too_long_is_killed():
    assert outlives(lambda: True, 60)
    assert not outlives(lambda: False, 60) and not outlives(lambda: 1 / 0, 60)
    assert not outlives(lambda: time.sleep(60), 0.1)


A = Mutant("m 1", "file.py", 3, "f", "x = 1 -> x = 2")
TWIN = Mutant("m 2", "file.py", 9, "f", "x = 1 -> x = 2")
B = Mutant("m 3", "file.py", 4, "", "y = 1 -> y = 2")
GONE = Mutant("m 4", "file.py", 3, "g", "x = 1 -> x = 2")


@pytest.mark.parametrize(
    ("known", "killed", "said"),
    [
        ([A], [], []),
        ([A], [B, TWIN], []),
        ([A], [A, TWIN], ["this is killed\n  file.py f\n  x = 1 -> x = 2"]),
        ([A, B], [B], ["this is killed\n  file.py\n  y = 1 -> y = 2"]),
        ([GONE], [], ["there is no such change\n  file.py g\n  x = 1"]),
    ],
)
def test_an_entry_that_is_stale_or_wrong_is_told(known, killed, said):
    complaints = [*unfit({mutant.change for mutant in known}, [A, TWIN, B], {*killed})]
    assert len(complaints) == len(said)
    assert all(part in whole for part, whole in zip(said, complaints, strict=True))


def test_an_entry_is_a_place_its_changes_and_a_reason():
    found = equivalents("a.py f\nx -> y\nx -> z\nBoth are 1.\n\nb.py\n1 -> 2\nNot read.\n")
    assert found == {("a.py f", "x -> y"), ("a.py f", "x -> z"), ("b.py", "1 -> 2")}


@pytest.mark.parametrize("text", ["a.py\nx -> y\n", "a.py\nwhy\n", "a.py\nx\nx -> y\nwhy\n"])
def test_an_equivalent_needs_its_reason(text):
    with pytest.raises(ValueError, match="expected a place, old -> new and a reason"):
        equivalents(text)


def test_the_bar_counts_what_is_not_equivalent_in_all_and_in_a_module(capsys):
    mutants = [Mutant(f"{'ab'[i > 30]} {i}", "file.py", i, "f", str(i)) for i in range(41)]
    known, seconds = {mutants[0].change}, {"a": 1.0, "b": 2.0}
    assert mutate.report("package", mutants, mutants[:3], known, seconds, 0.9)
    assert not mutate.report("package", mutants, mutants[:4], known, seconds, 0)
    assert mutate.report("package", mutants, mutants[-2:], known, seconds, 0.8)
    assert not mutate.report("package", mutants, mutants[-2:], known, seconds, 0.9)
    said = capsys.readouterr().out
    assert "file.py:1 f: 1\n" in said and "file.py:0" not in said
    assert re.search(r"a +31 +28 +1 +2 +93.3% +1\nb +10 +10 +0 +0 +100.0% +2\n", said)
    assert re.search(r"in all +41 +38 +1 +2 +95.0% +3\n", said)


def test_a_sample_is_always_the_same():
    assert mutate.sample([*range(99)], 9) == mutate.sample([*range(99)], 9)
    assert len({*mutate.sample([*range(99)], 9)}) == 9 and mutate.sample([1], 9) == [1]
