"""What is broken, changed, foreign or gone on the way to the page; and copies to keep."""

import socket
import zipfile

import pytest
from playwright.sync_api import expect
from project import PREFIX, served
from reader import DONE, LONG, cell, first_figure, needs_python


def damaged(response):
    body = bytearray(response.body())
    body[len(body) // 2 :: 997] = b"\0" * len(body[len(body) // 2 :: 997])
    return bytes(body)


BREAK = {
    "missing": lambda route: route.fulfill(status=404),
    "cut off": lambda route: route.fulfill(body=route.fetch().body()[:-999]),
    "damaged": lambda route: route.fulfill(body=damaged(route.fetch())),
    "unreachable": lambda route: route.abort(),
}
BROKEN = {
    "missing": "worker.js llm_scratch.zip pyodide-lock.json numpy-*.whl",
    "cut off": "pyodide.asm.mjs pyodide.asm.wasm",
    "damaged": "worker.js llm_scratch.zip pyodide.asm.wasm python_stdlib.zip numpy-*.whl",
    "unreachable": "pyodide.mjs",
}
EACH = [(file, fault) for fault, files in BROKEN.items() for file in files.split()]


@pytest.fixture
def page(browser):
    """One in which errors are expected; nothing is kept for a time without a network."""
    with browser.new_context(service_workers="block") as context:
        yield context.new_page()


@needs_python
@pytest.mark.parametrize(("file", "fault"), EACH)
def test_a_file_that_is_broken_on_the_server_is_told_and_tried_again(page, address, file, fault):
    page.route(f"**/live/{file}", BREAK[fault])
    page.goto(f"{address}en/lessons/tokens/")
    first = cell(page)
    first.press("Run")
    expect(first.note).to_contain_text("Python could not be loaded", timeout=LONG)
    page.unroute(f"**/live/{file}")
    first.run(name="Retry")
    expect(first.bar.get_by_role("button", name="Run")).to_be_visible()


def test_a_script_that_was_changed_on_the_server_is_not_run(page, address):
    script = {"body": "window.ran = 1", "content_type": "text/javascript"}
    page.route("**/assets/site.js", lambda route: route.fulfill(**script))
    with page.expect_console_message(lambda message: "integrity" in message.text):
        page.goto(f"{address}lessons/tokens/")
    assert page.evaluate("window.ran") is None
    assert page.locator("table.data th button").count() == 0


def test_a_page_runs_nothing_that_is_not_of_this_site(page, address):
    """No string as code, no script in an attribute, no other host: the browser itself refuses."""
    page.goto(f"{address}lessons/attention/")
    page.add_script_tag(url=f"{address}assets/site.js")  # its own files it runs
    refused = page.evaluate(
        """() => new Promise((resolve) => {
             const refused = [];
             document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
               refused.push(effectiveDirective);
               if (refused.length === 3) resolve([window.ran ?? 0, refused.sort()]);
             });
             document.body.insertAdjacentHTML("beforeend", '<i onclick="window.ran = 1">x</i>');
             document.querySelector("body > i").click();
             const script = document.createElement("script");
             script.textContent = "window.ran = 2";
             document.body.append(script);
             fetch("http://192.0.2.1/").catch(() => 0);
           })"""
    )
    assert refused == [0, ["connect-src", "script-src-attr", "script-src-elem"]]


@needs_python
def test_what_a_cell_does_reaches_no_other_host(page, address):
    """Not by any way that a worker has: the page's policy holds for it, too."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        page.goto(f"{address}en/lessons/tokens/")
        told = cell(page).run(f"""
import js
from pyodide.http import open_url, pyfetch

there = "http://127.0.0.1:{port}/?typed=secret"
ways = [
    lambda: pyfetch(there), lambda: open_url(there), lambda: js.fetch(there, mode="no-cors"),
    lambda: js.eval(f"import('{{there}}')"), lambda: js.WebSocket.new(there.replace("http", "ws")),
    lambda: js.EventSource.new(there), lambda: js.navigator.sendBeacon(there, "secret"),
]
for way in ways:
    try:
        await way()
        print("went out")
    except BaseException as error:
        print("refused")
""")
        assert told.split("\n") == ["refused"] * 7
        with socket.create_connection(("127.0.0.1", port)) as ours:  # and before it came nobody
            first, address = other.accept()
            first.close()
            assert address == ours.getsockname()


@needs_python
def test_what_was_read_once_works_without_a_network_and_below_a_path(browser, site):
    """The page that was shown, the next one, its Python and its figures."""
    with served(site, "/courses/llm/") as address, browser.new_context() as context:
        page = context.new_page()
        problems, asked = [], []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}en/lessons/attention/")
        first_figure(page).run()
        page.goto(f"{address}en/lessons/tokens/")
        expect(cell(page).bar).to_be_visible()
        assert all(url.startswith((address, "blob:")) for url in asked)
        context.set_offline(True)
        page.goto(f"{address}en/lessons/attention/")
        expect(page.locator("h1#attention")).to_be_visible()
        first_figure(page).run()
        assert page.locator(".live-output svg").count() == 1
        page.goto(f"{address}en/lessons/tokens/")
        cell(page).run()
        assert problems == []


@needs_python
@pytest.mark.parametrize("language", PREFIX)
def test_a_copy_reads_searches_and_runs_from_a_plain_server_below_any_path(
    browser, site, tmp_path, language
):
    name = f"llm-scratch-{language}"
    with zipfile.ZipFile(site / PREFIX[language] / f"offline/{name}.zip") as opened:
        opened.extractall(tmp_path)
    asked, problems = [], []
    with served(tmp_path) as root, browser.new_context() as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else 0)
        page.goto(f"{root}{name}/lessons/attention/")
        expect(page.locator(".md-search__input")).to_be_visible()
        assert page.locator(".language-switch").count() == 0
        page.locator(".md-search__input").fill("softmax")
        page.keyboard.press("End")
        expect(page.locator(".md-search-result__item a").first).to_be_visible()
        page.keyboard.press("Escape")
        cell(page).run(name={"ja": "実行", "en": "Run"}[language], told=DONE)
        assert problems == []
        assert all(url.startswith((root, "blob:", "data:")) for url in asked)
