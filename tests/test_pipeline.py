"""Running lessons: what runs when, and what a lesson that misbehaves is told."""

import logging
import re

import pytest
from pipeline import cache, execute, notebook
from pipeline.course import Course
from pipeline.lesson import read
from pipeline.pool import Pool, job

HEADER = '# %% [markdown] lang="ja"\n# # 題名 {#title}\n\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A course of its own, with a cache of its own."""
    monkeypatch.setattr(cache, "FOLDER", tmp_path / "cache")
    package = tmp_path / "lessons_src" / "pack"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "low.py").write_text("VALUE = 1\n")
    (package / "high.py").write_text("from pack import low\n\nVALUE = low.VALUE + 1\n")
    (package / "other.py").write_text("VALUE = 7\n")
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


def course(folder, pool):
    course = Course(folder)
    course.pool = pool
    return course


def ran(folder, pool):
    """Names of the lessons that a new build runs."""
    new = course(folder, pool)
    new.refresh()
    started = {name for name, future in new.results.items() if hasattr(future, "lesson")}
    for name in new.lessons:
        new.outputs(name)
    return started


@pytest.fixture
def lessons(folder):
    write(folder, "01_high", "from pack import high\nprint(high.VALUE)\n")
    write(folder, "02_low", "from pack import low\nprint(low.VALUE)\n")
    write(folder, "03_none", "print('alone')\n")
    return folder


def test_every_lesson_runs_once_and_then_none(lessons, pool):
    assert ran(lessons, pool) == {"01_high", "02_low", "03_none"}
    assert ran(lessons, pool) == set()


def test_a_changed_cell_runs_its_lesson(lessons, pool):
    ran(lessons, pool)
    write(lessons, "03_none", "print('changed')\n")
    assert ran(lessons, pool) == {"03_none"}


def test_a_changed_sentence_runs_nothing(lessons, pool):
    ran(lessons, pool)
    path = lessons / "03_none.py"
    path.write_text(path.read_text(encoding="utf-8").replace("題名", "別の題名\n# 本文"), "utf-8")
    assert ran(lessons, pool) == set()


@pytest.mark.parametrize(
    ("module", "importers"),
    [("low", {"01_high", "02_low"}), ("high", {"01_high"}), ("other", set())],
)
def test_a_changed_module_runs_exactly_its_importers(lessons, pool, module, importers):
    ran(lessons, pool)
    path = lessons / "pack" / f"{module}.py"
    path.write_text(path.read_text() + "MORE = 2\n")
    assert ran(lessons, pool) == importers


def test_undoing_an_edit_runs_nothing(lessons, pool):
    ran(lessons, pool)
    path = lessons / "pack" / "low.py"
    before = path.read_text()
    path.write_text(before.replace("1", "5"))
    ran(lessons, pool)
    path.write_text(before)
    assert ran(lessons, pool) == set()


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-9], lambda data: data.replace(b"alone", b"alome")]
)
def test_a_damaged_cache_file_is_made_anew_and_said_so(lessons, pool, caplog, damage):
    ran(lessons, pool)
    kept = next(p for p in (cache.FOLDER / "results").iterdir() if b"alone" in p.read_bytes())
    kept.write_bytes(damage(kept.read_bytes()))
    with caplog.at_level(logging.INFO, "mkdocs.lessons"):
        assert ran(lessons, pool) == {"03_none"}
    assert [r.message for r in caplog.records if "damaged" in r.message] == [
        f"cache: {kept.name} is damaged and made anew"
    ]
    assert ran(lessons, pool) == set()


def test_a_module_that_changes_during_the_run_is_not_cached(lessons, pool):
    edit = (  # at once: 01_high imports the same file at this moment
        "from pathlib import Path\nnew = Path(low.__file__ + '.new')\n"
        "new.write_text('VALUE = 3\\n')\nnew.replace(low.__file__)\n"
    )
    write(lessons, "02_low", "from pack import low\n" + edit + "print(low.VALUE)\n")
    assert "02_low" in ran(lessons, pool)
    assert "02_low" in ran(lessons, pool)


