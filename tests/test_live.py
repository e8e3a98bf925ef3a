"""In a real browser: cells run, are edited, stopped and reset, and nothing is loaded before."""

import json
import os
import re
import socket
import threading
import time

import pytest
from pipeline.course import COURSE
from pipeline.lesson import read_all
from project import ROOT, served
from test_browser import AXE, WCAG

from llm_scratch import playground

RUNTIME = ROOT / ".cache" / "live"
pytestmark = pytest.mark.skipif(
    not (RUNTIME / "pyodide.mjs").exists() and "CI" not in os.environ,
    reason="the runtime is not here: `make live` collects it",
)
LONG = 180_000  # ms; these machines are shared
LESSONS = read_all()


@pytest.fixture
def page(browser, address):
    context = browser.new_context(service_workers="block")
    page = watched(context.new_page())
    yield page
    foreign = [u for u in page.asked if not u.startswith((address, "blob:", "data:"))]
    context.close()
    assert page.problems == [] and foreign == []


def watched(page):
    """A page that keeps what it asked for, and what went wrong in it."""
    page.problems, page.asked = [], []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    return page


BARS, CELLS = ".live-bar:not(.setup *)", ".cell.highlight:not(.setup *)"  # those that are seen
OUTPUTS = ".live-output:not(.setup *)"


def bar(page, n):
    return page.locator(BARS).nth(n)


def press(page, n, name):
    bar(page, n).get_by_role("button", name=name).click()


def note(page, n, text):
    bar(page, n).locator(".live-note", has_text=text).wait_for(timeout=LONG)


def test_nothing_of_the_runtime_is_loaded_before_the_reader_asks(page, address):
    page.goto(f"{address}lessons/04_attention/")
    bar(page, 0).wait_for()
    assert page.locator(".live-bar").count() == page.locator(".cell.highlight").count() > 3
    assert not [url for url in page.asked if "/live/" in url]


@pytest.mark.parametrize(("prefix", "done"), [("", "実行しました"), ("en/", "Ran in this browser")])
def test_a_cell_runs_after_those_above_it_and_shows_what_the_build_showed(
    page, address, prefix, done
):
    page.goto(f"{address}{prefix}lessons/04_attention/")
    names = {"": "答えを確かめる", "en/": "Check"}
    shown = page.locator(".cell.highlight:not(.solution *)")
    shown.last.locator("xpath=following-sibling::*[1]").get_by_role(
        "button", name=names[prefix]
    ).click()
    for note_of_cell in page.locator(".live-bar:not(.solution *) .live-note").all():
        note_of_cell.filter(has_text=done).wait_for(timeout=LONG, state="attached")
    texts = page.eval_on_selector_all(
        ".live-output pre", "all => all.map((pre) => pre.textContent.trim())"
    )
    built = page.eval_on_selector_all(
        "div.output.language-text:not(.solution *) code",
        "all => all.map((code) => code.textContent.trim())",
    )
    assert built and [text for text in built if text not in texts] == []
    rest = ".docstring pre:not(.solution *)"
    folded = page.locator(f".live-output {rest}").all_text_contents()
    built = [text.rstrip() for text in page.locator(f".source {rest}").all_text_contents()]
    assert folded == built != []
    figures = page.locator(".live-output svg").count()
    assert figures == page.locator("article > .fig").count() > 0
    assert page.locator(".live-error").count() == 0
    assert {url.rsplit("/", 1)[1] for url in page.asked if "/live/" in url} <= {
        "worker.js", "llm_scratch.zip", "files.json", *json.loads((ROOT / "docs/live.lock.json").read_text()),
    }  # fmt: skip


def write(page, n, text):
    """Open the editor of cell n and replace what stands there."""
    press(page, n, "Edit")
    editor = page.locator(CELLS).nth(n).locator(".cm-content")
    editor.fill(text)
    return editor


