"""Figures and tables that check what they show: bars, lines, heatmaps, points, flows, tables.

Every figure is one object with three faces: `repr()` is its data as text, for a terminal, a screen
reader and a test; a notebook shows it as SVG or HTML; the site puts `page_svg()` into its page.
Data that is not what it is said to be, such as attention weights that do not sum to 1, is a
`ValueError`.

`labels` says what readers see in place of the code's words, such as {"loss": "損失"}; `{}` in a
word stands for any other. `repr()` keeps the code's.
"""

import ast
import hashlib
import html
import inspect
import re
import textwrap
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import numpy as np

from llm_scratch import svg
from llm_scratch.checks import as_array, sequence

labels = {}


def _draw(name, *data, **settings):
    from llm_scratch import drawing  # imports matplotlib, which takes half a second

    return getattr(drawing, name)(*_labelled(data), **settings)


def _labelled(data):
    """Figures' data with what `labels` says for each word in it."""
    if isinstance(data, str):
        return _label_of(data)
    if isinstance(data, Mapping):
        said = {_label_of(name): _labelled(values) for name, values in data.items()}
        if len(said) < len(data):
            raise ValueError(f"labels must keep {[*data]} apart, got {[*said]}")
        return said
    return type(data)(map(_labelled, data)) if isinstance(data, list | tuple) else data


def _label_of(word):
    key, parts = find_label(word, labels)
    return word if key is None else labels[key].format(*map(_label_of, parts))


def find_label(word, labels):
    """(the entry of `labels` that names a word, the words its {} stand for); (None, ()) if none.

    The longest pattern comes first.

    >>> find_label("layer 0 head 1", {"layer {}": "{} 層", "layer {} head {}": "{} 層のヘッド {}"})
    ('layer {} head {}', ('0', '1'))
    """
    if word in labels:
        return word, ()
    for key in sorted((key for key in labels if "{}" in key), key=len, reverse=True):
        if parts := re.fullmatch(re.escape(key).replace(r"\{\}", "(.+)"), word):
            return key, parts.groups()
    return None, ()


def _words(data):  # -> set of str
    """The words in figures' data: what `labels` may name."""
    if isinstance(data, str):
        return {data}
    return set().union(*map(_words, data)) if isinstance(data, list | tuple | Mapping) else set()


LARGEST = np.float64(1e100)  # drawing multiplies values without overflow up to here
MANY = 400  # repr() lists so many values, and sums up more
KINDS = ("weights", "scores", "mask", "values")
CONTROLS = {i: 0x2400 + i for i in range(32) if chr(i) != "\n"}  # NUL is shown as ␀
CONTROLS |= dict.fromkeys([*range(0xD800, 0xE000), 0xFFFE, 0xFFFF], "�")  # XML has no such letters


@dataclass(frozen=True, repr=False)
class Figure:
    """What `bar`, `line`, `heatmap`, `scatter` and `flow` return."""

    kind: str
    title: str | None
    text: str
    draw: partial

    def __repr__(self):
        return f"{_heading(self.kind, self.title)}\n{self.text}"

    def page_words(self):
        """The words that it shows, before `labels`."""
        return sorted(_words(self.draw.args[1:]))

    def page_svg(self, label=""):
        """SVG for the site, in the page's font and colours; `label` is its text alternative."""
        return svg.for_page(self.draw, label or _heading(self.kind, self.title))

    def _repr_svg_(self):
        return svg.for_notebook(self.draw, _heading(self.kind, self.title))


