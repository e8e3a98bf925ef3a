"""MkDocs hook: each page says what it may load and run: this site's own files, as they were built.

The theme's few inline scripts are allowed one by one, by their sha256. Python in the browser needs
'wasm-unsafe-eval'. Figures and formulas have style attributes, which need 'unsafe-inline'.
"""

import re
import sys
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from mkdocs.plugins import event_priority
from session import SESSION

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pipeline.hashes import for_browser, sha256, sha384

SCRIPT = re.compile(r"<script([^>]*)>(.*?)</script>", re.DOTALL)
LOADED = re.compile(
    r'<(?:script\b[^>]*\bsrc|link\b(?=[^>]*\brel="stylesheet")[^>]*\bhref)="([^"]+)"'
)
CHARSET = '<meta charset="utf-8">'
POLICY = {
    "default-src": ["'self'"],
    "script-src": ["'self'", "'wasm-unsafe-eval'"],
    "worker-src": ["'self'", "blob:"],  # a worker from a blob has the page's policy
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'self'"],
    "form-action": ["'self'"],
}


@event_priority(-100)  # last: no other hook changes the page after it
def on_post_page(output, page, config):
    return with_policy(output)


@event_priority(-100)
def on_post_template(output, template_name, config):
    return with_policy(output) if template_name.endswith(".html") else output


def with_policy(html):
    """The page with its policy; not while serving, where MkDocs adds a script of its own."""
    if SESSION.serving:
        return html
    whole = POLICY | {"script-src": POLICY["script-src"] + sorted(inline(html))}
    text = "; ".join(" ".join([name, *sources]) for name, sources in whole.items())
    meta = f'<meta http-equiv="Content-Security-Policy" content="{text}">'
    return html.replace(CHARSET, CHARSET + meta, 1)


def inline(html):
    """The sha256 of each script that stands in the page and is run."""
    for attributes, script in SCRIPT.findall(html):
        if "src=" not in attributes and "json" not in attributes:
            yield f"'{for_browser(sha256(script.encode()))}'"


@event_priority(-50)  # when both languages are written, and before the site is published
def on_post_build(config):
    if not SESSION.serving and config.theme["language"] == "ja":
        add_integrity(Path(config.site_dir), urlsplit(config.site_url).path)


def add_integrity(site, root):
    """Give each script and style sheet its sha384: the browser takes no other file for it."""
    of_file = cache(lambda path: for_browser(sha384(path.read_bytes()), "sha384"))
    for page in site.rglob("*.html"):

        def with_integrity(match, folder=page.parent):
            inside = match[1].removeprefix(root)  # addresses in the 404 page start with the root
            path = site / inside if match[1].startswith("/") else (folder / inside).resolve()
            return f'{match[0]} integrity="{of_file(path)}"'

        html = page.read_bytes().decode()
        page.write_bytes(LOADED.sub(with_integrity, html).encode())
