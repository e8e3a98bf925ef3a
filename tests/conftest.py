"""What several tests share: the built site, a server for it, a browser to read it with."""

import functools
import http.server
import shutil
import threading

import pytest
from house import ROOT, build
from hypothesis import settings

BROWSER = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]

# The same examples every time; `--hypothesis-profile=thorough` looks further.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("thorough", max_examples=3000, deadline=None, report_multiple_bugs=False)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def site():
    """The folder of the site, built from the files as they are."""
    code, output = build(ROOT)
    assert code == 0, output
    return ROOT / "site"


@pytest.fixture(scope="session")
def address(site):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=site)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "the browser tests need Chromium: on Debian, apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER)
        yield browser
        browser.close()


def pytest_terminal_summary(terminalreporter):
    """How much bad input was tried, if that was asked for."""
    from properties import TRIED

    if TRIED:
        tried = ", ".join(f"{n:,} {what}" for what, n in TRIED.items())
        terminalreporter.write_line(f"bad input tried: {tried}")
