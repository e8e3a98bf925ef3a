"""What readers get besides the pages: times, their last place, a copy to keep, cards, a feed, paper."""

import io
import json
import os
import re
import xml.etree.ElementTree as ET
import zipfile
from types import SimpleNamespace

import feed
import numpy as np
import project
import pytest
from bs4 import BeautifulSoup
from mkdocs.exceptions import PluginError
from PIL import Image
from pipeline import prose
from pipeline.lesson import LANGUAGES, Cell, Lesson, read_all
from project import ROOT, served
from test_browser import AXE, PHONE, WCAG, WIDE, breadth
from test_build import LESSON
from test_live import LONG, RUNTIME
from test_site import LESSONS, PAGES, PREFIX, dead_links, read_pages

COURSE = LESSONS[1:]  # 00 is the style guide
ATOM = "{http://www.w3.org/2005/Atom}"


def soup(site, page):
    return BeautifulSoup((site / page / "index.html").read_text(encoding="utf-8"), "html.parser")


def lesson(*cells):
    return Lesson(ROOT / "99_x.py", tuple(Cell(*cell) for cell in cells))


# The words of a page, and how long they take.


def test_plain_words_have_no_marks_formulas_or_code():
    markdown = (
        "# Title {#title}\n\nA **bold** `name` and [a link](x.md#y), $d$.\n\n```pycon\n>>> 1\n```"
    )
    assert prose.plain(markdown) == "Title A bold name and a link, d."
    assert prose.plain("日本語の\n一文です。\nnext") == "日本語の一文です。next"
    assert prose.plain("A line\nand another") == "A line and another"


def test_a_description_is_the_first_sentences_that_fit():
    english = "# A title {#title}\n\nOne sentence. Another one. " + "word " * 60 + "end.\n\nMore."
    assert prose.description(english, "en") == "One sentence. Another one."
    japanese = "# 題 {#title}\n\n一つめ。\n二つめです。" + "あ" * 120 + "。"
    assert prose.description(japanese, "ja") == "一つめ。二つめです。"
    assert prose.description("# Only a title {#title}", "en") == ""


def test_the_time_of_a_lesson_is_counted_from_its_words_lines_and_exercises():
    """476 words at 238 a minute, 30 lines at 10, one exercise of 5: 10 minutes; a word more, 15."""

    def english(n_words):
        return ("markdown", "word " * n_words, 1, "en", ())

    code = ("code", "\n".join(["x = 1"] * 29), 1, None, ())
    exercise = ("code", "answer = ...", 1, None, ("exercise",))
    japanese = ("markdown", "字" * 1000 + "、。", 1, "ja", ())
    assert prose.minutes(lesson(english(476), japanese, code, exercise), "en") == 10
    assert prose.minutes(lesson(english(477), japanese, code, exercise), "en") == 15
    assert prose.minutes(lesson(english(476), japanese, code, exercise), "ja") == 10
    transcript = ("markdown", "```pycon\n>>> 1 + 1\n2\n```", 1, None, ())
    assert prose.minutes(lesson(english(476), transcript, code, exercise), "en") == 15


def test_a_lesson_takes_as_long_in_both_languages():
    for one in read_all():
        both = [prose.minutes(one, language) for language in LANGUAGES]
        assert abs(both[0] - both[1]) <= prose.STEP, (one.name, both)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_map_has_every_lesson_with_its_time_which_the_lesson_tells_too(site, language):
    cards = soup(site, PREFIX[language]).select(".course-map li")
    links = [card.a["href"].split("/")[-2] for card in cards]
    assert links == COURSE
    told = [card.select_one(".minutes").text for card in cards]
    for name, time in zip(COURSE, told, strict=True):
        assert (
            time
            == soup(site, f"{PREFIX[language]}lessons/{name}").select_one(".page-actions li").text
        )
    whole = sum(int(re.search(r"\d+", time)[0]) for time in told)
    parts = [
        float(re.search(r"[\d.]+", p.text)[0])
        for p in soup(site, PREFIX[language]).select("p.minutes")
    ]
    assert len(parts) == 3 and abs(sum(parts) - whole / 60) <= 0.25 * len(parts)


