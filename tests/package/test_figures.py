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
from project import ROOT
from refusals import refuses

from llm_scratch import figures, svg

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


def line(x, series, **more):
    return figures.line(x, series, x_label="x", y_label="y", **more)


LABELS = {
    "loss": "損失",
    "ねこ": "ねこ cat",
    "layer {} head {}": "{} 層のヘッド {}",
    "after {}": "{} の次",
}


@pytest.fixture
def labelled(monkeypatch):
    monkeypatch.setattr(figures, "labels", LABELS)


@pytest.mark.usefixtures("labelled")
def test_labels_stand_in_place_of_words_where_a_figure_is_shown():
    figure = figures.bar(["ねこ", "layer 1 head 0", "は"], [1, 2, 3], y_label="loss", title="loss")
    shown = ["ねこ cat", "1 層のヘッド 0", "は", "損失", "token"]
    assert {*shown} <= texts(read(figure)).keys() and "ねこ cat: 1" in tips(read(figure))
    assert figure.page_words() == ["layer 1 head 0", "loss", "token", "ねこ", "は"]
    assert "損失" not in repr(figure) and "損失" in figure._repr_svg_()
    weights = figures.heatmap([[1.0]], ["loss"], ["after ねこ"], row_label="weights")
    assert {"損失", "ねこ cat の次", "weights ↓"} <= texts(read(weights)).keys()


@pytest.mark.usefixtures("labelled")
def test_labels_stand_in_the_heads_and_cells_of_a_table():
    table = figures.table(
        {"loss": [1.0], "token": ["ねこ"], "ids": [["ねこ", 2]]}, title="after loss"
    )
    assert table.page_words() == ["after loss", "ids", "loss", "token", "ねこ"]
    assert re.findall("<t[hd]\\b[^>]*>(.*?)</t", table._repr_html_()) == [
        *("損失", "token", "ids", "1.0000", "ねこ cat", "[ねこ cat, 2]"),
    ]
    assert "<caption>損失 の次</caption>" in table._repr_html_() and "損失" not in repr(table)