def test_editing_errors_stop_and_reset(page, address):
    page.goto(f"{address}en/lessons/02_tokens/")
    code = page.locator(f"{CELLS} code").first
    original = code.inner_text()

    def run(text, awaited):
        write(page, 0, text)
        press(page, 0, "Run")
        note(page, 0, awaited)
        return page.locator(OUTPUTS).first.inner_text()

    assert run("print(6 * 7)", "Ran in this browser").strip() == "42"
    told = run("x = 1\nx / 0", "Stopped by an error")
    assert "ZeroDivisionError" in told and "line 2" in told and "x / 0" in told
    assert "pyodide" not in told
    write(page, 0, "while True: pass")
    press(page, 0, "Run")
    note(page, 0, "Running")
    press(page, 0, "Stop")
    note(page, 0, "Stopped. All variables are gone")
    assert run("print('again')", "Ran in this browser").strip() == "again"
    press(page, 0, "Reset")
    assert code.is_visible() and code.inner_text() == original
    assert page.locator(f"{OUTPUTS}, .cm-editor").count() == 0


def test_the_editor_indents_and_lets_the_keyboard_go(page, address):
    page.goto(f"{address}en/lessons/02_tokens/")
    assert not [url for url in page.asked if "editor.js" in url]
    editor = write(page, 0, "for i in range(2):")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.type("print(i)")
    assert "    print(i)" in editor.inner_text()
    page.keyboard.press("Shift+Enter")
    note(page, 0, "Ran in this browser")
    assert page.locator(OUTPUTS).first.inner_text().split() == ["0", "1"]
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.live-button')")


def test_an_exercise_is_checked_remembered_and_forgotten(page, address):
    page.goto(f"{address}en/lessons/04_attention/")
    cell = page.locator(".cell.exercise").first
    n = page.locator(CELLS).evaluate_all("(all, one) => all.indexOf(one)", cell.element_handle())
    verdict = page.locator(".verdict")

    def answer(text):
        write(
            page,
            n,
            f'particle_weights = {text}\nfrom llm_scratch.exercises import check\ncheck("4.1", particle_weights, E)',
        )
        press(page, n, "Check")
        bar(page, n).get_by_role("button", name="Check").wait_for(timeout=LONG)
        return verdict.first.inner_text()

    press(page, n, "Check")
    note(page, n, "Ran in this browser")
    assert "There is no answer yet" in verdict.first.inner_text()
    assert "still scores" in answer("E @ E[1] / np.sqrt(2)")
    assert "Got str, expected number" in answer('"near"')
    assert "solved" not in cell.get_attribute("class").split()
    assert answer("ops.softmax(E @ E[1] / np.sqrt(2))") == "That is right."
    assert "solved" in cell.get_attribute("class").split()
    page.reload()
    assert page.locator(".cell.exercise.solved").count() == 1
    for home, told in (("", "題のうち 1 題"), ("en/", "Exercises solved: 1 of")):
        page.goto(address + home)
        assert told in page.locator("p.progress").inner_text()
        assert page.locator(".course-map span.progress").inner_text().endswith("1/3")
    page.get_by_role("button", name="Erase it").click()
    assert page.locator(".progress").count() == 0
    page.goto(f"{address}en/lessons/04_attention/")
    bar(page, 0).wait_for()
    assert page.locator(".cell.exercise.solved").count() == 0


def test_state_lives_across_lessons_and_a_keyboard_is_enough(page, site, address):
    """At the address that the site was built for, where the theme changes pages in place."""
    home = "http://127.0.0.1:8000/"
    page.context.route(
        f"{home}**",
        lambda route: route.fulfill(
            response=route.fetch(url=route.request.url.replace(home, address))
        ),
    )
    page.goto(f"{home}en/lessons/02_tokens/")
    page.wait_for_load_state("networkidle")
    bar(page, 0).get_by_role("button", name="Edit").focus()
    page.keyboard.press("Enter")
    page.locator(".cm-content").first.fill("import sys; sys.kept = 'still here'")
    page.keyboard.press("Shift+Enter")
    note(page, 0, "Ran in this browser")
    page.evaluate("window.sameDocument = true")
    page.locator(".md-footer__link--next").click()
    page.locator("h1#embeddings").wait_for()
    assert page.evaluate("window.sameDocument")
    write(page, 0, "import sys; print(sys.kept)")
    press(page, 0, "Run")
    note(page, 0, "Ran in this browser")
    assert page.locator(OUTPUTS).first.inner_text().strip() == "still here"
    assert all(url.startswith(home) for url in page.asked)
    page.asked.clear()  # what the fixture would call foreign is this other address


