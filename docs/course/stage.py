"""Pages as data: what MkDocs is given for one language, and what it is told about each page.

A page goes by its name: "glossary", "lessons/attention".
"""

import html
import re
from dataclasses import dataclass, field
from functools import cached_property

from course import cards, course_map, feed, formulas, guards, navigation, notebook, prose, runtime
from course.page import page, with_words
from course.project import DOCS, LANGUAGES
from course.run import COURSE

CODE = re.compile(r"(<pre.*?</pre>)", re.DOTALL)
TITLE = re.compile(r"^# ", re.MULTILINE)
SOMEWHERE = {"ja": "リポジトリのアドレス", "en": "address-of-the-repository"}


@dataclass
class Stage:
    """One language of one build."""

    language: str
    name: str  # of the site
    address: str  # of the site, or empty
    repository: str  # its address, or empty
    serving: bool
    outputs: dict = field(default_factory=dict)  # {name of a lesson: what it shows}
    late: dict = field(default_factory=dict)  # {place: HTML} of code and figures
    findings: list = field(default_factory=list)  # what the guards say, and what failed

    @cached_property
    def numbers(self):
        return navigation.numbers()

    @cached_property
    def lessons(self):
        """{name of a lesson: its page}."""
        return {name: self._page(lesson) for name, lesson in COURSE.lessons.items()}

    @property
    def changes(self):
        return DOCS / self.language / "changes.md"

    def files(self):
        """{address below the site: text, bytes or the path of a file}."""
        made = formulas.files()
        if self.language == LANGUAGES[0]:  # while lessons run
            made |= cards.files(self.numbers) | runtime.files(self.serving)
        for name, lesson in COURSE.lessons.items():
            made[f"lessons/{name}.md"] = self.lessons[name]["markdown"]
            taken = notebook.text(notebook.download(lesson, self.language, self.outputs[name]))
            made[f"lessons/{name}/{name}.ipynb"] = self._numbered(taken)
            made[f"lessons/{name}/{name}.py"] = self._numbered(lesson.text)
        if self.changes.exists():
            entries = self._numbered(self.changes.read_text(encoding="utf-8"))
            made[feed.FILE] = feed.atom(entries, self.language, self.name, self.address)
        return made

    def markdown(self, text, name):
        """The Markdown of a page, with the numbers of lessons."""
        if lesson := self._lesson(name):
            if lesson.name in self.numbers:
                text = TITLE.sub(f"# {self.numbers[lesson.name]}. ", text, count=1)
            return self._numbered(text)
        if name == "index":
            text = course_map.drawn(text, self.language, self.numbers)
        return self._numbered(text.replace("REPO_URL", self.repository or SOMEWHERE[self.language]))

    def content(self, text, name):
        """The HTML of a page, with its code as words; a Japanese line ends without a space."""
        if self.language == "ja":
            pieces = CODE.split(text)
            pieces[::2] = [prose.JAPANESE_BREAK.sub("", piece) for piece in pieces[::2]]
            text = "".join(pieces)
        lesson = self._lesson(name)
        text = formulas.spoken(text)
        return with_words(text, self.lessons[lesson.name]["words"]) if lesson else text

    def description(self, text, name):
        """The first sentences of a page, for search engines and other sites."""
        lesson = self._lesson(name)
        words = prose.prose_in(lesson, self.language) if lesson else text
        return html.escape(prose.description(self._numbered(words), self.language))

    def context(self, name):
        """What templates are told about a page."""
        lesson = self._lesson(name)
        told = {"exercises": _exercises(), "card": cards.address(cards.HOME)}
        told["feed"] = feed.FILE if self.changes.exists() else None
        if not lesson:
            return told
        if lesson.name in self.numbers:
            told["card"] = cards.address(lesson.name)
        files = {"notebook": f"{lesson.name}.ipynb", "script": f"{lesson.name}.py"}
        return told | files | {"minutes": course_map.time(lesson.name, self.language)}

    def _lesson(self, name):
        return COURSE.lessons.get(name.removeprefix("lessons/")) if "/" in name else None

    def _page(self, lesson):
        """The page of a lesson; in the preview, one that says what is wrong with it."""
        try:
            outputs = COURSE.outputs(lesson.name)
            found = guards.findings(lesson, outputs)
        except notebook.LessonFailed as error:
            if not self.serving:
                raise
            outputs, found = [], [str(error)]
        self.findings += found
        self.outputs[lesson.name] = outputs
        shown = notebook.executed(lesson, self.language, outputs)
        staged = page(notebook.boxed(shown, found) if self.serving and found else shown)
        self.late |= staged["late"]
        return staged

    def _numbered(self, text):
        return navigation.with_numbers(text, self.numbers)


def _exercises():
    """{name of a lesson: how many exercises it has}."""
    return {
        name: sum("exercise" in cell.tags for cell in lesson.cells)
        for name, lesson in COURSE.lessons.items()
    }


def translated(nav, titles):
    """A navigation whose parts have the titles of another language."""
    return [
        {titles.get(title, title): pages for title, pages in entry.items()}
        if isinstance(entry, dict)
        else entry
        for entry in nav
    ]