@dataclass(frozen=True, repr=False)
class Table:
    """What `table` returns."""

    columns: dict
    title: str | None

    def __repr__(self):
        return f"{_heading('table', self.title)}\n{_align(list(self.columns.items()))}"

    def page_words(self):
        """The words that it shows, before `labels`."""
        return sorted(_words([*self.columns, *self.columns.values(), self.title]))

    def _repr_html_(self):
        title = self.title and html.escape(_label_of(self.title))
        caption = f"<caption>{title}</caption>" if title else ""
        kinds = [' class="num"' * _numeric(values) for values in self.columns.values()]
        heads = map(_label_of, self.columns)
        heads = _html_row("th", [' scope="col"' + kind for kind in kinds], heads)
        rows = zip(*map(_labelled, self.columns.values()), strict=True)
        body = "".join(_html_row("td", kinds, map(_format_value, row)) for row in rows)
        return f'<table class="data">{caption}<thead>{heads}</thead><tbody>{body}</tbody></table>'


@dataclass(frozen=True, repr=False)
class Source:
    """What `source` returns: the code to read, and what of its docstrings folds away."""

    code: str
    docstring: str

    def __repr__(self):
        return self.code

    def page_docstring(self):
        """What the site folds away below the code."""
        return self.docstring

    def _repr_markdown_(self):
        code = f"```python\n{self.code}\n```"
        if not self.docstring:
            return code
        rest = f"```text\n{self.docstring}\n```"
        return f"{code}\n\n<details><summary>docstring …</summary>\n\n{rest}\n\n</details>"


def bar(labels, values, *, x_label="token", y_label="weight", title=None):  # (n,), (n,)
    """Draw bars on a zero line, one a label.

    Raises ValueError if the lengths differ or a value is not a finite number.

    >>> bar(["ねこ", "は"], [0.2027, 0.1172])
    bar
    token  weight
    ねこ   0.2027
    は     0.1172
    """
    labels, values = _labels("labels", labels), _numbers("values", values, 1)
    _same_length(labels=labels, values=values)
    text = _text([(x_label, labels), (y_label, values)])
    draw = partial(_draw, "draw_bar", labels, values, x_label, y_label, title)
    return Figure("bar", title, text, draw)


def line(
    x, series, *, x_label, y_label, title=None, log_x=False, log_y=False, references=None
):  # (n,), {name: (n,)}
    """Draw lines over a common x; `references` ({name: y}) are dashed and horizontal.

    Raises ValueError if lengths differ, x does not grow, a value is not finite, or a logarithm
    is asked of a number that is not positive.

    >>> line([1, 2], {"loss": [4.17, 3.3]}, x_label="step", y_label="nats", references={"a": 1.0})
    line
    step    loss
       1  4.1700
       2  3.3000
    a = 1.0000
    """
    x, series, references = _numbers("x", x, 1), _series(series), dict(references or {})
    _check_lines(x, series, references, log_x, log_y)
    notes = [f"{name} = {_format_value(level)}" for name, level in references.items()]
    notes += [f"log {axis}" for axis, log in (("x", log_x), ("y", log_y)) if log]
    text = "\n".join([_text([(x_label, x), *series.items()]), *notes])
    words = (x_label, y_label, title)
    draw = partial(_draw, "draw_line", x, series, references, words, log_x, log_y)
    return Figure("line", title, text, draw)


def heatmap(
    values, rows, columns, *, kind="weights", row_label="query", column_label="key", title=None
):  # (n_rows, n_columns)
    """Draw a cell for each value, first row at the top, labels in the order given.

    `kind` says what the values must be: "weights" lie in [0, 1] and each row sums to 1, "scores"
    are finite or -inf (hidden), "mask" is bool (True: hidden), "values" are finite.
    Raises ValueError if they are not, if shape and labels disagree, or if rows and columns hold the
    same labels in different order.

    >>> heatmap([[1, 0], [0.5, 0.5]], ["a", "b"], ["a", "b"])
    heatmap
    query \\ key       a       b
    a            1.0000  0.0000
    b            0.5000  0.5000
    """
    rows, columns = _labels("rows", rows), _labels("columns", columns)
    values = _values_of_kind(kind, values)
    if values.shape != (len(rows), len(columns)):
        expected = f"({len(rows)}, {len(columns)}): a row a label, a column a label"
        raise ValueError(f"values must have the shape {expected}; got {values.shape}")
    if rows != columns and sorted(rows) == sorted(columns):
        raise ValueError(f"rows and columns must have one order, got {rows} and {columns}")
    text = _text([(rf"{row_label} \ {column_label}", rows), *zip(columns, values.T, strict=True)])
    words = (row_label, column_label, title)
    draw = partial(_draw, "draw_heatmap", values, rows, columns, words, kind=kind)
    return Figure("heatmap", title, text, draw)


