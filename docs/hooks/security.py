"""MkDocs hook: each page says what it may load and run: this site's own files, and no other's.

The theme's few inline scripts are let through one by one, by their sha256. Python in the browser
needs 'wasm-unsafe-eval'. Styles stand in attributes of figures and formulas: 'unsafe-inline'.
"""

import base64
import hashlib
import re

from mkdocs.plugins import event_priority
from session import SESSION

SCRIPT = re.compile(r"<script([^>]*)>(.*?)</script>", re.DOTALL)
CHARSET = '<meta charset="utf-8">'
POLICY = {
    "default-src": ["'self'"],
    "script-src": ["'self'", "'wasm-unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'self'"],
    "form-action": ["'self'"],
}


@event_priority(-100)  # when nothing of the page will change any more
def on_post_page(output, page, config):
    return guarded(output)


@event_priority(-100)
def on_post_template(output, template_name, config):
    return guarded(output) if template_name.endswith(".html") else output


def guarded(html):
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
            digest = hashlib.sha256(script.encode()).digest()
            yield f"'sha256-{base64.b64encode(digest).decode()}'"