BROKEN = {
    "missing": lambda route: route.fulfill(status=404),
    "cut off": lambda route: route.fulfill(body=route.fetch().body()[:-999]),
    "damaged": lambda route: route.fulfill(body=damaged(route.fetch())),
    "unreachable": lambda route: route.abort(),
}
FAULTS = [
    ("worker.js", "missing"), ("worker.js", "damaged"),
    ("llm_scratch.zip", "missing"), ("llm_scratch.zip", "damaged"),
    ("pyodide.mjs", "unreachable"), ("pyodide.asm.mjs", "cut off"),
    ("pyodide.asm.wasm", "damaged"), ("pyodide.asm.wasm", "cut off"),
    ("pyodide-lock.json", "missing"), ("python_stdlib.zip", "damaged"),
    ("numpy-*.whl", "missing"), ("numpy-*.whl", "damaged"),
]  # fmt: skip


def damaged(response):
    body = bytearray(response.body())
    body[len(body) // 2 :: 997] = b"\0" * len(body[len(body) // 2 :: 997])
    return bytes(body)


@pytest.mark.parametrize(("file", "fault"), FAULTS)
def test_a_file_that_is_broken_on_the_server_is_told_and_tried_again(page, address, file, fault):
    page.route(f"**/live/{file}", BROKEN[fault])
    page.goto(f"{address}en/lessons/02_tokens/")
    press(page, 0, "Run")
    note(page, 0, "Python could not be loaded")
    page.unroute(f"**/live/{file}")
    page.problems.clear()  # what the browser says of a script that it cannot read
    press(page, 0, "Retry")
    note(page, 0, "Ran in this browser")
    assert bar(page, 0).get_by_role("button", name="Run").is_visible()


def test_the_playground_shows_what_the_package_says_and_writes(page, address):
    page.goto(f"{address}en/playground/")
    assert not [url for url in page.asked if "/live/" in url]
    page.get_by_role("button", name="Load the model").click()
    box, table = page.locator("#playground-box"), page.locator(".playground-next")
    table.wait_for(timeout=LONG)
    glossed = box.locator(".playground-words button").all_inner_texts()
    assert [text.split(" ", 1)[0] for text in glossed] == playground.WORLD.vocab
    assert all(re.search("[a-z]", text) for text in glossed)
    params = playground.load_mini_gpt(ROOT / "site/live/mini_gpt.safetensors")
    prompt = page.locator(".playground input[type=text]")

    def shows(**settings):
        seen = playground.look(params, prompt.input_value(), **settings)
        first = [seen["next"][0][name] for name in ("token", "given", "p")]
        row = table.locator("tbody tr").first.locator("th, td")
        row.nth(2).filter(has_text=f"{first[2]:.4f}").wait_for()
        assert row.all_inner_texts() == [first[0], f"{first[1]:.4f}", f"{first[2]:.4f}"]
        return seen

    seen = shows()
    assert page.locator(".playground-tokens code").all_inner_texts() == seen["tokens"]
    box.get_by_label("Layer").select_option("1")
    box.get_by_label("Head").select_option("2")
    last = page.locator(".playground-map tbody tr").last.locator("td").all_inner_texts()
    assert last == [f"{weight:.2f}" for weight in seen["attention"][1][2][-1]]
    box.get_by_label("Temperature").fill("0.5")
    shows(temperature=0.5)
    box.get_by_label("top-k").fill("2")
    shows(temperature=0.5, top_k=2)
    box.get_by_label("Temperature").fill("0")
    page.get_by_role("button", name="Write to the end").click()
    page.get_by_role("button", name="Write to the end").wait_for(timeout=LONG)
    assert playground.WORLD.is_sentence(prompt.input_value().split())
    prompt.fill("ねこ は zebra")
    page.locator(".playground .live-note", has_text="words of this world, got zebra").wait_for()
    assert_accessible_and_fits(page)


def assert_accessible_and_fits(page):
    """As it stands now, on a phone."""
    page.set_viewport_size({"width": 390, "height": 800})
    page.evaluate(AXE.read_text())
    results = page.evaluate("tags => axe.run({runOnly: tags})", WCAG)
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in results["violations"]] == []
    assert results["passes"]
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_times_are_told(page, address, capsys):
    """They are no test: these machines are shared. `make bench` sets them beside others."""

    def seconds(n):
        start = time.perf_counter()
        press(page, n, "Run")
        note(page, n, "Ran in this browser")
        return time.perf_counter() - start

    page.goto(f"{address}en/lessons/04_attention/")
    first = page.locator(".cell.highlight", has_text="figures.bar").first
    figure = first.evaluate(
        "box => [...document.querySelectorAll('.cell.highlight:not(.setup *)')].indexOf(box)"
    )
    told = [f"{seconds(n):.2f} s" for n in (0, 1)]
    bar(page, figure - 1).wait_for()
    seconds(figure - 1)
    told.append(f"{seconds(figure):.2f} s")
    with capsys.disabled():
        print("\nfirst NumPy cell, a later cell, first figure:", *told)


