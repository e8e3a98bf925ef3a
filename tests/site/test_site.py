"""The built site as files: every link leads somewhere, nothing foreign is in it, both languages."""

import base64
import gzip
import hashlib
import json
import re
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from urllib.parse import unquote, urljoin, urlsplit

import numpy as np
import pytest
from bs4 import BeautifulSoup
from conftest import TOLD
from PIL import Image
from project import COURSE, LESSONS, PAGES, PREFIX, ROOT, tell

from course import navigation, prose
from course.formulas import node_program
from course.project import LANGUAGES

pytestmark = pytest.mark.xdist_group("pages")

PARTS = ("heading ids", "figures", "tables", "formulas")
HERE = TOLD["SITE_URL"]
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def pages(site):
    return read_pages(site)


def read_pages(site):
    """{address from the root: soup} of every page."""
    files = sorted(site.rglob("*.html"))
    addresses = [file.relative_to(site).as_posix().removesuffix("index.html") for file in files]
    texts = [file.read_text(encoding="utf-8") for file in files]
    return dict(zip(addresses, (BeautifulSoup(t, "html.parser") for t in texts), strict=True))


def addresses(soup):
    for attribute in ("href", "src", "xlink:href"):
        for tag in soup.find_all(attrs={attribute: True}):
            yield tag, tag[attribute]


def words_of(heading):
    """A heading without the link to itself."""
    return heading.text.removesuffix("#").replace("\xa0", " ")


def ids(soup):
    return [tag["id"] for tag in soup.find_all(id=True)]


def test_every_page_is_there_in_both_languages(pages):
    expected = {PREFIX[language] + page for language in LANGUAGES for page in PAGES}
    expected |= {"404.html", "en/404.html"}
    tell(f"site/{page}: Nobody made this page. Add its source." for page in expected - {*pages})
    tell(
        f"site/{page}: Name this page in PAGES of tests/project.py." for page in {*pages} - expected
    )
    for address, soup in pages.items():
        assert soup.html["lang"] == ("en" if address.startswith("en/") else "ja"), address
        assert soup.title.text.strip() and soup.find("meta", attrs={"name": "description"}), address


def test_every_link_and_anchor_leads_somewhere(pages, site):
    dead = dead_links(pages, site)
    tell(f"site/{page}: Its link to {address} leads nowhere. Mend it." for page, address in dead)


def test_every_link_to_a_lesson_says_its_number(pages):
    numbers, told = navigation.numbers(), Counter()
    for page, soup in pages.items():
        for link in soup.select('article a[href*="/"]'):
            name = (
                urljoin(HERE + page, link["href"]).partition("#")[0].rstrip("/").rpartition("/")[2]
            )
            number = re.search(r"(?:第\s|[Ll]essons? )([\d#]+)", link.text)
            if number and name in numbers:
                assert int(number[1]) == numbers[name], f"site/{page}: {link}"
                told[name] += 1
        assert not re.search(r"第 # 回|[Ll]esson #", soup.article.text), f"site/{page}"
    for name, number in numbers.items():
        for prefix in PREFIX.values():
            assert pages[f"{prefix}lessons/{name}/"].h1.text.startswith(
                (f"{number}. ", f"{number}.\xa0")
            )
    assert told.total() > 100


def dead_links(pages, site, here=HERE):
    """(page, address) of each link that leads to no file, or to no anchor of its page."""
    anchors = {page: {"__skip", *ids(soup)} for page, soup in pages.items()}
    for page, soup in pages.items():
        for _, address in addresses(soup):
            target, _, anchor = unquote(urljoin(here + page, address)).partition("#")
            path = target.removeprefix(here)
            if target.startswith(here) or urlsplit(target).netloc == urlsplit(here).netloc:
                known = path in pages or (site / path).is_file()
                if not known or (anchor and path in pages and anchor not in anchors[path]):
                    yield page, address


def test_nothing_is_fetched_from_another_host(pages, site):
    loads = re.compile(r"^(script|link|img|iframe|source|video|audio|object|embed|image|use)$")
    for page, soup in pages.items():
        for tag, address in addresses(soup):
            if loads.match(tag.name) and tag.get("rel") not in (["canonical"], ["alternate"]):
                assert not urlsplit(address).netloc, (page, address)
    for style in site.rglob("*.css"):
        for target in re.findall(r"url\(([^)]*)\)", style.read_text(encoding="utf-8")):
            assert not urlsplit(target.strip("\"'")).netloc, (style, target)


def test_no_path_of_the_machine_is_in_it(site):
    for file in site.rglob("*"):
        if file.suffix in (".html", ".json", ".ipynb", ".py", ".css", ".xml"):
            assert str(ROOT) not in file.read_text(encoding="utf-8"), file


