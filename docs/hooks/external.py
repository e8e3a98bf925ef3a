"""MkDocs hook: mark links that lead out of the site; print.css prints their addresses."""

import re

OUT = re.compile(r'<a href="(https?://[^"]+)">(?!\1<)')  # not where the text is the address


def on_page_content(html, page, config, files):
    return OUT.sub(r'<a href="\1" rel="external">', html)
