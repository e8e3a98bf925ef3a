"""The site in a real browser: light and dark, wide and narrow, with and without JavaScript."""

import gzip
import re

import pytest
from project import ROOT
from test_site import LESSONS, PAGES, PREFIX

AXE = ROOT / "docs/theme/node_modules/axe-core/axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
EVERY = [PREFIX[language] + page for language in PREFIX for page in PAGES]
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 800}
OURS = re.compile(r"/(assets/(katex|[a-z]+\.(css|js|svg))|lessons/)")


# What reads badly: boxes wider than they show, wrapped lines, lines that go on left of where they
# began, buttons over code.
FAULTS_OF_CODE = """() => {
  const lines = [...document.querySelectorAll("article .line")];
  const lefts = (line) => {
    const range = document.createRange();
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    const found = new Map();  // top of a row -> where its text begins
    for (let node; (node = walker.nextNode()); ) for (let i = 0; i < node.length; i++) {
      if (node.data[i] === " ") continue;
      range.setStart(node, i);
      range.setEnd(node, i + 1);
      const { top, bottom, left } = range.getBoundingClientRect();
      const row = Math.round((top + bottom) / 20);
      found.set(row, Math.min(left, found.get(row) ?? Infinity));
    }
    return [...found.values()];
  };
  const over = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  const boxes = [...document.querySelectorAll("article pre, article pre > code")];
  const codes = boxes.map((box) => box.getBoundingClientRect());
  const buttons = [...document.querySelectorAll("article :is(.md-code__button, .live-button)")];
  const wrapped = lines.filter((line) => line.offsetHeight > 1.5 * parseFloat(getComputedStyle(line).lineHeight));
  return {
    cut: boxes.filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.textContent),
    outdented: wrapped.filter((line) => Math.min(...lefts(line).slice(1)) <= lefts(line)[0] + 9).map((line) => line.textContent),
    covering: buttons.filter((b) => codes.some((code) => over(b.getBoundingClientRect(), code))).map((b) => b.outerHTML),
    wrapped: wrapped.map((line) => line.textContent),
  };
}"""


COPY_BUTTONS = """() => document.querySelectorAll("article .highlight:not(.no-copy) pre:not(:has(.md-code__button))").length === 0"""


def faults_of_code(page):
    return {what: found for what, found in page.evaluate(FAULTS_OF_CODE).items() if found}


def breadth(page):
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", EVERY)
def test_a_page_is_accessible_and_fits(open_page, path, scheme):
    page = open_page(path, viewport=WIDE, color_scheme=scheme)
    page.wait_for_function("document.body.dataset.mdColorScheme")
    shown = page.evaluate("document.body.dataset.mdColorScheme")
    assert shown == {"light": "default", "dark": "slate"}[scheme]
    page.evaluate("document.querySelectorAll('details').forEach(box => box.open = true)")
    page.evaluate(AXE.read_text())  # as the browser's own tools do: the page allows no such script
    results = page.evaluate("tags => axe.run({runOnly: tags})", WCAG)
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in results["violations"]] == []
    assert results["passes"] and breadth(page) <= 0
    page.wait_for_function(COPY_BUTTONS)
    assert faults_of_code(page) == {}
    page.set_viewport_size(PHONE)
    assert breadth(page) <= 0
    assert {**faults_of_code(page), "wrapped": []} == {"wrapped": []}


def test_72_columns_fit_everywhere_and_what_reads_badly_is_found(open_page):
    """In cells, outputs and sources, in solutions and under a fold: any line may be that wide."""
    page = open_page("lessons/04_attention/", viewport=WIDE)
    page.evaluate("document.querySelectorAll('details').forEach(box => box.open = true)")
    page.wait_for_function(COPY_BUTTONS)
    lines = page.locator("article .line")
    fill = "(lines, text) => lines.forEach(line => (line.textContent = text))"
    lines.evaluate_all(fill, ("four " * 15)[:72])
    assert faults_of_code(page) == {}
    lines.evaluate_all(fill, "four " * 20)
    assert {*faults_of_code(page)} == {"wrapped"}
    for style, fault in {
        ".line { text-indent: 0 !important }": "outdented",
        ".line { white-space: pre }": "cut",
        ".md-code__nav { top: 0 !important }": "covering",
    }.items():
        page.add_style_tag(content=style)
        assert fault in faults_of_code(page), style


