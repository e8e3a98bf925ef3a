"""Lessons that misbehave: each is told what it did, and harms no other lesson and no build."""

import project
import pytest
from project import LESSON, built, contents
from test_run import check_told, folder, pool, write  # noqa: F401 (fixtures)

from course.lesson import read
from course.pool import job

FOREVER = "while True:\n    pass\n"
MISDEEDS = {
    "has a noisy child": ("import os\n\nos.system('echo oops >&2')\n", 5, "stderr: oops"),
    "hangs": (FOREVER, None, "ran past its limit of 1 s"),
    "leaves": ("import os\n\nos._exit(3)\n", 5, "ended with exit code 3"),
    "leaves politely": ("raise SystemExit(0)\n", 5, "SystemExit: 0"),
    "is killed": ("import os\n\nos.kill(os.getpid(), 9)\n", 5, "ended with exit code -9"),
    "ends the runner": (
        f"import os\n\nos.kill(os.getppid(), 9)\n{FOREVER}",
        None,
        "ended the process",
    ),
    "eats memory": (
        "import numpy as np\n\nx = np.ones(10**9)\n",
        7,
        "Unable to allocate 7.45 GiB",
    ),
    "eats memory slowly": ("x = []\nwhile True:\n    x.append(bytes(10**8))\n", 7, "MemoryError"),
    "asks for 8 GB": ("x = bytearray(8 << 30)\n", 5, "MemoryError"),
    "floods stdout": ("while True:\n    print('x' * 10**6)\n", 6, "File too large"),
    "prints 100 MB": ("print('x' * 10**8)\n", 5, "File too large"),
}


@pytest.mark.parametrize("name", MISDEEDS)
def test_a_misdeed_is_told_with_line_and_cell(name, folder, pool):  # noqa: F811
    code, line, message = MISDEEDS[name]
    check_told(
        pool, write(folder, "bad", code), line, message, seconds=1 if FOREVER in code else 60
    )


LEFT_BEHIND = {
    "no script": "from pathlib import Path\nPath(__file__).unlink(missing_ok=True)\n",
    "fork": "import os, time\nif os.fork() == 0:\n    time.sleep(600)\n",
    "thread": "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n",
    "folder": "import os\nos.chdir('/')\n",
    "child": "import subprocess\nchild = subprocess.Popen(['sleep', '600'])\n",
}


@pytest.mark.parametrize("name", LEFT_BEHIND)
def test_a_lesson_that_leaves_things_behind_still_ends(name, folder, pool):  # noqa: F811
    lesson = read(write(folder, "odd", LEFT_BEHIND[name] + "print('done')\n"))
    result = pool.submit(job(lesson, seconds=60.0)).result()
    assert [output["text"] for output in result["outputs"][0]] == ["done\n"]


WAITS = """
from course.run import COURSE

def on_config(config):
    COURSE.outputs("one")
"""


def test_a_lesson_that_leaves_all_of_it_has_its_page_and_harms_no_other(tmp_path):
    """MkDocs begins when its script is gone: what was read is shown."""
    left = "".join(LEFT_BEHIND.values())
    lessons = {"one": LESSON.format(number=1), "two": LESSON.format(number=2)}
    checkout = project.copy(tmp_path / "checkout", lessons)
    built(checkout)
    before = contents(checkout / "site")
    project.edit(
        checkout, "lessons_src/one.py", "from llm_scratch import", f"{left}from llm_scratch import"
    )
    script = (checkout / "lessons_src/one.py").read_text(encoding="utf-8")
    (checkout / "docs/waits.py").write_text(WAITS)
    project.edit(checkout, "mkdocs.yml", "hooks: [", "hooks: [docs/waits.py, ")
    built(checkout)
    after = contents(checkout / "site")
    assert not (checkout / "lessons_src/one.py").exists()
    assert "n = 1" in after["lessons/one/index.html"].decode()
    assert after["lessons/one/one.py"].decode() == script.replace("[#]", "[1]")
    for page in ("lessons/two/index.html", "en/lessons/two/index.html"):
        assert after[page] == before[page]
