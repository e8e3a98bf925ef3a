"""The whole build, as a command: right, or a clear failure, and never a half-written site."""

import json
import os
import random
import shutil
import signal
import time

import project
import pytest
from bs4 import BeautifulSoup
from project import build, edit
from repeat import contents

PAGE = "site/lessons/02_two/index.html"
LESSON = """# %% [markdown] lang="ja"
# # 題名 {{#title}}
#
# 文です。

# %% [markdown] lang="en"
# # Title {{#title}}
#
# A sentence.

# %%
from llm_scratch import ops

print("number", {number})
"""


@pytest.fixture
def checkout(tmp_path):
    setup = LESSON.replace("# %%\nfrom", '# %% tags=["setup"]\nfrom')
    lessons = {"01_one": setup.format(number=1), "02_two": LESSON.format(number=2)}
    return project.copy(tmp_path / "checkout", lessons)


def start(checkout, **options):
    return project.run(checkout, "docs/build.py", **options)


def test_a_build_and_what_changes_after_it(checkout):
    code, output = build(checkout)
    assert code == 0, output
    assert "number 2" in (checkout / PAGE).read_text(encoding="utf-8")
    assert "number 2" in (checkout / PAGE.replace("site/", "site/en/")).read_text(encoding="utf-8")
    assert "lesson 2 of 2" in output

    for folder, summary in {
        "site": "準備（import など）",
        "site/en": "Setup (imports and the like)",
    }.items():
        page = (checkout / folder / "lessons/01_one/index.html").read_text(encoding="utf-8")
        fold = BeautifulSoup(page, "html.parser").select_one("details.setup:not([open])")
        assert fold.summary.text == summary
        assert fold.select_one(".cell code").text.startswith(
            "from llm_scratch import ops\n\nprint("
        )
        assert fold.select_one(".output code").text == "number 1\n"
        index = json.loads((checkout / folder / "search/search_index.json").read_text("utf-8"))
        found = "".join(one["text"] for one in index["docs"] if "01_one" in one["location"])
        assert found and summary not in found and "llm_scratch" not in found

    assert build(checkout) == (0, "site/ is up to date\n")

    (checkout / PAGE).write_text("somebody was here")
    code, output = build(checkout)
    assert code == 0 and " ran in " not in output
    assert "number 2" in (checkout / PAGE).read_text(encoding="utf-8")

    edit(checkout, "lessons_src/02_two.py", "2)", "22)")
    code, output = build(checkout)
    assert code == 0 and "02_two ran in" in output and "01_one ran in" not in output
    assert "number 22" in (checkout / PAGE).read_text(encoding="utf-8")


FAULTS = {
    "lesson": (
        "lessons_src/02_two.py", "print(", "print(1 / 0, ", "02_two.py, line 14, code cell 1 of 1",
    ),
    "formula": ("lessons_src/02_two.py", "A sentence.", r"$\\frac{1$", "lessons_src/02_two.py:9: Mend the formula"),
    "link": ("lessons_src/02_two.py", "A sentence.", "[x](03_no.ipynb)", "03_no.ipynb"),
    "anchor": ("lessons_src/02_two.py", "A sentence.", "[x](01_one.ipynb#no)", "does not contain an anchor"),
    "page of one language": ("mkdocs.en.yml", "  - glossary.md\n", "exclude_docs: glossary.md\n", "glossary exists in one language only: write it in docs/en, too, and name it in mkdocs.en.yml"),
    "no cell marker": ("lessons_src/02_two.py", '# %% [markdown] lang="ja"\n# # 題', "# # 題", "lessons_src/02_two.py:1: "),
    "English page": ("docs/en/index.md", "# Home", "[x](nowhere.md)\n\n# Home", "nowhere.md"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_fails_the_build_and_leaves_the_good_site_alone(checkout, fault):
    file, old, new, message = FAULTS[fault]
    code, output = build(checkout)
    assert code == 0, output
    good = contents(checkout / "site")
    edit(checkout, file, old, new)
    code, output = build(checkout)
    assert code != 0
    assert message in output
    assert contents(checkout / "site") == good
    assert not list(checkout.glob(".site-*"))
    assert build(checkout)[0] != 0, "a failure must not be taken for a finished build"


def test_killed_at_any_moment_the_next_build_is_right(checkout):
    assert build(checkout)[0] == 0
    right = contents(checkout / "site")
    shutil.rmtree(checkout / ".cache")
    moments = random.Random(0)
    for _ in range(20):
        process = start(checkout, start_new_session=True)
        time.sleep(moments.uniform(0.1, 3))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        site = checkout / "site"
        assert not site.exists() or contents(site) == right
    code, output = build(checkout)
    assert code == 0, output
    assert contents(checkout / "site") == right
    assert not list(checkout.glob(".site-*"))


def test_two_builds_at_once_are_both_right(checkout):
    assert build(checkout)[0] == 0
    right = contents(checkout / "site")
    shutil.rmtree(checkout / ".cache")
    both = [start(checkout), start(checkout)]
    for process in both:
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
    assert contents(checkout / "site") == right
