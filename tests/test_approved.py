"""A changed number or operator in a lesson changes what it shows: here that turns red."""

import difflib

import approved
import pytest
from pipeline.course import COURSE
from pipeline.lesson import read_all

NAMES = [lesson.name for lesson in read_all()]


@pytest.fixture(scope="module", autouse=True)
def course():
    COURSE.refresh()


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_shows_what_was_approved(name):
    kept = (approved.FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    now = approved.transcript(name)
    diff = difflib.unified_diff(kept.splitlines(), now.splitlines(), "approved", "now", lineterm="")
    assert now == kept, (
        f"lessons_src/{name}.py shows something else than was reviewed. If that is what you want, "
        "run `make approve` and commit the changed file in tests/approved/.\n" + "\n".join(diff)
    )


def test_every_approved_file_has_its_lesson():
    assert sorted(path.stem for path in approved.FOLDER.glob("*.txt")) == NAMES
