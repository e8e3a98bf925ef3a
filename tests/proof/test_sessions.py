"""What lives on: across lessons, after a reload, in another tab."""

from playwright.sync_api import expect
from reader import WIDE, cell, needs_python

pytestmark = needs_python


def test_state_lives_across_lessons_and_a_keyboard_is_enough(open_page, address):
    page = open_page("en/lessons/tokens/", viewport=WIDE)
    first = cell(page)
    first.bar.get_by_role("button", name="Edit").focus()
    page.keyboard.press("Enter")
    first.box.locator(".cm-content").fill("import sys; sys.kept = 'still here'")
    page.keyboard.press("Shift+Enter")
    first.ends()
    page.locator(".md-footer__link--next").press("Enter")
    expect(page.locator("h1#embeddings")).to_be_visible()
    assert first.run("import sys; print(sys.kept)") == "still here"


def test_a_reload_brings_the_page_back_as_built_and_it_runs_again(open_page):
    page = open_page("en/lessons/tokens/")
    cell(page).run("print('mine')")
    page.reload()
    expect(cell(page).bar).to_be_visible()
    assert "mine" not in page.locator("article").inner_text()
    assert "ひるね" in cell(page).run()


def test_two_tabs_have_variables_of_their_own_and_one_record(open_page, address):
    page = open_page("en/lessons/tokens/")
    other = page.context.new_page()
    problems = []
    other.on("pageerror", lambda error: problems.append(str(error)))
    other.goto(page.url)
    tabs = {page: "1", other: "2"}
    for tab, value in tabs.items():
        cell(tab).run(f"import sys; sys.kept = {value}")
    for tab, value in tabs.items():
        assert cell(tab).run("print(sys.kept)") == value
    other.goto(f"{address}en/")
    page.goto(f"{address}en/lessons/style_guide/")
    page.goto(f"{address}en/lessons/tokens/")
    solution = 'from llm_scratch.exercises import check\ncheck("tokens.2", "ねこ  は", words)'
    cell(page, 1, ".cell.exercise").run(solution, name="Check")
    expect(other.locator("p.progress")).to_contain_text("Exercises solved: 1 of")
    assert problems == []
