"""The course map of the home page: each lesson with its number and how long it takes."""

import re

from course import cache, prose
from course.run import COURSE

WORDS = {
    "ja": {
        "lesson": "約 {} 分",
        "part": "この部は、あわせて約 {}です。",
        "hours": "{:.3g} 時間",
        "rates": "全 {n} 回で約 {all}です。各回の中身から、1 分に文章 {words} 文字か"
        "コード {lines} 行、練習 1 題に {exercise} 分として数えた目安です。",
    },
    "en": {
        "lesson": "about {} min",
        "part": "Together this part takes about {}.",
        "hours": "{:.3g} hours",
        "rates": "The {n} lessons take about {all}: an estimate, counted from each lesson at "
        "{words} words or {lines} lines of code a minute and {exercise} minutes an exercise.",
    },
}
PART = re.compile(r'<div class="course-map".*?</div>', re.DOTALL)
STEP = re.compile(r"^- (\[.*?\]\(lessons/(\w+)\.md\))$", re.MULTILINE)
RATES = "<!-- rates -->"  # where the home page says how times are counted


def drawn(markdown, language, numbers):
    """The home page with numbers and times."""
    parts = PART.sub(lambda part: _with_times(part[0], language, numbers), markdown)
    return parts.replace(RATES, rates(language, numbers))


def time(name, language):
    """How long a lesson takes, in words."""
    return WORDS[language]["lesson"].format(_minutes(name, language))


def rates(language, lessons):
    """How long all lessons take, and how that was counted."""
    return WORDS[language]["rates"].format(
        n=len(lessons),
        all=_hours(lessons, language),
        words=prose.RATES[language],
        lines=prose.LINES,
        exercise=prose.EXERCISE,
    )


def _with_times(part, language, numbers):
    """One part of the map, and below it how long its lessons take together, if it has several."""

    def numbered(step):
        link, name = step.groups()
        minutes = f'<span class="minutes">{time(name, language)}</span>'
        return f"{numbers.get(name, 0)}. {link}\n    {minutes}"

    lessons, steps = [name for _, name in STEP.findall(part)], STEP.sub(numbered, part)
    if len(lessons) == 1:
        return steps
    whole = WORDS[language]["part"].format(_hours(lessons, language))
    return f"{steps}\n\n{whole}\n{{ .minutes }}\n"


def _hours(lessons, language):
    """How long lessons take together, in words, to the half hour."""
    minutes = sum(_minutes(name, language) for name in lessons)
    return WORDS[language]["hours"].format(round(minutes / 30) / 2)


def _minutes(name, language):
    lesson = COURSE.lessons[name]
    key = (lesson.text, cache.sources("prose.py"))
    return cache.kept_json(
        f"minutes/{name}.{language}", key, lambda: prose.minutes(lesson, language)
    )
