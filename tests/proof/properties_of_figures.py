"""What is right for figures, tables and exercises: they say the data, and draw well-formed SVG."""

import xml.etree.ElementTree as ET

import numpy as np
from hypothesis import strategies as st
from properties import holds
from properties_of_arrays import size
from properties_of_text import TEXTS

from llm_scratch import exercises, figures

LABELS = TEXTS.filter(lambda text: "\n" not in text)
FREE = ("labels", "values", "lengths", "axes", "heatmap", "weights", "scores", "mask", "axis")


def check_figure(figure):
    """It says itself as text, and draws: in the page and in a notebook, as XML that can be read."""
    repr(figure).encode()
    ET.fromstring(figure.page_svg("label").replace("xlink:href", "href"))


def labels(draw, n):
    return draw(st.lists(LABELS, min_size=n, max_size=n))


def drawn(function, arguments, **settings):
    """Right is a figure that says itself and draws."""
    holds(function, arguments, **settings)(lambda result, *given: check_figure(result))


def line(x, series):
    return figures.line(x, series, x_label="x", y_label="y")


def heatmap(values, rows, columns, kind):
    return figures.heatmap(values, rows, columns, kind=kind)


def lines(draw, real):
    n = size(draw, 1, 3)
    return list(range(n)), {draw(LABELS): real(n)}


def maps(draw, real):
    n, m, kind = size(draw, 1, 3), size(draw, 1, 3), draw(st.sampled_from(["values", "scores"]))
    return real(n, m), [f"r{i}" for i in range(n)], [f"c{i}" for i in range(m)], kind


def points(draw, real):
    n = size(draw, 1, 3)
    return real(n, 2), labels(draw, n)


def bars(draw, real):
    n = size(draw, 1, 3)
    return labels(draw, n), real(n)


drawn(figures.line, lines, names=FREE, call=line)
drawn(figures.heatmap, maps, names=FREE, call=heatmap)
drawn(figures.scatter, points)


@holds(figures.bar, bars)
def bar(result, labels, values):
    check_figure(result)
    assert len(repr(result).split("\n")) == 2 + sum(len(str(x).split("\n")) for x in labels)


EDGES = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), min_size=1, max_size=4)


@holds(figures.flow, lambda draw, real: (draw(EDGES),))
def flow(result, edges):
    check_figure(result)
    said = [" → ".join(edge).replace("\n", " ") for edge in edges]
    assert repr(result).split("\n") == ["flow", *said]


@holds(figures.table, lambda draw, real: ({"a": real(2), "b": labels(draw, 2)},), names=("column",))
def table(result, columns):
    repr(result).encode()
    ET.fromstring(result._repr_html_())


@holds(figures.source, lambda draw, real: (draw(st.sampled_from([figures.bar, figures.Table])),))
def source(result, function_or_class):
    assert function_or_class.__name__ in result.code.splitlines()[0] or result.code.startswith("@")


# exercises

ANSWERS = st.one_of(TEXTS, st.floats(), st.integers(-9, 9), st.booleans(), st.just(...))


def answers(draw, real):
    one = draw(ANSWERS)
    return one, draw(st.one_of(st.just(one), ANSWERS))


@holds(exercises.same, answers)
def same(result, got, expected, tolerance=1e-6):
    again = exercises.same(expected, got)
    assert result is again or isinstance(got, (float, int))


@holds(exercises.difference, lambda draw, real: (1.0, draw(st.integers(2, 9))))
def difference(result, got, expected, tolerance=1e-6):
    assert len(result) == 2 and all(isinstance(text, str) and text for text in result)


@holds(exercises.check, lambda draw, real: ("causal_mask.2", draw(ANSWERS)), names=("exercise",))
def check(result, number, answer):
    """Whatever a reader answers gets a verdict in both languages."""
    assert result.kind in ("solved", "open", "wrong") and result.ja and result.en
    assert bool(result) is (result.kind == "solved")
    right = np.isscalar(answer) and not isinstance(answer, (bool, str)) and answer == 523776
    assert bool(result) is bool(right) or number != "causal_mask.2" or np.ndim(answer)
