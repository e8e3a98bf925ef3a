"""Exercises that judge answers: what came, what was expected, and which mistake it looks like.

`check("4.1", answer, E)` stands in the lesson and works alike in the build, a notebook and a
browser. A module for each lesson says what is expected and which wrong answers are tempting. An
exercise that takes one of its own wrong answers for right is refused, so that no build passes it.
"""

import html
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import numpy as np

from llm_scratch.checks import instance
from llm_scratch.svg import shown

SOLVED = ("正解です。", "That is right.")
OPEN = (
    "まだ答えがありません。... を答えに替えて、もう一度実行してください。",
    "There is no answer yet. Put yours in place of the ... and run the cell again.",
)
_exercises = {}  # number -> the function that makes it


@dataclass(frozen=True)
class Exercise:
    """What is expected, a hint, and at least two tempting mistakes with what to say to each."""

    expected: object  # a right answer
    hint: tuple[str, str]  # Japanese, English
    mistakes: list[tuple[object, str, str]]  # a wrong answer, Japanese, English
    within: float = 1e-6  # the largest difference that counts as none, besides 0.01%
    asked: Callable = lambda answer: answer  # what of an answer is compared


@dataclass(frozen=True)
class Verdict:
    """True if the answer is right; says so, or teaches, in both languages."""

    number: str
    kind: str  # "solved", "open" or "wrong"
    ja: str
    en: str

    def __bool__(self):
        return self.kind == "solved"

    def __repr__(self):
        return f"{self.number} {self.kind}: {self.ja}\n{self.en}"

    def _repr_html_(self):
        lines = (("ja", self.ja), ("en", self.en))
        said = "".join(f'<p lang="{name}">{html.escape(text)}</p>' for name, text in lines)
        return f'<div class="verdict {self.kind}" data-exercise="{self.number}">{said}</div>'


def exercise(number):
    """Register a function that makes the exercise `number` from values of its lesson."""

    def register(function):
        _exercises[number] = function
        return function

    return register


def check(number, answer, *values):
    """Judge the answer to exercise `number` ("4.1"), given the lesson's `values` it builds on.

    Raises ValueError for a number that has no exercise, and for an exercise that is unsound.

    >>> check("6.2", 523776)
    6.2 solved: 正解です。
    That is right.
    >>> bool(check("6.2", ...))
    False
    """
    if any(part is ... for part in (answer if isinstance(answer, list) else [answer])):
        return Verdict(number, "open", *OPEN)
    return judge(number, made(number, values), answer)


def tried(function, *calls):
    """What `function` returns for each tuple of arguments; None if it does not return anything.

    >>> tried(max, (1, 2), (5, 3)), tried(dict.clear, ({},))
    (array([2, 5]), None)
    """
    results = [function(*arguments) for arguments in calls]
    return None if any(result is None for result in results) else np.array(results)


def made(number, values):
    """The exercise, made of the lesson's values."""
    lesson = instance("number", number, str).partition(".")[0]
    try:
        import_module(f"llm_scratch.exercises.lesson_{lesson:0>2}")
        function = _exercises[number]
    except (ModuleNotFoundError, KeyError):
        wanted = f"number must be that of an exercise, such as '4.1'; got {number!r}"
        raise ValueError(wanted) from None
    return function(*values)


def judge(number, found, answer):
    """The verdict on `answer`: right, a known mistake, or what differs and a hint.

    Raises ValueError for an exercise that knows too few mistakes, or takes one for right.
    """
    expected = _asked(found, found.expected)
    known = [_asked(found, wrong) for wrong, *_ in found.mistakes]
    _refuse_unsound(number, [expected, *known], found.within)
    try:
        came = _asked(found, answer)
    except Exception as error:  # whatever a reader's answer may do
        return Verdict(number, "wrong", *_hinted(found, *_raised(error)))
    if came is None or came is ...:
        return Verdict(number, "open", *OPEN)
    if same(came, expected, found.within):
        return Verdict(number, "solved", *SOLVED)
    for wrong, (_, ja, en) in zip(known, found.mistakes, strict=True):
        if same(came, wrong, found.within):
            return Verdict(number, "wrong", ja, en)
    return Verdict(number, "wrong", *_hinted(found, *difference(came, expected, found.within)))


def same(came, expected, within=1e-6):
    """Whether two answers agree: in shape, in kind, and in each value.

    >>> same([0.5, 0.5], np.array([0.5, 0.50000001])), same(1, True), same("a", "b")
    (True, False, False)
    """
    came, expected = _array(came), _array(expected)
    if came.shape != expected.shape or _kind(came) != _kind(expected):
        return False
    return bool(_agreeing(came, expected, within).all())


def difference(came, expected, within=1e-6):
    """In both languages, what is wrong: the kind, the shape, or the first value that differs."""
    a, b = _array(came), _array(expected)
    if _kind(a) != _kind(b):
        return (
            f"{_kind(a)} でした。{_kind(b)} のはずです。",
            f"Got {_kind(a)}, expected {_kind(b)}.",
        )
    if a.shape != b.shape:
        return (
            f"形が {a.shape} でした。{b.shape} のはずです。",
            f"The shape is {a.shape}, expected {b.shape}.",
        )
    if _kind(b) == "number" and not b.ndim and not np.isnan(a):
        ja, en = ("小さすぎます", "small") if a < b else ("大きすぎます", "large")
        return f"{shown(a[()])} では{ja}。", f"{shown(a[()])} is too {en}."
    at = tuple(int(i) for i in np.argwhere(~_agreeing(a, b, within))[0])
    got, wanted, place = shown(a[at]), shown(b[at]), list(at)
    if not at:
        return f"{got} ではありません。", f"It is not {got}."
    return (
        f"{place} が {got} でした。{wanted} のはずです。",
        f"{place} is {got}, expected {wanted}.",
    )


def _agreeing(a, b, within):
    """Where two arrays of one kind agree."""
    if _kind(b) != "number":
        return a == b
    return np.isclose(a, b, rtol=1e-4, atol=within, equal_nan=True)


def _raised(error):
    text = f"{type(error).__name__}: {error}"
    return f"調べる途中で {text} になりました。", f"Trying it raised {text}."


def _hinted(found, ja, en):
    return f"{ja} {found.hint[0]}", f"{en} {found.hint[1]}"


def _array(value):
    try:
        return np.asarray(value)
    except ValueError:  # rows of different lengths
        return np.asarray(str(value))


def _kind(array):
    names = {"b": "bool", "i": "number", "u": "number", "f": "number", "U": "str"}
    return names.get(array.dtype.kind, "object")


def _asked(found, answer):
    with np.errstate(all="ignore"):  # a wrong answer may well divide by zero
        return found.asked(answer)


def _refuse_unsound(number, answers, within):
    """Each mistake must be wrong, and unlike the others, or its words reach nobody."""
    if len(answers) < 3:
        found = len(answers) - 1
        raise ValueError(f"exercise {number} must know two tempting mistakes, got {found}: add one")
    for place, answer in enumerate(answers):
        if any(same(answer, other, within) for other in answers[:place]):
            same_as = "the answer or another mistake: give it another value"
            raise ValueError(f"exercise {number}: mistake {place} is {same_as}")
