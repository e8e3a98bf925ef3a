"""What several tests share: the built site, a server for it, a browser to read it with."""

import shutil
import sys

import pytest
from house import ROOT, build, served

# Processes that are limited, forked and killed, and Debian's Chromium: what only Linux is asked.
LINUX = ("browser", "build", "live", "pipeline", "readers", "repeat", "serve")
collect_ignore = [f"test_{name}.py" for name in LINUX] if sys.platform != "linux" else []

BROWSER = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]


@pytest.fixture(scope="session")
def site():
    """The folder of the site, built from the files as they are."""
    code, output = build(ROOT)
    assert code == 0, output
    return ROOT / "site"


@pytest.fixture(scope="session")
def address(site):
    with served(site) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "the browser tests need Chromium: on Debian, apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER)
        yield browser
        browser.close()
