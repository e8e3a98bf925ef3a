"""The same files give the same site: in any folder, time zone, locale, on any day."""

import gzip
import os

import project
import repeat
from project import LESSON, built, contents

from course import dates

FIGURE = """
figures.bar(["a", "b"], [0.25, 0.75])

# %% [markdown] lang="ja" tags=["caption"]
# 2 本の棒。
#
# alt: 棒グラフ。

# %% [markdown] lang="en" tags=["caption"]
# Two bars.
#
# alt: A bar chart.

# %% [markdown]
# $$x_1 = 1$$
"""
PRINT = 'print("n =", {number})\n'


def test_two_builds_far_apart_give_the_same_bytes(tmp_path):
    """Neither copy has a repository; one has files that say they are of another day."""
    figure = LESSON.replace("from llm_scratch import ops", "from llm_scratch import figures")
    figure = figure.replace(PRINT, FIGURE.lstrip())
    lessons = {"one": figure.format(), "two": LESSON.format(number=2)}
    told = {dates.NAME: None, "SITE_URL": "https://course.test/"}
    sites = []
    for n, environment in enumerate(repeat.environments(tmp_path)):
        checkout = project.copy(tmp_path / f"{n}" / ("deeper/" * n) / "checkout", lessons)
        for path in checkout.rglob("*") if n else ():
            if not path.is_symlink():
                os.utime(path, (10**9, 10**9))
        built(checkout, env=environment | told)
        sites.append(checkout / "site")
    assert repeat.differences(*sites) == []
    assert {"sitemap.xml.gz", "offline/llm-scratch-ja.zip"} <= contents(sites[0]).keys()
    sitemap = gzip.decompress((sites[0] / "sitemap.xml.gz").read_bytes())
    assert b"<lastmod>1980-01-01<" in sitemap


def test_a_difference_is_found(tmp_path):
    for folder, text in (("a", "1"), ("b", "2")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "page").write_text(text)
        (tmp_path / folder / "same").write_text("same")
    (tmp_path / "b" / "more").write_text("")
    assert repeat.differences(tmp_path / "a", tmp_path / "b") == ["more", "page"]
