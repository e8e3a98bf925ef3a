"""Every lesson runs at a reader's home, and trains the model that the playground has."""

import re

import pytest
from project import tell

from course import alone
from course.project import APPROVED, SOURCES
from llm_scratch import playground


@pytest.mark.parametrize("path", sorted(SOURCES.glob("*.py")), ids=lambda path: path.stem)
def test_a_lesson_runs_with_python_alone(path):
    try:
        alone.run(path)
    except alone.Failed as error:
        tell([f"{path.name} must run where there is only NumPy and matplotlib: {error}"])


def test_the_playground_s_model_is_that_of_the_lessons(tmp_path):
    """Trained anew, it says of one prompt what the lesson inside printed."""
    playground.save_mini_gpt(tmp_path / "mini_gpt.safetensors")
    trained = playground.load_mini_gpt(tmp_path / "mini_gpt.safetensors")
    seen = playground.look(trained, "ねこ は いつも とても")
    printed = (APPROVED / "inside.txt").read_text(encoding="utf-8")
    assert [one["token"] for one in seen["next"][:4]] == ["ひるね", "さんぽ", "うた", "本"]
    last = re.search(r"^layer 1 MLP +\S+ +(.+)$", printed, re.MULTILINE)[1].split()
    given = [one["given"] for one in seen["next"][:4]]
    assert given == pytest.approx([*map(float, last)], abs=1e-4)
    on_cat = [head[-1][1] for of_layer in seen["attention"] for head in of_layer]
    row = re.compile(r"^layer \d head \d +0\.\d{4} +(0\.\d{4})$", re.MULTILINE)
    heads = row.findall(printed)[: len(on_cat)]
    assert on_cat == pytest.approx([*map(float, heads)], abs=1.5e-4)
