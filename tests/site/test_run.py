"""Running lessons: what runs when, what is kept, and what a lesson that fails is told."""

import logging
import re
import shutil
from types import SimpleNamespace

import pytest
from project import edit

from course import cache, execute, formulas, labels, notebook
from course.finish import finished
from course.lesson import read
from course.page import page
from course.pool import Pool, job
from course.project import DOCS
from course.project import PACKAGE as PACKAGE_FOLDER
from course.run import Course

HEADER = '# %% [markdown] lang="ja"\n# # 題名 {#title}\n\n'
PACKAGE = {
    "__init__": "",
    "low": "VALUE = 1\n",
    "high": "from pack import low\n\nVALUE = low.VALUE + 1\n",
    "other": "VALUE = 7\n",
}
LESSONS = {
    "high": "from pack import high\nprint(high.VALUE)\n",
    "low": "from pack import low\nprint(low.VALUE)\n",
    "alone": "print('alone')\n",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A course of its own, with a cache of its own."""
    monkeypatch.setattr("course.project.CACHE", tmp_path / "cache")
    package = tmp_path / "lessons_src" / "pack"
    package.mkdir(parents=True)
    for name, text in PACKAGE.items():
        (package / f"{name}.py").write_text(text)
    return package.parent


@pytest.fixture(scope="module")
def pool():
    pool = Pool(2)
    yield pool
    pool.close()


def write(folder, name, code):
    path = folder / f"{name}.py"
    path.write_text(HEADER + "# %%\n" + code, encoding="utf-8")
    return path


@pytest.fixture
def ran(folder, pool):
    """Three lessons, run once; a function that gives the names of those that a new build runs."""

    def ran():
        course = Course(folder)
        course.pool = pool
        course.refresh()
        started = {name for name, future in course.results.items() if hasattr(future, "lesson")}
        for name in course.lessons:
            course.outputs(name)
        return started

    for name, code in LESSONS.items():
        write(folder, name, code)
    assert ran() == {*LESSONS}
    return ran


CHANGES = {
    "a cell": ("alone.py", "print('alone')", "print('changed')", {"alone"}),
    "a sentence": ("alone.py", "題名", "別の題名\n# 本文", set()),
    "a module of two": ("pack/low.py", "1", "5", {"high", "low"}),
    "a module of one": ("pack/high.py", "+ 1", "+ 2", {"high"}),
    "a module of none": ("pack/other.py", "7", "8", set()),
}


@pytest.mark.parametrize("change", CHANGES)
def test_exactly_what_a_change_reaches_runs_and_undoing_it_runs_nothing(folder, ran, change):
    file, old, new, reached = CHANGES[change]
    assert ran() == set()
    edit(folder, file, old, new)
    assert ran() == reached
    edit(folder, file, new, old)
    assert ran() == set()


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-9], lambda data: data.replace(b"alone", b"alome")]
)
def test_a_damaged_cache_file_is_made_anew_and_said_so(ran, caplog, damage):
    results = cache.folder() / "results"
    kept = next(path for path in results.iterdir() if b"alone" in path.read_bytes())
    kept.write_bytes(damage(kept.read_bytes()))
    with caplog.at_level(logging.INFO, "mkdocs.course"):
        assert ran() == {"alone"}
    assert [r.message for r in caplog.records if "damaged" in r.message] == [
        f"cache: {kept.name} is damaged and made anew"
    ]
    assert ran() == set()


def test_what_other_tools_made_is_made_anew(folder, tmp_path, monkeypatch):
    """Cells by jupytext, pages by the converter and Pygments, formulas by KaTeX."""
    path, asked = write(folder, "one", "1\n"), set()
    shown = notebook.executed(read(path), "ja", [[]])

    def made():
        read(path), page(shown), finished("<p>x</p>", "one", {})
        return {file.relative_to(tmp_path) for file in tmp_path.glob("cache/*/*")}

    before = made()
    assert made() == before and len(before) == 3
    (tmp_path / "katex.mjs").write_text("another")
    monkeypatch.setattr(formulas, "PROGRAM", tmp_path / "katex.mjs")
    assert {file.parent.name for file in made() - before} == {"finished"}
    monkeypatch.setattr(cache, "versions", lambda *names: asked.update(names) or "others")
    assert len(made()) == 2 * len(before)
    assert asked == {"jupytext", "mkdocs-jupyter", "nbconvert", "pygments"}


def test_a_module_that_changes_during_the_run_is_not_cached(folder, ran):
    replaced = (  # at once: the lesson `high` imports the same file at this moment
        "from pathlib import Path\nnew = Path(low.__file__ + '.new')\n"
        "new.write_text('VALUE = 3\\n')\nnew.replace(low.__file__)\n"
    )
    write(folder, "low", "from pack import low\n" + replaced + "print(low.VALUE)\n")
    assert "low" in ran()
    assert "low" in ran()


FAILURES = {
    "raises": ("x = 1\n\n\ndef f():\n    return 1 / 0\n\n\nf()\n", 9, "ZeroDivisionError"),
    "does not parse": ("x = 1\nx = = 2\n", 6, "SyntaxError: invalid syntax"),
    "warns": ("import warnings\n\nwarnings.warn('careful')\n", 7, "UserWarning: careful"),
    "writes to stderr": ("import sys\n\nprint('oops', file=sys.stderr)\n", 5, "stderr: oops"),
    "prints too much": ("print('x' * 2 * 10**6)\n", 5, "printed more than 1048576 bytes"),
    "breaks a transcript": (
        "x = 2\n\n# %% [markdown]\n# ```pycon\n# >>> x + 2\n# 5\n# ```\n",
        9,
        "Expected:\n    5\nGot:\n    4",
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_told_with_line_and_cell(name, folder, pool):
    check_told(pool, write(folder, "bad", FAILURES[name][0]), *FAILURES[name][1:])


def check_told(pool, path, line, message, seconds=60):
    """What a lesson is told that fails; `line` may be None."""
    lesson = read(path)
    result = pool.submit(job(lesson, seconds=seconds, memory=3 << 30)).result()
    text = notebook.failure(lesson, result["error"])
    assert message in text
    assert re.match(r"lessons_src/bad\.py, line \d+, (code cell 1 of 1|transcript):\n", text)
    assert line is None or f"bad.py, line {line}," in text


@pytest.mark.parametrize("system", ["POSIX", "Windows"])
def test_what_is_printed_is_read_while_more_is_printed(system, tmp_path, monkeypatch):
    if system == "Windows":  # which has no pread
        monkeypatch.delattr("os.pread")
    with open(tmp_path / "printed", "w+b", buffering=0) as file:
        file.write(b"one")
        assert execute.read(file.fileno(), 9, 0) == b"one"
        file.write(b"two")
        assert execute.read(file.fileno(), 9, 3) == b"two"
        assert execute.read(file.fileno(), 9, 0) == b"onetwo"


def test_lessons_do_not_see_each_other(folder, pool):
    spoil = read(write(folder, "spoil", "import math, numpy\nmath.pi = numpy.pi = 3\n"))
    look = read(write(folder, "look", "import math, numpy\nprint(math.pi, numpy.pi)\n"))
    for lesson in (spoil, look, look):
        result = pool.submit(job(lesson)).result()
    assert result["outputs"][0][0]["text"] == "3.141592653589793 3.141592653589793\n"


def test_prints_and_values_come_in_order(folder, pool):
    code = "print('あ')\nimport os\nos.system('echo child')\nprint('b')\n1 + 1\n\n# %%\nNone\n"
    result = pool.submit(job(read(write(folder, "out", code)))).result()
    stream, value = result["outputs"][0]
    assert stream["text"] == "あ\nchild\nb\n"
    assert value["data"] == {"text/plain": "2"}
    assert result["outputs"][1] == []


def test_a_script_that_starts_before_its_first_cell_is_refused(folder):
    path = folder / "early.py"
    path.write_text("import os\n# %%\n1\n")
    with pytest.raises(ValueError, match=r"lessons_src/early\.py:1:.*cell marker"):
        read(path)


def test_notebooks_hold_one_language_and_captions_stay_with_their_figures(folder):
    path = write(
        folder,
        "both",
        '1\n\n# %% [markdown] lang="ja" tags=["caption"]\n# 説明。\n#\n# alt: 絵。\n\n'
        '# %% [markdown] lang="en" tags=["caption"]\n# Words.\n#\n# alt: Picture.\n',
    )
    lesson = read(path)
    shown = notebook.executed(lesson, "ja", [[]])
    assert [c["cell_type"] for c in shown["cells"]] == ["markdown", "code"]
    assert shown["cells"][1]["metadata"] == {"caption": "説明。", "alt": "絵。"}
    taken = notebook.download(lesson, "en", [[]])
    assert [c["source"] for c in taken["cells"]] == ["1", "Words.\n\nalt: Picture."]


LABELLED = """\
from llm_scratch import figures
figures.table({"nats lost": ["GELU"], "loss": [0.5]})

# %% [markdown] lang="ja" tags=["caption"]
# labels: nats lost = 損失の増分;
# GELU
"""


def test_a_table_is_labelled_in_each_language(folder, pool):
    shutil.copytree(PACKAGE_FOLDER, folder / "llm_scratch")
    lesson = read(write(folder, "labelled", LABELLED))
    outputs = pool.submit(job(lesson)).result()["outputs"]
    data = outputs[0][0]["data"]
    assert data["text/plain"] == "table\nnats lost    loss\nGELU       0.5000"
    assert data["text/x-words"] == ["GELU", "loss", "nats lost"]
    shown = data["text/html"].items()
    heads = {language: re.findall("<th .*?>(.*?)<", html) for language, html in shown}
    assert heads == {"ja": ["損失の増分", "損失"], "en": ["nats lost", "loss"]}
    for language, html in shown:
        cell = notebook.executed(lesson, language, outputs)["cells"][-1]
        assert cell["outputs"][0]["data"]["text/html"] == html
    taken = notebook.download(lesson, "ja", outputs)["cells"]
    namespace = {"figures": SimpleNamespace(labels={})}
    exec(taken[1]["source"].partition("\n")[2], namespace)
    assert namespace["figures"].labels == {"nats lost": "損失の増分", "loss": "損失"}
    assert [cell["id"] for cell in taken] == ["cell-0", "cell-labels", "cell-1"]
    assert len(notebook.download(lesson, "en", outputs)["cells"]) == 1


def test_what_labels_say_is_kept_until_they_change(folder, ran, monkeypatch, tmp_path):
    caption = '\n# %% [markdown] lang="en" tags=["caption"]\n# labels: a = '
    path = write(folder, "alone", f"print('alone')\n{caption}b\n")
    assert ran() == {"alone"}
    path.write_text(path.read_text().replace("a = b", "a = c"))
    assert ran() == {"alone"}
    shutil.copytree(DOCS / "labels", tmp_path / "labels")
    monkeypatch.setattr(labels, "DOCS", tmp_path)
    assert ran() == set()
    edit(tmp_path / "labels", "en.txt", "いぬ = いぬ dog", "いぬ = いぬ (dog)")
    assert ran() == {"high", "low", "alone"}