# Every cell of every lesson in the browser's Python, two lessons at a time.
RUN_ALL = """(lessons) => {
  const run = (worker, message) => new Promise((resolve) => {
    const answers = [];
    worker.onmessage = ({ data }) => {
      if (data.kind !== "status") answers.push([data.kind, data.text]);
      if (["done", "failed", "broken"].includes(data.kind)) resolve(answers);
    };
    worker.postMessage(message);
  });
  const started = {};
  window.results = Object.fromEntries(lessons.map(({ name }) => [name, new Promise((r) => (started[name] = r))]));
  const work = async (worker) => {
    for (let lesson; (lesson = lessons.pop()); ) {
      const cells = [];
      for (const [id, code] of lesson.codes.entries()) {
        cells.push(await run(worker, { id, page: lesson.name, name: `<cell-${id}>`, code }));
      }
      started[lesson.name](cells);
    }
    worker.terminate();
  };
  for (let i = 0; i < 2; i++) work(new Worker("/live/worker.js", { type: "module" }));
}"""


def codes(lesson):
    return [cell.source for cell in lesson.cells if cell.kind == "code"]


@pytest.fixture(scope="module")
def everything(browser, address):
    page = browser.new_page()
    page.goto(address)
    page.set_default_timeout(0)
    page.evaluate(RUN_ALL, [{"name": le.name, "codes": codes(le)} for le in LESSONS])
    yield page
    page.close()


def titles(svg):
    return re.findall("<title>(.*?)</title>", svg)


def as_built(outputs):
    """(text, tables, values of figures) of one cell, as the build has it."""
    data = [output.get("data", {"text/plain": output.get("text")}) for output in outputs]
    shown = [d for d in data if not {"text/html", "image/svg+xml"} & set(d)]
    text = "\n".join(d["text/plain"].strip("\n") for d in shown)
    tables = [d["text/html"] for d in data if "text/html" in d]
    return text, tables, [titles(d["image/svg+xml"]) for d in data if "image/svg+xml" in d]


def as_run(answers):
    text = "".join(text for kind, text in answers if kind == "text").strip("\n")
    tables = [text for kind, text in answers if kind == "html"]
    return text, tables, [titles(text) for kind, text in answers if kind == "svg"]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_every_cell_says_in_the_browser_what_it_said_in_the_build(lesson, everything):
    COURSE.refresh()
    answers = everything.evaluate("name => window.results[name]", lesson.name)
    assert [cell[-1] for cell in answers] == [["done", ""]] * len(answers)
    built = [as_built(outputs) for outputs in COURSE.outputs(lesson.name)]
    assert [as_run(cell) for cell in answers] == built