def scatter(points, labels, *, x_label="dim_1", y_label="dim_2", title=None):  # (n, 2), (n,)
    """Draw labelled points: one scale on both axes, the origin in sight.

    Raises ValueError if `points` is not (n, 2) and finite, or `labels` has another length.

    >>> scatter([[0.9, 0.15]], ["ねこ"])
    scatter
    label   dim_1   dim_2
    ねこ   0.9000  0.1500
    """
    points, labels = _numbers("points", points, 2), _labels("labels", labels)
    if points.shape[1] != 2:
        raise ValueError(f"points must have the shape (n, 2), got {points.shape}")
    _same_length(points=points, labels=labels)
    text = _text([("label", labels), (x_label, points[:, 0]), (y_label, points[:, 1])])
    draw = partial(_draw, "draw_scatter", points, labels, (x_label, y_label, title))
    return Figure("scatter", title, text, draw)


def flow(edges, *, links=None, title=None):
    """Draw boxes joined by arrows, from top to bottom; `links` ({box: url}) makes boxes links.

    Raises ValueError if the arrows run in a circle or a link names no box.

    >>> flow([("text", "tokens"), ("tokens", "ids")])
    flow
    text → tokens
    tokens → ids
    """
    edges, links = _edges(edges), dict(links or {})
    layers = _layers(edges)
    boxes = [box for layer in layers for box in layer]
    if unknown := [box for box in links if box not in boxes]:
        raise ValueError(f"links must name boxes of edges {boxes}, got {unknown}")
    text = "\n".join(" → ".join(edge).replace("\n", " ") for edge in edges)
    draw = partial(_draw, "draw_flow", layers, edges, links, title)
    return Figure("flow", title, text, draw)


def table(columns, *, title=None):
    """Show a table, {name: values}, floats with four decimals; single values make one row.

    Raises ValueError if there is no column or no row, or if lengths differ.

    >>> table({"token": ["ねこ", "は"], "id": [2, 3]})
    table
    token  id
    ねこ    2
    は      3
    >>> table({"loss": 0.5, "steps": 300})
    table
      loss  steps
    0.5000    300
    """
    if not isinstance(columns, Mapping) or not columns:
        raise ValueError(f"columns must be {{name: values}}, at least one; got {columns!r}")
    if all(map(np.isscalar, columns.values())):
        columns = {name: [value] for name, value in columns.items()}
    columns = {_label(k): sequence(f"column {k!r}", values) for k, values in columns.items()}
    _same_length(**{f"column {name!r}": values for name, values in columns.items()})
    if not all(columns.values()):
        raise ValueError(f"columns must have rows, got {columns}")
    return Table(columns, title)


def source(function_or_class):
    """Show the source of a function or class as it stands in its file.

    Of each docstring the first sentence stays; the rest is the `docstring` of the result.
    Raises TypeError for anything else, and for what was not written in Python.

    >>> source(source).code.splitlines()[0]
    'def source(function_or_class):'
    """
    code = _code(function_or_class)
    if code is None:
        wanted = "a function or a class that stands in a file of Python"
        raise TypeError(f"function_or_class must be {wanted}, got {function_or_class!r:.80}")
    return Source(*_folded(textwrap.dedent(code).rstrip().replace("  # fmt: skip", "")))


def _code(x):
    if inspect.isfunction(x) or inspect.isclass(x):
        with suppress(TypeError, OSError):
            return inspect.getsource(x)


