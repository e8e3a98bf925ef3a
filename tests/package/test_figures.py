"""Figures: what breaks their promise is refused, and what they draw is read back from the SVG."""

import functools
import hashlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from llm_scratch import figures, svg
from project import ROOT

TOKENS = ["ねこ", "は", "ひるね"]
W = [[1, 0, 0], [0.25, 0.75, 0], [0.2, 0.3, 0.5]]


def read(figure, label=""):
    text = figure.page_svg(label).replace("xlink:href", "href")
    return ET.fromstring(text)


def texts(root):
    """{what is written: its places}."""
    places = {}
    for node in root.iter("text"):
        places.setdefault(node.text, []).append((float(node.get("x", 0)), float(node.get("y", 0))))
    return places


def tips(root):
    """{hover title: the corners or the place of what is drawn under it}."""
    found = {}
    for group in root.iter("g"):
        title, shape = group.find("title"), group.findall(".//path")[-1:]
        if title is not None:
            moved = re.match(r"translate\((\S+) (\S+)\)", shape[0].get("transform", ""))
            found[title.text] = [tuple(map(float, moved.groups()))] if moved else corners(shape[0])
    return found


def corners(path):
    numbers = list(map(float, re.findall(r"-?\d+(?:\.\d+)?", path.get("d"))))
    return list(zip(numbers[::2], numbers[1::2], strict=True))


