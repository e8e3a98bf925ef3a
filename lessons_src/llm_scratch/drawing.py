"""How each figure is drawn with matplotlib: where things stand, in pixels, and how they look.

The room that labels need is computed from their characters alone, so that a figure is the same on
every machine, whatever fonts it has.
"""

import math

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator

from llm_scratch.svg import (
    CYCLE,
    GRID,
    INK,
    NEGATIVE,
    POSITIVE,
    TEXT,
    canvas,
    format_value,
    inside,
    panel,
    text_width,
    tip,
    write,
)

WIDTH, WIDEST = 480, 640  # px: a figure, and what long labels may make of it
PLOT = 200  # px: the height of bars and lines
LINE = 18  # px from one line of text to the next
EDGE = 8  # px left free around everything
MARKERS = "os^DvPX*"
DASHES = [(), (5, 2), (1.5, 1.5), (6, 2, 1.5, 2), (3, 1.5), (1, 2.5), (9, 2), (4, 1, 1, 1, 1, 1)]
REFERENCES = [(4, 3), (1, 2), (10, 3), (6, 2, 1, 2)]
LABELLED_BARS = 12  # up to so many bars, each has its value written at its end
MARKED_POINTS = 40  # up to so many points of a line, each has a marker and a tooltip
WRITTEN_CELLS = 8  # up to so many rows and columns, each cell has its value written in it
SINGLE_CELLS = 1000  # up to so many cells are drawn one by one, more as bands of one shade
SHADES = 25  # of each colour, for those bands


# Bars


def draw_bar(labels, values, x_label, y_label, title):
    ticks = _ticks(min(0, values.min()), max(0, values.max()))
    left = _left(ticks)
    width = _widened(labels, WIDTH - left - EDGE)
    names, angle, below = _fitted(labels, width / len(labels))
    left = max(left, EDGE + _overhang(labels, angle) - width / len(labels) / 2)
    figure, axes = _plot(title, (x_label, y_label), left, width, below)
    _set_y(axes, ticks)
    axes.set(xlim=(-0.5, len(labels) - 0.5))
    axes.set_xticks(range(len(labels)), names, **_turned(angle, "right"))
    for i, (label, value) in enumerate(zip(labels, values, strict=True)):
        shape = Rectangle((i - 0.35, 0), 0.7, value, facecolor=CYCLE[0])
        axes.add_patch(tip(shape, f"{label}: {format_value(value)}"))
    axes.axhline(0, color=INK, linewidth=1)
    if len(labels) <= LABELLED_BARS:
        _write_values(axes, values, width / len(labels))
    return figure


def _write_values(axes, values, slot):
    """The value at the end of each bar, in place of a grid, with as many digits as fit."""
    axes.grid(False)
    if values.min() < 0:
        low, high = axes.get_ylim()
        axes.set_ylim(min(low, values.min() - (high - low) * LINE / PLOT), high)
    texts = [format_value(value) for value in values]
    if max(map(text_width, texts)) > slot - 4:
        texts = [format_value(value, 2) for value in values]
    for i, (value, text) in enumerate(zip(values, texts, strict=True)):
        offset, side = ((0, 4), "baseline") if value >= 0 else ((0, -4), "top")
        place = {"xytext": offset, "textcoords": "offset points", "ha": "center", "va": side}
        axes.annotate(text, (i, value), **place)


# Lines


def draw_line(x, series, references, words, log_x, log_y):
    x_label, y_label, title = words
    ends = {name: values[-1] for name, values in series.items()} | references
    heights = np.concatenate([*series.values(), list(references.values())])
    ticks = _ticks(heights.min(), heights.max(), log_y)
    places = _beside(_scaled(list(ends.values()), ticks, PLOT, log_y), ends)
    direct = places is not None
    right = 8 + max(map(text_width, ends)) if direct else 12
    left = _left(ticks)
    width = WIDTH - left - right - EDGE
    rows = [] if direct else _legend_rows(ends, WIDTH)
    figure, axes = _plot(title, (x_label, y_label), left, width, LINE, right, len(rows))
    styles = _styles(series, references)
    for name, values in series.items():
        _draw_series(axes, x_label, x, name, values, styles[name])
    for name, level in references.items():
        tip(axes.axhline(level, **_without_marker(styles[name])), f"{name}: {format_value(level)}")
    _set_x(axes, x, log_x, width)
    _set_y(axes, ticks, log_y)
    _draw_legend(figure, rows, styles, title)
    for name, y in zip(ends, places, strict=True) if direct else ():
        axes.annotate(name, (1, y / PLOT), (4, 0), "axes fraction", "offset points", va="center")
    return figure


