"""MkDocs hook: each line of code is an element that knows its indentation, so that a long line
wraps under itself (docs/theme/material/assets/lesson.css). The text between the tags stays as it is.
"""

import re

BLOCK = re.compile(r"(?<=<pre><span></span><code>).*?(?=</code></pre>)", re.DOTALL)
TAG = re.compile(r"<[^>]*>")
MINUS = re.compile(r'(<span class="o">-</span><span class="(?!w")\w+">[^<]*</span>)')
INDENT = re.compile(r"^((?:<[^>]*>)*)( +)")


def on_post_page(output, page, config):
    """Only now: the search index has no use for it."""
    return BLOCK.sub(lambda match: "\n".join(map(line, match[0].split("\n"))), output)


def line(html):
    """One line, whose tags Pygments closes before it ends."""
    text = TAG.sub("", html)
    indent = len(text) - len(text.lstrip(" "))
    style = f' style="--indent:{indent}"' if indent else ""
    html = INDENT.sub(r'\1<span class="whole">\2</span>', html)
    html = MINUS.sub(r'<span class="whole">\1</span>', html)
    html = html.replace("-&gt;", '<span class="whole">-&gt;</span>')
    return f'<span class="line"{style}>{html}</span>' if text else html