def test_ids_are_there_once(pages):
    for page, soup in pages.items():
        twice = [i for i, n in Counter(ids(soup)).items() if n > 1]
        assert twice == [], f"site/{page}: give one of each pair another id: {twice}"
        assert len(soup.find_all("h1")) == 1, f"site/{page}: a page has one heading of level 1"


def test_both_languages_have_the_same_sections_figures_and_formulas(pages):
    def skeleton(soup):
        article = soup.find("article")
        headings = [tag["id"] for tag in article.find_all(re.compile("^h[1-6]$"), id=True)]
        figures = [tag["id"] for tag in article.find_all("figure")]
        return headings, figures, len(article.find_all("table")), len(article.select(".katex"))

    for page in PAGES:
        japanese, english = skeleton(pages[page]), skeleton(pages["en/" + page])
        for what, ours, theirs in zip(PARTS, japanese, english, strict=True):
            same = (ours > 0) == (theirs > 0) if what == "formulas" else ours == theirs
            assert same, f"site/{page} and site/en/{page}: make their {what} the same"


@pytest.mark.parametrize("name", LESSONS)
def test_figures_say_in_both_languages_what_they_show(pages, name):
    both = [pages[f"{PREFIX[language]}lessons/{name}/"] for language in LANGUAGES]
    labels = [[svg["aria-label"] for svg in soup.select("figure svg[role]")] for soup in both]
    captions = [[tag.text for tag in soup.select("figcaption")] for soup in both]
    assert len(labels[0]) == len(labels[1]) == len(captions[0])
    assert labels[0], f"lessons_src/{name}.py has no figure: draw one, with its two captions"
    for japanese, english in [*zip(*labels, strict=True), *zip(*captions, strict=True)]:
        assert re.search("[ぁ-ん]", japanese) and re.search("[A-Za-z]{3}", english)
        assert japanese != english, f"lessons_src/{name}.py: translate {english!r}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_is_light_and_can_be_taken_home(site, name, language):
    folder = site / PREFIX[language] / "lessons" / name
    weight = len(gzip.compress((folder / "index.html").read_bytes()))
    assert weight < 50_000, f"the page of {name} has {weight} bytes: show fewer points or rows"
    script = (ROOT / f"lessons_src/{name}.py").read_text(encoding="utf-8")
    script = navigation.with_numbers(script, navigation.numbers())
    assert (folder / f"{name}.py").read_text(encoding="utf-8") == script
    notebook = json.loads((folder / f"{name}.ipynb").read_text(encoding="utf-8"))
    assert notebook["nbformat"] == 4
    codes = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert codes and all(cell["outputs"] == [] for cell in codes)


def test_formulas_were_drawn_by_the_build(pages):
    for page, soup in pages.items():
        for formula in soup.select(".arithmatex"):
            assert formula.select_one(".katex math"), f"site/{page}: {formula} was not drawn"


