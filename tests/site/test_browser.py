"""What a page does in a real browser, without Python: found, walked, sorted, copied, remembered."""

import re

import pytest
from playwright.sync_api import expect
from project import PREFIX, served
from reader import PHONE, VIEWS, WIDE, audit

SEARCHED = {  # never the same lesson twice in a row
    "ja": ["埋め込み", "Ｓｏｆｔｍａｘ", "因果マスク", "位置符号化", "自己注意", "ﾄｰｸﾝ"],
    "en": ["embedding", "softmax", "causal mask", "positional encoding", "attention", "token"],
}
FOUND = ["embeddings", "attention", "causal_mask", "position", "attention", "tokens"]
SECTIONS = ["", "#softmax", "", "#positional-encoding", "", ""]


@pytest.mark.parametrize("language", SEARCHED)
def test_search_shows_the_right_lesson_first(open_page, language):
    page = open_page(PREFIX[language], viewport=WIDE)
    first = page.locator(".md-search-result__item").first.locator("a")
    for words, lesson, section in zip(SEARCHED[language], FOUND, SECTIONS, strict=True):
        page.locator(".md-search__input").fill(words)
        page.keyboard.press(
            "End"
        )  # what was filled in lifts no key, as an input method's Enter does
        expect(first.first).to_have_attribute("href", re.compile(f"/lessons/{lesson}/"))
        links = first.evaluate_all("all => all.map(link => link.href)")
        assert any(section in link for link in links), (words, links)


@pytest.mark.parametrize(("here", "there"), [("", "en/"), ("en/", "")])
def test_the_language_switch_stays_on_lesson_and_section(open_page, address, here, there):
    page = open_page(f"{here}lessons/attention/#softmax", viewport=WIDE)
    expect(page.locator("#softmax")).to_be_in_viewport()
    page.locator(".language-switch").click()
    page.wait_for_url(f"{address}{there}lessons/attention/#softmax")
    expect(page.locator("#softmax")).to_be_in_viewport()
    page.locator(".md-nav--primary a", has_text="GPT").first.click()
    expect(page.locator("h1#gpt")).to_be_visible()
    page.locator(".language-switch").click()
    page.wait_for_url(re.compile(f"{address}{here}lessons/gpt/"))


def test_a_link_changes_the_page_in_place_at_any_address(browser, site):
    with served(site, "/any/path/") as address, browser.new_context(viewport=WIDE) as context:
        page = context.new_page()
        page.goto(f"{address}en/lessons/tokens/")
        page.evaluate("window.stays = true")
        page.locator(".md-nav--primary a", has_text="Attention").first.click()
        expect(page.locator("h1#attention")).to_be_visible()
        assert page.url.startswith(f"{address}en/lessons/attention/")
        expect(page.locator("table.data th button").first).to_be_visible()
        assert page.evaluate("window.stays")
        page.go_back()
        expect(page.locator("h1#tokens")).to_be_visible()
        assert page.url.startswith(f"{address}en/lessons/tokens/") and page.evaluate("window.stays")


@pytest.mark.parametrize("section", ["", "#average"])
def test_a_page_opens_at_its_top_or_section_though_the_old_one_was_just_scrolled(
    open_page, address, section
):
    """The old page's place is noted late: after the click, and before the new page has come."""
    page = open_page("lessons/tokens/", viewport=WIDE)
    link = page.locator(".md-nav--primary a[href$='attention/']")
    held = []
    page.route("**/lessons/attention/", lambda route: held.append(route))
    link.evaluate("(link, hash) => { link.hash = hash; scrollTo(0, 600); link.click(); }", section)
    page.wait_for_function("() => history.state")
    held[0].continue_()
    expect(page.locator(section or "#attention")).to_be_in_viewport()
    expect(page).to_have_url(f"{address}lessons/attention/{section}")


def test_a_table_sorts_by_any_column(open_page):
    page = open_page("lessons/tokens/", viewport=WIDE)
    table = page.locator("table.data", has_text="位置").first
    for expected in ("23401", "01234", "43210"):
        expect(table.locator("tbody tr td:last-child")).to_have_text([*expected])
        table.locator("th button", has_text="id").click()
    expect(table.locator("th[aria-sort=ascending]")).to_have_count(1)


def test_a_box_of_a_flow_figure_leads_to_its_lesson(open_page, address):
    page = open_page("lessons/big_picture/", viewport=WIDE)
    page.locator("figure svg a", has_text="埋め込み").first.click()
    page.wait_for_url(f"{address}lessons/embeddings/")


def test_the_colours_can_be_chosen_and_stay(open_page):
    page = open_page("lessons/attention/", viewport=WIDE, color_scheme="light")
    for scheme in ("default", "slate"):  # the first click chooses what the device has
        page.locator("form[data-md-component=palette] label:not([hidden])").click()
        expect(page.locator("body")).to_have_attribute("data-md-color-scheme", scheme)
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")


def bar_figure(page):
    return page.locator(".fig svg", has=page.locator('[data-tip="ひるね: 0.2956"]')).first


