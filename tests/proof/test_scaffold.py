"""A first contribution, all the way: begun, joined to the course, broken and taken away."""

import re
import shutil
from contextlib import contextmanager

import project
import pytest
from project import ROOT, edit

from course import new_lesson
from course.project import relative

pytestmark = pytest.mark.xdist_group("scaffold")  # one copy for all of them
EXERCISES = "lessons_src/llm_scratch/exercises/rope.py"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy with a lesson in its middle, to which the one before leads where `check` says so."""
    folder = project.whole(tmp_path_factory.mktemp("scaffold") / "checkout")
    if (ROOT / ".cache").exists():  # nothing that has run here runs again
        shutil.copytree(ROOT / ".cache", folder / ".cache", ignore=shutil.ignore_patterns("live"))
    assert docs(folder, "lesson", "rope", "position")[0] == 0
    code, told = docs(folder, "check", "position")
    found = re.findall(r"position.py:(\d+): .* Write (\[.*\]\(rope\.md\)) into this", told)
    assert code == 1 and len(found) == len(told.splitlines()) == 2, told
    path = folder / "lessons_src/position.py"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for line, link in reversed(found):
        lines.insert(int(line), f"#\n# {link}\n")
    path.write_text("".join(lines), encoding="utf-8")
    return folder


def docs(folder, *arguments):
    """(exit code, output) of `python docs`."""
    process = project.run(folder, "docs", *arguments)
    output, _ = process.communicate(timeout=600)
    return process.returncode, output


@contextmanager
def broken(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    yield
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", ["rope", "position"])
def test_the_new_lesson_and_the_one_before_leave_nothing_to_mend(checkout, name):
    code, told = docs(checkout, "check", name)
    assert code == 0 and re.fullmatch(rf"{name}: nothing to mend \(.* s\)\n", told), told
    for home in ("site", "site/en"):
        assert "lessons/rope/" in (checkout / home / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2.0,", "np.log(4),", "mistake 2 is the answer"),
        ("],\n    )\n\n\n", "][:1],\n    )\n\n\n", "must know two tempting mistakes, got 1"),
    ],
)
def test_an_unsound_exercise_is_told_once_its_sentence_last(checkout, old, new, said):
    with broken(checkout / EXERCISES, old, new):
        code, told = docs(checkout, "check", "rope")
    last = told.splitlines()[-1]
    assert code == 1 and told.count("Traceback") == 1 and told.startswith("lessons_src/rope.py")
    assert last.startswith("ValueError: exercise rope.1") and said in last


@pytest.mark.parametrize(
    ("new", "said"),
    [(r"(../glossary.md) $\nosuch$", "Mend the formula"), ("(../no.txt)", "'../no.txt'")],
)
def test_what_only_a_build_can_see_is_told(checkout, new, said):
    with broken(checkout / "lessons_src/rope.py", "(../glossary.md)", new):
        code, told = docs(checkout, "check", "rope")
    assert code == 1 and said in told and "rope" in told, told


def test_it_goes_without_a_trace(checkout):
    """Whoever changes their mind deletes three files, and the lines that name them."""
    for made in new_lesson.MADE.values():
        (checkout / relative(new_lesson.path_of(made, "rope"))).unlink()
    edit(checkout, "mkdocs.yml", "      - lessons/rope.md\n", "")
    for path, words in new_lesson.MAPS.items():
        edit(checkout, relative(path), f"- [rope](lessons/rope.md)\n  {words}\n", "")
    for path in ("mkdocs.yml", *map(relative, new_lesson.MAPS)):
        assert (checkout / path).read_bytes() == (ROOT / path).read_bytes()