def test_what_a_cell_does_reaches_no_other_host(page, address):
    """Not by any way that a worker has: the page's policy holds for it, too."""
    reached = []
    with socket.create_server(("127.0.0.1", 0)) as other:
        threading.Thread(target=lambda: reached.append(other.accept()), daemon=True).start()
        port = other.getsockname()[1]
        page.goto(f"{address}en/lessons/02_tokens/")
        write(
            page,
            0,
            f"""
import js
from pyodide.ffi import run_sync, to_js
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
""",
        )
        press(page, 0, "Run")
        note(page, 0, "Ran in this browser")
        assert page.locator(OUTPUTS).first.inner_text().split("\n").count("refused") == 7
        page.wait_for_timeout(500)
    assert reached == []
    page.asked.clear()  # what the browser refused to send


def test_a_page_with_results_is_accessible_and_fits(page, address):
    for scheme, path in (("light", "lessons/04_attention/"), ("dark", "en/lessons/04_attention/")):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": 390, "height": 800})
        page.goto(address + path)
        page.locator(".live-bar:not(.solution *)").last.get_by_role("button").first.click()
        page.locator(".verdict").first.wait_for(timeout=LONG)
        page.locator(BARS).first.get_by_role("button").nth(1).click()
        page.locator(".cm-editor").first.wait_for()
        assert_accessible_and_fits(page)


def test_a_reload_brings_the_page_back_as_built_and_it_runs_again(page, address):
    page.goto(f"{address}en/lessons/02_tokens/")
    write(page, 0, "print('mine')")
    press(page, 0, "Run")
    note(page, 0, "Ran in this browser")
    page.reload()
    bar(page, 0).wait_for()
    assert "mine" not in page.locator("article").inner_text()
    press(page, 0, "Run")
    note(page, 0, "Ran in this browser")


def test_two_tabs_have_variables_of_their_own_and_one_record(page, address):
    other = watched(page.context.new_page())
    for tab, value in ((page, 1), (other, 2)):
        tab.goto(f"{address}en/lessons/02_tokens/")
        write(tab, 0, f"import sys; sys.kept = {value}")
        press(tab, 0, "Run")
        note(tab, 0, "Ran in this browser")
    for tab, value in ((page, 1), (other, 2)):
        write(tab, 0, "print(sys.kept)")
        press(tab, 0, "Run")
        note(tab, 0, "Ran in this browser")
        assert tab.locator(OUTPUTS).first.inner_text().strip() == str(value)
    other.goto(f"{address}en/")
    page.goto(f"{address}en/lessons/04_attention/")
    solution = "ops.softmax(E @ E[1] / np.sqrt(2))"
    cell = page.locator(".cell.exercise").first
    n = cell.evaluate(
        "box => [...document.querySelectorAll('.cell.highlight:not(.setup *)')].indexOf(box)"
    )
    write(page, n, f"from llm_scratch.exercises import check\ncheck('4.1', {solution}, E)")
    press(page, n, "Check")
    other.locator("p.progress", has_text="Exercises solved: 1 of").wait_for(timeout=LONG)
    assert other.problems == []


def test_it_works_under_a_path_and_again_without_a_network(browser, site, tmp_path):
    (tmp_path / "courses").mkdir()
    (tmp_path / "courses/llm").symlink_to(site)
    with served(tmp_path) as address, browser.new_context() as context:
        page = watched(context.new_page())
        page.goto(f"{address}courses/llm/en/lessons/04_attention/")
        first = page.locator(".cell.highlight", has_text="figures.bar").first
        n = first.evaluate(
            "box => [...document.querySelectorAll('.cell.highlight:not(.setup *)')].indexOf(box)"
        )
        press(page, n, "Run")
        note(page, n, "Ran in this browser")
        page.goto(f"{address}courses/llm/en/lessons/02_tokens/")
        bar(page, 0).wait_for()
        assert all(url.startswith((f"{address}courses/llm/", "blob:")) for url in page.asked)
        context.set_offline(True)
        page.goto(f"{address}courses/llm/en/lessons/04_attention/")
        assert page.locator("h1").inner_text().startswith("Attention")
        press(page, n, "Run")
        note(page, n, "Ran in this browser")
        assert page.locator(".live-output svg").count() == 1
        page.goto(f"{address}courses/llm/en/lessons/02_tokens/")
        press(page, 0, "Run")
        note(page, 0, "Ran in this browser")
        assert page.problems == []
