"""A matplotlib drawing as one small SVG that takes font and colours from the page around it.

Figures draw in placeholder colours. This module replaces them by CSS variables, whose fallbacks are
the colours of the light page: one drawing serves light, dark, and a notebook at home. The SVG has
no ids and no style sheet, so that any number of figures share a page. matplotlib is imported only
when something is drawn: a lesson without a figure does not wait for it.
"""

import functools
import io
import re
import unicodedata
import warnings
import xml.etree.ElementTree as ET

import numpy as np

TEXT = 12  # px; one point of matplotlib's is one CSS pixel here (72 dots per inch)
INK, GRID, PAPER, POSITIVE, NEGATIVE = "#010100", "#010101", "#010102", "#010103", "#010104"
CYCLE = [f"#01011{i}" for i in range(8)]
COLOURS = {
    INK: "var(--fig-ink,#1f2430)",
    GRID: "var(--fig-grid,#d5d9e2)",
    PAPER: "var(--fig-paper,#fff)",
    POSITIVE: "var(--fig-pos,#5b96e6)",
    NEGATIVE: "var(--fig-neg,#e5774a)",
}
LIGHT = ["#2f6fd0", "#c2410c", "#15803d", "#9333ea", "#b45309", "#0e7490", "#be185d", "#5b6472"]
COLOURS |= {name: f"var(--fig-c{i},{LIGHT[i]})" for i, name in enumerate(CYCLE)}

FONTS = "'Hiragino Sans','Noto Sans CJK JP','Yu Gothic',Meiryo,IPAexGothic,sans-serif"
STYLE = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same measures on every machine
    "font.size": TEXT,
    "text.parse_math": False,
    "svg.fonttype": "none",
    "axes.unicode_minus": False,
    **dict.fromkeys(("text.color", "axes.labelcolor", "xtick.labelcolor", "ytick.labelcolor"), INK),
    **dict.fromkeys(("axes.facecolor", "figure.facecolor"), "none"),
    "grid.color": GRID,
    "grid.linewidth": 1,
}
DROPPED = {"defs", "metadata", "style"}
LINK = "xlink:href"  # Material's navigation fails on `href` in SVG; browsers read both
KEPT = ("d", "x", "y", "transform", "style")
DEFAULTS = {"stroke-linejoin": "miter", "stroke-linecap": "butt", "text-anchor": "start"}


def canvas(width, height):
    """An empty matplotlib figure of `width` x `height` CSS pixels."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width / 72, height / 72), dpi=72)


def panel(figure, left, top, width, height):
    """Axes at this place, in pixels from the top left corner, bare of frame and tick marks."""
    across, down = figure.get_size_inches() * 72
    box = (left / across, 1 - (top + height) / down, width / across, height / down)
    axes = figure.add_axes(box, frame_on=False)
    axes.tick_params(which="both", left=False, bottom=False, top=False)
    axes.set_axisbelow(True)
    return axes


def write(figure, x, y, text, **style):
    """Text with its baseline at this place, in pixels from the top left corner."""
    width, height = figure.get_size_inches() * 72
    return figure.text(x / width, 1 - y / height, text, **style)


def tip(artist, text):
    """Give what `artist` draws a group of its own, which shows `text` under the pointer."""
    artist.set_gid(f"tip:{text}")
    return artist


def inside(artist):
    """Put a text into the group, and the link, of what was drawn just before it."""
    artist.set(gid="inside", zorder=1)  # that of patches: drawn in the order they were added
    return artist


def format_value(value, digits=4):
    """A number as readers see it; never a minus before nothing but zeros."""
    if isinstance(value, (float, np.floating)):
        return f"{value:z.{digits}f}"
    return str(value)


def is_wide(character):
    return unicodedata.east_asian_width(character) in "WF"


def columns(text):
    """Columns that `text` takes in a terminal: a wide character takes two."""
    return sum(1 + is_wide(character) for character in text)


def text_width(text, size=TEXT):
    """Pixels that `text` takes in whatever font the page has: 1 em if wide, else about 0.58."""
    return max(
        size * sum(1 if is_wide(character) else 0.58 for character in part)
        for part in text.split("\n")
    )


def for_page(draw, label):
    """The SVG inside a page: the page's font, no background."""
    root = _render(draw, STYLE)
    root.set("aria-label", label)
    return ET.tostring(root, encoding="unicode")


def for_notebook(draw, label):
    """The SVG in a notebook: white paper, fonts that have Japanese, or text as outlines."""
    outlines = _outline_font()
    root = _render(draw, STYLE | outlines)
    root.set("xmlns", "http://www.w3.org/2000/svg")
    root.set("xmlns:xlink", "http://www.w3.org/1999/xlink")
    root.set("aria-label", label)
    root.set("font-family", FONTS)
    width, height = root.get("viewBox").split()[2:]
    paper = {"width": width, "height": height, "style": f"fill:{COLOURS[PAPER]}"}
    root.insert(0, ET.Element("rect", paper))
    if not outlines:
        _hint_at_fonts("".join(root.itertext()))
    return ET.tostring(root, encoding="unicode")


