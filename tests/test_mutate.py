"""The mutants are those that they should be, and none that lives goes unseen."""

import os

import mutate
import mutate_lessons
import mutate_package
import mutmut.configuration
import pytest
from mutants import Mutant, difference, equivalents, unfit
from pipeline.lesson import read
from project import copy, run

LESSON = """\
# %%
rows = [1, 2]
height = 0.5
total = rows[0] + height
assert total == 1.5
print(total > 1.0, not rows)
sure = 3 * 0

# %%
def most(a, b):
    return max(a, -b) if a in rows else b.max()


print(most(height, total).round(1) == 0.2, True)
"""
MADE = """\
2 rows = [2, 2]
2 rows = [1, 3]
3 height = 1.5
4 total = rows[0] - height
4 total = height[0] + height
4 total = rows[1] + height
4 total = rows[0] + total
6 print(total >= 1.0, not rows)
6 print(rows > 1.0, not rows)
6 print(total > 2.0, not rows)
6 print(total > 1.0, not not rows)
6 print(total > 1.0, not height)
7 sure = 3 / 0
7 sure = 4 * 0
7 sure = 3 * 1
11 return max(a, -b) if a not in rows else b.max()
11 return max(a, -b) if b in rows else b.max()
11 return max(b, -b) if a in rows else b.max()
11 return max(a, +b) if a in rows else b.max()
11 return max(a, -a) if a in rows else b.max()
11 return max(a, -b) if a in rows else b.min()
11 return max(a, -b) if a in rows else a.max()
14 print(most(height, total).round(1) != 0.2, True)
14 print(most(total, total).round(1) == 0.2, True)
14 print(most(height, rows).round(1) == 0.2, True)
14 print(most(height, total).round(2) == 0.2, True)
14 print(most(height, total).round(1) == 1.2, True)
14 print(most(height, total).round(1) == 0.2, False)
"""


def test_a_lesson_s_mutants_change_one_thing_each_and_no_check(tmp_path):
    (tmp_path / "01_rows.py").write_text(LESSON, encoding="utf-8")
    made = mutate_lessons.of_lesson(read(tmp_path / "01_rows.py"))
    assert sorted(f"{m.line} {m.new}" for m in made) == sorted(MADE.splitlines())
    assert len({m.key for m in made}) == len(made)


PLANTED = """\
# %%
rows = [1, 2, 3]
print(rows[1], max(rows) - 2 > 0)
print(next(n for n in rows if n > 2))
"""


def of_the_copy(folder):
    return os.environ | {"PYTHONPATH": str(folder / "docs")}


def test_what_survives_in_a_lesson_is_listed_and_a_stale_entry_is_an_error(tmp_path):
    folder = copy(tmp_path / "checkout", {"01_rows": PLANTED})
    for old in folder.glob("tests/approved/*.txt"):
        old.unlink()
    (folder / "tests/approved/01_rows.txt").write_text("-- code cell 1\n2 True\n3\n", "utf-8")
    (folder / "tests/equivalent.txt").write_text(
        "lessons_src/01_rows.py\n- rows = [1, 2, 3]\n+ rows = [2, 2, 3]\nIt is not looked at.\n\n"
        "lessons_src/01_rows.py\n- rows = [1, 2]\n+ rows = [2, 2]\nIt was there once.\n",
        encoding="utf-8",
    )
    process = run(folder, "tests/mutate.py", "01_rows", env=of_the_copy(folder))
    said, _ = process.communicate(timeout=300)
    survivors = [line for line in said.splitlines() if line.endswith("survives")]
    assert survivors == [f"lessons_src/01_rows.py:{line} survives" for line in (3, 3)]
    assert "+ print(rows[1], max(rows) + 2 > 0)" in said
    assert "lessons: 12 killed, 2 survived, 1 equivalent: 85.7%" in said
    assert "01_rows.py: there is no such change\n  - rows = [1, 2]\n" in said
    assert process.returncode == 1


def test_a_lesson_that_is_not_as_approved_is_no_ground_to_judge_on(tmp_path):
    folder = copy(tmp_path / "checkout", {"01_rows": PLANTED})
    (folder / "tests/approved/01_rows.txt").write_text("-- code cell 1\n3 True\n", "utf-8")
    process = run(folder, "tests/mutate.py", "01_rows", env=of_the_copy(folder))
    said, _ = process.communicate(timeout=300)
    assert process.returncode and "01_rows.py:2 shows something else than was approved" in said


