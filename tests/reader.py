"""A reader of the site: what is to be seen of a page, and hands for the cells of a lesson."""

import os
import re

import pytest
from playwright.sync_api import expect

from course.project import CACHE, ROOT

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 800}
LONG = 180_000  # ms, for Python in the page: a limit, and nothing that is waited for
SCHEMES = {"light": "default", "dark": "slate"}

needs_python = pytest.mark.skipif(
    not (CACHE / "live/pyodide.mjs").exists() and "CI" not in os.environ,
    reason="the page's Python is not here: `make live` collects it",
)

# The whole page, and whether it can be read.

AXE = ROOT / "docs/theme/node_modules/axe-core/axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RULES = {"runOnly": WCAG, "resultTypes": ["violations"], "selectors": False, "preload": False}
VIEWS = {  # of a kind of page: all four, in one language or the other
    "ja": [(PHONE, "light"), (WIDE, "dark")],
    "en": [(PHONE, "dark"), (WIDE, "light")],
}
KINDS = {
    "home": "",
    "lesson with formulas, tables and exercises": "lessons/attention/",
    "lesson without formulas": "lessons/tokens/",
    "playground": "playground/",
    "glossary": "glossary/",
    "follow": "follow/",
    "contributing": "contributing/",
    "changes": "changes/",
    "style guide": "lessons/style_guide/",
    "no page": "404.html",
}
STILL = "*, ::before, ::after { transition: none !important; animation: none !important }"
UNCOPIED = "article .highlight:not(.no-copy) pre:not(:has(.md-code__button))"

# Boxes wider than they show, lines that go on left of where they began, buttons over code, numbers
# that break or stand at the left; and wrapped lines, which are no fault on a phone.
FAULTS = """() => {
  const all = (css) => [...document.querySelectorAll(`article :is(${css})`)];
  const box = (element) => element.getBoundingClientRect();
  const lefts = (line) => {
    const range = document.createRange();
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    const found = new Map();  // top of a row -> where its text begins
    for (let node; (node = walker.nextNode()); ) for (let i = 0; i < node.length; i++) {
      if (node.data[i] === " ") continue;
      range.setStart(node, i);
      range.setEnd(node, i + 1);
      const { top, bottom, left } = box(range);
      const row = Math.round((top + bottom) / 20);
      found.set(row, Math.min(left, found.get(row) ?? Infinity));
    }
    return [...found.values()];
  };
  const outdented = (line) => Math.min(...lefts(line).slice(1)) <= lefts(line)[0] + 9;
  const over = (a, b) =>
    a.left < b.right && b.left < a.right && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  const tall = (line) => line.offsetHeight > 1.5 * parseFloat(getComputedStyle(line).lineHeight);
  const odd = (cell) => getComputedStyle(cell).textAlign !== "right" || lefts(cell).length > 1;
  const codes = all("pre, pre > code").map(box);
  const wrapped = all(".line").filter(tall);
  const found = {
    wide: document.documentElement.scrollWidth > innerWidth ? [document.body] : [],
    cut: all("pre, pre > code").filter((code) => code.scrollWidth > code.clientWidth),
    outdented: wrapped.filter(outdented),
    covering: all(".md-code__button, .live-button").filter((button) =>
      codes.some((code) => over(box(button), code))),
    broken: all("table.data td.num").filter((cell) => cell.checkVisibility() && odd(cell)),
    wrapped,
  };
  return Object.entries(found).filter(([, elements]) => elements.length).map(
    ([fault, elements]) => [fault, elements.map((element) => element.outerHTML.slice(0, 160))]);
}"""


def faults(page):
    return dict(page.evaluate(FAULTS))


def unfold(page):
    """Open what is folded, and let nothing fade or move: what is measured stands as it will."""
    page.add_style_tag(content=STILL)
    page.evaluate("document.querySelectorAll('details').forEach(box => box.open = true)")
    expect(page.locator(UNCOPIED)).to_have_count(0)


def audit(page, views):
    """It is accessible and fits: light and dark, on a phone and on a wide screen."""
    unfold(page)
    page.evaluate(AXE.read_text())  # as the browser's own tools do: the page allows no such script
    for viewport, scheme in views:
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=scheme)
        expect(page.locator("body")).to_have_attribute("data-md-color-scheme", SCHEMES[scheme])
        results = page.evaluate("rules => axe.run(rules)", RULES)
        told = [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in results["violations"]]
        bad = {fault: found for fault, found in faults(page).items() if fault != "wrapped"}
        assert results["passes"] and not (told or bad), (page.url, viewport, scheme, told, bad)


# Its cells.

DONE = re.compile("Ran in this browser|このブラウザで実行しました")
CELLS = ".cell.highlight:not(.setup *)"  # those that are seen
SHOWN = "all => all.map(one => one.textContent.trim())"


class Cell:
    """A cell, the row of buttons under it, and what a run shows below them."""

    def __init__(self, box):
        self.box = box
        self.bar = box.locator("xpath=following-sibling::*[1]")
        self.note = self.bar.locator(".live-note")
        self.output = box.locator("xpath=following-sibling::*[2][contains(@class, 'live-output')]")

    def press(self, name="Run"):
        self.bar.get_by_role("button", name=name).click()

    def write(self, text):
        """Open the editor and replace what stands there."""
        self.press("Edit")
        editor = self.box.locator(".cm-content")
        editor.fill(text)
        return editor

    def ends(self, told=DONE):
        """Wait until nothing runs; what is shown then."""
        expect(self.bar.locator("[data-busy]")).to_have_count(0, timeout=LONG)
        expect(self.note).to_contain_text(told)
        return self.output.inner_text().strip()

    def run(self, text=None, name="Run", told=DONE):
        if text is not None:
            self.write(text)
        self.press(name)
        return self.ends(told)


def cell(page, n=0, css=CELLS):
    return Cell(page.locator(css).nth(n))


def first_figure(page):
    return Cell(page.locator(CELLS).filter(has_text="figures.bar").first)
