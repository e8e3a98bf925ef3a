"""`make lesson`: a new lesson is sound as it is, or is not begun; tests/proof builds one."""

import re

import pytest

from course import cache, guards, navigation, new_lesson
from course.lesson import read
from course.project import LANGUAGES, SOURCES, relative

ORDER = [*navigation.numbers()]


@pytest.mark.parametrize("after", ["position", ORDER[-1]])
def test_the_template_is_sound_and_leads_on(after, tmp_path, monkeypatch):
    planned = new_lesson.plan("rope", after)
    monkeypatch.setattr(navigation, "SETTINGS", tmp_path / "mkdocs.yml")
    cache.write_all({tmp_path / relative(path): text.encode() for path, text in planned.items()})
    for path in SOURCES.glob("*.py"):
        (tmp_path / "lessons_src" / path.name).write_bytes(path.read_bytes())
    assert [*navigation.numbers()] == [
        *ORDER[: ORDER.index(after) + 1],
        "rope",
        *ORDER[ORDER.index(after) + 1 :],
    ]
    for language in LANGUAGES:
        home = tmp_path / "docs" / language / "index.md"
        assert guards.same_order(home, [*navigation.numbers()]) == []
    assert guards.of_script(read(tmp_path / "lessons_src/rope.py")) == []
    (ja, en) = guards.next_lesson(read(tmp_path / f"lessons_src/{after}.py"))
    steps = new_lesson.filled("steps.txt", "rope", after)
    assert re.findall(r"^(\d)\.", steps, re.MULTILINE) == ["1", "2", "3", "4"] * 2
    for finding in (ja, en):
        link = re.search(r"Write (\[.*\]\(rope\.md\)) into", finding)[1]
        assert steps.count(link) == (2 if link in steps.split("\n\n")[0] else 1)


REFUSED = {
    "no name": ("", "must be small letters, digits and _, such as make lesson NAME=rope AFTER="),
    "a capital": ("Rope", "got 'Rope'"),
    "a path": ("../rope", "got '../rope'"),
    "Japanese": ("位置", "got '位置'"),
    "__main__": ("__main__", "got '__main__'"),
    "a lesson": ("attention", "attention is taken, by lessons_src/attention.py"),
    "of Python": ("random", "random means something to Python or to MkDocs"),
    "of readers": ("numpy", "numpy means"),
    "the package": ("llm_scratch", "llm_scratch means"),
    "of exercises": ("check", "check means"),
    "a keyword": ("lambda", "lambda means"),
    "of MkDocs": ("index", "index means"),
    "of Windows": ("aux", "aux means"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_name_that_no_lesson_can_have_is_refused(case):
    name, said = REFUSED[case]
    with pytest.raises(SystemExit, match=f"^lesson: .*{re.escape(said)}"):
        new_lesson.main(name)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rope", "positon"), "AFTER must be a lesson in mkdocs.yml, such as position"),
        (("rope", "style_guide"), "AFTER must be a lesson in mkdocs.yml"),
        (("rope", "position", "gpt"), "got 'rope position gpt'"),
    ],
)
def test_a_place_that_is_none_is_refused(arguments, said):
    with pytest.raises(SystemExit, match=f"^lesson: .*{said}"):
        new_lesson.main(*arguments)


def test_a_file_that_is_in_the_way_stays(tmp_path, monkeypatch):
    (tmp_path / "rope.py").write_text("mine")
    made = new_lesson.MADE | {"exercises.py": tmp_path / "{}.py"}
    monkeypatch.setattr(new_lesson, "MADE", made)
    monkeypatch.setattr(new_lesson, "relative", str)
    with pytest.raises(SystemExit, match=r"rope is taken, by .*/rope\.py"):
        new_lesson.main("rope")
    assert (tmp_path / "rope.py").read_text() == "mine"


@pytest.mark.parametrize("path", [navigation.SETTINGS, *new_lesson.MAPS], ids=relative)
def test_where_the_lesson_before_is_not_named_nothing_is_begun(path, monkeypatch):
    text = path.read_text(encoding="utf-8").replace("lessons/position.md", "elsewhere.md")
    patterns = {navigation.SETTINGS: new_lesson.NAVIGATION}
    empty = type(path)(path)
    monkeypatch.setattr(type(path), "read_text", lambda self, **_: text)
    with pytest.raises(SystemExit, match="should name position once, not 0 times"):
        new_lesson.added(empty, patterns.get(path, new_lesson.STEP), "position", "x")


@pytest.mark.parametrize("n", range(4))
def test_a_disk_that_fills_up_leaves_nothing_behind(tmp_path, monkeypatch, n):
    files = {tmp_path / f"{i}.txt": b"new" for i in range(4)}
    (tmp_path / "1.txt").write_bytes(b"old")
    write = cache.write_atomically

    def write_until_full(path, parts):
        if path.name.startswith(f"{n}."):
            raise OSError(28, "No space left on device")
        write(path, parts)

    monkeypatch.setattr(cache, "write_atomically", write_until_full)
    with pytest.raises(OSError, match="No space left"):
        cache.write_all(files)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"1.txt": b"old"}
