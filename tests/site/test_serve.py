"""`mkdocs serve`: what is saved shows in both languages; a broken lesson says so and recovers."""

import os
import re
import signal
import socket
import threading
import urllib.request

import project
import pytest
from project import LESSON, edit

SCRIPT = "lessons_src/one.py"
READY = ("Serving on", "Reloading browsers")
PATIENCE = 60  # seconds: a limit, and nothing that is waited for


class Server:
    """A checkout with one lesson, and `mkdocs serve` in it."""

    def __init__(self, checkout, port):
        self.checkout, self.address = checkout, f"http://127.0.0.1:{port}"
        command = ("-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{port}")
        self.process = project.run(checkout, *command, start_new_session=True)

    def page(self, path):
        with urllib.request.urlopen(f"{self.address}/{path}", timeout=PATIENCE) as answer:
            return answer.read().decode()

    def shows(self, text, *paths):
        """The last of the pages, once all of them show `text`: after this build, or a later one."""
        while not all(text in (html := self.page(path)) for path in paths):
            self.wait()
        return html

    def wait(self):
        """Wait until the server says that it has built."""
        guard = threading.Timer(PATIENCE, self.process.kill)
        guard.start()
        told = []
        for line in self.process.stdout:
            told.append(line)
            if any(word in line for word in READY):
                guard.cancel()
                return
        raise AssertionError("the server has ended:\n" + "".join(told))


@pytest.fixture
def server(tmp_path):
    checkout = project.copy(tmp_path / "checkout", {"one": LESSON.format(number=1)})
    with socket.socket() as taken:  # as long as it is held, nobody else is given this port
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 0))
        server = Server(checkout, taken.getsockname()[1])
        server.wait()
        yield server
        os.killpg(server.process.pid, signal.SIGINT)  # as Ctrl-C in a terminal
        output, _ = server.process.communicate(timeout=PATIENCE)
        assert "Shutting down" in output and "Traceback" not in output


def test_what_is_saved_shows_and_a_broken_lesson_recovers(server):
    checkout, both = server.checkout, ("lessons/one/", "en/lessons/one/")
    server.shows("n = 1", *both)

    edit(checkout, SCRIPT, "文です。", "新しい文です。")
    edit(checkout, SCRIPT, "A sentence.", "A new sentence.")
    server.shows("新しい文です。", both[0])
    server.shows("A new sentence.", both[1])

    edit(checkout, SCRIPT, "1)", "1 / 0)")
    shown = server.shows("ZeroDivisionError", *both)
    assert re.search(r"one\.py, line \d+, code cell 2 of 6", shown)

    edit(checkout, SCRIPT, "1 / 0)", "11)")
    assert "ZeroDivisionError" not in server.shows("n = 11", *both)

    edit(checkout, SCRIPT, "新しい文です。", "新しい文です！")  # a guard minds, in the page
    server.shows("lessons_src/one.py:4: ", *both)

    edit(checkout, "lessons_src/llm_scratch/ops.py", '"""', '"""Changed. ')
    edit(checkout, "docs/en/index.md", "# Home", "# House")
    server.shows("House", "en/")