MODULE = '''\
"""Waves."""

SPEED = 2


def wave(x, n=1):
    """x + n."""
    if x < 0:
        raise ValueError(f"x must be 0 or more, got {x - 1}", "words")
    return x + n


class Sea:
    def depth(self):
        return 3
'''
TESTS = """\
from llm_scratch.waves import Sea, wave


def test_wave():
    assert wave(1) == 2


def test_sea():
    assert Sea().depth() > 2
"""


@pytest.fixture
def waves(tmp_path, monkeypatch):
    """A project of one module, in place of this one."""
    settings = (
        '[tool.mutmut]\nsource_paths = ["src"]\npytest_add_cli_args_test_selection = ["tests"]\n'
    )
    files = {"pyproject.toml": settings, "tests/test_waves.py": TESTS, "docs/nothing": ""}
    files |= {"lessons_src/llm_scratch/__init__.py": "", "lessons_src/llm_scratch/waves.py": MODULE}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    for name, path in (("ROOT", "."), ("SOURCES", "lessons_src"), ("FOLDER", ".cache/mutmut")):
        monkeypatch.setattr(mutate_package, name, tmp_path / path)
    mutmut.configuration.reset_config()
    yield
    mutmut.configuration.reset_config()


def test_what_survives_in_the_package_is_listed(waves):
    made = mutate_package.make()
    changes = {(mutant.line, mutant.new) for mutant in made}
    assert {
        (6, "def wave(x, n=2):"),
        (8, "if x <= 0:"),
        (8, "if x < 1:"),
        (10, "return x - n"),
        (15, "return 4"),
    } <= changes
    assert not any("XX" in mutant.new or "WORDS" in mutant.new for mutant in made)
    alive = {(mutant.line, mutant.new) for mutant in mutate_package.run(made)}
    assert {(8, "if x <= 0:"), (8, "if x < 1:"), (15, "return 4")} <= alive
    assert not alive & {(6, "def wave(x, n=2):"), (10, "return x - n")}
    assert mutate_package.make(["other"]) == []


A = Mutant("a", "file.py", 3, "x = 1", "x = 2")
B = Mutant("b", "file.py", 4, "y = 1", "y = 2")


@pytest.mark.parametrize(
    ("known", "killed", "said"),
    [
        ([A], [], []),
        ([A], [B], []),
        ([A, B], [B], ["file.py: this is killed\n  - y = 1\n  + y = 2"]),
        ([Mutant("", "file.py", 3, "x = 0", "x = 1")], [], ["no such change\n  - x = 0"]),
        ([Mutant("", "gone.py", 3, "x = 1", "x = 2")], [], ["gone.py: there is no such change"]),
    ],
)
def test_an_entry_that_is_stale_or_wrong_is_told(known, killed, said):
    complaints = [*unfit({mutant.change: "why" for mutant in known}, [A, B], killed)]
    assert len(complaints) == len(said)
    assert all(part in whole for part, whole in zip(said, complaints, strict=True))


@pytest.mark.parametrize("text", ["file.py\n- a\n+ b\n", "file.py\n- a\nb\nwhy\n"])
def test_an_equivalent_needs_its_reason(text):
    with pytest.raises(ValueError, match="expected a file, - old, \\+ new and a reason"):
        equivalents(text)


def test_the_bar_counts_what_is_not_equivalent(capsys):
    mutants = [Mutant(str(i), "file.py", i, "x", str(i)) for i in range(41)]
    known = {mutants[0].change: "why"}
    assert mutate.report("lessons", mutants, mutants[:3], known, 1.0)
    assert not mutate.report("lessons", mutants, mutants[:4], known, 1.0)
    said = capsys.readouterr().out
    assert "file.py:1 survives\n  - x\n  + 1\n" in said and "file.py:0" not in said
    assert "38 killed, 2 survived, 1 equivalent: 95.0%" in said


def test_a_sample_is_always_the_same():
    assert mutate.sample([*range(99)], 9) == mutate.sample([*range(99)], 9)
    assert len({*mutate.sample([*range(99)], 9)}) == 9 and mutate.sample([1], 9) == [1]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (["a", "b", "c"], ["a", "x", "c"], (1, "b", "x")),
        (["f(", "  1,", "  2,", ")"], ["f(", "  1,", ")"], (2, "2,", "")),
        (["a"], ["b"], (0, "a", "b")),
    ],
)
def test_a_difference_is_the_lines_that_differ(old, new, found):
    assert difference(old, new) == found