HALF = np.array([[0.5, 0.25, 0.25 - 2**-13]], np.float16)
REFUSED = """
bar(TOKENS, [1, 2])  # …labels 3, values 2…
bar(TOKENS, [1, np.nan, 3])  # values must be finite, got nan at 1
bar([], [])  # labels must hold at least one…
bar("ねこ", [1, 2])  # TypeError: labels must be a sequence…
bar(["a"], ["b"])  # values must be real numbers…
bar(["a"], [1j])  # …real numbers, got complex128
bar(3, [1])  # TypeError: labels must be a sequence, got 3
bar(["a"], [[1], [1, 2]])  # values must be an array, got rows…
bar(["a"], [[1]])  # values must have 1 axes and not be empty, got (1, 1)
bar(["a", "b"], [1, -2e100])  # values must lie within ±1e+100, got -2… at 1
line([1], [[1]])  # series must be {name: values}, at least one; got [[1]]
line([1, 2], {"a": [1]})  # …x 2, series 'a' 1…
line([2, 1], {"a": [1, 2]})  # x must grow from each point to the next, got [2, 1]
line([1, 1], {"a": [1, 2]})  # x must grow…
line([1], {})  # …at least one…
line([0, 1], {"a": [1, 2]}, log_x=True)  # x must be positive on a log axis, got 0…
line([1, 2], {"a": [0, 2]}, log_y=True)  # …positive on a log axis…
line([1, 2], {"a": [1, 2]}, log_y=True, references={"r": -1.0})  # …log axis, got -1.0000…
line([1], {"a": [1]}, references={"r": np.nan})  # references must be finite…
heatmap(W, TOKENS[:2], TOKENS)  # …the shape (2, 3): a row a label, a column a label; got (3, 3)
heatmap(W, TOKENS, TOKENS[:2])  # …shape (3, 2)…got (3, 3)
heatmap(W, TOKENS, TOKENS[::-1])  # …must have one order…
heatmap(W, TOKENS, TOKENS, kind="heat")  # kind must be one of …, scores, mask, values; got 'heat'
heatmap([[-0.5, 0.75, 0.75]], ["a"], ["b", "c", "d"])  # …got -0.5000 at (0, 0)
heatmap([[-2e-6, 1.0]], ["a"], ["b", "c"])  # …lie in [0, 1]…
heatmap([[1.5, -0.5]], ["a"], ["b", "c"])  # …lie in [0, 1], got 1.5000 at (0, 0)
heatmap(HALF, ["a"], ["b", "c", "d"])  # …sum to 1, got 0.9999 at 0…
heatmap([[0.5, 0.5], [0.5, 0.4]], ["a", "b"], ["a", "b"])  # …sum to 1, got 0.9000 at 1…
heatmap(np.array(W) / 0.9, TOKENS, TOKENS)  # …lie in [0, 1]…
heatmap([[1], [1, 2]], ["a"], ["b"], kind="scores")  # scores must be an array…
heatmap([["a"]], ["a"], ["b"], kind="scores")  # scores must be real numbers, got <U1
heatmap([[np.inf, 1.0]], ["a"], ["b", "c"], kind="scores")  # scores must be finite…
heatmap([[-np.inf, 1.0]], ["a"], ["b", "c"], kind="values")  # values must be finite…
heatmap([[True], [True, False]], ["a"], ["b"], kind="mask")  # mask must be an array…
heatmap([True], ["a"], ["b"], kind="mask")  # a mask must be bool with 2 axes, got bool (1,)
heatmap([[0, 1]], ["a"], ["b", "c"], kind="mask")  # a mask must be bool…
scatter(np.ones((2, 3)), ["a", "b"])  # …(n, 2), got (2, 3)
scatter(np.ones((2, 2)), ["a"])  # …points 2, labels 1…
flow([("a", "b"), ("b", "a")])  # …circle, got one through ['a', 'b']
flow([("a", "b")], links={"c": "x"})  # …got ['c']
flow([])  # edges must be … got none
flow([("a", "b", "c")])  # edges must be … got [('a', 'b', 'c')]
table({"a": [1], "b": [1, 2]})  # …column 'a' 1, column 'b' 2…
table({"a": []})  # columns must have rows…
table({"a": 3, "b": [1]})  # TypeError: column 'a' must be a sequence…
table([[1]])  # columns must be…
source(3)  # TypeError: function_or_class must be a … that stands in a file of Python, got 3
source(eval(compile("lambda: 0", "gone", "eval")))  # TypeError: …a file of Python, got <function …
source(int)  # TypeError: …a file of Python, got <class 'int'>
"""
test_refusals = refuses(REFUSED, vars(figures) | globals())


@pytest.fixture(autouse=True)
def fonts(monkeypatch):
    """Whatever fonts the machine has, all letters can be drawn."""
    monkeypatch.setattr(svg, "_drawable", lambda characters: True)


def test_bars_stand_in_token_order_as_high_as_their_values():
    values = np.array([0.2, -0.1, 0.4])
    root = read(figures.bar(TOKENS, values))
    written = texts(root)
    assert sorted(TOKENS, key=lambda token: written[token][0][0]) == TOKENS
    bars = tips(root)
    assert list(bars) == ["ねこ: 0.2000", "は: -0.1000", "ひるね: 0.4000"]
    ground = bars["ねこ: 0.2000"][0][1]
    tops = [next(y for _, y in bar if y != ground) for bar in bars.values()]
    heights = np.subtract(ground, tops) / (ground - tops[2]) * 0.4
    np.testing.assert_allclose(heights, values, atol=1e-3)
    for token, bar in zip(TOKENS, bars.values(), strict=True):
        middle = (min(x for x, _ in bar) + max(x for x, _ in bar)) / 2
        assert middle == pytest.approx(written[token][0][0], abs=0.1)


@pytest.mark.parametrize("log", [False, True])
def test_points_of_lines_stand_where_their_numbers_say(log):
    x, y = np.array([1.0, 2, 4, 16]), np.array([1.0, 10, 3, 100])
    figure = line(x, {"a": y}, log_x=log, log_y=log)
    places = np.array([place for (place,) in tips(read(figure)).values()])
    scale = np.log if log else np.asarray
    for column, numbers in ((0, scale(x)), (1, scale(y))):
        along = (places[:, column] - places[0, column]) / (places[-1, column] - places[0, column])
        expected = (numbers - numbers[0]) / (numbers[-1] - numbers[0])
        np.testing.assert_allclose(along, expected, atol=1e-3)
    assert places[-1][1] < places[0][1] and places[-1][0] > places[0][0]


