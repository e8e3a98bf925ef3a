"""The written site, finished page by page, in the order of these lines."""

import functools
import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from course import cache, findable, formulas, offline, phrases, security
from course.page import PLACE, filled
from course.project import LANGUAGES

OUT = re.compile(r'<a href="(https?://[^"]+)">(?!\1<)')  # not where the text is the address
BLOCK = re.compile(r"(?<=<pre><span></span><code>).*?(?=</code></pre>)", re.DOTALL)
TAG = re.compile(r"<[^>]*>")
MINUS = re.compile(r'(<span class="o">-</span><span class="(?!w")\w+">[^<]*</span>)')
INDENT = re.compile(r"^((?:<[^>]*>)*)( +)")


def finish(site, late, address, serving):
    """Give each page what the search index should not hold; then seal and pack the site."""
    root, seals = urlsplit(address).path or "/", security.seals(site)
    for language in LANGUAGES:
        findable.name_sections(offline.home_of(site, language), language)
    for path in sorted(site.rglob("*.html")):
        html = path.read_bytes().decode()
        if serving:
            html = offline.without_download(html)
        html = finished(html, path.parent.relative_to(site).as_posix(), late)
        if not serving:  # MkDocs adds a script of its own to what it serves
            html = security.with_policy(html)
            html = security.with_integrity(html, path.parent, site, root, seals)
        path.write_bytes(html.encode())
    if not serving:
        with ThreadPoolExecutor() as both:
            [*both.map(lambda language: offline.pack(site, language), LANGUAGES)]


def finished(html, page, late):
    """One page with its code, figures and formulas, kept until it changes."""
    places = {name: late[name] for name in PLACE.findall(html)}
    made_by = (formulas.source(), *_made_by())
    name = f"finished/{page.replace('/', '.')}.html"
    return cache.kept(
        name, (html, places, *made_by), lambda: _finish(html, places, page).encode()
    ).decode()


@functools.cache
def _made_by():
    names = ("finish.py", "formulas.py", "phrases.py", "prose.py")
    return cache.sources(*names), cache.versions("budoux")


def _finish(html, places, page):
    html = formulas.unspoken(html)
    html = html if page.partition("/")[0] == "en" else phrases.tied(html)
    html = formulas.drawn(filled(formulas.in_titles(html), places), page)
    html = OUT.sub(r'<a href="\1" rel="external">', html)  # print.css prints where they lead
    return BLOCK.sub(lambda block: "\n".join(map(line, block[0].split("\n"))), html)


def line(html):
    """One line of code as an element that knows its indentation: a long one wraps under itself.

    Pygments closes its tags before a line ends; the text between them stays as it is.
    """
    text = TAG.sub("", html)
    indent = len(text) - len(text.lstrip(" "))
    style = f' style="--indent:{indent}"' if indent else ""
    html = INDENT.sub(r'\1<span class="whole">\2</span>', html)
    html = MINUS.sub(r'<span class="whole">\1</span>', html)
    html = html.replace("-&gt;", '<span class="whole">-&gt;</span>')
    return f'<span class="line"{style}>{html}</span>' if text else html
