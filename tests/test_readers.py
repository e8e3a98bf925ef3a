"""What readers get besides the pages: times, a copy to keep, cards, a feed."""

import json
import re
import xml.etree.ElementTree as ET
import zipfile
from types import SimpleNamespace

import feed
import numpy as np
import pytest
from bs4 import BeautifulSoup
from mkdocs.exceptions import PluginError
from PIL import Image
from pipeline import prose
from pipeline.lesson import LANGUAGES, Cell, Lesson, read_all
from project import ROOT
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


def test_a_page_says_how_large_its_zip_is(site):
    for language in LANGUAGES:
        page = soup(site, f"{PREFIX[language]}follow")
        (told,) = page.select("p[data-online]")
        size = (site / PREFIX[language] / "follow" / told.a["href"]).stat().st_size
        assert f"{size / 1e6:.0f} MB" in told.text
