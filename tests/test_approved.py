"""A changed number or operator in a lesson changes what it shows: here that turns red."""

import difflib
import re

import approved
import pytest
from llm_scratch import playground
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


def test_the_playground_s_model_is_that_of_the_lessons(tmp_path):
    """Trained anew, it says of one prompt what lesson 14 printed."""
    playground.save_mini_gpt(tmp_path / "mini_gpt.safetensors")
    trained = playground.load_mini_gpt(tmp_path / "mini_gpt.safetensors")
    seen = playground.look(trained, "ねこ は いつも とても")
    printed = (approved.FOLDER / "14_inside.txt").read_text(encoding="utf-8")
    assert [one["token"] for one in seen["next"][:4]] == ["ひるね", "さんぽ", "うた", "本"]
    last = re.search(r"^layer 1 +(.+)$", printed, re.MULTILINE)[1].split()
    given = [one["given"] for one in seen["next"][:4]]
    assert given == pytest.approx([*map(float, last)], abs=1e-4)
    on_cat = [head[-1][1] for of_layer in seen["attention"] for head in of_layer]
    heads = re.findall(r"^\d\.\d +(0\.\d{4})$", printed, re.MULTILINE)[: len(on_cat)]
    assert on_cat == pytest.approx([*map(float, heads)], abs=1.5e-4)
