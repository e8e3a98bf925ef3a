"""Every page in the browser: accessible and whole, without scripts, on paper, and where none is."""

import gzip
import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from project import COURSE, LESSONS, PAGES, PREFIX
from reader import KINDS, PHONE, UNCOPIED, VIEWS, WIDE, audit, faults, unfold

OURS = re.compile(r"/(assets/(katex|[a-z]+\.(css|js|svg))|lessons/)")
EVERY = [(language, path) for language in PREFIX for path in PAGES]


@pytest.mark.parametrize(("language", "path"), EVERY)
def test_a_page_is_accessible_and_fits(open_page, language, path):
    """In each width and each scheme; in the two views that `make test` has not seen, if any."""
    seen = path in KINDS.values()
    other = "en" if language == "ja" else "ja"
    audit(open_page(PREFIX[language] + path), VIEWS[other if seen else language])


def test_72_columns_fit_everywhere_and_what_reads_badly_is_found(open_page):
    """In cells, outputs and sources, in solutions and under a fold: any line may be that wide."""
    page = open_page("lessons/inside/", viewport=WIDE)
    unfold(page)
    lines = page.locator("article .line")
    fill = "(lines, text) => lines.forEach(line => (line.textContent = text))"
    lines.evaluate_all(fill, ("four " * 15)[:72])
    assert page.locator("td.num").count() > 10 and faults(page) == {}
    lines.evaluate_all(fill, "four " * 20)
    assert {*faults(page)} == {"wrapped"}
    for style, fault in {
        ".line { text-indent: 0 !important }": "outdented",
        ".line { white-space: pre }": "cut",
        ".md-code__nav { top: 0 !important }": "covering",
        "table.data td.num { text-align: left !important }": "broken",
        "article { width: 1300px }": "wide",
    }.items():
        assert fault not in faults(page)
        page.add_style_tag(content=style)
        assert fault in faults(page), style


def test_a_root_in_a_caption_is_drawn(open_page):
    page = open_page("lessons/position/", viewport=WIDE)
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
def test_a_lesson_reads_without_javascript_and_is_light(open_page, address, name):
    bodies = {}
    page = open_page("follow/", viewport=PHONE, java_script_enabled=False)
    page.on("response", lambda response: bodies.setdefault(response.url, response.body()))
    page.goto(f"{address}lessons/{name}/")
    for shown in (
        "article h1",
        "article pre:not(details pre)",
        "article figure svg",
        "article .katex-html:not(details *)",
    ):
        for box in [place.bounding_box() for place in page.locator(shown).all()]:
            assert box and box["width"] > 5 and box["height"] > 5, shown
    assert page.locator("details.solution").count() >= 2
    page.locator("details.solution summary").first.click()
    assert page.locator("details.solution pre").first.is_visible()
    ours = [gzip.compress(body) for url, body in bodies.items() if OURS.search(url)]
    assert ours and sum(map(len, ours)) < 150_000


# On paper: 178 mm of an A4 sheet are 673 CSS pixels.

