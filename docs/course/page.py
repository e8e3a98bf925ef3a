"""A notebook -> its page: Markdown with places, and the HTML that belongs in them.

mkdocs-jupyter's exporter applies docs/theme/lesson.md.j2. Code is highlighted here, so that MkDocs
has only prose to read. What stands in `parts` is put in before the search index is filled, what
stands in `late` after it: the words of figures and tables are noise there.
"""

import html
import re

from course import cache
from course.digests import digest
from course.project import THEME

TEMPLATE = THEME / "lesson.md.j2"
LABEL = re.compile(r'aria-label="[^"]*"')
PLACE = re.compile(r'<div data-(?:part|late)="([\w-]+)"></div>')


def page(notebook):  # -> {"markdown": text, "parts": {place: HTML}, "late": {place: HTML}}
    """The page of a notebook, kept until it or the template changes."""
    key = (notebook, TEMPLATE.read_bytes(), cache.sources("page.py"))
    return cache.kept_json(f"pages/{notebook['metadata']['name']}", key, lambda: _convert(notebook))


def fill(text, parts):
    """Text in which every place that `parts` knows holds its HTML."""
    return PLACE.sub(lambda place: parts.get(place[1], place[0]), text)


def highlight(source, language):
    """Code as the theme shows it, and other text as it is."""
    from pygments import highlight, lexers
    from pygments.formatters import HtmlFormatter

    lexer = lexers.get_lexer_by_name(language, stripnl=False, ensurenl=False)
    return highlight(source, lexer, HtmlFormatter(nowrap=True))


def _convert(notebook):
    import nbformat
    from jinja2 import FileSystemLoader
    from mkdocs_jupyter.nbconvert2 import NotebookMarkdownExporter

    parts, late = {}, {}

    def place(text, attribute, kept):
        name = digest(text)[:16]
        kept[name] = text
        return f'<div data-{attribute}="{name}"></div>'

    exporter = NotebookMarkdownExporter(
        template_file=TEMPLATE.name,
        extra_loaders=[FileSystemLoader(TEMPLATE.parent)],
        filters={
            "highlighted": highlight,
            "labelled": _labelled,
            "part": lambda text: place(text, "part", parts),
            "late": lambda text: place(text, "late", late),
        },
        preprocessors=[],
        default_preprocessors=[],
    )
    markdown, _ = exporter.from_notebook_node(nbformat.from_dict(notebook))
    return {"markdown": markdown, "parts": parts, "late": late}


def _labelled(svg, label):
    """A figure with the words that a screen reader says for it."""
    return LABEL.sub(lambda _: f'aria-label="{html.escape(label)}"', svg, count=1)
