"""Exercises that judge answers: right, a known mistake, or where it differs and in which direction.

`check("attention.1", answer, E)` stands in the lesson and works alike in the build, a notebook and
a browser. A module named after each lesson says what is expected and which wrong answers are
tempting. An exercise that takes one of its own wrong answers for right raises an error, which fails
the build.
"""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import numpy as np

from llm_scratch.checks import instance
from llm_scratch.svg import format_value

SOLVED = ("正解です。", "That is right.")
OPEN = (
    "まだ答えがありません。`...` を答えに替えて、もう一度実行してください。",
    "There is no answer yet. Put yours in place of `...` and run the cell again.",
)
KINDS = {
    "bool": ("真偽値", "True or False"),
    "number": ("数", "a number"),
    "str": ("文字列", "a string"),
    "object": ("別の種類のもの", "something else"),
}
_exercises = {}  # name -> the function that builds it


@dataclass(frozen=True)
class Mistake:
    """A tempting wrong answer, and what to say to it in both languages."""

    answer: object
    ja: str
    en: str


@dataclass(frozen=True)
class Exercise:
    """What is expected, a hint in both languages, and at least two tempting mistakes."""

    expected: object  # a right answer
    hint_ja: str
    hint_en: str
    mistakes: list[Mistake]
    tolerance: float = 1e-6  # the largest difference that counts as none, besides 0.01%
    compare_by: Callable = lambda answer: answer  # what of an answer is compared


@dataclass(frozen=True)
class Verdict:
    """True if the answer is right; says so, or teaches, in both languages."""

    name: str
    kind: str  # "solved", "open" or "wrong"
    ja: str
    en: str

    def __bool__(self):
        return self.kind == "solved"

    def __repr__(self):
        return f"{self.name} {self.kind}: {self.ja}\n{self.en}"

    def _repr_html_(self):
        lines = (("ja", self.ja), ("en", self.en))
        said = "".join(f'<p lang="{lang}">{_html(text)}</p>' for lang, text in lines)
        return f'<div class="verdict {self.kind}" data-exercise="{self.name}">{said}</div>'


def _html(text):
    """Words as HTML, and what stands in backticks as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(text))


def exercise(name):
    """Register a function that builds the exercise `name` from values of its lesson."""

    def register(function):
        _exercises[name] = function
        return function

    return register


def check(name, answer, *values):
    """Judge the answer to exercise `name`, given the lesson's `values` it builds on.

    Raises ValueError for a name that has no exercise, and for an exercise that is unsound.

    >>> check("causal_mask.2", 523776)
    causal_mask.2 solved: 正解です。
    That is right.
    >>> bool(check("causal_mask.2", ...))
    False
    """
    if any(part is ... for part in (answer if isinstance(answer, list) else [answer])):
        return Verdict(name, "open", *OPEN)
    return judge(name, build_exercise(name, values), answer)


def call_each(function, *calls):
    """What `function` returns for each tuple of arguments; None if it does not return anything.

    >>> call_each(max, (1, 2), (5, 3)), call_each(dict.clear, ({},))
    (array([2, 5]), None)
    """
    results = [function(*arguments) for arguments in calls]
    return None if any(result is None for result in results) else np.array(results)


def build_exercise(name, values):
    """The exercise `name`, built from the lesson's values."""
    lesson = instance("name", name, str).partition(".")[0]
    try:
        import_module(f"llm_scratch.exercises.{lesson}")
        build = _exercises[name]
    except (ModuleNotFoundError, KeyError):
        wanted = f"name must be that of an exercise, such as 'attention.1'; got {name!r}"
        raise ValueError(wanted) from None
    return build(*values)


