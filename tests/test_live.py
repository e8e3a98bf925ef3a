"""In a real browser: cells run, are edited, stopped and reset, and nothing is loaded before."""

import json
import os

import pytest
from house import ROOT
from llm_scratch import playground

RUNTIME = ROOT / ".cache" / "live"
pytestmark = pytest.mark.skipif(
    not (RUNTIME / "pyodide.mjs").exists() and "CI" not in os.environ,
    reason="the runtime is not here: `make live` collects it",
)
LONG = 60_000  # ms; these machines are shared


@pytest.fixture
def page(browser, address):
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    page.problems, page.asked = [], []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    yield page
    foreign = [u for u in page.asked if not u.startswith((address, "blob:", "data:"))]
    context.close()
    assert page.problems == [] and foreign == []


def bar(page, n):
    return page.locator(".live-bar").nth(n)


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
    shown = page.locator(".cell.highlight:not(details *)")
    shown.last.locator("xpath=following-sibling::*[1]").get_by_role(
        "button", name=names[prefix]
    ).click()
    for note_of_cell in page.locator(".live-bar:not(details *) .live-note").all():
        note_of_cell.filter(has_text=done).wait_for(timeout=LONG)
    texts = page.eval_on_selector_all(
        ".live-output pre", "all => all.map((pre) => pre.textContent.trim())"
    )
    built = page.eval_on_selector_all(
        "div.output.language-text:not(details *) code",
        "all => all.map((code) => code.textContent.trim())",
    )
    assert built and [text for text in built if text not in texts] == []
    figures = page.locator(".live-output svg").count()
    assert figures == page.locator("article > .fig").count() > 0
    assert page.locator(".live-error").count() == 0
    assert {url.rsplit("/", 1)[1] for url in page.asked if "/live/" in url} <= {
        "worker.js", "llm_scratch.zip", *json.loads((ROOT / "docs/live.lock.json").read_text()),
    }  # fmt: skip


def write(page, n, text):
    """Open the editor of cell n and replace what stands there."""
    press(page, n, "Edit")
    editor = page.locator(".cell.highlight").nth(n).locator(".cm-content")
    editor.fill(text)
    return editor


def test_editing_errors_stop_and_reset(page, address):
    page.goto(f"{address}en/lessons/02_tokens/")
    code = page.locator(".cell.highlight code").first
    original = code.inner_text()

    def run(text, awaited):
        write(page, 0, text)
        press(page, 0, "Run")
        note(page, 0, awaited)
        return page.locator(".live-output").first.inner_text()

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
    assert page.locator(".live-output, .cm-editor").count() == 0


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
    assert page.locator(".live-output").first.inner_text().split() == ["0", "1"]
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.live-button')")


def test_an_exercise_is_checked_remembered_and_forgotten(page, address):
    page.goto(f"{address}en/lessons/04_attention/")
    cell = page.locator(".cell.exercise").first
    n = page.locator(".cell.highlight").evaluate_all(
        "(all, one) => all.indexOf(one)", cell.element_handle()
    )
    verdict = page.locator(".verdict")

    def answer(text):
        write(
            page,
            n,
            f'particle_weights = {text}\nfrom llm_scratch.exercises import check\ncheck("4.1", particle_weights, E)',
        )
        press(page, n, "Check")
        page.locator(".live-bar").nth(n).get_by_role("button", name="Check").wait_for(timeout=LONG)
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
    assert page.locator(".live-output").first.inner_text().strip() == "still here"
    assert all(url.startswith(home) for url in page.asked)
    page.asked.clear()  # what the fixture would call foreign is this other address


def test_a_file_that_is_missing_is_told_and_tried_again(page, address):
    page.route("**/live/llm_scratch.zip", lambda route: route.fulfill(status=404))
    page.goto(f"{address}en/lessons/02_tokens/")
    press(page, 0, "Run")
    note(page, 0, "Python could not be loaded")
    page.unroute("**/live/llm_scratch.zip")
    press(page, 0, "Run")
    note(page, 0, "Ran in this browser")


def test_the_playground_shows_what_the_package_says_and_writes(page, address):
    page.goto(f"{address}en/playground/")
    assert not [url for url in page.asked if "/live/" in url]
    page.get_by_role("button", name="Load the model").click()
    box, table = page.locator("#playground-box"), page.locator(".playground-next")
    table.wait_for(timeout=LONG)
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
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
