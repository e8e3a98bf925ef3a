"""Where the lines of a finished Japanese page break.

Titles and captions break between phrases alone: <wbr> stands there, and site.css forbids the rest.
A number stays with its counter. The search index is written before, and code is put in after.
"""

import re
from functools import cache
from html import unescape

LINK = r'<a class="headerlink".*?</a>'
WHOLE = "|".join(  # what has lines of its own, or none
    [
        *(rf"<{tag}\b.*?</{tag}>" for tag in ("head", "pre", "code", "script", "svg")),
        r'<(?:span|div) class="arithmatex">.*?</(?:span|div)>',
        r"\\\(.*?\\\)",  # a formula in a title of the navigation
    ]
)
PIECE = re.compile(rf"({WHOLE}|<[^>]*>)", re.DOTALL)
COUNTED = re.compile(r"(?<=\d)[ \n](?=[ぁ-ヿ一-鿿])|(?<=[第約])[ \n](?=\d)")
TIE = "&nbsp;"
PHRASED = re.compile(
    r'<(h[1-4]|figcaption)\b.*?</\1>|<(span|div) class="md-ellipsis">.*?</\2>'
    r'|(?<=<div class="course-map">).*?(?=</div>)',
    re.DOTALL,
)
PART = re.compile(
    rf"(?P<whole>{WHOLE})|(?P<inline></?(?:a|em|strong|sub|sup)\b(?! class=.headerlink)[^>]*>)"
    rf"|(?P<end>{LINK}|<[^>]*>)|&#?\w+;|\s+|.",
    re.DOTALL,
)
NUMBER = re.compile(r"\d+\.")
NOT_FIRST = re.compile(
    r"[、。，．・：；！？」』）〕】ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ)\]},.:;!?%]"
)
NOT_LAST = re.compile(r"[「『（〔【(\[{]")
HALVES = re.compile(  # of a title: if not both fit into one line, the second begins a new one
    r'(<(?:(h[1-4])\b[^>]*|(?:span|div) class="md-ellipsis")>\s*)'
    r'((?:<code>[^<]*</code>|<span class="arithmatex">[^<]*</span>|<wbr>|[^<])*?：)(?:<wbr>)?(.+?)'
    rf"(?=(?(2){LINK}|\s*</(?:span|div)>))",
    re.DOTALL,
)


def tied(html):
    """A page whose lines break where a Japanese reader expects it."""
    pieces = PIECE.split(html)
    pieces[::2] = [COUNTED.sub(TIE, text) for text in pieces[::2]]
    html = PHRASED.sub(lambda match: phrased(match[0]), "".join(pieces))
    return HALVES.sub(r'\1<span class="half">\3</span><span class="half">\4</span>', html)


@cache  # all pages have the same navigation
def phrased(html):
    """HTML with <wbr> between its phrases, and no break at a space inside of one."""
    done, run = [], []
    for part in PART.finditer(html):
        if part["end"]:
            done += [*_between_phrases(run), part[0]]
            run = []
        elif part["inline"]:
            run.append(("", part[0]))
        else:
            run.append(("x" if part["whole"] else unescape(part[0])[0], part[0]))
    return "".join([*done, *_between_phrases(run)])


def _between_phrases(run):  # [(the character that is seen, its HTML)]
    """The HTML of a line of text."""
    seen = [char for char, _ in run if char.strip()]
    ends, n = _ends("".join(seen)), 0
    space, made = None, []
    for char, html in run:
        if char.isspace():
            space = len(made)
        elif char:
            if n in ends and space is None:
                html = f"<wbr>{html}"
            elif n and n not in ends and space is not None:
                made[space] = made[space] if _are_words(seen[:n], char) else TIE
            n, space = n + 1, None
        made.append(html)
    return made


def _are_words(before, char):
    """Whether a space stands behind a Latin word, before no particle, and not behind a number."""
    particle = "ぁ" <= char <= "ゟ"
    return before[-1].isascii() and not particle and not NUMBER.fullmatch("".join(before))


def _ends(text):
    """The positions in a text without spaces at which a phrase ends."""
    n, found = 0, set()
    for phrase in _parser().parse(text):
        n += len(phrase)
        before, after = text[n - 1], text[n : n + 1]
        apart = not (before.isascii() and after.isascii())
        if after and apart and not NOT_FIRST.match(after) and not NOT_LAST.match(before):
            found.add(n)
    return found | {match.end() for match in re.finditer("：(?=.)", text)}


@cache
def _parser():
    import budoux  # most builds finish no page anew

    return budoux.load_default_japanese_parser()