def test_a_root_in_a_caption_is_drawn(open_page):
    page = open_page("lessons/07_position/", viewport=WIDE)
    heights = page.evaluate(
        """() => {
          const root = document.querySelector(".katex:has(.sqrt svg)");
          const inside = root.cloneNode(true);
          document.querySelector("figcaption").append(inside);
          return [root, inside].map((formula) => formula.querySelector(".sqrt svg").clientHeight);
        }"""
    )
    assert heights[0] > 15 and heights[1] > 0.8 * heights[0]


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_reads_without_javascript_and_is_light(open_page, browser, address, name):
    bodies = {}
    page = open_page("follow/", viewport=PHONE, java_script_enabled=False)
    page.on("response", lambda response: bodies.setdefault(response.url, response.body()))
    page.goto(f"{address}lessons/{name}/", wait_until="load")
    for shown in (
        "article h1",
        "article pre:not(details pre)",
        "article figure svg",
        ".katex-html:not(details *)",
    ):
        for box in [place.bounding_box() for place in page.locator(shown).all()]:
            assert box and box["width"] > 5 and box["height"] > 5, shown
    assert page.locator("details.solution").count() >= 2
    page.locator("details.solution summary").first.click()
    assert page.locator("details.solution pre").first.is_visible()
    ours = [gzip.compress(body) for url, body in bodies.items() if OURS.search(url)]
    assert ours and sum(map(len, ours)) < 150_000


FIRST = {
    "ja": {
        "埋め込み": "03_embeddings", "因果マスク": "06_causal_mask", "位置エンコーディング": "07_position",
        "softmax": "04_attention", "attention": "04_attention", "トークン": "02_tokens",
    },
    "en": {
        "embedding": "03_embeddings", "causal mask": "06_causal_mask", "positional encoding": "07_position",
        "softmax": "04_attention", "attention": "04_attention", "token": "02_tokens",
    },
}  # fmt: skip
SECTIONS = {"softmax": "#softmax", "位置エンコーディング": "#positional-encoding",
            "positional encoding": "#positional-encoding"}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "words", "lesson"),
    [(la, *pair) for la, all in FIRST.items() for pair in all.items()],
)
def test_search_shows_the_right_lesson_first(open_page, language, words, lesson):
    page = open_page(PREFIX[language], viewport=WIDE)
    page.locator(".md-search__input").click()
    page.keyboard.type(words)
    page.keyboard.press("End")  # typing Japanese lifts no key here, as an input method's Enter does
    results = page.locator(".md-search-result__item")
    results.first.wait_for()
    page.wait_for_timeout(300)
    first = results.first.locator("a").first.get_attribute("href")
    assert f"/lessons/{lesson}/" in first, first
    inside = [link.get_attribute("href") for link in results.first.locator("a").all()]
    assert any(SECTIONS.get(words, lesson) in link for link in inside), inside


@pytest.mark.parametrize("start", ["", "en/"])
def test_the_language_switch_stays_on_lesson_and_section(open_page, address, start):
    there = {"": "en/", "en/": ""}[start]
    page = open_page(f"{start}lessons/04_attention/#softmax", viewport=WIDE)
    page.wait_for_timeout(300)
    page.locator(".language-switch").click()
    page.wait_for_url(f"{address}{there}lessons/04_attention/#softmax")
    assert page.locator("#softmax").is_visible()
    page.locator(".md-nav--primary a", has_text="GPT").first.click()
    page.wait_for_url(f"{address}{there}lessons/08_gpt/")
    page.locator(".language-switch").click()
    page.wait_for_url(re.compile(f"{address}{start}lessons/08_gpt/"))


def test_a_table_sorts_by_any_column(open_page):
    page = open_page("lessons/02_tokens/", viewport=WIDE)
    table = page.locator("table.data", has_text="position").first
    button = table.locator("th button", has_text="id")

    def column():
        return table.locator("tbody tr td:last-child").all_inner_texts()

    assert column() == ["2", "3", "4", "0", "1"]
    button.click()
    assert column() == ["0", "1", "2", "3", "4"]
    button.click()
    assert column() == ["4", "3", "2", "1", "0"]
    assert table.locator("th[aria-sort=descending]").count() == 1


def test_a_box_of_a_flow_figure_leads_to_its_lesson(open_page, address):
    page = open_page("lessons/01_big_picture/", viewport=WIDE)
    page.locator("figure svg a", has_text="embeddings").click()
    page.wait_for_url(f"{address}lessons/03_embeddings/")


def test_the_colours_can_be_chosen_and_stay(open_page):
    page = open_page("lessons/04_attention/", viewport=WIDE, color_scheme="light")
    scheme = "document.body.dataset.mdColorScheme"
    seen = []
    for _ in range(3):
        page.locator("form[data-md-component=palette] label:not([hidden])").click()
        seen.append(page.evaluate(scheme))
    assert set(seen) == {"default", "slate"}
    while page.evaluate(scheme) != "slate":
        page.locator("form[data-md-component=palette] label:not([hidden])").click()
    page.reload()
    assert page.evaluate(scheme) == "slate"