_DOCSTRING = re.compile(r'(\w?("""|\'\'\'|"|\'))(.*)\2', re.DOTALL)
_SENTENCE_END = re.compile(r"(?<=\.)\s+(?=[^a-z0-9\s])|\n\s*\n")  # "et al. 2023" goes on


def _folded(code):  # -> the code with the first sentence of each docstring, and what follows them
    rests = {}
    for name, literal in _docstrings(code):
        opening, quotes, text = _DOCSTRING.fullmatch(literal).groups()
        first, *more = _SENTENCE_END.split(text.rstrip(), maxsplit=1)
        if more:
            code = code.replace(literal, f"{opening}{first}{quotes}", 1)
            rests[name] = _SENTENCE_END.split(inspect.cleandoc(text), maxsplit=1)[1]
    if len(rests) < 2:
        return code, "".join(rests.values())
    return code, "\n\n".join(f"{k}\n{textwrap.indent(v, '    ')}" for k, v in rests.items())


def _docstrings(code):  # -> (name, literal) of each function and class that has one
    with suppress(SyntaxError):  # a lambda may be a piece of a line
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
                yield node.name, ast.get_source_segment(code, node.body[0])


# Arguments are checked, and copied: a figure may be drawn after its arrays have changed.


def _label(label):
    return str(label).translate(CONTROLS)


def _labels(name, labels):
    if isinstance(labels, str):
        raise TypeError(f"{name} must be a sequence of labels, got one string, {labels!r}")
    labels = [_label(label) for label in sequence(name, labels)]
    if not labels:
        raise ValueError(f"{name} must hold at least one label, got none")
    return labels


def _numbers(name, values, ndim):
    values = np.array(as_array(name, values))
    if values.ndim != ndim or not values.size:
        raise ValueError(f"{name} must have {ndim} axes and not be empty, got {values.shape}")
    if values.dtype.kind not in "iuf":
        raise ValueError(f"{name} must be real numbers, got {values.dtype}")
    if not np.isfinite(values).all():
        raise ValueError(f"{name} must be finite, got {_first(values, ~np.isfinite(values))}")
    if (beyond := abs(values.astype(np.float64)) > LARGEST).any():
        raise ValueError(f"{name} must lie within ±{LARGEST}, got {_first(values, beyond)}")
    return values


def _first(values, wrong):
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    return f"{_format_value(values[index])} at {index if len(index) > 1 else index[0]}"


def _same_length(**columns):
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        got = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ValueError(f"lengths must agree, got {got}")


def _series(series):
    if not isinstance(series, Mapping) or not series:
        raise ValueError(f"series must be {{name: values}}, at least one; got {series!r}")
    return {_label(k): _numbers(f"series {k!r}", values, 1) for k, values in series.items()}


def _check_lines(x, series, references, log_x, log_y):
    _same_length(x=x, **{f"series {name!r}": values for name, values in series.items()})
    if not (np.diff(x) > 0).all():
        raise ValueError(f"x must grow from each point to the next, got {_format_value(x)}")
    heights = [*series.values()]
    if references:
        heights.append(_numbers("references", [*references.values()], 1))
    lowest = np.concatenate(heights).min()
    for name, value, log in (("x", x[0], log_x), ("series and references", lowest, log_y)):
        if log and value <= 0:
            raise ValueError(f"{name} must be positive on a log axis, got {_format_value(value)}")


def _values_of_kind(kind, values):
    """`values` as an array, if they are what `kind` says."""
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}; got {kind!r}")
    if kind == "mask":
        return _mask(values)
    if kind == "scores":
        return _scores(values)
    values = _numbers(kind, values, 2)
    if kind == "weights":
        _check_weights(values)
    return values


def _mask(values):
    values = np.array(as_array("mask", values))
    if values.dtype != bool or values.ndim != 2 or not values.size:
        raise ValueError(f"a mask must be bool with 2 axes, got {values.dtype} {values.shape}")
    return values