def judge(name, task, answer):
    """The verdict on `answer`: right, a known mistake, or what differs and a hint.

    Raises ValueError for an exercise that knows too few mistakes, or takes one for right.
    """
    expected = _comparable(task, task.expected)
    wrong = [_comparable(task, mistake.answer) for mistake in task.mistakes]
    _require_distinct(name, [expected, *wrong], task.tolerance)
    try:
        got = _comparable(task, answer)
    except Exception as error:  # a reader's function may raise anything
        return _hint(name, task, *_describe(error))
    if got is None or got is ...:
        return Verdict(name, "open", *OPEN)
    if same(got, expected, task.tolerance):
        return Verdict(name, "solved", *SOLVED)
    for value, mistake in zip(wrong, task.mistakes, strict=True):
        if same(got, value, task.tolerance):
            return Verdict(name, "wrong", mistake.ja, mistake.en)
    return _hint(name, task, *difference(got, expected, task.tolerance))


def same(got, expected, tolerance=1e-6):
    """Whether two answers agree: in shape, in kind, and in each value.

    >>> same([0.5, 0.5], np.array([0.5, 0.50000001])), same(1, True), same("a", "b")
    (True, False, False)
    """
    got, expected = _array(got), _array(expected)
    if got.shape != expected.shape or _kind(got) != _kind(expected):
        return False
    return bool(_agree(got, expected, tolerance).all())


def difference(got, expected, tolerance=1e-6):
    """In both languages, what is wrong: the kind, the shape, or the first value that differs.

    Where it differs and in which direction, and never the value that would be right.

    >>> difference([1.0, 2.0], [1.0, 3.0])
    ('[1] の 2.0000 は小さすぎます。', 'At [1], 2.0000 is too small.')
    """
    a, b = _array(got), _array(expected)
    if _kind(a) != _kind(b):
        (ja, en), (wanted_ja, wanted_en) = KINDS[_kind(a)], KINDS[_kind(b)]
        return f"{ja}でした。{wanted_ja}で答えてください。", f"Got {en}, expected {wanted_en}."
    if a.shape != b.shape:
        return (
            f"形が {a.shape} でした。{b.shape} のはずです。",
            f"The shape is {a.shape}, expected {b.shape}.",
        )
    at = tuple(int(i) for i in np.argwhere(~_agree(a, b, tolerance))[0])
    found, (ja, en) = format_value(a[at]), _direction(a[at], b[at])
    place_ja, place_en = (f"{list(at)} の ", f"At {list(at)}, ") if at else ("", "")
    return f"{place_ja}{found} は{ja}。", f"{place_en}{found} is {en}."


def _direction(found, wanted):
    if _kind(wanted) == "number" and found < wanted:
        return "小さすぎます", "too small"
    if _kind(wanted) == "number" and found > wanted:
        return "大きすぎます", "too large"
    return "正しくありません", "not right"  # such as a string, or NaN


def _agree(a, b, tolerance):
    """Where two arrays of one kind agree."""
    if _kind(b) != "number":
        return a == b
    return np.isclose(a, b, rtol=1e-4, atol=tolerance, equal_nan=True)


def _describe(error):
    text = f"{type(error).__name__}: {error}"
    return f"調べる途中で {text} になりました。", f"Trying it raised {text}."


def _hint(name, task, ja, en):
    return Verdict(name, "wrong", f"{ja} {task.hint_ja}", f"{en} {task.hint_en}")


def _array(value):
    try:
        return np.asarray(value)
    except ValueError:  # rows of different lengths
        return np.asarray(str(value))


def _kind(array):
    names = {"b": "bool", "i": "number", "u": "number", "f": "number", "U": "str"}
    return names.get(array.dtype.kind, "object")


def _comparable(task, answer):
    with np.errstate(all="ignore"):  # a wrong answer may well divide by zero
        return task.compare_by(answer)


def _require_distinct(name, answers, tolerance):
    """A mistake that equals the answer or another mistake could never be told from it."""
    if len(answers) < 3:
        n = len(answers) - 1
        raise ValueError(f"exercise {name} must know two tempting mistakes, got {n}: add one")
    for place, answer in enumerate(answers):
        if any(same(answer, other, tolerance) for other in answers[:place]):
            same_as = "the answer or another mistake: give it another value"
            raise ValueError(f"exercise {name}: mistake {place} is {same_as}")
