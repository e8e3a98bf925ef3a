"""The build as a command, of a small course that is built once: right, or a clear failure."""

import json
import re

import project
import pytest
from bs4 import BeautifulSoup
from project import LESSON, PREFIX, build, built, contents, edit

from course.project import LANGUAGES

pytestmark = pytest.mark.xdist_group("small")

TWO = "lessons_src/two.py"
SUMMARY = {"ja": "準備（import など）", "en": "Setup (imports and the like)"}
LINKS = "[lesson #](two.md#title), [#](../lessons/two.md), `[#](two.md)`"
PRINT = LESSON.splitlines().index('print("n =", {number})') + 1


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A checkout."""
    lessons = {"one": LESSON.format(number=1), "two": LESSON.format(number=2)}
    for sentence in ("文です。", "A sentence."):
        lessons["one"] = lessons["one"].replace(sentence, f"{sentence} {LINKS}")
    return project.copy(tmp_path_factory.mktemp("small") / "checkout", lessons)


@pytest.fixture(scope="module")
def right(small):
    """{file: bytes} of its site."""
    assert "lesson 2 of 2" in built(small)
    return contents(small / "site")


@pytest.fixture
def change(small, right):
    """Replace words of a file until the test ends."""
    before = {}

    def change(file, old, new):
        before.setdefault(file, (small / file).read_bytes())
        edit(small, file, old, new)

    yield change
    for file, data in before.items():
        (small / file).write_bytes(data)


def test_a_build_does_what_is_needed_and_no_more(small, right, change):
    built(small)
    assert build(small) == (0, "site/ is up to date\n")
    (small / "site/lessons/two/index.html").write_text("somebody was here")
    assert " ran in " not in built(small)
    assert contents(small / "site") == right
    change(TWO, "2)", "22)")
    output = built(small)
    assert "two ran in" in output and "one ran in" not in output
    assert "n = 22" in (small / "site/lessons/two/index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lesson_is_shown_with_its_setup_folded(right, language):
    page = right[f"{PREFIX[language]}lessons/one/index.html"].decode()
    assert "n = 1" in page
    fold = BeautifulSoup(page, "html.parser").select_one("details.setup:not([open])")
    assert fold.summary.text == SUMMARY[language]
    assert fold.select_one(".cell code").text.startswith("from llm_scratch import ops\n")
    entries = json.loads(right[f"{PREFIX[language]}search/search_index.json"])["docs"]
    found = "".join(entry["text"] for entry in entries if "lessons/one" in entry["location"])
    assert found and SUMMARY[language] not in found and "llm_scratch" not in found


FOREIGN = r"127\.0\.0\.1|localhost|git(hub|lab)\.com|REPO_URL"
ADDRESSED = "og:(image|url)|canonical|hreflang=.*rel=|rel=.*hreflang|rel=.edit|md-source"


def test_without_addresses_nothing_leads_to_a_forge_or_to_this_machine(right):
    for path, data in right.items():
        if path.endswith((".html", ".xml", ".json")):
            found = re.search(f"{FOREIGN}|{ADDRESSED}", data.decode())
            assert not found, (path, found)


def test_numbers_come_from_the_navigation_and_go_into_links_and_downloads(small, right, change):
    """Code keeps its #."""

    def check(site, numbers):
        for name, number in numbers.items():
            assert f">{number}.&nbsp;題名<" in site[f"lessons/{name}/index.html"].decode()
        two, page = numbers["two"], site["lessons/one/index.html"].decode()
        link = '<a href="../two/{}">{}</a>'
        assert link.format("#title", f"lesson {two}") in page and link.format("", two) in page
        assert "<code>[#](two.md)</code>" in page
        for suffix in ("py", "ipynb"):
            taken = site[f"lessons/one/one.{suffix}"].decode()
            assert f"[lesson {two}](two.md#title), [{two}](../lessons/two.md), `[#](two" in taken

    check(right, {"one": 0, "two": 1})
    lines = [f"      - lessons/{name}.md\n" for name in ("one", "two")]
    change("mkdocs.yml", "".join(lines), "".join(reversed(lines)))
    change(TWO, "{#next}", "{#next}\n#\n# [#](one.md)")
    assert " ran in " not in built(small)
    check(contents(small / "site"), {"one": 1, "two": 0})


def test_another_folder_and_address_is_another_build(small, right):
    """The one with an address offers a feed, pictures and where to edit."""
    told = {"SITE_DIR": "elsewhere", "SITE_URL": "https://a.test/b", "REPO_URL": "https://r.test/x"}
    before = contents(small / "site")
    built(small, env=told)
    assert build(small, env=told) == (0, "elsewhere/ is up to date\n")
    assert contents(small / "site") == before
    news = (small / "elsewhere/en/changes/index.html").read_text(encoding="utf-8")
    for link in (
        "https://a.test/b/en/changes/",
        "https://a.test/b/assets/cards/course.png",
        "https://r.test/x/_edit/main/docs/en/changes.md",
        "../changes.xml",
    ):
        assert f'"{link}"' in news


# (what is replaced by what, in which file, and what is said then)
STOPPED = {
    "lesson": (TWO, "print(", "print(1 / 0, ", f"two.py, line {PRINT}, code cell 2 of 6:\n"),
    "formula": (TWO, "A sentence.", r"$\frac{1$", f"{TWO}:9: Mend the formula"),
    "page of one language": (
        "mkdocs.en.yml",
        "theme:",
        "exclude_docs: glossary.md\n\ntheme:",
        "glossary exists in one language only: write it in docs/en, too",
    ),
}
WARNED = [  # one build says them all
    (TWO, "文です。", "[x](no.md)", "contains a link 'no.md'"),
    (TWO, "A sentence.", "[x](one.md#no)", "does not contain an anchor '#no'"),
    ("docs/en/index.md", "# Home", "[x](nowhere.md)\n\n# Home", "contains a link 'nowhere.md'"),
    ("lessons_src/one.py", "A sentence.", "A sentence!", "lessons_src/one.py:9: "),
]


def check_refused(small, words):
    """A build fails, says why, and leaves the last good site alone."""
    before = contents(small / "site")
    code, output = build(small)
    assert code != 0
    assert [word for word in words if word not in output] == [], output
    assert contents(small / "site") == before and not [*small.glob(".site-*")]
    return output


@pytest.mark.parametrize("fault", STOPPED)
def test_a_fault_is_refused(small, change, fault):
    *words, message = STOPPED[fault]
    change(*words)
    output = check_refused(small, [message])
    assert "Traceback" not in output.partition(message)[0]


def test_every_warning_is_told_and_refused(small, change):
    for *words, _ in WARNED:
        change(*words)
    output = check_refused(small, [message for *_, message in WARNED])
    assert len(re.findall("(?m)^WARNING", output)) >= len(WARNED)


def test_a_script_that_is_no_lesson_is_refused_again_and_again(small, change):
    change(TWO, '# %% [markdown] lang="ja"\n# # 題', "# # 題")
    for _ in range(2):
        check_refused(small, [f"{TWO}:1: ", "Begin with a cell marker"])


def test_what_is_no_command_is_answered_with_the_commands():
    process = project.run(project.ROOT, "docs", "biuld")
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert output.startswith("python docs: one of build, live, check, lesson, approve; got 'biuld'")