REFUSED = {
    "bar lengths": (lambda: figures.bar(TOKENS, [1, 2]), ValueError, "labels 3, values 2"),
    "bar of NaN": (lambda: figures.bar(TOKENS, [1, np.nan, 3]), ValueError, "values must be finite, got nan at 1"),
    "bar of nothing": (lambda: figures.bar([], []), ValueError, "labels must hold at least one"),
    "bar of one string": (lambda: figures.bar("ねこ", [1, 2]), TypeError, "labels must be a sequence"),
    "bar of words": (lambda: figures.bar(["a"], ["b"]), ValueError, "values must be real numbers"),
    "bar of complex": (lambda: figures.bar(["a"], [1j]), ValueError, "real numbers, got complex128"),
    "bar of a number": (lambda: figures.bar(3, [1]), TypeError, "^labels must be a sequence, got 3$"),
    "bar of ragged values": (lambda: figures.bar(["a"], [[1], [1, 2]]), ValueError, "^values must be an array, got rows"),
    "bar of a matrix": (lambda: figures.bar(["a"], [[1]]), ValueError, r"^values must have 1 axes and not be empty, got \(1, 1\)$"),
    "bar beyond what is drawn": (lambda: figures.bar(["a", "b"], [1, -2e100]), ValueError, r"^values must lie within ±1e\+100, got -2.* at 1$"),
    "series in a list": (lambda: figures.line([1], [[1]], x_label="x", y_label="y"), ValueError, r"^series must be \{name: values\}, at least one; got \[\[1\]\]$"),
    "too few rows": (lambda: figures.heatmap(W, TOKENS[:2], TOKENS), ValueError, r"^values must have the shape \(2, 3\): a row a label, a column a label; got \(3, 3\)$"),
    "line lengths": (lambda: figures.line([1, 2], {"a": [1]}, x_label="x", y_label="y"), ValueError, "x 2, series 'a' 1"),
    "line backwards": (lambda: figures.line([2, 1], {"a": [1, 2]}, x_label="x", y_label="y"), ValueError, r"x must grow from each point to the next, got \[2, 1\]$"),
    "line standing": (lambda: figures.line([1, 1], {"a": [1, 2]}, x_label="x", y_label="y"), ValueError, "x must grow"),
    "line without series": (lambda: figures.line([1], {}, x_label="x", y_label="y"), ValueError, "at least one"),
    "log of 0 in x": (lambda: figures.line([0, 1], {"a": [1, 2]}, x_label="x", y_label="y", log_x=True), ValueError, "x must be positive on a log axis, got 0"),
    "log of 0 in y": (lambda: figures.line([1, 2], {"a": [0, 2]}, x_label="x", y_label="y", log_y=True), ValueError, "positive on a log axis"),
    "log of a reference": (lambda: figures.line([1, 2], {"a": [1, 2]}, x_label="x", y_label="y", log_y=True, references={"r": -1.0}), ValueError, "log axis, got -1.0000"),
    "reference of NaN": (lambda: figures.line([1], {"a": [1]}, x_label="x", y_label="y", references={"r": np.nan}), ValueError, "references must be finite"),
    "weights below 0": (lambda: figures.heatmap([[-0.5, 0.75, 0.75]], ["a"], ["b", "c", "d"]), ValueError, r"got -0.5000 at \(0, 0\)"),
    "weights just below 0": (lambda: figures.heatmap([[-2e-6, 1.0]], ["a"], ["b", "c"]), ValueError, r"lie in \[0, 1\]"),
    "half weights of sum 0.9999": (lambda: figures.heatmap(np.array([[0.5, 0.25, 0.25 - 2**-13]], np.float16), ["a"], ["b", "c", "d"]), ValueError, "sum to 1, got 0.9999 at 0"),
    "beyond what is drawn": (lambda: figures.bar(["a"], [2e100]), ValueError, "values must lie within ±1e.100, got"),
    "ragged scores": (lambda: figures.heatmap([[1], [1, 2]], ["a"], ["b"], kind="scores"), ValueError, "scores must be an array"),
    "scores of words": (lambda: figures.heatmap([["a"]], ["a"], ["b"], kind="scores"), ValueError, "scores must be real numbers, got <U1"),
    "ragged mask": (lambda: figures.heatmap([[True], [True, False]], ["a"], ["b"], kind="mask"), ValueError, "mask must be an array"),
    "mask of one axis": (lambda: figures.heatmap([True], ["a"], ["b"], kind="mask"), ValueError, r"a mask must be bool with 2 axes, got bool \(1,\)"),
    "weights beyond 1": (lambda: figures.heatmap([[1.5, -0.5]], ["a"], ["b", "c"]), ValueError, r"lie in \[0, 1\], got 1.5000 at \(0, 0\)"),
    "weights of sum 0.9": (lambda: figures.heatmap([[0.5, 0.5], [0.5, 0.4]], ["a", "b"], ["a", "b"]), ValueError, "sum to 1, got 0.9000 at 1"),
    "weights after dropout": (lambda: figures.heatmap(np.array(W) / 0.9, TOKENS, TOKENS), ValueError, r"lie in \[0, 1\]"),
    "wrong kind": (lambda: figures.heatmap(W, TOKENS, TOKENS, kind="heat"), ValueError, "^kind must be one of weights, scores, mask, values; got 'heat'$"),
    "heatmap shape": (lambda: figures.heatmap(W, TOKENS, TOKENS[:2]), ValueError, r"shape \(3, 2\).*got \(3, 3\)"),
    "heatmap order": (lambda: figures.heatmap(W, TOKENS, TOKENS[::-1]), ValueError, "must have one order"),
    "mask of numbers": (lambda: figures.heatmap([[0, 1]], ["a"], ["b", "c"], kind="mask"), ValueError, "a mask must be bool"),
    "scores of +inf": (lambda: figures.heatmap([[np.inf, 1.0]], ["a"], ["b", "c"], kind="scores"), ValueError, "scores must be finite"),
    "values of -inf": (lambda: figures.heatmap([[-np.inf, 1.0]], ["a"], ["b", "c"], kind="values"), ValueError, "values must be finite"),
    "points in 3-D": (lambda: figures.scatter(np.ones((2, 3)), ["a", "b"]), ValueError, r"\(n, 2\), got \(2, 3\)"),
    "points unnamed": (lambda: figures.scatter(np.ones((2, 2)), ["a"]), ValueError, "points 2, labels 1"),
    "circle": (lambda: figures.flow([("a", "b"), ("b", "a")]), ValueError, r"circle, got one through \['a', 'b'\]"),
    "link to no box": (lambda: figures.flow([("a", "b")], links={"c": "x"}), ValueError, r"got \['c'\]"),
    "no arrows": (lambda: figures.flow([]), ValueError, "edges must be .* got none$"),
    "three ends": (lambda: figures.flow([("a", "b", "c")]), ValueError, r"edges must be .* got \[\('a', 'b', 'c'\)\]$"),
    "ragged table": (lambda: figures.table({"a": [1], "b": [1, 2]}), ValueError, "column 'a' 1, column 'b' 2"),
    "empty table": (lambda: figures.table({"a": []}), ValueError, "columns must have rows"),
    "column of one number": (lambda: figures.table({"a": 3}), TypeError, "column 'a' must be a sequence"),
    "no table": (lambda: figures.table([[1]]), ValueError, "columns must be"),
    "source of a value": (lambda: figures.source(3), TypeError, "function_or_class must be a function or a class that stands in a file of Python, got 3"),
    "source of what has no file": (lambda: figures.source(eval(compile("lambda: 0", "gone", "eval"))), TypeError, "a file of Python, got <function"),
    "source of what is no Python": (lambda: figures.source(int), TypeError, "a file of Python, got <class 'int'>"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_broken_promise_is_refused(name):
    draw, error, message = REFUSED[name]
    with pytest.raises(error, match=message):
        draw()


def test_bars_stand_in_token_order_as_high_as_their_values():
    values = np.array([0.2, -0.1, 0.4])
    root = read(figures.bar(TOKENS, values))
    written = texts(root)
    assert sorted(TOKENS, key=lambda token: written[token][0][0]) == TOKENS
    bars = tips(root)
    assert list(bars) == ["ねこ: 0.2000", "は: -0.1000", "ひるね: 0.4000"]
    ground = bars["ねこ: 0.2000"][0][1]
    tops = [next(y for _, y in bar if y != ground) for bar in bars.values()]
    np.testing.assert_allclose(
        np.subtract(ground, tops) / (ground - tops[2]) * 0.4, values, atol=1e-3
    )
    for token, bar in zip(TOKENS, bars.values(), strict=True):
        middle = (min(x for x, _ in bar) + max(x for x, _ in bar)) / 2
        assert middle == pytest.approx(written[token][0][0], abs=0.1)


@pytest.mark.parametrize("log", [False, True])
def test_points_of_lines_stand_where_their_numbers_say(log):
    x, y = np.array([1.0, 2, 4, 16]), np.array([1.0, 10, 3, 100])
    figure = figures.line(x, {"a": y}, x_label="x", y_label="y", log_x=log, log_y=log)
    places = np.array([place for (place,) in tips(read(figure)).values()])
    scale = np.log if log else np.asarray
    for column, numbers in ((0, scale(x)), (1, scale(y))):
        along = (places[:, column] - places[0, column]) / (places[-1, column] - places[0, column])
        np.testing.assert_allclose(
            along, (numbers - numbers[0]) / (numbers[-1] - numbers[0]), atol=1e-3
        )
    assert places[-1][1] < places[0][1] and places[-1][0] > places[0][0]


def test_a_reference_is_level_and_every_line_has_its_name():
    root = read(
        figures.line(
            [0, 1], {"loss": [4.0, 2.0]}, x_label="x", y_label="y", references={"ln 65": 3.0}
        )
    )
    (x0, y0), (x1, y1) = tips(root)["ln 65: 3.0000"]
    first, last = (tips(root)[f"loss, x {i}: {4 - 2 * i}.0000"][0][1] for i in (0, 1))
    assert y0 == y1 == pytest.approx((first + last) / 2, abs=0.02) and x0 < x1
    assert {"loss", "ln 65", "x", "y"} <= set(texts(root))


def test_cells_stand_row_by_row_in_token_order():
    root = read(figures.heatmap(W, TOKENS, TOKENS))
    cells = tips(root)
    assert list(cells) == [
        f"{row} → {column}: {value:.4f}"
        for row, values in zip(TOKENS, W, strict=True)
        for column, value in zip(TOKENS, values, strict=True)
    ]
    tops = np.array([[min(y for _, y in cell), min(x for x, _ in cell)] for cell in cells.values()])
    tops = tops.reshape(3, 3, 2)
    assert (np.diff(tops[:, :, 0], axis=0) > 0).all() and (
        np.diff(tops[:, :, 0], axis=1) == 0
    ).all()
    assert (np.diff(tops[:, :, 1], axis=1) > 0).all() and (
        np.diff(tops[:, :, 1], axis=0) == 0
    ).all()
    shades = re.findall(r"fill-opacity:([\d.]+)", figures.heatmap(W, TOKENS, TOKENS).page_svg())
    assert list(map(float, shades)) == [0.25, 0.75, 0.2, 0.3, 0.5]


def test_weights_are_shaded_by_what_they_are_and_values_by_the_largest():
    half = [[0.5, 0.5], [0.25, 0.75]]
    for kind, expected in (("weights", [0.5, 0.5, 0.25, 0.75]), ("values", [0.67, 0.67, 0.33])):
        drawn = figures.heatmap(half, ["a", "b"], ["c", "d"], kind=kind).page_svg()
        shades = [float(shade) for shade in re.findall(r"fill-opacity:([\d.]+)", drawn)]
        assert shades == pytest.approx(expected, abs=0.01)


def test_what_is_on_the_edge_of_a_promise_is_kept():
    weights = [[-1e-6, 1 + 1e-6]]
    assert figures.heatmap(weights, ["a"], ["b", "c"]).kind == "heatmap"
    assert figures.bar(["a"], [figures.LARGEST]).kind == "bar"


def test_scores_are_shown_as_numbers_of_their_own_precision():
    figure = figures.heatmap([[2, 1]], ["a"], ["b", "c"], kind="scores")
    assert str(figure).splitlines()[-1].split() == ["a", "2.0000", "1.0000"]
    exact = figures.heatmap([[2.0**24 + 1, 0]], ["a"], ["b", "c"], kind="scores")
    assert "16777217.0000" in str(exact)


def test_hidden_scores_are_told_apart_from_small_ones():
    root = read(figures.heatmap([[0.0, -np.inf]], ["a"], ["b", "c"], kind="scores"))
    assert list(tips(root)) == ["a → b: 0.0000", "a → c: -inf"]
    mask = read(figures.heatmap([[False, True]], ["a"], ["b", "c"], kind="mask"))
    assert list(tips(mask)) == ["a → b: False", "a → c: True"]


def test_points_share_one_scale_and_their_labels_are_beside_them():
    points = np.array([[0, 0], [1, 0], [0, 0.5]])
    root = read(figures.scatter(points, TOKENS))
    places = dict(zip(TOKENS, (p[0] for p in tips(root).values()), strict=False))
    (x, y), (right, level), (above, up) = (found[-1] for found in tips(root).values())
    assert level == y and above == x
    assert right - x == pytest.approx(2 * (y - up), rel=0.01)
    assert set(places) <= set(texts(root))


def test_points_that_can_hardly_be_told_from_the_origin_are_drawn_on_it():
    (near,), (there,) = (
        tips(read(figures.scatter([[x, x]], ["a"]))).values() for x in (5e-324, 0.0)
    )
    assert near == there


def test_boxes_are_links_and_arrows_lead_downwards():
    figure = figures.flow([("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")], links={"b": "../02/"})
    root = read(figure)
    (link,) = root.iter("a")
    assert link.get("href") == "../02/" and "".join(link.itertext()) == "b"
    assert 'xlink:href="../02/"' in figure.page_svg()
    height = {box: places[0][1] for box, places in texts(root).items()}
    assert height["a"] < height["b"] == height["c"] < height["d"]
    assert root.get("role") == "group"
    assert str(figure) == "flow\na → b\na → c\nb → d\nc → d"


TITLED = {
    "bar": lambda title: figures.bar(TOKENS, [1, 2, 3], title=title),
    "line": lambda title: figures.line([1], {"a": [1]}, x_label="x", y_label="y", title=title),
    "heatmap": lambda title: figures.heatmap(W, TOKENS, TOKENS, title=title),
    "scatter": lambda title: figures.scatter(np.eye(2), ["a", "b"], title=title),
    "flow": lambda title: figures.flow([("a", "b")], title=title),
}


@pytest.mark.parametrize("kind", TITLED)
def test_a_title_is_drawn_and_names_the_figure(kind):
    figure = TITLED[kind]("Who looks where")
    named = f"{kind}: Who looks where"
    assert str(figure).splitlines()[0] == named
    assert "Who looks where" in texts(read(figure)) and read(figure).get("aria-label") == named
    assert ET.fromstring(figure._repr_svg_()).get("aria-label") == named


def every():
    yield figures.bar(TOKENS, [1, 2, 3], title='A <b> & "c"')
    yield figures.line([1, 2], {"a": [1, 2], "b": [2, 1]}, x_label="x", y_label="y")
    yield figures.heatmap(W, TOKENS, TOKENS)
    yield figures.heatmap(np.zeros((40, 40)), range(40), range(40), kind="values")
    yield figures.scatter(np.eye(2), ["a", "b"])
    yield figures.flow([("a", "b")], links={"a": "x"})


@pytest.mark.parametrize("figure", [*every()], ids=lambda figure: figure.kind)
def test_a_figure_is_small_clean_and_labelled(figure):
    text = figure.page_svg('what <it> & "shows"')
    root = read(figure, 'what <it> & "shows"')
    assert root.get("aria-label") == 'what <it> & "shows"' and root.get("role") in ("img", "group")
    for foreign in (" id=", "<style", "<defs", "<metadata", "http", "clip-path", "url("):
        assert foreign not in text
    colours = re.findall(r"(?:fill|stroke):([^;\"]+)", text)
    assert colours and all(c == "none" or c.startswith("var(--fig-") for c in colours)
    assert len(text) < 40_000
    assert figure._repr_svg_().startswith("<svg ")
    ET.fromstring(figure._repr_svg_())


def test_an_eight_by_eight_map_is_light():
    weights = np.full((8, 8), 1 / 8)
    assert len(figures.heatmap(weights, range(8), range(8)).page_svg()) < 24_000


def test_a_figure_is_the_same_every_time_and_keeps_its_data():
    values = np.array([1.0, 2, 3])
    figure = figures.bar(TOKENS, values)
    first = figure.page_svg()
    values[:] = 9
    assert figure.page_svg() == first == figures.bar(TOKENS, [1.0, 2, 3]).page_svg()
    code = "from llm_scratch import figures\nprint(figures.bar(['ねこ', 'は', 'ひるね'], [1.0, 2, 3]).page_svg())"
    other = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code],
        cwd=ROOT / "lessons_src",
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert other.stdout == first + "\n"


def test_drawing_leaves_matplotlib_as_it_was():
    before = dict(mpl.rcParams)
    for figure in every():
        figure.page_svg()
        figure._repr_svg_()
    assert dict(mpl.rcParams) == before and plt.get_fignums() == []


def test_at_home_a_missing_japanese_font_is_said_once(monkeypatch):
    monkeypatch.setattr(svg, "_hinted", [])
    monkeypatch.setattr(svg, "_outline_font", dict)
    monkeypatch.setattr(svg, "_drawable", lambda characters: False)
    figure = figures.bar(TOKENS, [1, 2, 3])
    with pytest.warns(
        UserWarning, match=r'no installed font has .*ね.*pip install "llm-scratch\[ja\]"'
    ):
        figure._repr_svg_()
    figure._repr_svg_()
    monkeypatch.setattr(svg, "_hinted", [])
    monkeypatch.setattr(svg, "_drawable", lambda characters: True)
    figure._repr_svg_()


def test_whether_a_font_can_draw_is_read_from_the_fonts():
    assert svg._drawable("abc")
    assert not svg._drawable("\U0010fffd")


def test_text_of_a_figure_is_its_data_and_shows_every_change():
    assert str(figures.bar(["a"], [0.00004])) == "bar\ntoken  weight\na      0.0000"
    many = np.linspace(0, 1, 900).reshape(30, 30)
    first = str(figures.heatmap(many, range(30), range(30), kind="values"))
    many[7, 7] += 1e-4
    second = str(figures.heatmap(many, range(30), range(30), kind="values"))
    assert first != second and "shape (30, 30), min 0.0000, max 1.0000" in first


def test_many_numbers_are_summed_up_in_the_order_of_their_cells():
    values = np.arange(420).reshape(20, 21) / 8 + 0.25
    values[0, 0] = -0.00001  # rounds to 0: one 0, not a negative one
    figure = figures.heatmap(values, range(20), range(21), kind="values")
    cells = np.where(values < 0, 0, values).astype("<f8").tobytes()
    digest = hashlib.sha256(cells).hexdigest()[:12]
    said = f"shape (20, 21), min 0.0000, max 52.6250, mean 26.4369, sha256 {digest}"
    assert str(figure) == f"heatmap\n{said}"
    whole = figures.heatmap(values[:, :20], range(20), range(20), kind="values")
    assert len(str(whole).splitlines()) == 22


def test_what_is_summed_up_is_rounded_to_what_would_be_shown():
    first, second = (
        figures.bar(range(401), np.full(401, 0.25) + np.eye(1, 401)[0] * change)
        for change in (0, 0.00002)
    )
    assert str(first).split("sha256")[1] == str(second).split("sha256")[1]


@pytest.mark.parametrize(
    ("log_x", "log_y", "end"), [(0, 0, ""), (1, 0, "x"), (0, 1, "y"), (1, 1, "x y")]
)
def test_text_of_a_line_chart_says_which_axes_are_logarithmic(log_x, log_y, end):
    figure = figures.line([1, 2], {"a": [1, 2]}, x_label="x", y_label="y", log_x=log_x, log_y=log_y)
    said = [line for line in str(figure).splitlines() if line.startswith("log")]
    assert said == [f"log {axis}" for axis in end.split()]


def test_a_table_is_escaped_and_tells_numbers_from_words():
    table = figures.table({"<b>": ["a & b"], "n": [0.25], "pair": [(1, 2)]}, title="T<")
    html = table._repr_html_()
    heads = (
        '<th scope="col">&lt;b&gt;</th><th scope="col" class="num">n</th><th scope="col">pair</th>'
    )
    cells = '<td>a &amp; b</td><td class="num">0.2500</td><td>(1, 2)</td>'
    rows = f"<thead><tr>{heads}</tr></thead><tbody><tr>{cells}</tr></tbody>"
    assert html == f'<table class="data"><caption>T&lt;</caption>{rows}</table>'
    assert str(table) == "table: T<\n<b>         n  pair\na & b  0.2500  (1, 2)"


def test_cells_that_hold_several_values_show_each():
    table = figures.table({"a": [[1, [0.5, 2]], (1,), np.array([3, 4])]})
    assert str(table).splitlines()[2:] == ["[1, [0.5000, 2]]", "(1)", "[3, 4]"]


def test_source_is_what_stands_in_the_file():
    code = figures.source(corners).code
    first, last = "def corners(path):\n", "strict=True))"
    assert code.startswith(first) and code.endswith(last) and code in Path(__file__).read_text()
    assert figures.source(corners)._repr_markdown_() == f"```python\n{code}\n```"


def contract(text):
    def keep(function):
        return functools.wraps(function)(lambda *args: function(*args))

    return keep


@contract("(n,) -> (n,)")
def halve(x):
    """Halve it (Napier et al.
    1614) and no more. `x` is an array, \\n.

    >>> halve(2)
    1.0
    """
    return x / 2  # a half


class Halver:
    """Halves.

    Always.
    """

    by = "two. Not three."

    def once(self, x):
        """Halve `x`."""
        return halve(x)

    def twice(self, x):
        r"""Halve `x` twice. It is a quarter then."""
        return halve(halve(x))


def test_source_keeps_the_contract_and_the_first_sentence_and_folds_the_rest():
    source = figures.source(halve)
    assert str(source) == source.code == (
        '@contract("(n,) -> (n,)")\n'
        "def halve(x):\n"
        '    """Halve it (Napier et al.\n'
        '    1614) and no more."""\n'
        "    return x / 2  # a half"
    )  # fmt: skip
    assert source.docstring == "`x` is an array, \\\\n.\n\n>>> halve(2)\n1.0"
    assert source.page_docstring() == source.docstring
    assert source._repr_markdown_() == (
        f"```python\n{source.code}\n```\n\n<details><summary>docstring …</summary>\n\n"
        f"```text\n{source.docstring}\n```\n\n</details>"
    )


def test_source_of_a_class_folds_each_docstring_under_its_name():
    source = figures.source(Halver)
    kept = [line.strip() for line in source.code.splitlines() if "Halve" in line or "by" in line]
    assert kept == [
        "class Halver:", '"""Halves."""', 'by = "two. Not three."',
        '"""Halve `x`."""', 'r"""Halve `x` twice."""',
    ]  # fmt: skip
    assert source.docstring == "Halver\n    Always.\n\ntwice\n    It is a quarter then."
    method = figures.source(Halver.twice)
    assert method.code.startswith('def twice(self, x):\n    r"""Halve `x` twice."""\n    return')
    assert method.docstring == "It is a quarter then."


def test_source_of_a_piece_of_a_line_stands_as_it_is():
    pieces = [
        lambda: 1,
    ]
    assert str(figures.source(pieces[0])) == "lambda: 1,"
    broken = dict(
        f=lambda: (2), a=1)  # fmt: skip
    assert str(figures.source(broken["f"])).startswith("f=lambda: (2)")