# Where the reader stopped.


def until(page, true):
    """Wait for an expression; the pages let no waiting function of the browser's tools be made."""
    for _ in range(200):
        if page.evaluate(true):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never: {true}")


@pytest.mark.parametrize("viewport", [WIDE, PHONE])
def test_the_home_page_leads_back_to_where_the_reader_stopped(open_page, address, viewport):
    page = open_page("", viewport=viewport)
    assert page.locator(".resume").count() == 0
    page.goto(f"{address}lessons/06_causal_mask/")
    page.goto(f"{address}en/lessons/04_attention/")
    heading = page.locator("#average")
    heading.evaluate("heading => heading.scrollIntoView()")
    until(page, "Object.values(localStorage).join().includes('average')")
    page.goto(f"{address}en/")
    link = page.locator("p.resume a")
    assert link.inner_text() == "Attention › Average by the weights"
    assert page.locator("a[aria-current=location]").get_attribute("href").endswith("04_attention/")
    page.goto(address)  # the other language knows the place, in its own words
    assert page.locator("p.resume a").inner_text() == "Attention"
    page.locator("p.resume a").click()
    page.wait_for_url(f"{address}lessons/04_attention/#average")
    assert page.locator("#average").is_visible()
    page.goto(f"{address}en/")
    page.get_by_role("button", name="Erase it").press("Enter")
    assert page.locator(".resume, .progress, [aria-current=location]").count() == 0
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('place'))") == []


def test_the_map_with_a_place_is_accessible(open_page, address):
    page = open_page("en/lessons/04_attention/", viewport=WIDE, color_scheme="dark")
    until(page, "Object.keys(localStorage).some(key => key.startsWith('place'))")
    page.goto(f"{address}en/")
    page.locator("p.resume").wait_for()
    assert violations(page) == []
    page.set_viewport_size(PHONE)
    assert breadth(page) <= 0


def violations(page):
    page.evaluate(AXE.read_text())
    results = page.evaluate("tags => axe.run({runOnly: tags})", WCAG)
    assert results["passes"]
    return [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in results["violations"]]


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
    page = open_page("en/", viewport=WIDE)
    page.evaluate("kept => localStorage.setItem('place:/live/', kept)", kept)
    page.reload()
    page.wait_for_load_state("networkidle")
    assert page.locator(".resume").count() == 0


def test_with_storage_switched_off_a_lesson_works_and_nothing_is_remembered(browser, address):
    """The theme's own script complains then; what is ours goes on."""
    context = browser.new_context()
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('off', 'SecurityError'); }})"
    )
    page = context.new_page()
    page.goto(f"{address}en/lessons/04_attention/", wait_until="networkidle")
    assert page.locator(".live-bar").count() == page.locator(".cell.highlight").count() > 3
    assert page.locator("table.data th button").count() > 1
    page.goto(f"{address}en/", wait_until="networkidle")
    assert page.locator(".course-map li").count() == len(COURSE)
    assert page.locator(".resume, .progress").count() == 0
    context.close()


# Each lesson as notebook and script.


