"""The words of a page: its description, its time, its entries in the feed, where lines break."""

import re

import pytest

from course import feed, formulas, phrases, prose
from course.lesson import Cell, Lesson, read_all
from course.project import LANGUAGES, ROOT


def lesson(*cells):
    return Lesson(ROOT / "x.py", tuple(Cell(*cell) for cell in cells))


def test_plain_words_have_no_marks_formulas_or_code():
    markdown = (
        "# Title {#title}\n\nA **bold** `name` and [a link](x.md#y), $d$.\n\n```pycon\n>>> 1\n```"
    )
    assert prose.plain(markdown) == "Title A bold name and a link, d."
    assert prose.plain("日本語の\n一文です。\nnext") == "日本語の一文です。next"
    assert prose.plain("A line\nand another") == "A line and another"


@pytest.mark.parametrize(
    ("tex", "words"),
    [
        (r"\sqrt{d}", "√d"),
        (r"\sqrt d", "√d"),
        (r"\ln V", "ln V"),
        (r"12d^2 + 13d", "12d² + 13d"),
        (r"M(\delta)\,PE_p", "M(δ)PE_p"),
    ],
)
def test_a_formula_is_said_in_words(tex, words):
    assert prose.spoken(tex) == prose.plain(f"${tex}$") == words


HEADING = r'<h1>By <span class="arithmatex">\(\sqrt{d}\)</span></h1>'


def test_the_index_reads_a_formula_as_words_and_the_page_shows_it():
    heard = formulas.spoken(HEADING)
    assert heard.endswith("</span><span data-spoken>√d</span></h1>")
    assert formulas.unspoken(heard) == HEADING
    display = r'<div class="arithmatex">\[x\]</div>'
    assert formulas.spoken(display) == display


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        (r"<title>\(\sqrt{d}\)</title>", "<title>√d</title>"),
        (r'<a aria-label="by \(\sqrt{d}\)">', '<a aria-label="by √d">'),
        (r"<span>By \(\sqrt{d}\)</span>", r'<span>By <span class="arithmatex">\(\sqrt{d}\)</span></span>'),
        (HEADING, HEADING),
        (r"<code>\(d\)</code><pre>\(d\)</pre>", r"<code>\(d\)</code><pre>\(d\)</pre>"),
    ],
)  # fmt: skip
def test_a_formula_in_a_title_is_drawn_where_it_can_be(html, shown):
    assert formulas.in_titles(html) == shown


def test_a_description_is_the_first_sentences_that_fit():
    english = "# A title {#title}\n\nOne sentence. Another one. " + "word " * 60 + "end.\n\nMore."
    assert prose.description(english, "en") == "One sentence. Another one."
    japanese = "# 題 {#title}\n\n一つめ。\n二つめです。" + "あ" * 120 + "。"
    assert prose.description(japanese, "ja") == "一つめ。二つめです。"
    assert prose.description("# Only a title {#title}", "en") == ""


def test_the_time_of_a_lesson_is_counted_from_its_words_lines_and_exercises():
    """476 words at 238 a minute, 30 lines at 10, one exercise of 5: 10 minutes; a word more, 15."""

    def english(n_words):
        return ("markdown", "word " * n_words, 1, "en", ())

    code = ("code", "\n".join(["x = 1"] * 29), 1, None, ())
    exercise = ("code", "answer = ...", 1, None, ("exercise",))
    japanese = ("markdown", "字" * 1000 + "、。", 1, "ja", ())
    assert prose.minutes(lesson(english(476), japanese, code, exercise), "en") == 10
    assert prose.minutes(lesson(english(477), japanese, code, exercise), "en") == 15
    assert prose.minutes(lesson(english(476), japanese, code, exercise), "ja") == 10
    transcript = ("markdown", "```pycon\n>>> 1 + 1\n2\n```", 1, None, ())
    assert prose.minutes(lesson(english(476), transcript, code, exercise), "en") == 15


def test_a_lesson_takes_as_long_in_both_languages():
    for one in read_all():
        both = [prose.minutes(one, language) for language in LANGUAGES]
        assert abs(both[0] - both[1]) <= prose.STEP, (one.name, both)


DAY = "## Day {{#on-2026-11-{}}}\n\n### Title $d$ {{#x{}}}\n\nText.\n"


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("https://s/a/", [b"<id>https://s/a/changes/#x1<", b'href="https://s/a/changes/#x1"']),
        ("", [b"<id>urn:uuid:", b'href="changes/#x1"', b'href="changes.xml"']),
    ],
)
def test_entries_have_names_with_and_without_an_address(address, names):
    xml = feed.atom(DAY.format(24, 1) + DAY.format(23, 2), "en", "S", address)
    assert all(name in xml for name in [b"<title>Title d</title>", *names])
    assert len({*xml.split(b"<id>")[1:]}) == 3


@pytest.mark.parametrize("changes", [DAY.format(23, 1) + DAY.format(24, 2), "# Changes\n"])
def test_changes_out_of_order_stop_the_build(changes):
    with pytest.raises(ValueError, match="newest first"):
        feed.atom(changes, "en", "S", "https://s/")


LINK = '<a class="headerlink">#</a>'


@pytest.mark.parametrize(
    ("page", "shown"),
    [  # `_` is a space that does not break, `|` a break between two phrases, `{ }` half a title
        ("<p>第 18 回は 5 トークン、約 2 層。</p>", "<p>第_18_回は 5_トークン、約_2_層。</p>"),
        ("<p>in 5 steps</p><pre>5 個</pre><code>3 回</code>", None),
        ('<meta content="5 個"><p>x\n5\n個</p>', '<meta content="5 個"><p>x\n5_個</p>'),
        ("<h2>重みで平均する</h2>", "<h2>重みで|平均する</h2>"),
        ("<p>重みで平均する</p>", None),
        ("<h3>softmax の 2 つの性質</h3>", "<h3>softmax_の 2_つの|性質</h3>"),
        ("<h3>scaled dot product</h3>", None),
        ("<figcaption>見る &amp; 聞く</figcaption>", None),
        ("<h4>「ねこ」を、見る</h4>", "<h4>「ねこ」を、|見る</h4>"),
        (f"<h1>3. 重みの表：<em>平均</em>する{LINK}</h1>", f"<h1>{{3._重みの|表：}}{{<em>|平均</em>する}}{LINK}</h1>"),
        ('<span class="md-ellipsis">\n 前の行：同じ表\n </span>', '<span class="md-ellipsis">\n {前の|行：}{同じ|表}\n </span>'),
        (r'<h2>なぜ <span class="arithmatex">\(d\)</span> で割る</h2>', r'<h2>なぜ <span class="arithmatex">\(d\)</span>_で|割る</h2>'),
        ('<div class="course-map"><li><a>重みで平均する</a>\n 次の行です</li></div>', '<div class="course-map"><li><a>重みで|平均する</a>\n 次の|行です</li></div>'),
    ],
)  # fmt: skip
def test_lines_break_between_phrases_and_not_before_a_counter(page, shown):
    told = phrases.tied(page).replace(phrases.TIE, "_").replace("<wbr>", "|")
    assert told == re.sub("{(.*?)}", r'<span class="half">\1</span>', shown or page)
