"""Lessons -> pages: runs what is stale and hands executed notebooks to mkdocs-jupyter."""

import html
import re
import sys
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pipeline import cache, dates, notebook
from pipeline.course import COURSE
from pipeline.lesson import LANGUAGES
from session import SESSION

LABEL = re.compile(r'aria-label="[^"]*"')
PLACE = re.compile(r'<div class="place" data-output="([\w-]+)"></div>')


def on_startup(command, dirty):
    SESSION.serving = command == "serve"
    dates.fix()


@event_priority(100)  # before mkdocs-jupyter looks at the files
def on_files(files, config):
    """Start stale lessons, once for both languages, and add each lesson's three files."""
    language = config.theme["language"]
    # docs/build.py has read them already; meanwhile a running lesson may have changed files
    if not COURSE.lessons or (SESSION.serving and language == LANGUAGES[0]):
        COURSE.refresh()
    for lesson in COURSE.lessons.values():
        for file in _files(lesson, language, config):
            files.append(file)
    return files


def _files(lesson, language, config):
    """The page, and what its reader can download: the notebook and the script."""
    folder = f"lessons/{lesson.name}"
    page = File.generated(config, f"{folder}.ipynb", abs_src_path=f"{lesson.name}.ipynb")
    page.edit_uri = f"../../lessons_src/{lesson.path.name}"
    page.lesson = lesson
    downloaded = notebook.text(notebook.download(lesson, language))
    yield page
    yield File.generated(config, f"{folder}/{lesson.name}.ipynb", content=downloaded)
    yield File.generated(config, f"{folder}/{lesson.path.name}", content=lesson.text)


def lesson_of(page):
    return getattr(page.file, "lesson", None)


@event_priority(100)  # before mkdocs-jupyter reads the notebook
def on_pre_page(page, config, files):
    """Wait for the lesson and write its notebook."""
    if lesson := lesson_of(page):
        executed = _executed(lesson, config.theme["language"])
        text = notebook.text(executed)
        path = notebook.path_of(lesson, config.theme["language"], text)
        _write(path, text.encode())
        page.file.abs_src_path = str(path)
        page.outputs = dict(_outputs(executed))
    return page


def _write(path, data):
    """Write the notebook for mkdocs-jupyter, unless the file is there and undamaged."""
    try:
        if not path.exists() or path.read_bytes() != data:
            cache.write(path, data)
    except OSError as error:
        raise PluginError(f"{path} cannot be written, and its page needs it: {error}") from None


def _executed(lesson, language):
    try:
        return notebook.executed(lesson, language, COURSE.outputs(lesson.name))
    except notebook.LessonFailed as error:
        if not SESSION.serving:
            raise PluginError(str(error)) from None
        return notebook.failed(lesson, language, str(error))


def _outputs(executed):
    """{place: HTML} of the outputs that are put into the finished page."""
    for cell in executed["cells"]:
        for n, output in enumerate(cell.get("outputs", ())):
            data = output.get("data", {})
            if svg := data.get("image/svg+xml"):
                label = html.escape(cell["metadata"].get("alt", ""))
                named = LABEL.sub(lambda _, label=label: f'aria-label="{label}"', svg, count=1)
                yield f"{cell['id']}-{n}", named
            elif table := data.get("text/html"):
                yield f"{cell['id']}-{n}", f'<div class="output table">{table}</div>'


@event_priority(0)  # after mkdocs-jupyter turned the notebook into Markdown
def on_page_markdown(markdown, page, config, files):
    """Undo the escaping of lesson.md.j2 and drop the style sheet that mkdocs-jupyter appends."""
    if lesson_of(page):
        return html.unescape(markdown.split("<style>")[0])


def on_page_context(context, page, config, nav):
    if lesson := lesson_of(page):
        context["notebook"] = f"{lesson.name}.ipynb"
        context["script"] = lesson.path.name
    return context


def on_post_page(output, page, config):
    """Figures and tables go in after the search index is filled: their text is noise there."""
    if lesson_of(page):
        return PLACE.sub(lambda match: page.outputs[match[1]], output)


def on_post_build(config):
    cache.forget_old()