SHEET = {"width": 673, "height": 1000}
LEFT_OUT = (
    ".md-header, .md-sidebar, .md-footer, .page-actions, .live-bar, .md-code__nav, .headerlink, "
    ".md-top"
)
CUT = """() => [...document.querySelectorAll("article :is(pre, .fig svg, .katex-display, table)")]
  .filter((box) => !box.checkVisibility() || box.getBoundingClientRect().right > innerWidth
    || box.scrollWidth > box.clientWidth + 1).map((box) => box.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize(("language", "path"), EVERY)
def test_on_paper_a_page_is_whole_light_and_has_nothing_to_click_on(open_page, language, path):
    page = open_page(PREFIX[language] + path, viewport=SHEET, color_scheme="dark")
    expect(page.locator(UNCOPIED)).to_have_count(0)
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(LEFT_OUT).locator("visible=true")).to_have_count(0)
    ink = "getComputedStyle(document.body).getPropertyValue('--ink').trim()"
    assert page.evaluate(ink) == "#23282a"
    assert page.evaluate(CUT) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_paper_a_link_that_leads_out_says_where(open_page):
    page = open_page("en/lessons/position/", viewport=WIDE)
    page.emulate_media(media="print")
    told = 'link => getComputedStyle(link, "::after").content'
    assert "arxiv.org" in page.locator('article a[href*="arxiv.org"]').first.evaluate(told)
    assert page.locator('article a[href*="attention/"]').first.evaluate(told) == "none"


def test_a_page_prints_as_a_document_of_several_sheets(open_page):
    document = open_page("lessons/attention/", viewport=WIDE, color_scheme="dark").pdf(format="A4")
    assert document.startswith(b"%PDF-")
    assert 4 <= len(re.findall(rb"/Type\s*/Page\b", document)) <= 12


# A broken address.


@pytest.mark.parametrize(
    ("path", "language", "words"),
    [
        ("lessons/causal-masks/", "ja", "causal masks"),
        ("en/lessons/6_causal.html", "en", "causal"),
        ("%E9%A1%8C%E5%90%8D", "ja", "題名"),
        ("en/%E3%81", "en", ""),
    ],
)
def test_a_broken_address_is_searched_for(browser, address, path, language, words):
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.goto(address + path)
        expect(page.locator("h1")).to_have_text("404")
        first = page.locator(".missing").first
        expect(first).to_have_attribute("lang", language)
        fields = [field.input_value() for field in page.locator(".missing input").all()]
        assert fields == [words, words] or (not words and fields[0] == fields[1])
        home = urlsplit(address).path + PREFIX[language]
        if "causal" in words:
            found = first.locator("ul a").first
            expect(found).to_have_js_property("pathname", f"{home}lessons/causal_mask/")
            audit(page, VIEWS["en"][:1])
        expect(first.locator("p a")).to_have_js_property("pathname", home)
        first.locator("input").fill("因果マスク" if language == "ja" else "causal mask")
        first.locator("input").press("Enter")
        expect(page.locator(".md-search-result__item a").first).to_be_visible()
        assert page.url.startswith(address + PREFIX[language])


@pytest.mark.parametrize("language", PREFIX.values())
def test_an_address_with_a_number_leads_to_its_lesson(browser, address, language):
    """Lessons once had them: `04_attention`."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}{language}lessons/04_attention/#softmax")
        page.wait_for_url(f"{address}{language}lessons/attention/#softmax")
        expect(page.locator("#softmax")).to_be_in_viewport()


def test_without_scripts_a_broken_address_still_leads_home_and_to_search(browser, address):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{address}nowhere/")
        home = urlsplit(address).path
        links = [a.get_attribute("href") for a in page.locator(".missing p a").all()]
        assert links == [home, f"{home}en/"]
        assert page.locator(".missing form").count() == 2


# What the reader's browser keeps.


@pytest.mark.parametrize(
    "kept",
    [
        "null",
        "7",
        '{"lesson": 4}',
        "{",
        '{"lesson": "x\\"]", "section": "", "words": "", "language": ""}',
    ],
)
def test_a_place_that_is_none_shows_nothing(open_page, address, kept):
    """Beside a record of exercises that is one, so that the page is seen to have looked."""
    page = open_page("en/", viewport=WIDE)
    root = f"{urlsplit(address).path}live/"
    for key, value in ((f"place:{root}", kept), (f"solved:{root}", '["attention.1"]')):
        page.evaluate("pair => localStorage.setItem(...pair)", [key, value])
    page.reload()
    expect(page.locator("p.progress")).to_be_visible()
    assert page.locator(".resume").count() == 0


def test_with_storage_switched_off_a_lesson_works_and_nothing_is_remembered(browser, address):
    """The theme's own script complains then; what is ours goes on."""
    with browser.new_context() as context:
        context.add_init_script(
            "Object.defineProperty(window, 'localStorage',"
            " { get() { throw new DOMException('off', 'SecurityError'); } })"
        )
        page = context.new_page()
        page.goto(f"{address}en/lessons/attention/")
        expect(page.locator(".live-bar").last).to_be_attached()
        assert page.locator(".live-bar").count() == page.locator(".cell.highlight").count() > 3
        expect(page.locator("table.data th button").nth(1)).to_be_visible()
        page.goto(f"{address}en/")
        expect(page.locator(".course-map li")).to_have_count(len(COURSE))
        assert page.locator(".resume, .progress").count() == 0


@pytest.mark.parametrize("language", PREFIX)
def test_notebook_and_script_come_by_keyboard_and_by_touch(open_page, site, language):
    path = f"{PREFIX[language]}lessons/attention/"
    page = open_page(path, viewport=PHONE, has_touch=True)
    for name in ("attention.ipynb", "attention.py"):
        link = page.locator(f'.page-actions a[download][href$="{name}"]')
        with page.expect_download() as tapped:
            link.tap()
        page.locator("body").evaluate("body => body.focus()")
        while not link.evaluate("link => link === document.activeElement"):
            page.keyboard.press("Tab")
        with page.expect_download() as pressed:
            page.keyboard.press("Enter")
        for download in (tapped.value, pressed.value):
            assert download.suggested_filename == name
            assert download.path().read_bytes() == (site / path / name).read_bytes()
