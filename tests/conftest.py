"""What several tests share: the built site, a server for it, a browser to read it with."""

import os
import shutil
import signal
import sys
from collections import Counter
from itertools import chain

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.internal.conjecture import providers
from project import ROOT, built, locked, served

# Of processes side by side, each with a thread for every core, all take ten times as long.
os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1"))

# Processes that are limited, forked and killed, and Debian's Chromium: what only Linux is asked.
LINUX = (
    *("bench", "faults", "misdeeds", "mutate", "repeat", "properdocs", "scaffold"),
    *("browser", "build", "every_kind", "python", "run", "search", "serve"),
    *("every_cell", "every_page", "network", "sessions"),
)
collect_ignore_glob = [f"*/test_{name}.py" for name in LINUX if sys.platform != "linux"]

# A shell that runs the tests in the background has them ignore Ctrl-C, and what they start as well.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Add a test's group to its name: pytest 9.2 does not take it from xdist 3.8, which does so."""
    for item in items if config.getoption("loadgroup", False) else ():
        for mark in item.iter_markers("xdist_group"):
            if not item.nodeid.endswith(name := f"@{mark.args[0]}"):
                item._id = type(item.id).parse(item.nodeid + name)


BROWSER = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]

# Hypothesis also draws the constants of whatever modules are loaded: another selection of tests, or
# one changed number of the package, would try other examples.
NO_CONSTANTS = providers.Constants(
    integers=providers.SortedSet(),
    floats=providers.SortedSet(),
    bytes=providers.SortedSet(),
    strings=providers.SortedSet(),
)
providers._get_local_constants = lambda: NO_CONSTANTS

# The same examples every time; `--hypothesis-profile=thorough` looks further.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("thorough", max_examples=3000, deadline=None, report_multiple_bugs=False)
settings.register_profile(  # one that fails is enough, and need not be small
    "mutants",
    settings.get_profile("repeatable"),
    max_examples=20,
    phases=[Phase.generate],
    suppress_health_check=[*HealthCheck],
)
settings.load_profile("repeatable")


BELOW = "/some/path/"  # the site of the tests does not stand at the root of its host
TOLD = {
    "SITE_DIR": ".cache/site-test",  # and nobody's site/ is replaced
    "SITE_URL": f"https://course.test{BELOW}",
    "REPO_URL": "https://github.com/owner/name",
}


@pytest.fixture(scope="session")
def site():
    """The folder of the site, built from the files as they are.

    One process of the tests builds it while the others wait; then theirs return at once.
    """
    folder = ROOT / TOLD["SITE_DIR"]
    with locked(folder.with_suffix(".lock")):
        built(ROOT, env=TOLD)
    return folder


@pytest.fixture(scope="session")
def address(site):
    with served(site, BELOW) as address:
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


@pytest.fixture
def open_page(browser, address):
    """Open a page; what the browser complains about or asks of others fails the test."""
    contexts, complaints = [], []

    def ask(request):
        if not request.url.startswith((address, "data:", "blob:")):
            complaints.append(request.url)

    def open_page(path, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else 0
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", ask)
        page.goto(address + path, wait_until="load")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


def pytest_terminal_summary(terminalreporter):
    """How long each part took, and how much bad input was tried, if that was asked for."""
    from properties import TRIED

    seconds = Counter()
    for report in chain(*terminalreporter.stats.values()):
        seconds["/".join(report.nodeid.split("/")[:2])] += getattr(report, "duration", 0)
    parts = ", ".join(f"{part} {n:.0f} s" for part, n in seconds.most_common())
    terminalreporter.write_line(f"by part, before it is shared between processes: {parts}")
    if TRIED:
        tried = ", ".join(f"{n:,} {what}" for what, n in TRIED.items())
        terminalreporter.write_line(f"bad input tried: {tried}")
