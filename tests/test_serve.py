"""`mkdocs serve`: what is saved shows in both languages; a broken lesson says so and recovers."""

import re
import signal
import socket
import time
import urllib.request

import project
import pytest
from project import edit
from test_build import LESSON

SCRIPT = "lessons_src/01_one.py"


@pytest.fixture
def server(tmp_path):
    checkout = project.copy(tmp_path / "checkout", {"01_one": LESSON.format(number=1)})
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    process = project.run(checkout, "-m", "mkdocs", "serve", "--dev-addr", address)
    yield checkout, f"http://{address}"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)


def page(address, path):
    try:
        with urllib.request.urlopen(f"{address}/{path}", timeout=5) as answer:
            return answer.read().decode()
    except OSError:  # not up yet
        return ""


def wait_for(text, address, path, seconds=60):
    """The page, once it shows `text`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if text in (html := page(address, path)):
            return html
        time.sleep(0.02)
    raise AssertionError(f"{path} does not show {text!r} after {seconds} s:\n{html}")


def test_what_is_saved_shows_and_a_broken_lesson_recovers(server):
    checkout, address = server
    ja, en = "lessons/01_one/", "en/lessons/01_one/"
    wait_for("number 1", address, ja)
    wait_for("number 1", address, en)

    edit(checkout, SCRIPT, "文です。", "新しい文です。")
    edit(checkout, SCRIPT, "A sentence.", "A new sentence.")
    wait_for("新しい文です。", address, ja)
    wait_for("A new sentence.", address, en)

    edit(checkout, SCRIPT, "1)", "1 / 0)")
    shown = wait_for("ZeroDivisionError", address, ja)
    assert re.search(r"01_one\.py, line \d+, code cell 1 of 1", shown)
    wait_for("ZeroDivisionError", address, en)

    edit(checkout, SCRIPT, "1 / 0)", "11)")
    assert "ZeroDivisionError" not in wait_for("number 11", address, ja)

    edit(checkout, "lessons_src/llm_scratch/ops.py", '"""', '"""Changed. ')
    edit(checkout, "docs/en/index.md", "# Home", "# House")
    wait_for("House", address, "en/")
