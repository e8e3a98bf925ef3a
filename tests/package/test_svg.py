"""What is kept of matplotlib's SVG, letter by letter, and what stands around it."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from llm_scratch import svg

DRAWN = f"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
    viewBox="0 0 100.004 50.5">
  <metadata>who</metadata>
  <defs><path id="dot" d="M 1 2.3456 L -3 4.001 z" transform="scale(0.015625)"
    style="fill: {svg.INK}; stroke-linecap: butt"/></defs>
  <g id="figure_1">
    <g transform="translate(0 0) rotate(90.126)"><path d="M 0 -0.001" id="p" clip-path="url(#c)"/>
    </g>
    <g style=" "><text x="1.239" y="2" transform="rotate(-0 1 2)"
      style="font: 12px 'A: B', C; font-family: D; text-anchor: middle">ねこ</text>between</g>
    <g id="tip:a &lt; b"><use xlink:href="#dot" x="7" y="8.128" transform="scale(2)"/></g>
    <g id="inside"><text>in it</text></g>
    <g id="tip:"><a xlink:href="../02/"><use xlink:href="#dot" style="stroke: {svg.CYCLE[2]}"/></a>
    </g>
    <g id="inside"><text>linked</text></g>
    <use xlink:href="#p" y="1"/>
  </g>
</svg>"""
KEPT = """
<svg viewBox="0 0 100 50.5" role="group" style="width:100%;max-width:100px;height:auto">
<g transform="rotate(90.13)"><path d="M0 0" /></g>
<text x="1.24" y="2" style="font:12px 'A: B', C;text-anchor:middle">ねこ</text>
<g><title>a &lt; b</title>
<path d="M1 2.35L-3 4z" transform="scale(2) translate(7 8.13) scale(0.015625)"
 style="fill:var(--fig-ink,#1f2430)" /><text>in it</text></g>
<g><a xlink:href="../02/"><path d="M1 2.35L-3 4z" transform="scale(0.015625)"
 style="stroke:var(--fig-c2,#15803d)" /><text>linked</text></a></g>
<path d="M0 0" transform="translate(0 1)" />
</svg>"""


def test_what_is_kept_and_how_short_it_is():
    kept = ET.tostring(svg._shrink(ET.fromstring(DRAWN)), encoding="unicode")
    assert kept == re.sub(r"\n(?=<)", "", KEPT).replace("\n", "")


def a_panel(log=False):
    """A canvas with one bare panel that has numbers on both axes."""
    figure = svg.canvas(200, 100)
    axes = svg.panel(figure, 20, 10, 150, 60)
    axes.set(xlim=(1, 1000), ylim=(1, 1000), xscale="log" if log else "linear")
    svg.write(figure, 30, 90, "below")
    return figure


@pytest.mark.parametrize("log", [False, True])
def test_a_panel_has_numbers_and_no_marks_nor_frame(log):
    root = ET.fromstring(svg.for_page(lambda: a_panel(log), "a panel"))
    assert root.get("viewBox") == "0 0 200 100" and root.get("aria-label") == "a panel"
    assert [path.get("style") for path in root.iter("path")] == ["fill:none"]  # the canvas
    assert len([*root.iter("text")]) > 4


def test_a_panel_stands_at_its_place_in_pixels_from_the_top_left():
    figure = svg.canvas(200, 100)
    axes = svg.panel(figure, 20, 10, 150, 60)
    assert figure.dpi == 72 and [*figure.get_size_inches() * 72] == [200, 100]
    assert axes.get_position().bounds == pytest.approx((0.1, 0.3, 0.75, 0.6))
    assert axes.get_axisbelow() is True and not axes.get_frame_on()


def test_a_tip_and_what_is_inside_it_are_groups_of_their_own():
    figure = svg.canvas(200, 100)
    text = figure.text(0, 0, "a")
    assert svg.tip(text, "a: 1") is text and text.get_gid() == "tip:a: 1"
    assert svg.inside(text) is text and text.get_gid() == "inside" and text.get_zorder() == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.25, "0.2500"), (np.float32(-1.5), "-1.5000"), (-0.00004, "0.0000"), (np.inf, "inf")]
    + [(3, "3"), (np.int64(-3), "-3"), (True, "True"), ("ねこ", "ねこ")],
)
def test_a_value_is_written_with_four_decimals_if_it_has_any(value, text):
    assert svg.format_value(value) == text


def test_decimals_may_be_fewer_and_a_wide_letter_takes_two_columns():
    assert svg.format_value(2.345, 2) == "2.35" and svg.format_value(7, 2) == "7"
    assert [svg.columns(text) for text in ("", "ab", "ねこ", "ねこa", "ｱ")] == [0, 2, 4, 5, 1]


def test_text_stands_where_it_is_put():
    root = ET.fromstring(svg.for_page(a_panel, ""))
    (below,) = (node for node in root.iter("text") if node.text == "below")
    assert (float(below.get("x")), float(below.get("y"))) == (30, 90)


def test_alone_it_has_paper_fonts_and_names(monkeypatch):
    monkeypatch.setattr(svg, "_outline_font", dict)
    root = ET.fromstring(svg.for_notebook(a_panel, "a <panel>"))
    space = "{http://www.w3.org/2000/svg}"
    assert root.tag == f"{space}svg" and root.get("aria-label") == "a <panel>"
    assert root.get("font-family") == svg.FONTS
    paper = {"width": "200", "height": "100", "style": "fill:var(--fig-paper,#fff)"}
    assert root[0].tag == f"{space}rect" and root[0].attrib == paper


@pytest.mark.parametrize(
    ("text", "width"), [("ねこ", 20), ("ab", 11.6), ("ねa\nあいう", 30), ("abc\nね", 17.4)]
)
def test_a_wide_letter_takes_one_em_and_others_less(text, width):
    assert svg.text_width(text, 10) == pytest.approx(width)


def test_the_hint_at_fonts_names_the_wide_letters_only(monkeypatch):
    monkeypatch.setattr(svg, "_hinted", [])
    monkeypatch.setattr(svg, "_drawable", lambda characters: False)
    said = (
        "no installed font has こね: figures may show empty boxes instead. "
        'Install a Japanese font, or: pip install "llm-scratch[ja]"'
    )
    with pytest.warns(UserWarning, match=f"^{re.escape(said)}$") as told:
        svg._hint_at_fonts("a cat ねこ")
    assert told[0].filename == __file__  # where it was called


def test_scripts_that_the_measuring_font_has_not_are_drawn_without_a_word():
    def drawn():
        figure = svg.canvas(100, 50)
        svg.write(figure, 10, 10, "\u0900\u05d0\u060b\u0e01")
        return figure

    assert "\u0900\u05d0\u060b\u0e01" in svg.for_page(drawn, "")


def test_whether_a_font_can_draw_is_read_from_the_fonts():
    assert svg._drawable("abc") and not svg._drawable("\U0010fffd")
