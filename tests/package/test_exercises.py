"""Exercises: what is right is let through, what is wrong is told why, unsound ones are refused."""

import re

import numpy as np
import pytest

from llm_scratch import exercises
from llm_scratch.exercises import Exercise, Mistake, check, difference, judge, same


def half(*mistakes, expected=0.5, **settings):
    """An exercise whose answer is a half; mistakes are (answer, Japanese, English)."""
    mistakes = mistakes or [(0.25, "二乗です。", "That is the square."), (0.0, "無です。", "None.")]
    return Exercise(expected, "半分です。", "A half.", [Mistake(*m) for m in mistakes], **settings)


def unlike(*answers):
    """Mistakes without words."""
    return [(answer, "", "") for answer in answers]


def test_a_right_answer_a_known_mistake_and_any_other():
    assert judge("1.1", half(), np.float32(0.5)).kind == "solved"
    known = judge("1.1", half(), 0.25)
    assert (known.kind, known.ja, known.en) == ("wrong", "二乗です。", "That is the square.")
    assert judge("1.1", half(), 0.7).en == "0.7000 is too large. A half."
    assert judge("1.1", half(), 0.3).ja == "0.3000 は小さすぎます。 半分です。"
    assert not judge("1.1", half(), 0.7) and judge("1.1", half(), 0.5)


def test_every_verdict_knows_its_exercise_and_its_kind():
    verdicts = [judge("1.1", half(), answer) for answer in (0.5, 0.25, 0.7, None)]
    verdicts.append(judge("1.1", half_of_a_function(), lambda: 1 / 0))
    assert [v.kind for v in verdicts] == ["solved", "wrong", "wrong", "open", "wrong"]
    assert {v.name for v in verdicts} == {"1.1"} and check("attention.1", ...).name == "attention.1"


def half_of_a_function():
    mistakes = unlike(lambda: 0.25, lambda: 0.0)
    return half(*mistakes, expected=lambda: 0.5, compare_by=lambda f: f())


def test_an_answer_may_differ_by_what_its_exercise_allows():
    loose = half((5.0, "五。", "Five."), ([1.0, 9.0], "", ""), tolerance=0.1)
    assert judge("1.1", loose, 0.59) and not judge("1.1", loose, 0.61)
    assert judge("1.1", loose, 5.09).en == "Five."
    pair = half(*unlike(5.0, 6.0), expected=[1.0, 2.0], tolerance=0.1)
    assert judge("1.1", pair, [1.05, 3.0]).en == "At [1], 3.0000 is too large. A half."
    near = half(*unlike(0.55, 6.0), tolerance=0.1)
    with pytest.raises(ValueError, match=r"exercise 1\.1: mistake 1 is the answer"):
        judge("1.1", near, 0.5)


def test_an_exercise_is_registered_under_its_name(monkeypatch):
    monkeypatch.setitem(exercises._exercises, "attention.99", None)
    assert exercises.exercise("attention.99")(half) is half
    assert check("attention.99", 0.5).kind == "solved"


@pytest.mark.parametrize(
    ("got", "expected", "alike"),
    [
        (10_000.5, 10_000.0, True),
        (10_002.0, 10_000.0, False),
        (5e-7, 0.0, True),
        (2e-6, 0.0, False),
        ([np.nan, 1], [np.nan, 1], True),
        ([[1], [1, 2]], [[1], [1, 2]], True),
        ([[1], [1, 2]], [[1], [1, 3]], False),
    ],
)
def test_how_near_is_the_same(got, expected, alike):
    assert same(got, expected) is alike


def test_no_answer_is_no_mistake():
    assert check("attention.1", ..., None).kind == check("loss.2", [..., ...]).kind == "open"
    assert check("attention.2", lambda scores: None).kind == "open"


@pytest.mark.parametrize(
    ("got", "expected", "said"),
    [
        ([1.0, 2.0], [1.0, 3.0], "At [1], 2.0000 is too small."),
        ([[0, 0], [0, -1]], [[0, 0], [0, -2]], "At [1, 1], -1 is too large."),
        ([1.0, np.nan], [1.0, 3.0], "At [1], nan is not right."),
        ([1.0, 3.0], [1.0, np.nan], "At [1], 3.0000 is not right."),
        (["a", "b"], ["a", "c"], "At [1], b is not right."),
        (np.inf, 1.0, "inf is too large."),
        ([[1.0]], [1.0], "The shape is (1, 1), expected (1,)."),
        (True, 1, "Got True or False, expected a number."),
        (1, "a", "Got a number, expected a string."),
        (True, False, "True is not right."),
        ([1, "a"], [1, 2], "Got a string, expected a number."),
        ("a", "b", "a is not right."),
        ([[1], [1, 2]], 1.0, "Got a string, expected a number."),
        (np.nan, 1.0, "nan is not right."),
        (None, 1.0, "Got something else, expected a number."),
    ],
)
def test_what_got_and_what_was_expected(got, expected, said):
    assert not same(got, expected)
    assert difference(got, expected)[1] == said


def test_an_answer_that_raises_is_told_so():
    verdict = check("attention.2", lambda scores: scores.no_such_thing)
    assert (
        verdict.kind == "wrong" and "AttributeError" in verdict.ja and "softmax" not in verdict.en
    )


def test_a_verdict_is_html_in_both_languages_and_escapes_and_has_code():
    verdict = judge("1.1", half(("<b>", "<i>", "`<u>` `"), (0.0, "", "")), "<b>")
    words = '<p lang="ja">&lt;i&gt;</p><p lang="en"><code>&lt;u&gt;</code> `</p>'
    html = f'<div class="verdict wrong" data-exercise="1.1">{words}</div>'
    assert verdict._repr_html_() == html
    assert repr(verdict) == "1.1 wrong: <i>\n`<u>` `"


@pytest.mark.parametrize("name", ["attention.9", "99.1", "", "x"])
def test_an_unknown_name_is_refused(name):
    said = f"name must be that of an exercise, such as 'attention.1'; got {name!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        check(name, 1, 2)


@pytest.mark.parametrize(
    ("mistakes", "said"),
    [
        ([0.25], "exercise attention.1 must know two tempting mistakes, got 1: add one"),
        ([0.25, 0.5], "mistake 2 is the answer or another mistake: give it another value"),
        ([0.25, 0.25], "mistake 2 is the answer or another mistake"),
        ([0.5, 0.25], "mistake 1 is the answer or another mistake"),
    ],
)
def test_an_exercise_that_can_be_fooled_is_refused(monkeypatch, mistakes, said):
    monkeypatch.setitem(exercises._exercises, "attention.1", lambda: half(*unlike(*mistakes)))
    with pytest.raises(ValueError, match=said):
        check("attention.1", 0.5)