def test_a_value_shows_under_the_mouse_and_at_a_touch(open_page):
    page = open_page("lessons/attention/", viewport=PHONE, has_touch=True)
    told = page.locator(".fig-tip")
    path = bar_figure(page).locator('[data-tip="ひるね: 0.2956"] path').first
    for reach, leave in (
        (path.hover, lambda: page.mouse.move(2, 2)),
        (path.tap, lambda: page.keyboard.press("Escape")),
    ):
        reach()
        expect(told).to_have_text("ひるね: 0.2956")
        leave()
        expect(told).to_be_hidden()


def test_a_figure_is_walked_with_the_arrow_keys(open_page, address):
    """A row of bars from left to right, and a heatmap along a row and down a column."""
    page = open_page("lessons/attention/", viewport=WIDE)
    told = page.locator(".fig-tip")
    bar_figure(page).focus()
    for word in ("ねこ", "は", "ひるね", "が", "すき", "すき"):
        expect(told).to_have_text(re.compile(f"^{word}: "))
        page.keyboard.press("ArrowRight")
    page.goto(f"{address}lessons/causal_mask/")
    heatmap = page.locator(".fig svg", has=page.locator("[data-tip]")).nth(1)
    marks = heatmap.locator("[data-tip]").evaluate_all("all => all.map(g => g.dataset.tip)")
    heatmap.focus()
    for key, n in (("Right", 1), ("Right", 2), ("Down", 8), ("Left", 7), ("Up", 1)):
        page.keyboard.press(f"Arrow{key}")
        expect(told).to_have_text(marks[n])


def test_code_can_be_copied(open_page):
    page = open_page("lessons/attention/", viewport=WIDE)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(".md-code__button").locator("visible=true").first.click()
    expect(page.locator(".md-dialog")).to_contain_text("コピー")
    assert 'tokens = ["ねこ", "は", ' in page.evaluate("navigator.clipboard.readText()")


def test_the_home_page_leads_back_to_where_the_reader_stopped(open_page, address):
    """To the section in the language it was read in, to the lesson in the other's words."""
    page = open_page("", viewport=PHONE)
    expect(page.locator(".course-map li").first).to_be_visible()
    assert page.locator(".resume").count() == 0
    page.goto(f"{address}lessons/causal_mask/")
    page.goto(f"{address}en/lessons/attention/")
    for viewport, section in ((PHONE, "softmax"), (WIDE, "average")):
        page.set_viewport_size(viewport)
        page.locator(f"#{section}").evaluate("heading => heading.scrollIntoView()")
        page.wait_for_function("id => Object.values(localStorage).join().includes(id)", arg=section)
    page.goto(f"{address}en/")
    link = page.locator("p.resume a")
    expect(link).to_have_text("Attention › Average by the weights")
    here = page.locator("a[aria-current=location]")
    expect(here).to_have_attribute("href", re.compile("lessons/attention/$"))
    audit(page, VIEWS["en"][:1])
    page.goto(address)
    expect(link).to_have_text("Attention")
    link.click()
    page.wait_for_url(f"{address}lessons/attention/#average")
    expect(page.locator("#average")).to_be_in_viewport()
    page.goto(f"{address}en/")
    page.get_by_role("button", name="Erase it").press("Enter")
    expect(page.locator(".resume, .progress, [aria-current=location]")).to_have_count(0)
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('place'))") == []


# What is wrong with titles and captions: a row that breaks inside of a phrase, words that are cut
# off, the mark of a sorted column below its words.
BROKEN = """() => {
  const rows = (node, from = 0, to = node.length) => {
    const range = document.createRange();
    range.setStart(node, from);
    range.setEnd(node, to);
    const boxes = [...range.getClientRects()].filter((box) => box.width);
    return new Set(boxes.map((box) => Math.round(box.top / 8))).size;
  };
  const found = [];
  const titles = "h1, h2, h3, figcaption, .course-map li, :is(.md-nav, footer) .md-ellipsis";
  for (const box of document.querySelectorAll(titles)) {
    if (!box.checkVisibility()) continue;
    const words = box.textContent.trim();
    if (box.clientWidth && box.scrollWidth > box.clientWidth + 1) found.push(`cut: ${words}`);
    const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode()); )
      for (const { 0: part, index } of node.data.matchAll(/[^\\s、。：（）「」]+/g))
        if (rows(node, index, index + part.length) > 1) found.push(`broken: ${part} in ${words}`);
  }
  for (const { firstChild, offsetHeight, textContent } of document.querySelectorAll("th button"))
    if (rows(firstChild) === 1 && offsetHeight > 30) found.push(`mark: ${textContent}`);
  return found;
}"""


@pytest.mark.parametrize("path", ["", "lessons/attention/", "lessons/block/"])
def test_on_a_phone_titles_and_captions_break_between_phrases(open_page, path):
    page = open_page(path, viewport=PHONE)
    assert page.evaluate(BROKEN) == []
    assert "\u200b" not in page.inner_text("h1")
