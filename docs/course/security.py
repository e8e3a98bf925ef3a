"""Each page says what it may load and run: this site's own files, as they were built.

The theme's few inline scripts are allowed one by one, by their sha256. Python in the browser needs
'wasm-unsafe-eval'. Figures and formulas have style attributes, which need 'unsafe-inline'.
"""

import re
from os.path import normpath

from course.digests import for_browser, sha256, sha384

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


def with_policy(html):
    """The page with its policy."""
    whole = POLICY | {"script-src": POLICY["script-src"] + sorted(inline(html))}
    text = "; ".join(" ".join([name, *sources]) for name, sources in whole.items())
    meta = f'<meta http-equiv="Content-Security-Policy" content="{text}">'
    return html.replace(CHARSET, CHARSET + meta, 1)


def inline(html):
    """The sha256 of each script that stands in the page and is run."""
    for attributes, script in SCRIPT.findall(html):
        if "src=" not in attributes and "json" not in attributes:
            yield f"'{for_browser(sha256(script.encode()))}'"


def with_integrity(html, folder, site, root, seals):
    """Each script and style sheet with its seal: the browser takes no other file for it.

    Addresses in the 404 page start with the `root` of the site.
    """

    def sealed(match):
        absolute = match[1].startswith("/")
        path = site / match[1].removeprefix(root) if absolute else folder / match[1]
        return f'{match[0]} integrity="{seals[normpath(path)]}"'

    return LOADED.sub(sealed, html)


def seals(site):
    """{path: sha384} of every script and style sheet of a site."""
    paths = [path for path in site.rglob("*") if path.suffix in (".js", ".css")]
    return {normpath(path): for_browser(sha384(path.read_bytes()), "sha384") for path in paths}
