"""A changed number or operator in a lesson changes what it shows: here that turns red."""

import difflib

import approved
import pytest
from pipeline.course import COURSE
from pipeline.lesson import read_all
from project import tell

NAMES = [lesson.name for lesson in read_all()]


@pytest.fixture(scope="module", autouse=True)
def course():
    COURSE.refresh()


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_shows_what_was_approved(name):
    path = approved.FOLDER / f"{name}.txt"
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    now = approved.transcript(name)
    diff = difflib.unified_diff(kept.splitlines(), now.splitlines(), "approved", "now", lineterm="")
    if now != kept:
        wrong = f"lessons_src/{name}.py shows something else than was reviewed."
        advice = f"If it should, run make approve and commit tests/approved/{name}.txt."
        tell([f"{wrong} {advice}", *diff])


def test_every_approved_file_has_its_lesson():
    idle = {path.stem for path in approved.FOLDER.glob("*.txt")} - {*NAMES}
    tell(f"tests/approved/{name}.txt:1: There is no such lesson. Delete it." for name in idle)