def bar_figure(page):
    return page.locator(".fig svg", has=page.locator('[data-tip="ひるね: 0.2956"]')).first


def test_a_value_shows_under_the_mouse_and_at_a_touch(open_page):
    page = open_page("lessons/04_attention/", viewport=PHONE, has_touch=True)
    told = page.locator(".fig-tip")
    mark = bar_figure(page).locator('[data-tip="ひるね: 0.2956"]')
    page.locator(".live-bar").last.wait_for(state="attached")  # they move what is below
    page.wait_for_load_state("networkidle")
    said = told.filter(has_text=re.compile("^ひるね: 0.2956$"))
    mark.scroll_into_view_if_needed()
    mark.locator("path").first.hover()
    said.wait_for()
    page.mouse.move(2, 2)
    told.wait_for(state="hidden")
    mark.locator("path").first.tap()
    said.wait_for()
    page.keyboard.press("Escape")
    told.wait_for(state="hidden")


def test_a_figure_is_walked_with_the_arrow_keys(open_page):
    """A row of bars from left to right, and a heatmap along a row and down a column."""
    page = open_page("lessons/04_attention/", viewport=WIDE)
    bar_figure(page).focus()
    heard = [page.locator(".fig-tip").inner_text()]
    for _ in range(5):
        page.keyboard.press("ArrowRight")
        heard.append(page.locator(".fig-tip").inner_text())
    assert [text.split(":")[0] for text in heard] == ["ねこ", "は", "ひるね", "が", "すき", "すき"]
    page = open_page("lessons/06_causal_mask/", viewport=WIDE)
    heatmap = page.locator(".fig svg", has=page.locator("[data-tip]")).nth(1)
    marks = heatmap.locator("[data-tip]").evaluate_all("all => all.map(g => g.dataset.tip)")
    heatmap.focus()
    for key, n in [
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("ArrowDown", 8),
        ("ArrowLeft", 7),
        ("ArrowUp", 1),
    ]:
        page.keyboard.press(key)
        assert page.locator(".fig-tip").inner_text() == marks[n], (key, n)


def test_code_can_be_copied(open_page):
    page = open_page("lessons/04_attention/", viewport=WIDE)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("[data-clipboard-target], .md-code__button").locator("visible=true").first.click()
    assert 'tokens = ["ねこ", "は", ' in page.evaluate("navigator.clipboard.readText()")


def test_a_page_runs_nothing_that_is_not_of_this_site(browser, address):
    """No string as code, no script in an attribute, no other host: the browser itself refuses."""
    page = browser.new_context().new_page()
    page.goto(f"{address}lessons/04_attention/")
    page.add_script_tag(url=f"{address}assets/site.js")  # its own files it runs
    refused = page.evaluate(
        """() => new Promise((resolve) => {
             const refused = [];
             document.addEventListener("securitypolicyviolation", (e) => refused.push(e.effectiveDirective));
             document.body.insertAdjacentHTML("beforeend", '<i onclick="window.ran = 1">x</i>');
             document.querySelector("body > i").click();
             const script = document.createElement("script");
             script.textContent = "window.ran = 2";
             document.body.append(script);
             fetch("http://192.0.2.1/").catch(() => 0);
             setTimeout(() => resolve([window.ran ?? 0, refused.sort()]), 300);
           })"""
    )
    page.context.close()
    assert refused == [0, ["connect-src", "script-src-attr", "script-src-elem"]]


def test_a_script_that_was_changed_on_the_server_is_not_run(browser, address):
    page = browser.new_context(service_workers="block").new_page()
    page.route(
        "**/assets/site.js",
        lambda route: route.fulfill(body="window.ran = 1", content_type="text/javascript"),
    )
    page.goto(f"{address}lessons/02_tokens/", wait_until="networkidle")
    refused = [page.evaluate("window.ran"), page.locator("table.data th button").count()]
    page.context.close()
    assert refused == [None, 0]


@pytest.mark.parametrize("language", ["", "en/"])
def test_numbers_of_a_table_stand_whole_at_the_right(open_page, language):
    """Also on a phone and in Japanese, where lines may break between any two letters."""
    page = open_page(f"{language}lessons/14_inside/", viewport=PHONE)
    cells = page.locator("table.data td.num")
    assert cells.count() > 10
    asked = (
        "cells => cells.map(c => [getComputedStyle(c).textAlign, c.getBoundingClientRect().height])"
    )
    sides, heights = zip(*cells.evaluate_all(asked), strict=True)
    assert {*sides} == {"right"} and max(heights) < 50
