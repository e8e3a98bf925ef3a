"""Links: to pages and headings that are there, to lessons by name, and on to the next lesson."""

import re

from course import navigation
from course.markup import NOT_BLOCKS, finding, headings, line_of, nearest, without
from course.project import DOCS, LANGUAGES

NUMBERED = re.compile(r"第 ?(\d+) ?回|\blessons? (\d+)", re.IGNORECASE)
TO_LESSON = {"ja": "[第 # 回]({}.md)", "en": "[lesson #]({}.md)"}
LINK = re.compile(r"\]\(((?:\.\./)?\w+\.md|(?=#))(?:#([^)\s]*))?\)")
ID = re.compile(r'\{#([\w-]+)|\bid="([\w-]+)"|^# %%.* check="([\w-]+)"', re.MULTILINE)


def lesson_numbers(lesson):
    """The navigation numbers lessons: prose links to one, with # for its number."""
    found, numbers = [], navigation.numbers()
    names = {str(number): name for name, number in numbers.items()}
    for cell in (cell for cell in lesson.cells if cell.kind != "code"):
        link = TO_LESSON[cell.language or "en"] if cell.language in (None, *LANGUAGES) else "{}"
        for match in NUMBERED.finditer(cell.source):
            wrong = f"{match[0]!r} is a number that the navigation may change."
            advice = f"Write {link.format(names.get(match[1] or match[2], 'attention'))}."
            found.append(finding(lesson, line_of(cell, match.start()), wrong, advice))
        for position, name in navigation.unnumbered(cell.source, numbers):
            wrong = f"{name} has no number in mkdocs.yml, which # asks for."
            advice = "Link to a lesson that stands in a part of the navigation, or say its title."
            found.append(finding(lesson, line_of(cell, position), wrong, advice))
    return found


def link_targets(lesson):
    """A link to a page of the course leads to one that is there, and to a heading on it."""
    found, known = [], targets(lesson)
    for cell, position, page, id in _links(lesson):
        ids = known[cell.language, page]
        if ids is None:
            wrong, near = f"There is no page {page}.", nearest(page, _pages(lesson, cell.language))
        elif id and id not in ids:
            wrong, near = f"{page or 'This page'} has no heading {{#{id}}}.", nearest(id, ids)
            near = near and f"{page}#{near}"
        else:
            continue
        advice = f"Write {near}." if near else "Link to what is there, or take the link away."
        found.append(finding(lesson, line_of(cell, position), wrong, advice))
    return found


def targets(lesson):
    """{(language, page): sorted ids on it, or None} of all that the lesson links to."""
    pages = {(cell.language, page) for cell, _, page, _ in _links(lesson)}
    return {(language, page): _ids(lesson, language, page) for language, page in sorted(pages)}


def _links(lesson):
    for cell in lesson.cells:
        if cell.language in LANGUAGES:
            for m in LINK.finditer(without(cell.source, *NOT_BLOCKS)):
                yield cell, m.start(), m[1], m[2]


def _ids(lesson, language, page):
    if page.startswith("../"):
        path = DOCS / language / page.removeprefix("../")
    else:
        path = lesson.path.with_name(page).with_suffix(".py") if page else lesson.path
    if not path.exists():
        return None
    ids = ID.findall(path.read_text(encoding="utf-8"))
    return sorted({heading or id or f"check-{check}" for heading, id, check in ids})


def _pages(lesson, language):
    """What a lesson's links can lead to."""
    lessons = [f"{path.stem}.md" for path in lesson.path.parent.glob("*.py")]
    return sorted(lessons) + sorted(f"../{p.name}" for p in (DOCS / language).glob("*.md"))


def next_lesson(lesson):
    """The section {#next} leads to the lesson that follows; that of the last one is free."""
    order = [*navigation.numbers()]
    if lesson.name not in order[:-1]:
        return []
    after, found = order[order.index(lesson.name) + 1], []
    for language in LANGUAGES:
        cells = [cell for cell in lesson.cells if cell.language == language]
        last = next((cell for cell in cells if "{#next}" in cell.source), None)
        if last and not re.search(rf"\]\({after}\.md[#)]", _from(last, cells)):
            line = next(line for line, _, id in headings(last) if id == "next")
            wrong = f"Here nothing leads to {after}, the lesson that follows in mkdocs.yml."
            advice = f"Write {TO_LESSON[language].format(after)} into this section."
            found.append(finding(lesson, line, wrong, advice))
    return found


def _from(last, cells):
    """The text of the section {#next}, which no other follows."""
    rest = cells[cells.index(last) + 1 :]
    return "\n".join([last.source.partition("{#next}")[2], *(cell.source for cell in rest)])