def _beside(places, names):
    """Where names stand at the ends of their lines, moved a little apart; None if too crowded."""
    if max(map(text_width, names)) > 160:
        return None
    order = np.argsort(places, kind="stable")
    moved = places[order]
    for _ in range(50):
        push = np.maximum(LINE - 2 - np.diff(moved), 0) / 2
        moved[:-1] -= push
        moved[1:] += push
    if abs(moved - places[order]).max() > 12 or np.diff(moved, append=np.inf).min() < LINE - 4:
        return None
    return moved[np.argsort(order)]


def _styles(series, references):
    """Colour, dashes and marker: each alone is enough to tell the series apart."""
    styles = {}
    for i, name in enumerate(series):
        dashes = DASHES[i % len(DASHES)]
        kind = (0, dashes) if dashes else "-"
        styles[name] = {"color": CYCLE[i % len(CYCLE)], "linestyle": kind, "linewidth": 2}
        styles[name]["marker"] = MARKERS[i % len(MARKERS)]
    for i, name in enumerate(references):
        dashes = REFERENCES[i % len(REFERENCES)]
        styles[name] = {"color": INK, "linestyle": (0, dashes), "linewidth": 1, "marker": ""}
    return styles


def _without_marker(style):
    return style | {"marker": ""}


def _draw_series(axes, x_label, x, name, values, style):
    (curve,) = axes.plot(x, values, **_without_marker(style))
    if len(x) > MARKED_POINTS:
        tip(curve, name)
        return
    for place, value in zip(x, values, strict=True):
        (point,) = axes.plot([place], [value], **style | {"linestyle": "", "markeredgewidth": 0})
        tip(point, f"{name}, {x_label} {format_value(place)}: {format_value(value)}")


def _set_x(axes, x, log, width):
    """Ticks at the points themselves if they are few and apart, else at round numbers."""
    axes.set_xscale("log" if log else "linear")
    axes.set_xmargin(0.02)
    room = max(map(text_width, map(_tick, x))) + 6
    if len(x) > 9 or np.diff(_scaled(x, x, width, log), append=np.inf).min() < room:
        x = [t for t in _ticks(x[0], x[-1], log, x.dtype.kind in "iu", 8) if x[0] <= t <= x[-1]]
    axes.set_xticks(x, map(_tick, x))
    axes.set_xticks([], minor=True)


def _legend_rows(names, width):
    """Rows of (name, x), each row as full as `width` allows."""
    rows, x = [[]], EDGE
    for name in names:
        need = 36 + text_width(name) + 16
        if rows[-1] and x + need > width:
            rows, x = [*rows, []], EDGE
        rows[-1].append((name, x))
        x += need
    return rows


def _draw_legend(figure, rows, styles, title):
    width, height = figure.get_size_inches() * 72
    for i, row in enumerate(rows):
        y = _head_room(title) + LINE * (i + 0.5)
        for name, x in row:
            ends = np.array([x, x + 14, x + 28]) / width
            sample = Line2D(ends, [1 - (y - 4) / height] * 3, markevery=[1], **styles[name])
            figure.add_artist(sample)
            write(figure, x + 36, y, name)


# Heatmaps


def draw_heatmap(values, rows, columns, words, kind):
    row_label, column_label, title = words
    left = EDGE + 8 + max(map(text_width, [*rows, f"{row_label} ↓"]))
    cell = _cell_size(values, WIDTH - left - EDGE)
    names, angle, above = _fitted(columns, cell[0])
    top = _head_room(title) + LINE + above + 10
    size = (cell[0] * len(columns), cell[1] * len(rows))
    right = EDGE + max(0, _overhang(columns, angle) - cell[0] / 2)
    figure = canvas(_wide(left + size[0] + right, title), top + size[1] + EDGE)
    _write_title(figure, title)
    write(figure, left - 8, _head_room(title) + 12, f"{row_label} ↓", ha="right")
    write(figure, left, _head_room(title) + 12, f"{column_label} →")
    axes = panel(figure, left, top, *size)
    axes.set(xlim=(0, len(columns)), ylim=(len(rows), 0))
    axes.xaxis.tick_top()
    axes.set_xticks(np.arange(len(columns)) + 0.5, names, **_turned(angle, "left"))
    axes.set_yticks(np.arange(len(rows)) + 0.5, _thinned(rows, math.ceil(14 / cell[1])))
    axes.tick_params(top=False)
    if values.size > SINGLE_CELLS:
        _draw_bands(axes, values, kind, cell[1])
    else:
        _draw_cells(axes, values, kind, rows, columns)
    return figure