MISBEHAVIOUR = {
    "raises": ("x = 1\n\n\ndef f():\n    return 1 / 0\n\n\nf()\n", 9, "ZeroDivisionError"),
    "does not parse": ("x = 1\nx = = 2\n", 6, "SyntaxError: invalid syntax"),
    "warns": ("import warnings\n\nwarnings.warn('careful')\n", 7, "UserWarning: careful"),
    "writes to stderr": ("import sys\n\nprint('oops', file=sys.stderr)\n", 5, "stderr: oops"),
    "has a noisy child": ("import os\n\nos.system('echo oops >&2')\n", 5, "stderr: oops"),
    "hangs": ("x = 1\nwhile True:\n    x += 1\n", None, "ran past its limit of 1 s"),
    "leaves": ("import os\n\nos._exit(3)\n", 5, "ended with exit code 3"),
    "leaves politely": ("raise SystemExit(0)\n", 5, "SystemExit: 0"),
    "is killed": ("import os\n\nos.kill(os.getpid(), 9)\n", 5, "ended with exit code -9"),
    "ends the runner": ("import os\n\nos.kill(os.getppid(), 9)\nwhile True:\n    pass\n", None, "ended the process"),
    "eats memory": ("import numpy as np\n\nx = np.ones(10**9)\n", 7, "Unable to allocate 7.45 GiB"),
    "eats memory slowly": ("x = []\nwhile True:\n    x.append(bytes(10**8))\n", 7, "MemoryError"),
    "floods stdout": ("while True:\n    print('x' * 10**6)\n", 6, "File too large"),
    "prints 100 MB": ("print('x' * 10**8)\n", 5, "File too large"),
    "asks for 8 GB": ("x = bytearray(8 << 30)\n", 5, "MemoryError"),
    "prints too much": ("print('x' * 2 * 10**6)\n", 5, "printed more than 1048576 bytes"),
    "breaks a transcript": (
        "x = 2\n\n# %% [markdown]\n# ```pycon\n# >>> x + 2\n# 5\n# ```\n", 9, "Expected:\n    5\nGot:\n    4",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISBEHAVIOUR)
def test_a_lesson_that_misbehaves_is_named_with_line_and_cell(name, folder, pool):
    code, line, message = MISBEHAVIOUR[name]
    lesson = read(write(folder, "01_bad", code))
    result = pool.submit(job(lesson, seconds=1.0, memory=3 << 30)).result(timeout=60)
    text = notebook.failure(lesson, result["error"])
    assert message in text
    assert re.match(r"lessons_src/01_bad\.py, line \d+, (code cell 1 of 1|transcript):\n", text)
    assert line is None or f"01_bad.py, line {line}," in text


@pytest.mark.parametrize(
    "code",
    [
        "import os, time\nif os.fork() == 0:\n    time.sleep(60)\nprint('done')\n",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\nprint('done')\n",
        "import os\nos.chdir('/')\nprint('done')\n",
        "import subprocess\nchild = subprocess.Popen(['sleep', '60'])\nprint('done')\n",
        "from pathlib import Path\nPath(__file__).unlink(missing_ok=True)\nprint('done')\n",
        "import sys\nassert sys.stdin.read() == ''\nprint('done')\n",
    ],
    ids=["fork", "thread", "chdir", "child", "unlink", "stdin"],
)
def test_a_lesson_that_leaves_things_behind_still_ends(code, folder, pool):
    lesson = read(write(folder, "01_odd", code))
    result = pool.submit(job(lesson, seconds=5.0)).result(timeout=30)
    assert [o["text"] for o in result["outputs"][0]] == ["done\n"]


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
    spoil = read(write(folder, "01_spoil", "import math, numpy\nmath.pi = numpy.pi = 3\n"))
    look = read(write(folder, "02_look", "import math, numpy\nprint(math.pi, numpy.pi)\n"))
    for lesson in (spoil, look, look):
        result = pool.submit(job(lesson)).result(timeout=30)
    assert result["outputs"][0][0]["text"] == "3.141592653589793 3.141592653589793\n"


def test_prints_and_values_come_in_order(folder, pool):
    code = "print('あ')\nimport os\nos.system('echo child')\nprint('b')\n1 + 1\n\n# %%\nNone\n"
    result = pool.submit(job(read(write(folder, "01_out", code)))).result(timeout=30)
    stream, value = result["outputs"][0]
    assert stream["text"] == "あ\nchild\nb\n"
    assert value["data"] == {"text/plain": "2"}
    assert result["outputs"][1] == []


def test_a_script_that_starts_before_its_first_cell_is_refused(folder):
    path = folder / "01_early.py"
    path.write_text("import os\n# %%\n1\n")
    with pytest.raises(ValueError, match=r"lessons_src/01_early\.py:1:.*cell marker"):
        read(path)


def test_notebooks_hold_one_language_and_captions_stay_with_their_figures(folder):
    path = write(
        folder,
        "01_both",
        '1\n\n# %% [markdown] lang="ja" tags=["caption"]\n# 説明。\n#\n# alt: 絵。\n\n'
        '# %% [markdown] lang="en" tags=["caption"]\n# Words.\n#\n# alt: Picture.\n',
    )
    lesson = read(path)
    shown = notebook.executed(lesson, "ja", [[]])
    assert [c["cell_type"] for c in shown["cells"]] == ["markdown", "code"]
    assert shown["cells"][1]["metadata"] == {"caption": "説明。", "alt": "絵。"}
    taken = notebook.download(lesson, "en")
    assert [c["source"] for c in taken["cells"]] == ["1", "Words.\n\nalt: Picture."]
