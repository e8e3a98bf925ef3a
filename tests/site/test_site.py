"""The built site as files: every link leads somewhere, nothing foreign is in it, both languages."""

import base64
import gzip
import hashlib
import json
import re
import subprocess
from collections import Counter
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from formulas import node_program
from pipeline.lesson import LANGUAGES, read_all
from project import ROOT, tell

LESSONS = [lesson.name for lesson in read_all()]
PAGES = [
    "",
    "playground/",
    "follow/",
    "glossary/",
    "contributing/",
    "changes/",
    *(f"lessons/{name}/" for name in LESSONS),
]
PREFIX = {"ja": "", "en": "en/"}
PARTS = ("heading ids", "figures", "tables", "formulas")
HERE = "https://site.test/"


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


def ids(soup):
    return [tag["id"] for tag in soup.find_all(id=True)]


def test_every_page_is_there_in_both_languages(pages):
    expected = {PREFIX[language] + page for language in LANGUAGES for page in PAGES}
    expected |= {"404.html", "en/404.html"}
    tell(f"site/{page}: Nobody made this page. Add its source." for page in expected - {*pages})
    tell(f"site/{page}: Name this page in PAGES of test_site.py." for page in {*pages} - expected)
    for address, soup in pages.items():
        assert soup.html["lang"] == ("en" if address.startswith("en/") else "ja"), address
        assert soup.title.text.strip() and soup.find("meta", attrs={"name": "description"}), address


def test_every_link_and_anchor_leads_somewhere(pages, site):
    dead = dead_links(pages, site)
    tell(f"site/{page}: Its link to {address} leads nowhere. Mend it." for page, address in dead)


def dead_links(pages, site):
    """(page, address) of each link that leads to no file, or to no anchor of its page."""
    dead = []
    for page, soup in pages.items():
        for _, address in addresses(soup):
            target = urlsplit(urljoin(HERE + page, address))
            if target.netloc != urlsplit(HERE).netloc or page.endswith("404.html"):
                continue
            path = unquote(target.path.lstrip("/"))
            known = path in pages or (site / path).is_file()
            anchors = ids(pages[path]) if path in pages else []
            if not known or (
                target.fragment and unquote(target.fragment) not in ["__skip", *anchors]
            ):
                dead.append((page, address))
    return dead


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
            path = urlsplit(urljoin(HERE + address, tag.get("src") or tag["href"])).path
            found = hashlib.sha384((site / path.lstrip("/")).read_bytes()).digest()
            assert tag["integrity"] == f"sha384-{base64.b64encode(found).decode()}", path