def _cell_size(values, room):
    """Whole pixels, so that cells meet without seams."""
    n_rows, n_columns = values.shape
    written = max(values.shape) <= WRITTEN_CELLS
    width = min(max(room // n_columns, 40 if written else 6), 64)
    height = min(width, 36 if written else 28, max(448 // n_rows, 6))
    return int(width), int(height)


def _shades(values, kind):
    """(hidden, strength, unit): cells to hatch, strengths in -1 .. 1, and the value of 1."""
    if kind == "mask":
        return values, np.zeros(values.shape), 1
    hidden = np.isneginf(values)
    values = np.where(hidden, 0, values).astype(np.float64)
    unit = 1 if kind == "weights" else abs(values).max() or 1
    return hidden, np.clip(values / unit, -1, 1), unit


def _draw_cells(axes, values, kind, rows, columns):
    hidden, strength, _ = _shades(values, kind)
    for (i, j), value in np.ndenumerate(values):
        shape = _hatched(i, j) if hidden[i, j] else _filled(i, j, strength[i, j])
        axes.add_patch(tip(shape, f"{rows[i]} → {columns[j]}: {format_value(value)}"))
        if max(values.shape) <= WRITTEN_CELLS:
            place = {"ha": "center", "va": "center_baseline"}
            inside(axes.text(j + 0.5, i + 0.5, format_value(value, 2), **place))


def _filled(i, j, strength):
    colour = POSITIVE if strength >= 0 else NEGATIVE
    return Rectangle((j, i), 1, 1, facecolor=(colour, abs(strength)), edgecolor=GRID, linewidth=1)


def _hatched(i, j):
    """A hidden cell: three strokes across a grey square."""
    square = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    strokes = [(0, 0.5), (0.5, 0), (0, 1), (1, 0), (0.5, 1), (1, 0.5)]
    codes = [Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY, *[Path.MOVETO, Path.LINETO] * 3]
    path = Path(np.add(square + strokes, (j, i)), codes)
    return PathPatch(path, facecolor=(GRID, 0.4), edgecolor=GRID)


def _draw_bands(axes, values, kind, height):
    """Cells of one shade as one shape, so that a large map is a small file with tooltips."""
    hidden, strength, unit = _shades(values, kind)
    shades = np.where(hidden, np.inf, (strength * SHADES).round() / SHADES + 0.0)
    for shade in np.unique(shades):
        colour, text = (NEGATIVE if shade < 0 else POSITIVE), f"≈ {format_value(shade * unit, 2)}"
        if shade == np.inf:
            colour, text = GRID, format_value(values[hidden][0])
        band = PathPatch(_runs(shades == shade), fill=False, linewidth=height, capstyle="butt")
        band.set_edgecolor((colour, min(abs(shade), 1)))
        axes.add_patch(tip(band, text))


def _runs(cells):
    """A horizontal stroke for each run of True cells in a row."""
    ends = [
        (x, i + 0.5)
        for i, row in enumerate(cells)
        for x in np.flatnonzero(np.diff(row.astype(int), prepend=0, append=0))
    ]
    path = Path(ends, [Path.MOVETO, Path.LINETO] * (len(ends) // 2))
    path.should_simplify = False
    return path


# Points


def draw_scatter(points, labels, words):
    x_label, y_label, title = words
    limits, scale = _equal_limits(points)
    (x0, x1), (y0, y1) = limits
    ticks = [_ticks(*pair) for pair in limits]
    step = max(ticks[0][1] - ticks[0][0], ticks[1][1] - ticks[1][0])
    right = max(map(text_width, labels))
    size = ((x1 - x0) * scale, (y1 - y0) * scale)
    figure, axes = _plot(
        title, (x_label, y_label), _left(ticks[1]), size[0], LINE, right, height=size[1]
    )
    for axis, (low, high) in zip((axes.xaxis, axes.yaxis), limits, strict=True):
        places = np.arange(math.ceil(low / step), math.floor(high / step) + 1) * step
        axis.set_ticks(places, map(_tick, places))
    axes.grid(True)
    axes.axhline(0, color=INK, linewidth=1, alpha=0.4)
    axes.axvline(0, color=INK, linewidth=1, alpha=0.4)
    axes.set(xlim=(x0, x1), ylim=(y0, y1))
    for (x, y), label in zip(points, labels, strict=True):
        (dot,) = axes.plot([x], [y], marker="o", markersize=8, markeredgewidth=0, color=CYCLE[0])
        tip(dot, f"{label}: ({format_value(x)}, {format_value(y)})")
    _write_names(axes, points, labels)
    return figure


def _equal_limits(points):
    """((x0, x1), (y0, y1)) around points and origin, and the pixels that one unit takes on both."""
    points = points.astype(np.float64)  # in float16 the span may overflow
    low, high = np.minimum(points.min(axis=0), 0), np.maximum(points.max(axis=0), 0)
    span = (high - low).max()
    pad = 0.1 * span if span > 1e-100 else 1  # all points lie on the origin
    low, high = low - pad, high + pad
    scale = ((380, 320) / (high - low)).min()
    missing = np.maximum((240, 120) - (high - low) * scale, 0) / scale / 2
    return np.stack([low - missing, high + missing], axis=1).tolist(), scale


def _write_names(axes, points, labels):
    """Each label beside its point, where it covers least of points, other labels and the edges."""
    dots = axes.transData.transform(points)
    left, bottom = axes.bbox.x0, axes.bbox.y0
    taken = [(x - 6, y - 6, x + 6, y + 6) for x, y in dots]
    taken += [(-999, -999, left, 999), (-999, -999, 999, bottom)]
    for point, dot, label in zip(points, dots, labels, strict=True):
        boxes = [(_name_box(dot, label, *side), side) for side in SIDES]
        box, (dx, dy) = min(boxes, key=lambda pair: sum(_overlap(pair[0], t) for t in taken))
        taken.append(box)
        place = {"xytext": (dx * 9, dy * 14 - 4), "textcoords": "offset points"}
        axes.annotate(label, point, ha={1: "left", 0: "center", -1: "right"}[dx], **place)


SIDES = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)]


def _name_box(dot, label, dx, dy):
    width = text_width(label)
    x = dot[0] + dx * 9 + (dx - 1) / 2 * width
    y = dot[1] + dy * 14 - 7
    return x, y, x + width, y + 14


def _overlap(a, b):
    return max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))


# Boxes and arrows


def draw_flow(layers, edges, links, title):
    sizes = {box: _box_size(box) for layer in layers for box in layer}
    places, width, height = _places(layers, edges, sizes, _head_room(title))
    long = [edge for edge in edges if _span(edge, layers) > 1]
    side = width - EDGE + 16
    figure = canvas(_wide(width + 16 * len(long), title), height)
    _write_title(figure, title)
    axes = panel(figure, 0, 0, *figure.get_size_inches() * 72)
    axes.set(xlim=(0, figure.get_size_inches()[0] * 72), ylim=(height, 0))
    axes.axis("off")
    for a, b in edges:
        if (a, b) in long:
            _arrow(axes, _around(places, sizes, a, b, side + 16 * long.index((a, b))))
        else:
            (x, y), (u, v) = places[a], places[b]
            _arrow(axes, [(x, y + sizes[a][1] / 2), (u, v - sizes[b][1] / 2)])
    for box, place in places.items():
        _draw_box(axes, box, place, sizes[box], links.get(box))
    return figure


def _box_size(box):
    return text_width(box, TEXT + 1) + 28, 16 + LINE * len(box.split("\n"))


def _span(edge, layers):
    depth = {box: i for i, layer in enumerate(layers) for box in layer}
    return depth[edge[1]] - depth[edge[0]]


def _places(layers, edges, sizes, top):
    """Where the middle of each box stands: layer below layer, each about the same axis."""
    breadths = [sum(sizes[box][0] + 24 for box in layer) - 24 for layer in layers]
    width = max(*breadths, 200) + 2 * EDGE
    places, y = {}, top
    for layer, breadth in zip(layers, breadths, strict=True):
        height, x = max(sizes[box][1] for box in layer), (width - breadth) / 2
        parents = {b: np.mean([places[a][0] for a, c in edges if c == b] or [0]) for b in layer}
        for box in sorted(layer, key=parents.get):
            places[box] = (x + sizes[box][0] / 2, y + height / 2)
            x += sizes[box][0] + 24
        y += height + 28
    return places, width, y - 28 + EDGE


def _around(places, sizes, a, b, side):
    """A line from box to box that passes those between them at the right."""
    (x, y), (u, v) = places[a], places[b]
    return [(x + sizes[a][0] / 2, y), (side, y), (side, v), (u + sizes[b][0] / 2, v)]


def _arrow(axes, points):
    points = np.array(points, dtype=float)
    along = points[-1] - points[-2]
    along = along / np.hypot(*along)
    across = along[::-1] * (1, -1)
    tail = points[-1] - 8 * along
    head = [points[-1].copy(), tail + 4 * across, tail - 4 * across]
    points[-1] = tail
    axes.plot(*points.T, color=INK, linewidth=1.25)
    axes.add_patch(Polygon(head, facecolor=INK))


def _draw_box(axes, box, place, size, url):
    x, y = place
    shape = FancyBboxPatch(
        (x - size[0] / 2, y - size[1] / 2), *size, boxstyle="round,pad=0,rounding_size=6"
    )
    shape.set(facecolor=(POSITIVE, 0.15 if url else 0), edgecolor=CYCLE[0] if url else INK, url=url)
    axes.add_patch(tip(shape, ""))
    lines = box.split("\n")
    for i, part in enumerate(lines):
        y_text = y + 4.5 + LINE * (i - (len(lines) - 1) / 2)
        inside(axes.text(x, y_text, part, ha="center", fontsize=TEXT + 1))


# Shared by several figures


def _plot(title, words, left, width, below, right=0, legend=0, height=PLOT):
    """A figure with title, y label above, x label below, and axes with a grid between them."""
    x_label, y_label = words
    top = _head_room(title) + LINE * legend + LINE + 12
    across = _wide(left + width + right + EDGE, title)
    figure = canvas(across, top + height + below + LINE + EDGE)
    _write_title(figure, title)
    write(figure, EDGE, top - 18, y_label)
    write(figure, left + width / 2, top + height + below + 16, x_label, ha="center")
    axes = panel(figure, left, top, width, height)
    axes.grid(axis="y")
    return figure, axes


def _head_room(title):
    """The height that edge and title take."""
    return EDGE + (LINE + 8 if title else 0)


def _wide(width, title):
    return max(width, text_width(title or "", TEXT + 2) + 2 * EDGE)


def _write_title(figure, title):
    if title:
        write(figure, EDGE, EDGE + 12, title, fontsize=TEXT + 1, fontweight="bold")


def _ticks(low, high, log=False, whole=False, most=5):
    """A few round numbers, the first at most `low` and the last at least `high`."""
    if not log:
        return MaxNLocator(most, steps=[1, 2, 2.5, 5, 10], integer=whole).tick_values(low, high)
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return 10.0 ** np.arange(first, max(last, first + 1) + 1, math.ceil((last - first) / 8) or 1)


def _tick(number):
    return f"{number:z,.8g}"


def _set_y(axes, ticks, log=False):
    axes.set_yscale("log" if log else "linear")
    axes.set_yticks(ticks, map(_tick, ticks))
    axes.set_yticks([], minor=True)
    axes.set_ylim(ticks[0], ticks[-1])


def _scaled(values, ticks, pixels, log):
    """Where values lie on an axis that has so many pixels from its first to its last tick."""
    values, ticks = np.asarray(values, float), np.asarray(ticks, float)
    if log:
        values, ticks = np.log(values), np.log(ticks)
    return (values - ticks[0]) / ((ticks[-1] - ticks[0]) or 1) * pixels


def _left(ticks):
    """The room left of the axes that the numbers of the y axis need."""
    return EDGE + 6 + max(map(text_width, map(_tick, ticks)))


def _widened(labels, width):
    """The width that keeps labels apart, if a figure may have it."""
    need = (max(map(text_width, labels)) + 8) * len(labels)
    return need if width < need <= width + WIDEST - WIDTH else width


def _fitted(labels, slot):
    """(labels, angle, height): level if they fit, thinned out if many, aslant otherwise."""
    need = max(map(text_width, labels))
    if need + 4 <= slot:
        return labels, 0, LINE
    if slot < 14:
        return _thinned(labels, math.ceil((need + 4) / slot)), 0, LINE
    if slot < 20:
        return labels, 90, need + 6
    return labels, 40, need * 0.65 + LINE


def _overhang(labels, angle):
    """How far slanted labels reach beyond their tick."""
    return max(map(text_width, labels)) * 0.77 if angle == 40 else 0


def _thinned(labels, every):
    return [label if i % every == 0 else "" for i, label in enumerate(labels)]


def _turned(angle, side):
    """Settings that turn labels about their end at the axis."""
    if not angle:
        return {}
    return {"rotation": angle, "rotation_mode": "anchor", "ha": side, "va": "center"}