def test_a_reference_is_level_and_every_line_has_its_name():
    root = read(line([0, 1], {"loss": [4.0, 2.0]}, references={"ln 65": 3.0}))
    (x0, y0), (x1, y1) = tips(root)["ln 65: 3.0000"]
    first, last = (tips(root)[f"loss, x {i}: {4 - 2 * i}.0000"][0][1] for i in (0, 1))
    assert y0 == y1 == pytest.approx((first + last) / 2, abs=0.02) and x0 < x1
    assert {"loss", "ln 65", "x", "y"} <= set(texts(root))


def test_cells_stand_row_by_row_in_token_order():
    figure = figures.heatmap(W, TOKENS, TOKENS)
    cells = tips(read(figure))
    assert list(cells) == [
        f"{row} → {column}: {W[i][j]:.4f}"
        for i, row in enumerate(TOKENS)
        for j, column in enumerate(TOKENS)
    ]
    left, top = np.array([np.min(cell, axis=0) for cell in cells.values()]).reshape(3, 3, 2).T
    assert (np.diff(top, axis=1) > 0).all() and (np.diff(top, axis=0) == 0).all()
    assert (np.diff(left, axis=0) > 0).all() and (np.diff(left, axis=1) == 0).all()
    shades = re.findall(r"fill-opacity:([\d.]+)", figure.page_svg())
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
    near, there = (tips(read(figures.scatter([[x, x]], ["a"]))) for x in (5e-324, 0.0))
    assert [*near.values()] == [*there.values()]


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


@pytest.mark.parametrize("call", [
    "bar(TOKENS, [1, 2, 3]", 'line([1], {"a": [1]}', "heatmap(W, TOKENS, TOKENS",
    'scatter(np.eye(2), ["a", "b"]', 'flow([("a", "b")]',
])  # fmt: skip
def test_a_title_is_drawn_and_names_the_figure(call):
    figure = eval(f'{call}, title="Who looks where")', vars(figures) | globals())
    named = f"{call.partition('(')[0]}: Who looks where"
    assert str(figure).splitlines()[0] == named
    assert "Who looks where" in texts(read(figure)) and read(figure).get("aria-label") == named
    assert ET.fromstring(figure._repr_svg_()).get("aria-label") == named


def every():
    yield figures.bar(TOKENS, [1, 2, 3], title='A <b> & "c"')
    yield line([1, 2], {"a": [1, 2], "b": [2, 1]})
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
    code = f"from llm_scratch import figures as f\nprint(f.bar({TOKENS}, [1.0, 2, 3]).page_svg())"
    command, where = [sys.executable, "-X", "utf8", "-c", code], ROOT / "lessons_src"
    other = subprocess.run(command, cwd=where, capture_output=True, encoding="utf-8", check=True)
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
    figure = figures.bar(TOKENS, [1, 2, 3])
    figure._repr_svg_()
    monkeypatch.setattr(svg, "_drawable", lambda characters: False)
    said = r'no installed font has .*ね.*pip install "llm-scratch\[ja\]"'
    with pytest.warns(UserWarning, match=said):
        figure._repr_svg_()
    figure._repr_svg_()


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
    values = np.full((2, 401), 0.25)
    values[1, 0] += 0.00002
    first, second = (str(figures.bar(range(401), row)) for row in values)
    assert first.split("sha256")[1] == second.split("sha256")[1]


@pytest.mark.parametrize(
    ("log_x", "log_y", "end"), [(0, 0, ""), (1, 0, "x"), (0, 1, "y"), (1, 1, "x y")]
)
def test_text_of_a_line_chart_says_which_axes_are_logarithmic(log_x, log_y, end):
    said = str(line([1, 2], {"a": [1, 2]}, log_x=log_x, log_y=log_y)).splitlines()
    assert [text for text in said if text.startswith("log")] == [f"log {x}" for x in end.split()]


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
    ]  # fmt: skip
    assert str(figures.source(pieces[0])) == "lambda: 1,"
    broken = dict(
        f=lambda: (2), a=1)  # fmt: skip
    assert str(figures.source(broken["f"])).startswith("f=lambda: (2)")