def _scores(values):
    """Finite numbers, or -inf where a score is hidden."""
    values = as_array("scores", values)
    if values.dtype.kind not in "iuf":
        raise ValueError(f"scores must be real numbers, got {values.dtype}")
    values = np.array(values, dtype=np.result_type(values, np.float32))
    _numbers("scores", np.where(np.isneginf(values), 0, values), 2)
    return values


def _check_weights(weights):
    outside = (weights < -1e-6) | (weights > 1 + 1e-6)
    if outside.any():
        raise ValueError(f"weights must lie in [0, 1], got {_first(weights, outside)}")
    sums = weights.sum(axis=-1, dtype=np.float64)
    wrong = abs(sums - 1) > 1e-4
    if wrong.any():
        raise ValueError(f"each row of weights must sum to 1, got {_first(sums, wrong)}")


def _edges(edges):
    edges = [tuple(sequence("an edge of edges", edge)) for edge in sequence("edges", edges)]
    wrong = [edge for edge in edges if len(edge) != 2 or not all(isinstance(b, str) for b in edge)]
    if wrong or not edges:
        raise ValueError(f"edges must be (from, to) pairs of labels, got {wrong or 'none'}")
    return edges


def _layers(edges):
    """Boxes by the length of the longest path to them, each layer in the order of `edges`."""
    depth = dict.fromkeys((box for edge in edges for box in edge), 0)
    for _ in depth:  # the longest path passes each box at most once
        deeper = [(b, depth[a] + 1) for a, b in edges if depth[a] >= depth[b]]
        for box, level in deeper:
            depth[box] = max(depth[box], level)
    if deeper:
        circle = sorted({box for box, _ in deeper})
        raise ValueError(f"edges must not run in a circle, got one through {circle}")
    levels = range(max(depth.values()) + 1)
    return [[box for box in depth if depth[box] == level] for level in levels]


# Text and HTML hold the same words and digits.


def _heading(kind, title):
    return f"{kind}: {title}" if title else kind


def _format_value(value):
    """A value as readers see it, a list or tuple item by item."""
    if isinstance(value, tuple):
        return f"({', '.join(map(_format_value, value))})"
    if isinstance(value, list) or np.ndim(value):
        return f"[{', '.join(map(_format_value, value))}]"
    return _label(svg.format_value(value))


def _numeric(values):
    return all(isinstance(v, (int, float, np.number)) and not isinstance(v, bool) for v in values)


def _html_row(tag, attributes, cells):
    pairs = zip(attributes, cells, strict=True)
    return f"<tr>{''.join(f'<{tag}{a}>{html.escape(cell)}</{tag}>' for a, cell in pairs)}</tr>"


def _text(columns):
    """The data of a figure: in full, or summed up with a hash, which shows any change."""
    arrays = [values for _, values in columns if isinstance(values, np.ndarray)]
    if sum(values.size for values in arrays) <= MANY:
        return _align(columns)
    values = np.stack(arrays, axis=-1).astype(np.float64)
    digest = hashlib.sha256((values.round(4) + 0.0).astype("<f8").tobytes()).hexdigest()[:12]
    numbers = {"min": values.min(), "max": values.max(), "mean": values.mean()}
    summary = ", ".join(f"{name} {_format_value(number)}" for name, number in numbers.items())
    return f"shape {values.shape}, {summary}, sha256 {digest}"


def _align(columns):
    """Columns of text; numbers stand at the right, wide characters count as two."""
    padded = [_pad(name, values) for name, values in columns]
    return "\n".join("  ".join(row).rstrip() for row in zip(*padded, strict=True))


def _pad(name, values):
    cells = [name, *map(_format_value, values)]
    width = max(map(svg.columns, cells))
    spaces = [" " * (width - svg.columns(cell)) for cell in cells]
    parts = (spaces, cells) if _numeric(values) else (cells, spaces)
    return list(map("".join, zip(*parts, strict=True)))