def _render(draw, style):
    """Draw with matplotlib, and keep what a page needs."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.BytesIO()
    with mpl.rc_context(style), warnings.catch_warnings():
        # DejaVu Sans only measures the text; the reader's browser draws it with fonts of its own.
        for lack in (r"Glyph \d+ .* missing from font", "Matplotlib currently does not support"):
            warnings.filterwarnings("ignore", lack, UserWarning)
        FigureCanvasSVG(draw()).print_svg(buffer)
    return _shrink(ET.fromstring(buffer.getvalue()))


def _shrink(source):
    _, _, width, height = source.get("viewBox").split()
    root = ET.Element("svg", viewBox=f"0 0 {_short(width)} {_short(height)}", role="img")
    root.set("style", f"width:100%;max-width:{_short(width)}px;height:auto")
    named = {node.get("id"): node for node in source.iter() if node.get("id")}
    for node in source:
        _copy(node, root, named)
    if root.find(".//a") is not None:
        root.set("role", "group")  # the parts of an image cannot be links
    return root


def _copy(node, parent, named):
    """Append to `parent` what `node` draws, without ids, clipping, definitions or empty groups."""
    tag = _local(node.tag)
    if tag in DROPPED:
        return
    if tag == "use":
        node, tag = _resolve(node, named), "path"
    copy = _element(tag, node)
    if tag == "g":
        copy = _group(node.get("id", ""), parent, copy)
    else:
        parent.append(copy)
    for child in node:
        _copy(child, copy, named)


def _group(name, parent, copy):
    """Where a group's children go: its own copy, the group before (`inside`), or the parent."""
    if name == "inside":
        before = parent[-1]
        return before if before.find("a") is None else before.find("a")
    if name.startswith("tip:") and name != "tip:":
        ET.SubElement(copy, "title").text = name[4:]
    if not name.startswith("tip:") and not copy.attrib:
        return parent
    parent.append(copy)
    return copy


def _element(tag, node):
    copy = ET.Element(tag)
    for key, value in node.attrib.items():
        if _local(key) == "href":
            copy.set(LINK, value)
        elif key in KEPT and (short := _attribute(key, value)):
            copy.set(key, short)
    copy.text = node.text if tag == "text" else None
    return copy


def _resolve(use, named):
    """A copy of the shape that matplotlib defined once and refers to by id."""
    href = next(value for key, value in use.attrib.items() if _local(key) == "href")
    shape = named[href[1:]]
    place = f"translate({use.get('x', '0')} {use.get('y', '0')})"
    moves = (use.get("transform", ""), place, shape.get("transform", ""))
    style = use.get("style") or shape.get("style", "")
    return ET.Element("path", d=shape.get("d"), transform=" ".join(moves), style=style)


def _attribute(key, value):
    if key == "style":
        return _style(value)
    if value.startswith("rotate(-0 "):
        return ""
    value = " ".join(value.replace("translate(0 0)", "").split())
    if key == "d":
        value = re.sub(r" ?([A-Za-z]) ?", r"\1", value)
    return re.sub(r"scale\([^)]*\)|-?\d+\.\d+", _round, value)


def _style(value):
    pairs = dict(part.strip().split(": ", 1) for part in value.split(";") if part.strip())
    pairs.pop("font-family", None)
    kept = (
        f"{key}:{COLOURS.get(item, item)}"
        for key, item in pairs.items()
        if DEFAULTS.get(key) != item
    )
    return ";".join(kept)


def _round(match):
    """Two decimals of a pixel are finer than any screen; scale() is a factor and stays exact."""
    return match[0] if match[0].startswith("scale") else _short(match[0])


def _short(number):
    return f"{float(number):z.2f}".rstrip("0").rstrip(".")


def _local(name):
    return name.rpartition("}")[2]


def _outline_font():
    """rc settings that draw text as outlines, when the optional Japanese font is installed."""
    import matplotlib as mpl

    try:
        with mpl.rc_context():  # its import changes matplotlib's settings: undo that
            import matplotlib_fontja  # noqa: F401
    except ImportError:
        return {}
    return {"svg.fonttype": "path", "font.family": ["IPAexGothic", "DejaVu Sans"]}


def _hint_at_fonts(text):
    wide = "".join(sorted(set(filter(is_wide, text))))
    if wide and not _hinted and not _drawable(wide):
        _hinted.append(wide)
        warnings.warn(
            f"no installed font has {wide}: figures may show empty boxes instead. "
            'Install a Japanese font, or: pip install "llm-scratch[ja]"',
            UserWarning,
            stacklevel=2,
        )


_hinted = []  # the hint is given once a process


@functools.cache
def _drawable(characters):
    """True if an installed font has all of `characters`; matplotlib's Last Resort draws boxes."""
    from matplotlib import font_manager

    wanted = set(map(ord, characters))
    entries = (e for e in font_manager.fontManager.ttflist if not e.name.startswith("Last Resort"))
    fonts = (font_manager.get_font(entry.fname) for entry in entries)
    return any(wanted <= font.get_charmap().keys() for font in fonts)
