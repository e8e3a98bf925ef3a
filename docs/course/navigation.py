"""The order of the lessons, which stands in mkdocs.yml and nowhere else; numbers come from it.

`[第 # 回](attention.md)` and `[lesson #](attention.md)` get the number of the lesson that they
lead to. The first lesson, which comes before the course, is lesson 0. A lesson outside the parts,
such as the style guide, has none.
"""

import re
from functools import cache

import yaml

from course.project import ROOT

SETTINGS = ROOT / "mkdocs.yml"
LESSON = re.compile(r"lessons/(\w+)\.md")
REFERENCE = re.compile(  # and not in code
    r"(?P<ticks>`+).+?(?P=ticks)"
    r"|\[(?P<before>[^\[\]]*)#(?P<after>[^\[\]]*)\](?=\((?:[\w./]*/)?(?P<name>\w+)\.md\b)",
    re.DOTALL,
)


class Loader(yaml.SafeLoader):
    """Reads mkdocs.yml without what its tags stand for."""


Loader.add_multi_constructor("", lambda loader, suffix, node: None)


def parts():
    """{title of a part: [names of its lessons]}."""
    return _parts(SETTINGS.read_text(encoding="utf-8"))


@cache
def _parts(settings):
    nav = yaml.load(settings, Loader)["nav"]
    found = {}
    for entry in nav:
        for title, pages in entry.items() if isinstance(entry, dict) else ():
            if lessons := [match[1] for page in pages if (match := LESSON.fullmatch(page))]:
                found[title] = lessons
    return found


def numbers():
    """{name of a lesson: its number}, in order."""
    names = (name for lessons in parts().values() for name in lessons)
    return {name: number for number, name in enumerate(names)}


def with_numbers(text, numbers):
    """Markdown in which each link to a lesson says its number."""

    def number(link):
        if link["ticks"]:
            return link[0]
        return f"[{link['before']}{numbers.get(link['name'], '#')}{link['after']}]"

    return REFERENCE.sub(number, text)


def unnumbered(text, numbers):
    """(position, name) of each link that wants the number of a page that has none."""
    for link in REFERENCE.finditer(text):
        if link["name"] and link["name"] not in numbers:
            yield link.start(), link["name"]
