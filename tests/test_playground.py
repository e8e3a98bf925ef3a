"""The playground's model says what lesson 14 printed of the same one, and is drawn from as told."""

import re
from pathlib import Path

import numpy as np
import pytest
from llm_scratch import playground

LESSON = Path(__file__).with_name("approved").joinpath("14_inside.txt").read_text(encoding="utf-8")
PROMPT = "ねこ は いつも とても"


@pytest.fixture(scope="module")
def params(tmp_path_factory):
    path = tmp_path_factory.mktemp("playground") / "mini_gpt.safetensors"
    playground.save_mini_gpt(path)
    return playground.load_mini_gpt(path)


def nouns(seen, name):
    """What is said of the four things that somebody may like."""
    return [one[name] for one in seen["next"][:4]]


def test_it_is_the_model_of_the_lessons(params):
    assert {p.dtype for p in params.values()} == {np.dtype(np.float32)}
    seen = playground.look(params, PROMPT)
    assert seen["tokens"] == ["。", *PROMPT.split()]
    printed = re.search(r"^layer 1 +(.+)$", LESSON, re.MULTILINE)[1].split()
    assert nouns(seen, "token") == ["ひるね", "さんぽ", "うた", "本"]
    assert nouns(seen, "given") == pytest.approx([*map(float, printed)], abs=1e-4)
    assert nouns(seen, "p") == pytest.approx(nouns(seen, "given"), rel=1e-12)
    assert len(seen["next"]) == len(playground.WORLD.vocab)


def test_each_head_s_weights_are_those_of_the_lesson(params):
    attention = playground.look(params, PROMPT)["attention"]
    on_cat = [head[-1][1] for of_layer in attention for head in of_layer]
    printed = re.findall(r"^\d\.\d +(0\.\d{4})$", LESSON, re.MULTILINE)[:8]
    assert on_cat == pytest.approx([*map(float, printed)], abs=1.5e-4)
    assert on_cat == [round(weight, 4) for weight in on_cat]


def test_settings_change_what_is_drawn_from_and_not_what_is_given(params):
    given = nouns(playground.look(params, PROMPT), "given")
    colder = playground.look(params, PROMPT, temperature=0.5, top_k=2)
    assert nouns(colder, "given") == given
    first, second = given[0] ** 2, given[1] ** 2
    expected = [first / (first + second), second / (first + second), 0, 0]
    assert nouns(colder, "p") == pytest.approx(expected, rel=1e-6)
    fewer = playground.look(params, PROMPT, top_p=0.8)
    both = given[0] + given[1]
    assert nouns(fewer, "p") == pytest.approx([given[0] / both, given[1] / both, 0, 0], rel=1e-6)


def test_what_is_equally_likely_comes_in_the_order_of_the_vocabulary(params):
    nothing = {name: np.zeros_like(p) for name, p in params.items()}
    assert [one["token"] for one in playground.look(nothing, "")["next"]] == playground.WORLD.vocab


def test_a_step_adds_one_token_as_often_as_it_is_likely(params):
    rng = np.random.default_rng(0)
    assert playground.step(params, PROMPT, rng, temperature=0) == f"{PROMPT} ひるね"
    assert playground.step(params, "", rng, temperature=0) in playground.WORLD.vocab
    drawn = [playground.step(params, PROMPT, rng) for _ in range(200)]
    share = np.mean([text == f"{PROMPT} ひるね" for text in drawn])
    assert share == pytest.approx(nouns(playground.look(params, PROMPT), "given")[0], abs=0.1)


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ("ねこ は zebra apple", "must use the words of this world, got zebra apple$"),
        ("ねこ " * 32, "must have at most 32 tokens, got 33$"),
    ],
)
def test_a_prompt_of_another_world_is_refused(prompt, message):
    with pytest.raises(ValueError, match=f"prompt {message}"):
        playground.encoded(prompt)


def test_the_longest_prompt_is_taken():
    assert playground.encoded("ねこ " * 31).size == playground.CONFIG.n_positions