@pytest.mark.parametrize("settings", ["tsconfig.json", "tsconfig.workers.json"])
def test_the_scripts_of_the_site_keep_their_types(settings):
    npm = ROOT / "docs/theme"
    tsc = [node_program(), npm / "node_modules/typescript/bin/tsc", "--project", npm / settings]
    told = subprocess.run(tsc, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout


def test_each_page_states_what_it_may_run(pages):
    for address, page in pages.items():
        policy = page.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert rules["default-src"] == "'self'", address
        own = {"'self'", "'wasm-unsafe-eval'"}
        assert {r for r in rules["script-src"].split() if not r.startswith("'sha256-")} == own
        assert "'unsafe-eval'" not in policy and "http" not in policy and "*" not in policy
        assert not [
            tag.name for tag in page.find_all() if any(a.startswith("on") for a in tag.attrs)
        ]


def test_each_script_and_style_sheet_is_sealed(pages, site):
    """Its sha384 stands beside its address, so that no other file is taken for it."""
    for address, page in pages.items():
        loaded = [*page.select("script[src]"), *page.select('link[rel="stylesheet"]')]
        assert len(loaded) > 10
        for tag in loaded:
            path = urljoin(HERE + address, tag.get("src") or tag["href"]).removeprefix(HERE)
            found = hashlib.sha384((site / path).read_bytes()).digest()
            assert tag["integrity"] == f"sha384-{base64.b64encode(found).decode()}", path


def meta(page, name):
    (tag,) = page.select(f'meta[property="{name}"], meta[name="{name}"]')
    return tag["content"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_a_card_in_its_language_with_its_own_first_words(pages, language):
    described = set()
    for path in PAGES:
        page = pages[PREFIX[language] + path]
        told = meta(page, "og:description")
        assert told == meta(page, "description") and len(told) <= prose.LONGEST[language], path
        words = page.find("article").get_text().replace("\n", "")
        assert prose.plain(told)[:12].replace(" ", "") in "".join(words.split()), path
        assert bool(re.search("[ぁ-ん]{2}", told)) or language == "en", path
        described.add(told)
        assert meta(page, "og:title") in page.title.text
        assert meta(page, "og:locale") == {"ja": "ja_JP", "en": "en_US"}[language]
        assert meta(page, "twitter:card") == "summary_large_image"
        name = next((name for name in COURSE if path == f"lessons/{name}/"), "course")
        assert meta(page, "og:image") == f"{HERE}assets/cards/{name}.png"
    assert len(described) == len(PAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_says_where_it_stands_in_which_languages_and_where_it_is_edited(pages, language):
    repository = TOLD["REPO_URL"] + "/edit/main/"
    for path in PAGES:
        page = pages[PREFIX[language] + path]
        assert meta(page, "og:url") == page.select_one("link[rel=canonical]")["href"]
        assert meta(page, "og:url") == HERE + PREFIX[language] + path
        both = {link["hreflang"]: link["href"] for link in page.select("link[hreflang]")}
        assert both == {code: HERE + PREFIX[code] + path for code in LANGUAGES}
        (edit,) = {link["href"] for link in page.select('[rel="edit"]')}
        source = edit.removeprefix(repository)
        assert (ROOT / source).is_file() and source.startswith(
            "lessons_src/" if path.startswith("lessons/") else f"docs/{language}/"
        )


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
def test_the_map_has_every_lesson_with_its_time_which_the_lesson_tells_too(pages, language):
    prefix = PREFIX[language]
    cards = pages[prefix].select(".course-map li")
    assert [card.a["href"].split("/")[-2] for card in cards] == COURSE
    told = [card.select_one(".minutes").text for card in cards]
    for name, time in zip(COURSE, told, strict=True):
        assert time == pages[f"{prefix}lessons/{name}/"].select_one(".page-actions li").text
    first, *others = (int(re.search(r"\d+", time)[0]) for time in told)  # a part of its own
    parts = [float(re.search(r"[\d.]+", p.text)[0]) for p in pages[prefix].select("p.minutes")]
    assert first and len(parts) == 3
    assert abs(sum(parts) - sum(others) / 60) <= 0.25 * len(parts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_feed_has_the_entries_of_the_page_of_changes(site, pages, language):
    root, page = site / PREFIX[language], pages[f"{PREFIX[language]}changes/"]
    feed = ET.parse(root / "changes.xml").getroot()
    entries = [
        {tag: entry.findtext(ATOM + tag) for tag in ("title", "id", "updated", "content")}
        for entry in feed.iter(f"{ATOM}entry")
    ]
    here = f"{HERE}{PREFIX[language]}changes/"
    shown = [(words_of(h), h["id"]) for h in page.select("article h3")]
    assert [(e["title"], e["id"]) for e in entries] == [(t, f"{here}#{id}") for t, id in shown]
    days = [entry["updated"][:10] for entry in entries]
    assert {f"on-{day}" for day in days} == {h["id"] for h in page.select("article h2")}
    assert feed.findtext(f"{ATOM}updated")[:10] == max(days)
    for required in ("id", "title", "updated", "author"):
        assert feed.find(ATOM + required) is not None
    for entry in entries:
        assert len(entry["content"]) > 20 and not re.search(r"[\[`*{#]", entry["content"])
    offered = page.find("link", type="application/atom+xml")
    assert (root / "changes" / offered["href"]).resolve() == (root / "changes.xml").resolve()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_copy_to_keep_has_every_page_notebook_and_script_and_no_dead_link(
    site, pages, language, tmp_path
):
    name = f"llm-scratch-{language}"
    archive, folder = site / PREFIX[language] / f"offline/{name}.zip", tmp_path / name
    with zipfile.ZipFile(archive) as opened:
        entries = opened.infolist()
        opened.extractall(tmp_path)
    assert [*tmp_path.iterdir()] == [folder]
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {0o644}
    names = [entry.filename for entry in entries]
    live = [name for name in names if "/live/" in name]
    assert names == sorted(live) + [f"{name}/README.txt"] + sorted(names[len(live) + 1 :])
    assert len(names) == len({*names})

    copied = read_pages(folder)
    assert {*copied} == {*PAGES}
    assert {page.html["lang"] for page in copied.values()} == {language}
    assert [*dead_links(copied, folder, "https://copy.test/")] == []
    for lesson in LESSONS:
        assert (folder / f"lessons/{lesson}/{lesson}.py").exists()
        assert json.loads((folder / f"lessons/{lesson}/{lesson}.ipynb").read_text())["cells"]
    assert "http.server" in (folder / "README.txt").read_text(encoding="utf-8")

    (told,) = pages[f"{PREFIX[language]}follow/"].select("p[data-online]")
    assert f"{archive.stat().st_size / 1e6:.0f} MB" in told.text
