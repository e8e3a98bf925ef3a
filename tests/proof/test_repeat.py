"""The same files give the same site: in any folder, time zone, locale, on any day."""

import gzip
import os
import subprocess

import project
import repeat
from pipeline import dates
from test_build import LESSON

FIGURE = """
# %%
from llm_scratch import figures

figures.bar(["a", "b"], [0.25, 0.75])

# %% [markdown] lang="ja" tags=["caption"]
# 二本の棒。
# alt: 棒グラフ。

# %% [markdown] lang="en" tags=["caption"]
# Two bars.
# alt: A bar chart.

# %% [markdown]
# $$x_1 = 1$$
"""


def test_two_builds_far_apart_give_the_same_bytes(tmp_path):
    """Neither copy has a repository; one has files that say they are of another day."""
    lessons = {"01_one": LESSON.format(number=1) + FIGURE, "02_two": LESSON.format(number=2)}
    sites = []
    for n, environment in enumerate(repeat.environments(tmp_path)):
        checkout = project.copy(tmp_path / f"{n}" / ("deeper/" * n) / "checkout", lessons)
        for path in checkout.rglob("*") if n else ():
            if not path.is_symlink():
                os.utime(path, (10**9, 10**9))
        environment.pop(dates.NAME, None)
        code, output = project.build(checkout, env=environment)
        assert code == 0, output
        sites.append(checkout / "site")
    assert repeat.differences(*sites) == []
    assert {"sitemap.xml.gz", "offline/llm-scratch-ja.zip"} <= repeat.contents(sites[0]).keys()
    assert b"<lastmod>1980-01-01<" in gzip.decompress((sites[0] / "sitemap.xml.gz").read_bytes())


def test_a_difference_is_found(tmp_path):
    for folder, text in (("a", "1"), ("b", "2")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "page").write_text(text)
        (tmp_path / folder / "same").write_text("same")
    (tmp_path / "b" / "more").write_text("")
    assert repeat.differences(tmp_path / "a", tmp_path / "b") == ["more", "page"]


def test_a_build_has_the_date_of_the_last_commit_or_of_its_caller(tmp_path, monkeypatch):
    monkeypatch.setenv(dates.NAME, "7")
    dates.fix()
    assert os.environ[dates.NAME] == "7"
    monkeypatch.delenv(dates.NAME)
    monkeypatch.setattr(dates, "__file__", str(tmp_path / "dates.py"))
    dates.fix()
    assert os.environ[dates.NAME] == dates.LONG_AGO
    monkeypatch.delenv(dates.NAME)
    git = ["git", "-c", "user.name=n", "-c", "user.email=e"]
    committed = os.environ | {"GIT_COMMITTER_DATE": "1234567890 +0900"}
    subprocess.run([*git, "init", "--quiet"], cwd=tmp_path, check=True)
    commit = [*git, "commit", "--quiet", "--allow-empty", "-m", "x"]
    subprocess.run(commit, cwd=tmp_path, check=True, env=committed)
    dates.fix()
    assert os.environ[dates.NAME] == "1234567890"
    monkeypatch.delenv(dates.NAME)
    monkeypatch.setenv("PATH", str(tmp_path))  # no git at all
    dates.fix()
    assert os.environ[dates.NAME] == dates.LONG_AGO
