"""MkDocs hook: how long each lesson takes, on its page and on the course map of the home page."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lessons import lesson_of
from pipeline import prose
from pipeline.course import COURSE

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
MAP = re.compile(r'<div class="course-map".*?</div>', re.DOTALL)
STEP = re.compile(r"(?<=\]\(lessons/)(\w+)(\.ipynb\))$", re.MULTILINE)
RATES = "<!-- rates -->"  # where the home page says how times are counted


def on_page_markdown(markdown, page, config, files):
    if page.is_homepage:
        language = config.theme["language"]
        timed = MAP.sub(lambda part: with_times(part[0], language), markdown)
        return timed.replace(RATES, rates(language))


def on_page_context(context, page, config, nav):
    if lesson := lesson_of(page):
        language = config.theme["language"]
        context["minutes"] = WORDS[language]["lesson"].format(minutes(lesson.name, language))
    return context


def with_times(part, language):
    """One part of the map, each lesson with its time, and below it how long they take together."""
    words = WORDS[language]
    times = {name: minutes(name, language) for name, _ in STEP.findall(part)}

    def add_time(step):
        time = words["lesson"].format(times[step[1]])
        return f'{step[0]}\n    <span class="minutes">{time}</span>'

    whole = words["part"].format(hours(times, language))
    return f"{STEP.sub(add_time, part)}\n\n{whole}\n{{ .minutes }}\n"


def rates(language):
    times = {name: minutes(name, language) for name in COURSE.numbered}
    return WORDS[language]["rates"].format(
        n=len(times),
        all=hours(times, language),
        words=prose.RATES[language],
        lines=prose.LINES,
        exercise=prose.EXERCISE,
    )


def minutes(name, language):
    return prose.minutes(COURSE.lessons[name], language)


def hours(times, language):
    """The sum of {lesson: minutes}, in words, to the half hour."""
    return WORDS[language]["hours"].format(round(sum(times.values()) / 30) / 2)
