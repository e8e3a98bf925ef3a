"""`make lesson`: a new lesson passes every test at once, goes without a trace, or is not begun."""

import re
import shutil
from pathlib import Path

import new_lesson
import project
import pytest
from project import ROOT, edit

LAST = sorted(ROOT.glob("lessons_src/[0-9]*_*.py"))[-1].stem
NEW = f"{int(LAST[:2]) + 1:02}_rope"
PROOF = ["lessons", "approved", "exercises", "site", "forge", "readers"]
ALSO = [
    "test_site",
    "definition",
    "approved_file",
    "gap",
    "one_order",
    "laid",
    "its_time",
    "as_long",
]
CONCERNED = " or ".join([NEW, *ALSO])


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """One copy for all tests here: each leaves it as it was, and says so."""
    return project.whole(tmp_path_factory.mktemp("new_lesson") / "checkout")


def scaffold(checkout, *arguments):
    """(exit code, output) of `make lesson`."""
    process = project.run(checkout, "docs/new_lesson.py", *arguments, encoding="utf-8")
    output, _ = process.communicate(timeout=60)
    return process.returncode, output


def files(checkout):
    made = {".cache", "site", "node_modules", "__pycache__", ".pytest_cache", ".hypothesis"}
    paths = (p for p in sorted(checkout.rglob("*")) if not made & {*p.parts} and p.is_file())
    return {p.relative_to(checkout).as_posix(): p.read_bytes() for p in paths}


def take_away(checkout):
    """What a contributor does who changes their mind: three files, and the lines that name it."""
    for file in new_lesson.MADE.values():
        (checkout / file.format(stem=NEW, number=int(NEW[:2]))).unlink()
    for file in new_lesson.NAVIGATIONS:
        edit(checkout, file, f"      - lessons/{NEW}.ipynb\n", "")
    for file in new_lesson.MAPS:
        entry = re.compile(rf"^\d+\. \[rope\]\(lessons/{NEW}\.ipynb\)\n.*\n", re.MULTILINE)
        path = checkout / file
        path.write_text(entry.sub("", path.read_text(encoding="utf-8")), encoding="utf-8")


def test_a_new_lesson_passes_every_test_and_goes_without_a_trace(checkout, site):
    keep = shutil.ignore_patterns("live")
    shutil.copytree(ROOT / ".cache", checkout / ".cache", ignore=keep)  # nothing else runs again
    before = files(checkout)
    code, output = scaffold(checkout, "rope")
    assert code == 0, output
    assert re.findall(r"^(\d)\.", output, re.MULTILINE) == ["1", "2", "3"] * 2 and NEW in output
    assert len(files(checkout)) == len(before) + 3
    tests = [path for name in PROOF for path in checkout.glob(f"tests/**/test_{name}.py")]
    process = project.run(checkout, "-m", "pytest", "-q", *tests, "-k", CONCERNED)
    output, _ = process.communicate(timeout=600)
    assert process.returncode == 0, output
    for home in ("site", "site/en"):
        assert f"lessons/{NEW}/" in (checkout / home / "index.html").read_text(encoding="utf-8")
    take_away(checkout)
    assert files(checkout) == before


REFUSED = {
    "no name": ([], "must be small letters, digits and _, such as make lesson NAME=rope; got ''"),
    "two words": (["rope", "again"], "got 'rope again'"),
    "a capital": (["Rope"], "got 'Rope'"),
    "a path": (["../rope"], "got '../rope'"),
    "Japanese": (["位置"], "got '位置'"),
    "a taken name": ([LAST[3:]], f"{LAST[3:]} is taken, by lessons_src/{LAST}.py"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_name_that_no_lesson_can_have_is_refused(checkout, case):
    arguments, message = REFUSED[case]
    before = files(checkout)
    code, output = scaffold(checkout, *arguments)
    assert code == 1 and output.startswith("lesson: ") and message in output
    assert files(checkout) == before


def test_a_file_that_is_in_the_way_stays(checkout):
    mine = checkout / f"lessons_src/llm_scratch/exercises/lesson_{NEW[:2]}.py"
    mine.write_text("mine")
    before = files(checkout)
    code, output = scaffold(checkout, "rope")
    assert files(checkout) == before
    assert code == 1 and f"exercises/lesson_{NEW[:2]}.py is there already" in output
    mine.unlink()


@pytest.mark.parametrize("file", [*new_lesson.NAVIGATIONS, *new_lesson.MAPS])
def test_where_the_lesson_before_is_not_named_nothing_is_begun(checkout, file):
    edit(checkout, file, f"lessons/{LAST}.ipynb", "elsewhere.md")
    before = files(checkout)
    code, output = scaffold(checkout, "rope")
    assert files(checkout) == before
    edit(checkout, file, "elsewhere.md", f"lessons/{LAST}.ipynb")
    assert code == 1 and f"{file} should name the lesson before this one once, not 0" in output


@pytest.mark.parametrize("n", range(7))
def test_a_disk_that_fills_up_leaves_nothing_behind(checkout, monkeypatch, n):
    monkeypatch.setattr(new_lesson, "ROOT", checkout)
    planned, _ = new_lesson.plan("rope")
    full, write = list(planned)[n].name, Path.write_text

    def write_until_full(path, text, **options):
        write(path, text[:9] if path.name.startswith(full) else text, **options)
        if path.name.startswith(full):
            raise OSError(28, "No space left on device")

    before = files(checkout)
    monkeypatch.setattr(Path, "write_text", write_until_full)
    with pytest.raises(OSError, match="No space left"):
        new_lesson.write(planned)
    assert files(checkout) == before and len(planned) == 7
