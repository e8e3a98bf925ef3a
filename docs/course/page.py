"""A notebook -> its page: Markdown with places, and the HTML that belongs in them.

mkdocs-jupyter's exporter applies docs/theme/lesson.md.j2. Code is highlighted here, so that MkDocs
has only prose to read, and put into the finished page. Until then its `words` hold its place, for
the search index; figures and tables have none, as theirs would be noise there.
"""

import html
import re

from course import cache
from course.digests import digest
from course.project import THEME

TEMPLATE = THEME / "lesson.md.j2"
TOOLS = ("mkdocs-jupyter", "nbconvert", "pygments")
LABEL = re.compile(r'aria-label="[^"]*"')
PLACE = re.compile(r'<div data-place="(\w+)"[^>]*>.*?</div>', re.DOTALL)


def page(notebook):  # -> {"markdown": text, "words": {place: HTML}, "late": {place: HTML}}
    """The page of a notebook, kept until it or the template changes."""
    made_by = (TEMPLATE.read_bytes(), cache.versions(*TOOLS), cache.sources("page.py"))
    name = f"pages/{notebook['metadata']['name']}"
    return cache.kept_json(name, (notebook, *made_by), lambda: _convert(notebook))


def with_words(html, words):
    """HTML whose places hold what can be searched for."""

    def spoken(place):
        return f'<div data-place="{place[1]}">{words.get(place[1], "")}</div>'

    return PLACE.sub(spoken, html)


def filled(html, late):
    """HTML with what belongs in its places."""
    return PLACE.sub(lambda place: late[place[1]], html)


def highlight(source, language):
    """Code as the theme shows it, and other text as it is."""
    from pygments import highlight, lexers
    from pygments.formatters import HtmlFormatter

    lexer = lexers.get_lexer_by_name(language, stripnl=False, ensurenl=False)
    return highlight(source, lexer, HtmlFormatter(nowrap=True))


def _convert(notebook):
    import nbformat

    words, late = {}, {}

    def place(text, searched="", id=""):
        name, id = digest(text)[:16], f' id="{id}"' if id else ""
        late[name] = text
        if searched:
            words[name] = f"<pre><code>{html.escape(searched, quote=False)}</code></pre>"
        return f'<div data-place="{name}"{id}></div>'

    filters = {"highlighted": highlight, "labelled": _labelled, "place": place}
    markdown, _ = _exporter(filters).from_notebook_node(nbformat.from_dict(notebook))
    return {"markdown": markdown, "words": words, "late": late}


def _exporter(filters):
    from jinja2 import FileSystemLoader
    from mkdocs_jupyter.nbconvert2 import NotebookMarkdownExporter

    return NotebookMarkdownExporter(
        template_file=TEMPLATE.name,
        extra_loaders=[FileSystemLoader(TEMPLATE.parent)],
        filters=filters,
        preprocessors=[],
        default_preprocessors=[],
    )


def _labelled(svg, label):
    """A figure with the words that a screen reader says for it."""
    return LABEL.sub(lambda _: f'aria-label="{html.escape(label)}"', svg, count=1)