@pytest.mark.parametrize("suffix", ["ipynb", "py"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_notebook_and_script_come_by_keyboard_and_by_touch(open_page, site, language, suffix):
    path = f"{PREFIX[language]}lessons/04_attention/"
    page = open_page(path, viewport=PHONE, has_touch=True)
    link = page.locator(f'.page-actions a[download][href$=".{suffix}"]')
    with page.expect_download() as tapped:
        link.tap()
    while not link.evaluate("link => link === document.activeElement"):
        page.keyboard.press("Tab")
    with page.expect_download() as pressed:
        page.keyboard.press("Enter")
    for download in (tapped.value, pressed.value):
        assert download.suggested_filename == f"04_attention.{suffix}"
        taken = (site / path / download.suggested_filename).read_bytes()
        assert download.path().read_bytes() == taken


# What other places show of a page.


def meta(page, name):
    (tag,) = page.find_all("meta", attrs={"property": name}) or page.find_all(
        "meta", attrs={"name": name}
    )
    return tag["content"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_a_card_in_its_language_with_its_own_first_words(site, language):
    described = set()
    for path in PAGES:
        page = soup(site, PREFIX[language] + path)
        told = meta(page, "og:description")
        assert told == meta(page, "description") and len(told) <= prose.LONGEST[language], path
        words = page.find("article").get_text().replace("\n", "")
        assert prose.plain(told)[:12].replace(" ", "") in words.replace(" ", ""), path
        assert bool(re.search("[ぁ-ん]{2}", told)) or language == "en", path
        described.add(told)
        assert meta(page, "og:title") in page.title.text
        assert meta(page, "og:url") == page.find("link", rel="canonical")["href"]
        assert meta(page, "og:locale") == {"ja": "ja_JP", "en": "en_US"}[language]
        assert meta(page, "twitter:card") == "summary_large_image"
        name = next((name for name in COURSE if path == f"lessons/{name}/"), "course")
        assert meta(page, "og:image").endswith(f"8000/assets/cards/{name}.png")
    assert len(described) == len(PAGES)


def test_each_card_is_a_picture_of_its_own_that_shows_how_far_the_path_is_gone(site):
    pictures = [
        np.asarray(Image.open(site / f"assets/cards/{name}.png").convert("RGB")) for name in COURSE
    ]
    assert {picture.shape for picture in pictures} == {(630, 1200, 3)}
    pine = np.array([0x12, 0x5F, 0x5A])
    reached = [int((picture[480:580] == pine).all(-1).sum()) for picture in pictures]
    steps = np.diff(reached)
    assert (steps > 0).all() and np.allclose(steps, steps[0], rtol=0.1)  # one dot more each
    assert (site / "assets/cards/course.png").stat().st_size < 60_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_feed_has_the_entries_of_the_page_of_changes(site, language):
    root = site / PREFIX[language]
    feed = ET.parse(root / "changes.xml").getroot()
    page = soup(site, f"{PREFIX[language]}changes")
    entries = [
        (e.findtext(f"{ATOM}title"), e.findtext(f"{ATOM}id").rpartition("#")[2])
        for e in feed.iter(f"{ATOM}entry")
    ]
    shown = [(h.find(string=True, recursive=False), h["id"]) for h in page.select("article h3")]
    assert entries == shown and len(entries) >= 3
    days = [e.findtext(f"{ATOM}updated")[:10] for e in feed.iter(f"{ATOM}entry")]
    assert {f"on-{day}" for day in days} == {h["id"] for h in page.select("article h2")}
    assert feed.findtext(f"{ATOM}updated")[:10] == max(days)
    for required in ("id", "title", "updated", "author"):
        assert feed.find(ATOM + required) is not None
    for entry in feed.iter(f"{ATOM}entry"):
        assert len(entry.findtext(f"{ATOM}content")) > 20
        assert not re.search(r"[\[`*{]", entry.findtext(f"{ATOM}content"))
    offered = page.find("link", type="application/atom+xml")
    assert (root / "changes" / offered["href"]).resolve() == (root / "changes.xml").resolve()


def test_changes_out_of_order_stop_the_build():
    day = "## Day {{#on-2026-11-{}}}\n\n### Title {{#x{}}}\n\nText.\n"
    site = {"site_name": "S", "site_url": "http://s/", "theme": {"language": "en"}}
    config = SimpleNamespace(**site, extra={"feed": "changes.xml"})
    assert b"<title>Title</title>" in feed.atom(day.format(24, 1) + day.format(23, 2), config)
    for wrong in (day.format(23, 1) + day.format(24, 2), "# Changes\n"):
        with pytest.raises(PluginError, match="newest first"):
            feed.atom(wrong, config)


# A copy to keep.


@pytest.fixture(scope="module", params=LANGUAGES)
def copy(request, site, tmp_path_factory):
    """The language, and the folder that its zip unpacks to."""
    archive = site / PREFIX[request.param] / f"offline/llm-scratch-{request.param}.zip"
    folder = tmp_path_factory.mktemp("copy")
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    (only,) = folder.iterdir()
    assert only.name == f"llm-scratch-{request.param}"
    return request.param, only


def test_a_zip_holds_no_date_and_no_order_of_its_own(site):
    for language in LANGUAGES:
        path = site / PREFIX[language] / f"offline/llm-scratch-{language}.zip"
        with zipfile.ZipFile(path) as opened:
            entries = opened.infolist()
        assert {e.date_time for e in entries} == {(1980, 1, 1, 0, 0, 0)}
        assert {e.external_attr >> 16 for e in entries} == {0o644}
        names = [e.filename for e in entries]
        live = [name for name in names if "/live/" in name]
        assert names == live + [names[len(live)]] + sorted(names[len(live) + 1 :])
        assert len(names) == len(set(names)) and live == sorted(live)


def test_a_copy_has_every_page_notebook_and_script_and_no_dead_link(copy):
    language, folder = copy
    pages = read_pages(folder)
    assert set(pages) == set(PAGES)
    assert {page.html["lang"] for page in pages.values()} == {language}
    assert dead_links(pages, folder) == []
    for name in LESSONS:
        assert (folder / f"lessons/{name}/{name}.py").exists()
        assert json.loads((folder / f"lessons/{name}/{name}.ipynb").read_text())["cells"]
    assert "http.server" in (folder / "README.txt").read_text(encoding="utf-8")


def test_a_copy_reads_searches_and_runs_from_a_plain_server_below_any_path(copy, browser):
    language, folder = copy
    asked, problems = [], []
    with served(folder.parent) as root:
        page = browser.new_context().new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else 0)
        page.goto(f"{root}{folder.name}/lessons/04_attention/", wait_until="networkidle")
        assert page.locator(".language-switch").count() == 0
        page.locator(".md-search__input").click()
        page.keyboard.type("softmax")
        page.keyboard.press("End")
        page.locator(".md-search-result__item a").first.wait_for()
        page.keyboard.press("Escape")
        if (RUNTIME / "pyodide.mjs").exists() or "CI" in os.environ:
            bar = page.locator(".live-bar:not(.setup *)").first
            bar.get_by_role("button").first.click()
            done = {"ja": "このブラウザーで実行しました", "en": "Ran in this browser"}[language]
            bar.locator(".live-note", has_text=done).wait_for(timeout=LONG)
        page.context.close()
        assert (
            problems == []
            and [url for url in asked if not url.startswith((root, "blob:", "data:"))] == []
        )


def test_a_page_says_how_large_its_zip_is(site):
    for language in LANGUAGES:
        page = soup(site, f"{PREFIX[language]}follow")
        (told,) = page.select("p[data-online]")
        size = (site / PREFIX[language] / "follow" / told.a["href"]).stat().st_size
        assert f"{size / 1e6:.0f} MB" in told.text


# A broken address.


@pytest.fixture(scope="module", params=["/", "/deep/site/"])
def host(request, tmp_path_factory):
    """A small site on a static host that knows one 404 page, at the root and below a path."""
    checkout = project.copy(
        tmp_path_factory.mktemp("host") / "checkout",
        {"01_one": LESSON.format(number=1), "02_attention_mask": LESSON.format(number=2)},
    )
    code, output = project.build(
        checkout, env={**os.environ, "SITE_URL": f"http://127.0.0.1:8000{request.param}"}
    )
    assert code == 0, output
    with served(checkout / "site", request.param) as address:
        yield address


BROKEN = [("lessons/attention-masks/", "ja", "attention masks"), ("en/lessons/2_attention.html", "en", "attention"), ("%E9%A1%8C%E5%90%8D", "ja", "題名"), ("en/%E3%81", "en", "")]  # fmt: skip


@pytest.mark.parametrize(("path", "language", "words"), BROKEN)
def test_a_broken_address_is_searched_for(browser, host, path, language, words):
    page = browser.new_context(viewport=PHONE, color_scheme="dark").new_page()
    page.goto(host + path, wait_until="networkidle")
    assert page.locator("h1").inner_text() == "404"
    first = page.locator(".missing").first
    assert first.get_attribute("lang") == language
    fields = [field.input_value() for field in page.locator(".missing input").all()]
    assert fields == [words, words] or (not words and fields[0] == fields[1])
    links = first.locator("ul a").evaluate_all("all => all.map(link => link.pathname)")
    home = host[host.index("/", 8) :] + PREFIX[language]
    if "attention" in words:
        assert links[0] == f"{home}lessons/02_attention_mask/"
    assert first.locator("p a").evaluate("link => link.pathname") == home
    assert violations(page) == [] and breadth(page) <= 0
    first.locator("input").fill("題名" if language == "ja" else "Title")
    first.locator("input").press("Enter")
    page.locator(".md-search-result__item a").first.wait_for()
    assert page.url.startswith(host + PREFIX[language])
    page.context.close()


def test_without_scripts_a_broken_address_still_leads_home_and_to_search(browser, host):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{host}nowhere/")
    assert [a.get_attribute("href") for a in page.locator(".missing p a").all()] == [
        host[host.index("/", 8) :], host[host.index("/", 8) :] + "en/",
    ]  # fmt: skip
    assert page.locator(".missing form").count() == 2
    page.context.close()


# Paper.


@pytest.mark.parametrize(
    "path",
    ["", "en/", "lessons/04_attention/", "en/lessons/07_position/", "glossary/", "en/changes/"],
)
def test_on_paper_a_page_is_whole_light_and_has_nothing_to_click_on(open_page, path):
    """178 mm of an A4 sheet are 673 CSS pixels."""
    page = open_page(path, viewport={"width": 673, "height": 1000}, color_scheme="dark")
    page.wait_for_load_state("networkidle")
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    for gone in (
        ".md-header",
        ".md-sidebar",
        ".md-footer",
        ".page-actions",
        ".live-bar",
        ".md-code__nav",
        ".headerlink",
        ".md-top",
    ):
        assert not any(place.is_visible() for place in page.locator(gone).all()), gone
    assert (
        page.evaluate("getComputedStyle(document.body).getPropertyValue('--ink').trim()")
        == "#23282a"
    )
    for kind in ("article pre", ".fig svg", ".katex-display", "table"):
        for box in page.locator(f"article {kind}" if "article" not in kind else kind).all():
            assert box.is_visible()
            assert box.evaluate(
                "box => box.getBoundingClientRect().right <= innerWidth && box.scrollWidth <= box.clientWidth + 1"
            ), kind
    assert breadth(page) <= 0


def test_on_paper_a_link_that_leads_out_says_where(open_page):
    page = open_page("en/lessons/07_position/", viewport=WIDE)
    page.emulate_media(media="print")
    told = 'link => getComputedStyle(link, "::after").content'
    assert "arxiv.org" in page.locator('article a[href*="arxiv.org"]').first.evaluate(told)
    assert page.locator('article a[href*="04_attention"]').first.evaluate(told) == "none"


def test_a_page_prints_as_a_document_of_several_sheets(open_page):
    page = open_page("lessons/04_attention/", viewport=WIDE, color_scheme="dark")
    document = page.pdf(format="A4")
    assert io.BytesIO(document).read(5) == b"%PDF-"
    assert 4 <= len(re.findall(rb"/Type\s*/Page\b", document)) <= 12
