"""The house: who may import what, where lessons get their numbers, and what a site is called."""

import ast
import sys

import pytest

from course import address, navigation
from course.project import DOCS

PYTHON = [path for path in DOCS.rglob("*.py") if not {"node_modules", "scaffold"} & {*path.parts}]


def imported(path):
    """The modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def test_one_file_knows_the_generator_and_none_keeps_pickles():
    tops = {path.name: {name.partition(".")[0] for name in imported(path)} for path in PYTHON}
    assert [name for name, found in tops.items() if "mkdocs" in found] == ["hooks.py"]
    assert [name for name, found in tops.items() if "pickle" in found] == []


def test_nothing_is_found_by_a_changed_path_and_nothing_hides_the_standard_library():
    """A lesson alone gets its own folder: as Python gives it to a script."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in PYTHON}
    assert [name for name, text in texts.items() if "sys.path.insert" in text] == ["execute.py"]
    assert not {path.stem for path in PYTHON} & {*sys.stdlib_module_names} - {"__main__"}


def test_lessons_are_numbered_by_the_parts_of_the_navigation(tmp_path, monkeypatch):
    nav = "nav:\n  - index.md\n  - One:\n      - lessons/b.md\n  - Page: page.md\n"
    settings = tmp_path / "mkdocs.yml"
    settings.write_text(f"x: !ENV [X, y]\n{nav}  - Two:\n      - lessons/a.md\n  - lessons/c.md\n")
    monkeypatch.setattr(navigation, "SETTINGS", settings)
    assert navigation.parts() == {"One": ["b"], "Two": ["a"]}
    assert navigation.numbers() == {"b": 0, "a": 1}


@pytest.mark.parametrize(
    ("text", "numbered"),
    [
        ("[lesson #](a.md#x) and [第 # 回](../lessons/b.md)", "[lesson 1](a.md#x) and [第 0 回](../lessons/b.md)"),
        ("`[lesson #](a.md)` and ``[#](b.md)``", None),
        ("```\n[lesson #](a.md)\n```", None),
        ("[lesson #](c.md) and [# of pages](https://a.md.org)", None),
        ("[one](a.md) # [two](b.md)", None),
    ],
)  # fmt: skip
def test_a_link_to_a_lesson_says_its_number_and_code_does_not(text, numbered):
    assert navigation.with_numbers(text, {"b": 0, "a": 1}) == (numbered or text)


def test_a_number_that_is_none_is_found():
    assert [*navigation.unnumbered("x [#](c.md) [#](a.md) `[#](d.md)`", {"a": 1})] == [(2, "c")]


GITHUB = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "o/n"}


@pytest.mark.parametrize(
    ("told", "site", "repository"),
    [
        ({}, "", ""),
        ({"SITE_URL": "https://s.org/a", "REPO_URL": "https://f.org/o/n/"}, "https://s.org/a/", "https://f.org/o/n"),
        ({"CI_PAGES_URL": "https://o.io/n", "CI_PROJECT_URL": "https://lab/o/n"}, "https://o.io/n/", "https://lab/o/n"),
        (GITHUB, "", "https://github.com/o/n"),
        (GITHUB | {"REPO_URL": "https://f.org/o/n", "SITE_URL": ""}, "", "https://f.org/o/n"),
    ],
)  # fmt: skip
def test_addresses_are_those_that_are_told(told, site, repository, monkeypatch):
    for name in (*address.OF_SITE, *address.OF_REPOSITORY, *GITHUB):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(address, "of_origin", lambda: "")
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert (address.of_site(), address.of_repository()) == (site, repository)


@pytest.mark.parametrize(
    ("origin", "repository"),
    [
        ("https://github.com/o/n.git", "https://github.com/o/n"),
        ("https://user:token@f.org/o/n", "https://f.org/o/n"),
        ("git@lab.org:group/sub/n.git", "https://lab.org/group/sub/n"),
        ("ssh://git@f.org:2222/o/n.git", "https://f.org/o/n"),
        ("/home/me/n.git", ""),
        ("../n", ""),
        ("file:///home/me/n", ""),
        ("C:\\me\\n", ""),
        ("", ""),
    ],
)
def test_a_repository_is_where_git_took_it_from(origin, repository, monkeypatch):
    class Told:
        stdout = f"{origin}\n"

    monkeypatch.setattr(address.subprocess, "run", lambda *_, **__: Told)
    assert address.of_origin() == repository


@pytest.mark.parametrize(
    ("repository", "uri"),
    [
        ("https://github.com/o/n", "edit/main/docs/ja/"),
        ("https://gitlab.com/o/n", "-/edit/main/docs/ja/"),
        ("https://f.org/o/n", "_edit/main/docs/ja/"),
    ],
)
def test_a_forge_is_edited_at_its_own_place(repository, uri):
    assert address.edit_uri(repository, "ja") == uri
