"""Python in the page: nothing is loaded before the reader asks, then cells run and are edited."""

import re

from playwright.sync_api import expect
from reader import LONG, SHOWN, VIEWS, WIDE, audit, cell, needs_python

from llm_scratch import playground

pytestmark = needs_python
LOADED = "() => performance.getEntriesByType('resource').filter(e => e.name.includes('/live/'))"


def test_cells_are_run_edited_stopped_and_put_back_and_an_exercise_is_remembered(
    open_page, address
):
    """On one page, as it takes seconds to start Python: here twice."""
    page = open_page("en/lessons/tokens/")
    first, exercise = cell(page), cell(page, css=".cell.exercise")
    code, verdict = first.box.locator("code"), page.locator(".verdict")
    original = code.inner_text()
    expect(first.note).to_have_text(re.compile("about 9 MB of Python, once"))
    assert page.evaluate(LOADED) == []
    assert page.locator(".live-bar").count() == page.locator(".cell.highlight").count() > 3

    editor = first.write("for i in range(2):")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.type("print(i)")
    assert "    print(i)" in editor.inner_text()
    page.keyboard.press("Shift+Enter")
    assert first.ends().split() == ["0", "1"]
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.live-button')")
    told = first.run("x = 1\nx / 0", told="Stopped by an error")
    assert "ZeroDivisionError" in told and "line 2" in told and "x / 0" in told
    assert "pyodide" not in told
    first.write("while True: pass")
    first.press()
    expect(first.note).to_have_text("Running")
    first.press("Stop")
    first.ends("Stopped. All variables are gone")
    first.press("Reset")
    assert code.is_visible() and code.inner_text() == original
    assert page.locator(".live-output:not(.setup *), .cm-editor").count() == 0

    assert "There is no answer yet" in exercise.run(name="Check")
    tables = page.locator("article > .output.table table").evaluate_all(SHOWN)
    assert tables == page.locator(".live-output table").evaluate_all(SHOWN) != []
    assert page.locator(".live-output svg").count() == page.locator("article > .fig").count() > 0
    for text, told in (
        ("ids", "Look at the new vocabulary"),
        ('"near"', "Got a string, expected a number"),
        ("[i + 1 for i in ids]", "That is right."),
    ):
        assert page.locator(".cell.exercise.solved").count() == 0
        given = f'new_ids = {text}\ncheck("tokens.1", new_ids, ids)'
        exercise.run(f"from llm_scratch.exercises import check\n{given}", name="Check")
        assert told in verdict.inner_text()
    audit(page, VIEWS["ja"])

    page.reload()
    expect(page.locator(".cell.exercise.solved")).to_have_count(1)
    for home, told in (("", "題のうち 1 題"), ("en/", "Exercises solved: 1 of")):
        page.goto(address + home)
        expect(page.locator("p.progress")).to_contain_text(told)
        expect(page.locator(".course-map span.progress")).to_have_text(re.compile("1/3$"))
    page.get_by_role("button", name="Erase it").click()
    expect(page.locator(".progress")).to_have_count(0)
    page.goto(f"{address}en/lessons/tokens/")
    expect(first.bar).to_be_visible()
    assert page.locator(".cell.exercise.solved").count() == 0


def test_the_playground_shows_what_the_package_says_and_writes(open_page, site):
    page = open_page("en/playground/", viewport=WIDE)
    assert page.evaluate(LOADED) == []
    page.get_by_role("button", name="Load the model").click()
    box, rows = page.locator("#playground-box"), page.locator(".playground-next tbody tr")
    rows.first.wait_for(timeout=LONG)
    glossed = box.locator(".playground-words button").all_inner_texts()
    assert [text.split(" ", 1)[0] for text in glossed] == playground.WORLD.vocab
    assert all(re.search("[a-z]", text) for text in glossed)
    params = playground.load_mini_gpt(site / "live/mini_gpt.safetensors")
    prompt = page.locator(".playground input[type=text]")
    settings = {}

    def shows():
        seen = playground.look(params, prompt.input_value(), **settings)
        first = [seen["next"][0][name] for name in ("token", "given", "p")]
        told = [first[0], f"{first[1]:.4f}", f"{first[2]:.4f}"]
        expect(rows.first.locator("th, td")).to_have_text(told)
        return seen

    seen = shows()
    assert page.locator(".playground-tokens code").all_inner_texts() == seen["tokens"]
    box.get_by_label("Layer").select_option("1")
    box.get_by_label("Head").select_option("2")
    last = [f"{weight:.2f}" for weight in seen["attention"][1][2][-1]]
    expect(page.locator(".playground-map tbody tr").last.locator("td")).to_have_text(last)
    for label, name, value in (("Temperature", "temperature", 0.5), ("top-k", "top_k", 2)):
        box.get_by_label(label).fill(str(value))
        settings[name] = value
        shows()
    box.get_by_label("Temperature").fill("0")
    writes = page.get_by_role("button", name="Write to the end")
    writes.click()
    writes.wait_for(timeout=LONG)
    assert playground.WORLD.is_sentence(prompt.input_value().split())
    prompt.fill("ねこ は zebra")
    note = page.locator(".playground .live-note")
    expect(note).to_contain_text("words of this world, got zebra")
    audit(page, VIEWS["ja"])
