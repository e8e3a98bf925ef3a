"""Lessons leave nothing to mend, and each guard that says so sees the fault it is there for."""

import re
from types import SimpleNamespace

import pytest
from project import ROOT, tell

from course import (
    alone,
    approved,
    check,
    guards,
    guards_of_words,
    labels,
    navigation,
    notebook,
)
from course.lesson import read
from course.project import APPROVED, DOCS, LANGUAGES, SOURCES, THEME
from course.run import COURSE

NAMES = sorted(path.stem for path in SOURCES.glob("*.py"))


@pytest.fixture(scope="module", autouse=True)
def course():
    COURSE.refresh()


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_leaves_nothing_to_mend(name):
    tell(check.of_lesson(name))


def test_every_approved_file_has_its_lesson():
    idle = {path.stem for path in APPROVED.glob("*.txt")} - {*NAMES}
    tell(
        f"tests/lessons/approved/{name}.txt:1: There is no such lesson: delete it." for name in idle
    )


def test_a_name_has_one_definition():
    tell(guards.defined_twice(SOURCES))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_course_map_has_the_order_of_the_navigation(language):
    tell(guards.same_order(DOCS / language / "index.md", [*navigation.numbers()]))


def test_the_glossaries_fix_the_same_words_for_the_same_things():
    ja, en = ({e["id"]: e for e in guards.glossary(language)} for language in LANGUAGES)
    assert list(ja) == list(en) and len(ja) > 50
    for id in ja:
        assert [ja[id][k] for k in ("page", "section")] == [en[id][k] for k in ("page", "section")]
        names = {"ja": (ja[id]["term"], en[id]["other"]), "en": (en[id]["term"], ja[id]["other"])}
        for language, (term, other) in names.items():
            assert other in ("", term), (
                f"{id} is {term!r} in docs/{language}/glossary.md, but {other!r} in the other one"
            )


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_use_the_words_of_the_glossary(language):
    pages = sorted(path for path in ROOT.glob(f"docs/{language}/*.md") if path.stem != "glossary")
    texts = {path.name: path.read_text(encoding="utf-8") for path in pages}
    tell(
        f"docs/{language}/{name}:{text.count(chr(10), 0, at) + 1}: {word} is not a word of this "
        f"course. Write {term}, as docs/{language}/glossary.md does."
        for name, text in texts.items()
        for at, word, term in guards.other_words(text, language)
    )


def test_japanese_pages_are_written_as_lessons_are():
    paths = [*ROOT.glob("docs/ja/*.md"), ROOT / "README.ja.md", ROOT / "docs/offline/ja.txt"]
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(paths)}
    tell(
        f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, at) + 1}: {said!r} is written {advice}."
        for path, text in texts.items()
        for at, said, advice in guards_of_words.unwritten(text)
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_shared_label_is_used(language):
    used = set()
    for name, lesson in COURSE.lessons.items():
        known = labels.of(lesson)[language]
        for word in labels.words(COURSE.outputs(name)):
            used |= labels.keys_of(word, known)
    idle = labels.shared(language).keys() - used
    tell(f"docs/labels/{language}.txt:1: No lesson shows {word!r}: delete it." for word in idle)


# The guards themselves: none objects to this lesson, and each objects to a fault planted in it.

SAMPLE = """\
# %% [markdown] lang="ja"
# # 波 {#waves}
#
# [第 # 回](attention.md#softmax)の続きです。
#
# - `np.sin` を使います。
#
# !!! note
#     注意です。

# %% [markdown] lang="en"
# # Waves {#waves}
#
# This goes on from [lesson #](attention.md#softmax), where ねこ is a cat.
#
# - It uses `np.sin`.
#
# !!! note
#     Take care.

# %% [markdown]
# $$y = \\sin 1.25 x$$
#
# ```pycon
# >>> 1 / 8
# 0.125
# ```

# %% tags=["setup"]
import numpy as np

# %% check="sine"
print(np.sin(1.0), 12345)
assert np.sin(1.0) < 1

# %% [markdown] lang="ja"
# ## 図 {#figure}
#
# 値は 0.8415 で、$x$ は 12,345 です。さきほどは `0.125` でした。
# [1 より小さいから](#check-sine)です。

# %% [markdown] lang="en"
# ## Figure {#figure}
#
# The value is 0.8415 and $x$ is 12,345. Before, it was `0.125`.
# Because it [is small](#check-sine).

# %%
figure = "drawn"  # (n,)
figure

# %% [markdown] lang="ja" tags=["caption"]
# 棒の高さは −0.5000 です。
#
# alt: 棒が一本。
#
# labels: bar = 棒; sine of {} = {} の正弦

# %% [markdown] lang="en" tags=["caption"]
# The bar is -0.5000 high.
#
# alt: One bar.

# %% [markdown] lang="ja"
# ## 簡単にしたこと {#simplified}
#
# ## 練習 {#exercises}
#
# **1.** 1 つ目です。

# %% [markdown] lang="en"
# ## What we simplified {#simplified}
#
# ## Exercises {#exercises}
#
# **1.** The first.

# %% tags=["exercise"]
answer = ...
check("waves.1", answer)

# %% tags=["solution"]
answer = 1
assert check("waves.1", answer)

# %% [markdown] lang="ja"
# **2.** 2 つ目です。

# %% [markdown] lang="en"
# **2.** The second.

# %% tags=["exercise"]
answer = ...
check("waves.2", answer)

# %% tags=["solution"]
answer = 2
assert check("waves.2", answer)

# %% [markdown] lang="ja"
# ## 次へ {#next}
#
# [第 # 回](rope.md)です。

# %% [markdown] lang="en"
# ## Next {#next}
#
# See [lesson #](rope.md).
"""

EXERCISES = '''"""Exercises of the sample."""

@exercise("waves.1")
def _one():
    return Exercise(1, hint_ja="一です。", hint_en="One.", mistakes=[
        Mistake(2, ja="根です。", en="The root."),
        Mistake(3, ja="三です。", en="Three?")])

@exercise("waves.2")
def _two():
    return Exercise(2, hint_ja="二です。", hint_en="Two.", mistakes=[
        Mistake(3, ja="三です。", en="Three."),
        Mistake(4, ja="四です。", en="Four.")])
'''
OPEN = f"There is no answer yet. {'Put yours in. ' * 5}"  # wide: a page does not show it
OUTPUTS = [
    [],
    [{"output_type": "stream", "text": "0.8415 12345\n"}],
    [
        {
            "data": {
                "text/plain": "bar\n-0.5000",
                "image/svg+xml": {"ja": "<svg/>", "en": "<svg/>"},
                "text/x-words": ["bar", "loss", "sine of 1", "ねこ", "wte.weight"],
            }
        }
    ],
    [{"output_type": "stream", "text": OPEN}],
    [],
    [{"output_type": "stream", "text": OPEN + "\n0.30000000000000004"}],
    [],
]
JA, EN = '# %% [markdown] lang="ja"\n', '# %% [markdown] lang="en"\n'
CAPTIONS = SAMPLE[SAMPLE.index('# %% [markdown] lang="ja" tags') : SAMPLE.index(JA + "# ## 簡単")]
LONG = "x = 1\n" * 16


@pytest.fixture
def sample(tmp_path, monkeypatch):
    """Makes a lesson, and its exercises, between two others of a small course."""
    order = ("attention", "waves", "rope")
    monkeypatch.setattr(navigation, "numbers", lambda: dict(zip(order, (1, 2, 3), strict=True)))

    def make(text=SAMPLE, exercises=EXERCISES):
        folder = tmp_path / "lessons_src"
        texts = {"attention": "{#softmax}", "rope": "", "style_guide": "", "waves": text}
        for name, source in (texts | {"llm_scratch/exercises/waves": exercises}).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.py").write_text(source, encoding="utf-8")
        return read(folder / "waves.py")

    return make


def test_no_guard_objects_to_the_sample(sample):
    assert guards.of_script(sample()) + guards.of_outputs(sample(), OUTPUTS) == []


# guard: what to replace in the sample, by what, how the line found starts, what is said
# fmt: off
FAULTS = {
    "cell_markers": [
        (EN + "# ## Next", '# %% [markdown] lang="eng"\n# ## Next', "## Next",
         "lang='eng'. Write lang=\"en\"."),
        ('# %% check="sine"\nprint', '# %% lang="en"\nprint', "print(", "lang='en'"),
        ('# %% check="sine"\nprint', '# %% tags=["solutoin"]\nprint', "print(",
         "['solutoin']. Write solution."),
        (EN + "# **2", '# %% [raw] lang="en"\n# **2', "**2.** The", "A raw cell"),
    ],
    "both_languages": [
        (EN + "# **2.** The second.\n", "", "**2.** 2 つ目", "text cells in ['ja']"),
        (JA + "# **2.** 2 つ目です。\n", "", "**2.** The", "text cells in ['en']"),
        (EN + "# ## Next", EN + "# ##\n\n" + EN + "# ## Next", "## 次へ", "'en', 'en'"),
        (JA + "# ## 次へ {#next}\n", EN + "# ## N\n\n" + JA + "# あ\n", "## N", "'en', 'ja'"),
        (EN + "# ## Next", '# %% [markdown] lang="fr"\n# ## Suite', "## 次へ", "['ja', 'fr']"),
        ('en="The root."', 'en=""', "Mistake(", "are '根です。' and ''. Say it in both"),
        ('hint_ja="一です。"', 'hint_ja=""', "Exercise(", "are '' and 'One.'. Say it in both"),
    ],
    "shared_prose": [
        ("# $$y", "# Words. $$y", "Words.", "holds words: 'Words.'"),
    ],
    "parity": [
        ("# ## Figure {#figure}", "# ### Figure {#figure}", "### Figure",
         "ja alone has ['## figure']"),
        ("# ## Figure {#figure}", "# ## Figure {#fig}", "## Figure {#fig}",
         "en alone has ['## fig']"),
        ("# - It uses", "# It uses", "# Waves", "ja alone has ['-']"),
        ("# !!! note\n#     Take", "# !!! tip\n#     Take", "# Waves", "en alone has ['!!! tip']"),
        ("[lesson #](attention.md#softmax)", "lesson 4", "# Waves", "link targets"),
        ("[lesson #](attention.md#softmax)", "[#](attention.md)", "# Waves", "link targets"),
        ("and $x$ is", "and $y$ is", "## Figure", "formulas: ja alone has ['$x$'], en alone"),
        ("It uses `np.sin`", "It uses `np.cos`", "# Waves", "code: ja alone has ['`np.sin`']"),
        ("value is 0.8415", "value is 0.8416", "## Figure", "numbers: ja alone has ['0.8415']"),
        ("is 12,345", "is 12,346", "## Figure", "numbers: ja alone has ['12345']"),
        ("-0.5000 high", "0.5000 high", "The bar", "numbers: ja alone has ['-0.5000']"),
    ],
    "heading_ids": [
        ("# ## Figure {#figure}", "# ## Figure", "## Figure", "this heading is None"),
        ("# ## 図 {#figure}", "# ## 図 {#図}", "## 図 {#図}", "this heading is '図'"),
        ("# ## Figure {#figure}", "# ## Figure {#waves}", "## Figure", "this heading is 'waves'"),
    ],
    "sections": [
        ("# # Waves", "# ## Waves", "## Waves", "The en prose must start"),
        ("# # 波", "# 前置き。\n#\n# # 波", "前置き。", "The ja prose must start"),
        ("# ## Figure", "# # Figure", "# Waves", "The en prose must start"),
        ("# ## What we simplified {#simplified}\n", "# ## What {#left-out}\n", "## Next",
         "The en lesson"),
        ("# ## 次へ {#next}", "# 次へ", "次へ", "The ja lesson must end"),
        ("# **2.** 2 つ目です。", "# ## 余談 {#aside}", "## 次へ", "The ja lesson must end"),
    ],
    "caption_texts": [
        ("# alt: One bar.\n", "", "The bar", "lacks its text"),
        ("# alt: 棒が一本。", "# alt:", "棒の", "lacks its text"),
        ("# The bar is -0.5000 high.\n#\n", "", "alt: One bar.", "lacks its text"),
    ],
    "cell_length": [
        ("# (n,)\n", "# (n,)\n" + LONG, "figure =", "18 lines, more than 15"),
        ('# %% check="sine"\nprint', ("# %%\n" + LONG[:36]) * 9 + "# %%\nprint", "%% [markdown]",
         "cell has 6 lines"),
    ],
    "code_width": [
        ("# (n,)\n", f"# {'n' * 53}\n", "figure =", "is 73 columns wide, more than 72"),
        ('"drawn"', f'"{"猫" * 27}"', "figure =", "is 73 columns wide"),
        (">>> 1 / 8", f">>> {'1 + ' * 18}1", ">>> 1 + 1", "is 77 columns wide"),
        ("# The value", f"# !!! tip\n#     ```sh\n#     {'x' * 73}\n#     ```\n#\n# The value",
         "xxx", "is 73 columns wide"),
    ],
    "output_width": [
        ('# %% tags=["exercise"]\nanswer = ...\ncheck("waves.2"',
         '# %%\nanswer = ...\ncheck("waves.2"', "answer = ...",
         "a line of 94 columns, more than 72"),
    ],
    "long_floats": [
        ('# %% tags=["solution"]\nanswer = 2', "# %%\nanswer = 2", "answer = 2",
         "1.0000000000000002, with 15 digits or more. Round it, such as 1: np"),
    ],
    "setup": [
        ('# %% tags=["setup"]\n', "# %%\n", "import", "begins with an import"),
        ('# %% check="sine"\nprint', '# %% tags=["setup"]\nprint', "print(", "shows something"),
    ],
    "python": [
        ("print(np.sin(1.0)", "print(np.sin(1.0", "print(", "This is no Python: '(' was never"),
        ("import numpy as np\n", "import numpy as\n", "import numpy as", "no Python: "),
        (">>> 1 / 8", ">>> 1 /", ">>> 1 /", "no Python: invalid syntax"),
        (">>> 1 / 8\n", ">>> 1 / 8\n# 0.125\n# >>> 2 +\n", ">>> 2 +", "no Python: invalid syntax"),
        ("answer = 1", "answer = = 1", "answer = = 1", "no Python: invalid syntax"),
    ],
    "imports": [
        ("import numpy as np", "import matplotlib.pyplot as plt", "import",
         "import matplotlib.pyplot"),
        ("import numpy as np\n", "import numpy as np\nfrom yaml import load\n", "from yaml",
         "yaml"),
        ("import numpy as np", "from . import other", "from .", "do not import ."),
        ("import numpy as np", "import importlib", "import importlib", "do not import importlib"),
        (">>> 1 / 8", ">>> import yaml", ">>> import yaml", "do not import yaml"),
    ],
    "transcripts": [
        ("# ```pycon", "# ```python", "$$y", "not run"),
        ("# 0.125\n# ```\n", "# 0.125\n", "$$y", "not run"),
        ("# The value", "# ```pycon\n# >>> 1 / 8\n# 0.125\n# ```\n# The value", "## Figure",
         "not run"),
        ("# The value", "# >>> 1 / 8\n# The value", "## Figure", "not run"),
        ("# >>> 1 / 8\n", "", "$$y", "not run"),
        (">>> 1 / 8", ">>> 1 / 8  # doctest: +SKIP", "$$y", "not run"),
    ],
    "exercises": [
        ('# %% tags=["solution"]\nanswer = 1', "# %%\nanswer = 1", "answer = 1", "there alone"),
        ('# %% check="sine"\nprint', '# %% tags=["solution"]\nprint', "print(", "there alone"),
        ('# %% tags=["exercise"]\nanswer = ...\ncheck("waves.1"',
         '# %% tags=["setup"]\nanswer = ...\ncheck("waves.1"', "answer = ...", "there alone"),
        ('assert check("waves.1", answer)', "print(answer)", "answer = 1", "same check"),
        ('assert check("waves.1", answer)', 'assert check("waves.1", 1)', "answer = 1",
         "same check"),
        ('answer = ...\ncheck("waves.2"', 'answer = 2\ncheck("waves.2"', "answer = 2",
         "nothing open"),
        ('\ncheck("waves.2", answer)', '\ncheck("waves.1", answer)', "answer = ...",
         "does not check"),
        ('# %% tags=["exercise"]\nanswer = ...\ncheck("waves.1", answer)\n', "", "## 簡単",
         "asks 2 times"),
        ("# **2.** 2 つ目", "# 2 つ目", "## 簡単", "asks 1 times"),
        ("# ## 練習 {#exercises}", "# ## 練習 {#tasks}", "# 波", "asks 2 times"),
    ],
    "untranslatable_code": [
        ('"drawn"  ', '"描きました。"  ', "figure =", '"描きました。"'),
        ('"drawn"  ', 'f"描いた？{1}"  ', "figure =", "描いた？"),
        ("# (n,)", "# 長さ", "figure =", "# 長さ"),
        ("import numpy as np\n", "%time\nimport numpy as np\n", "%time", "A magic"),
    ],
    "terms": [
        ("# - `np.sin` を", "# - エンベディング`np.sin` を", "- エンベディング",
         "Write 埋め込み, as docs/ja/glossary"),
        ("# ## 図", "# ## 埋込みの図", "## 埋込みの図", "埋込 is not a word"),
        ("# The value", "# The Cross entropy value", "The Cross",
         "Write cross-entropy, as docs/en/"),
        ("# alt: One bar", "# alt: One hot bar", "alt: One hot", "Write one-hot"),
    ],
    "lesson_numbers": [
        ("続きです", "第 3 回です", "[第 # 回]",
         "'第 3 回' is a number that the navigation may change. Write [第 # 回](rope.md)."),
        ("See [lesson #](rope.md)", "See [lesson 3](rope.md)", "See", "Write [lesson #](rope.md)."),
        ("See [lesson #](rope.md)", "See Lesson 40", "See", "Write [lesson #](attention.md)."),
        ("[lesson #](rope.md)", "[lesson #](style_guide.md)", "See", "style_guide has no number"),
    ],
    "link_targets": [
        ("See [lesson #](rope.md)", "See [lesson #](roope.md)", "See",
         "There is no page roope.md. Write rope.md."),
        ("See [", "See [x](glossary.md) [", "See",
         "There is no page glossary.md. Write ../glossary.md."),
        ("See [", "See [x](../glossary.md#atention) [", "See",
         "{#atention}. Write ../glossary.md#attention."),
        ("[lesson #](attention.md#softmax)", "[#](attention.md#soft-max)", "This goes",
         "has no heading {#soft-max}. Write attention.md#softmax."),
        ("See [", "See [x](#wave) [", "See", "This page has no heading {#wave}. Write #waves."),
        ("See [", "See [x](#qqq) [", "See", "Link to what is there, or take the link away."),
    ],
    "next_lesson": [
        ("See [lesson #](rope.md)", "See [lesson #](attention.md)", "## Next",
         "nothing leads to rope, the lesson that follows in mkdocs.yml. Write [lesson #](rope"),
        ("[第 # 回](rope.md)です", "[第 # 回](attention.md)です", "## 次へ",
         "Write [第 # 回](rope.md) into"),
    ],
    "exercise_module": [
        ('@exercise("waves.2")', '@exercise("waves.22")', '"""',
         "The nearest to 'waves.2' is 'waves.22'."),
        ('@exercise("waves.2")', "", '"""',
         "are ['waves.1'], but lessons_src/waves.py checks ['waves.1', 'waves.2']"),
    ],
    "exercise_words": [
        ('ja="根です。"', 'ja="root"', "Mistake(",
         "'root' and 'The root.'. Write a Japanese sentence"),
        ('en="The root."', 'en="The root"', "Mistake(", "and an English one that ends in . or ?"),
    ],
    "style": [
        ("The second.", "The second!", "**2.** The", "exclamation mark"),
        ("The second.", "See head 0.1.", "**2.** See", "looks like a decimal"),
        ("2 つ目です。", "2 つ目です！", "**2.** 2 つ目", "exclamation mark"),
        ("−0.5000 です", "−０.５ です", "棒の", "full-width"),
        ("The second.", "The second. 二番。", "**2.** The", "holds Japanese"),
        ("## Figure", "## 位置エンコーディング", "## 位置", "holds Japanese"),
        ("# **2.** 2 つ目です。", "# **2.** The second.", "**2.** The", "holds no Japanese"),
    ],
    "claims": [
        ("Because it [is small](#check-sine)", "Because it is small", "Because",
         "nothing holds it: Because it is small. Name a cell above"),
        ("[1 より小さいから](#check-sine)です", "小さいからです", "小さい", "it: 小さいからです。"),
        ("assert np.sin(1.0) < 1\n", "", "[1 より", "nothing holds it"),
        ("See [lesson", "It is [alone](#check-sign). See [lesson", "It is", "nothing holds it"),
        ("# - It uses", "# - It [never](#check-sine) uses", "- It [never]", "nothing holds it"),
        ("The second.", "Two alone.", "**2.** Two", "nothing holds it: **2.** Two alone."),
        ('# %% tags=["solution"]\nanswer = 2', '# %% tags=["solution"] check="two"\nanswer = 2',
         "answer = 2", "No sentence leads to the check 'two'."),
    ],
    "japanese": [
        ("値は 0.8415", "値は ねこ 0.8415", "値は", "Write a token of the example in 「」"),
        ("値は 0.8415", "値は とても 0.8415", "値は", "Write tokens in 「」"),
        ("棒が一本。", "棒が三本。", "alt: 棒が", "Write a quantity with digits: 2 つ"),
        ("棒が一本。", "棒が 3本。", "alt: 棒が", "Write a space between number"),
        ("注意です。", "手もとです。", "手もとです。", "Write 手元."),
        ("注意です。", "点数です。", "点数です。", "Write ロジット."),
        ('ja="根です。"', 'ja="ねこです。"', "Mistake(", "'ねこです。'. Write a token"),
    ],
    "notation": [
        ("# 値は 0.8415", "# √d です。値は 0.8415", "√d", "Here stands √d. Write a formula"),
        ("# The value", "# With x, the value", "With x", "Here stands x, which is a formula"),
    ],
    "labelled": [
        ("bar = 棒; ", "", "figure =", "shows 'bar', which has no label in ja. Below it"),
        ("labels: bar = ", "labels: bar = 棒; bars = ", "棒の", "shows 'bars'"),
        ("# alt: One bar.", "# alt: One bar.\n#\n# labels: bar = bars; 棒 = bar", "The bar",
         "No figure or table of this lesson shows '棒'."),
        ("sine of {} = {} の正弦", "sine of {} = 正弦", "棒の", "has not as many {}."),
        ("# alt: One bar.", "# alt: One bar.\n#\n# labels: sine {} = sine", "The bar",
         "not as many"),
    ],
    "printed_words": [
        ("print(np.sin(1.0), 12345)", 'print("sine", 12345)', "print(", "prints words: 'sine'"),
        ("print(np.sin(1.0), 12345)", 'print(f"sine {12345}")', "print(", "words: 'sine'. Show"),
        ("print(np.sin(1.0), 12345)", 'print(1, end=" of them")', "print(", "words: 'of them'"),
    ],
    "figure_captions": [
        (CAPTIONS, "", "figure =", "no caption"),
        (CAPTIONS, CAPTIONS.replace(' tags=["caption"]', ""), "figure =", "no caption"),
        ('# %% [markdown] lang="ja"\n# **2', '# %% [markdown] lang="ja" tags=["caption"]\n# **2',
         "**2.** 2 つ目", "does not follow a figure"),
    ],
    "printed_numbers": [
        ("# The value", "# ```text\n# 7.25\n# ```\n# The value", "7.25", "number 7.25"),
        ("値は 0.8415", "値は 0.8416", "値は",
         "0.8416 was not printed above; the nearest printed form is 0.8415"),
        ("値は 0.8415", "値は 0.84150", "値は",
         "form is 0.8415. Say it as printed, print it first"),
        ("is 12,345", "is 12,346", "The value", "number 12346"),
        ("is 12,345", "is 345", "The value", "number 345"),
        ("is 12,345", "is 1e-6", "The value", "number 1e-6"),
        ("it was `0.125`", "it was `0.25`", "The value", "number 0.25"),
        ("it was `0.125`", "it was 1.25", "The value", "number 1.25"),
        ("0.125\n# ```", "0.5\n# ```", "値は", "number 0.125"),
        ("-0.5000 high", "0.5000 high", "The bar", "number 0.5000"),
        ("alt: 棒が一本。", "alt: 棒が 100 本。", "alt: 棒が 100 本。", "number 100"),
        ("Take care.", "Take 0.8415.", "Take 0.8415.", "number 0.8415"),
    ],
}
# fmt: on
PLANTED = [(name, *fault) for name, faults in FAULTS.items() for fault in faults]
COUNTED = [f"{name}-{i}" for i, (name, *_) in enumerate(PLANTED)]


@pytest.mark.parametrize(("name", "old", "new", "at", "says"), PLANTED, ids=COUNTED)
def test_a_guard_sees_its_fault(name, old, new, at, says, sample):
    assert SAMPLE.count(old) + EXERCISES.count(old) == 1, "the fault must change one place"
    text, exercises = SAMPLE.replace(old, new), EXERCISES.replace(old, new)
    guard, broken = getattr(guards, name), sample(text, exercises)
    shown = [SHOWN.get(name, OUTPUTS)] if guard in guards.OF_OUTPUTS else []
    found, *_ = [finding for finding in guard(broken, *shown) if says in finding]
    label, line, _ = found.split(":", 2)
    of_lesson, folder = label == "lessons_src/waves.py", "lessons_src/llm_scratch/exercises"
    assert of_lesson or label == f"{folder}/waves.py"
    lines = (text if of_lesson else exercises).splitlines()
    assert re.sub(r"^(# |[^\w(]*return )", "", lines[int(line) - 1]).strip().startswith(at)


SHOWN = {"long_floats": [*OUTPUTS[:-1], [{"text": "1.0000000000000002\n"}]]}


def test_every_guard_is_tried():
    assert {guard.__name__ for guard in (*guards.OF_SCRIPTS, *guards.OF_OUTPUTS)} == set(FAULTS)


@pytest.mark.parametrize(("language", "marker"), [("ja", JA), ("en", EN)])
def test_of_a_lesson_in_one_language_only_the_other_is_missed(sample, language, marker):
    """Whoever writes one language is told of nothing else, and can open a pull request."""
    cells = re.split(r"(?m)^(?=# %%)", SAMPLE)
    half = sample("".join(c for c in cells if 'lang="' not in c or f'lang="{language}"' in c))
    found = guards.of_script(half) + guards.of_outputs(half, OUTPUTS)
    assert found and found == guards.both_languages(half)
    other = next(one for one in LANGUAGES if one != language)
    shown = notebook.boxed(notebook.executed(half, other, OUTPUTS), found)
    assert shown["cells"][0]["source"].startswith("# waves\n\n!!! failure\n")


@pytest.mark.parametrize("text", ["0.123456789012", "0.00000000001234", "123456789012345", "v1.2"])
def test_a_number_that_is_short_enough_stays(sample, text):
    outputs = [[], [{"text": text}], *OUTPUTS[2:]]
    assert guards.long_floats(sample(), outputs) == []


def test_a_figure_that_code_follows_at_once_is_found(sample):
    broken = sample(SAMPLE.replace("# (n,)\n", "# (n,)\n\n# %%\n"))
    outputs = [*OUTPUTS[:3], [], *OUTPUTS[3:]]
    assert "code follows at once" in guards.figure_captions(broken, outputs)[0]


def test_lines_of_72_columns_are_not_too_wide(sample):
    full = sample(SAMPLE.replace("# (n,)", f"# {'n' * 52}"))
    outputs = [OUTPUTS[0], [{"text": f"{'猫' * 36}\n" * 2}], *OUTPUTS[2:]]
    assert guards.code_width(full) == guards.output_width(full, outputs) == []


WIDE = "n" * 73


@pytest.mark.parametrize(
    ("output", "times"),
    [
        ({"text": f"short\n{WIDE}\n{WIDE}\n"}, 2),
        ({"data": {"text/plain": WIDE}}, 1),
        ({"data": {"text/plain": WIDE, "image/svg+xml": "<svg/>"}}, 0),
        ({"data": {"text/plain": WIDE, "text/html": "<table/>"}}, 0),
    ],
)
def test_what_a_page_shows_as_text_is_measured(output, times, sample):
    outputs = [[], [output], *OUTPUTS[2:]]
    found = guards.output_width(sample(), outputs)
    assert [WIDE in finding for finding in found] == [True] * times


@pytest.mark.parametrize("again", ["def wave(x):\n    return x\n", "class wave:\n    pass\n"])
def test_a_second_definition_is_found(again, tmp_path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "waves.py").write_text("def wave():\n    return 1\n")
    (tmp_path / "waves.py").write_text("import math\n\n" + again)
    (finding,) = guards.defined_twice(tmp_path)
    assert finding.startswith(f"{tmp_path.name}/waves.py:3: wave is defined before")
    assert f"{tmp_path.name}/pack/waves.py:1" in finding


MAP = "- [A](lessons/a.md)\n  A word.\n- [B](lessons/b.md)\n"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (["b", "a"], ":1: Here stands a, where b should."),
        (["a"], ":3: Here stands b, where nothing should."),
        (["a", "b", "c"], ":3: Here stands nothing, where c should."),
    ],
)
def test_a_step_in_another_place_is_found(wanted, said, tmp_path):
    (tmp_path / "index.md").write_text(MAP)
    (finding,) = guards.same_order(tmp_path / "index.md", wanted)
    assert finding.startswith(f"docs/{tmp_path.name}/index.md{said}")


# One lesson, checked: what `make check ONLY=attention` says


def test_a_lesson_that_does_not_run_is_told_once_its_sentence_last(monkeypatch):
    failed = {"error": {"step": 1, "line": 9, "traceback": "ValueError: add one\n"}}
    monkeypatch.setattr(COURSE, "refresh", lambda names: None)
    monkeypatch.setitem(COURSE.results, "attention", SimpleNamespace(result=lambda: failed))
    monkeypatch.setattr(check, "of_page", None)  # nothing that needs a run is tried
    (told,) = check.findings("attention")
    assert told.splitlines()[-1] == "ValueError: add one" and "line 9" in told


def test_other_output_than_was_approved_is_told_with_the_difference(monkeypatch, tmp_path):
    monkeypatch.setattr(approved, "APPROVED", ROOT / "tests")  # where no such file is
    (told,) = approved.findings("attention")
    assert told.startswith("tests/attention.txt:1: lessons_src/attention.py shows something else")
    assert "make approve" in told and "\n+-- code cell" in told


@pytest.mark.parametrize(
    ("name", "said"), [("atention", "the nearest is attention."), ("", "there are attention, b")]
)
def test_an_unknown_lesson_is_told_the_nearest_name(name, said):
    with pytest.raises(SystemExit, match=f"^check: there is no lesson '{name}'; {said}"):
        check.main(name)


def test_of_a_build_what_names_the_lesson_is_told(monkeypatch):
    log = """WARNING -  Doc file 'lessons/rope.md' contains a link '#x'
INFO    -  Documentation built
WARNING -  Doc file 'lessons/gpt.md' contains a link 'rope.md#y', but the doc 'lessons/rope.md'
WARNING -  Doc file 'lessons/gpt.md' contains a link '#x'
WARNING -  lessons_src/rope.py:7: said before
Error: lessons_src/rope.py:9: Mend the formula
Aborted with 3 warnings in strict mode!
"""
    monkeypatch.setattr(check.subprocess, "run", lambda *a, **k: SimpleNamespace(stdout=log))
    told = check.of_page("rope", ["lessons_src/rope.py:7: said before"])
    assert [line[:21] for line in told] == [
        "Doc file 'lessons/rop",
        "Doc file 'lessons/gpt",
        "lessons_src/rope.py:9",
    ]


HALVES = [["lessons_src/attention.py:9: Before"], ["lessons_src/attention.py:9: Other"], []]


@pytest.mark.parametrize(("found", "code"), [*zip(HALVES, (1, 1, 0), strict=True)])
def test_half_a_lesson_is_fine_for_a_pull_request(found, code, monkeypatch, capsys):
    monkeypatch.setattr(check, "findings", lambda name: found)
    monkeypatch.setattr(check, "halves", lambda name: {*HALVES[0]})
    with pytest.raises(SystemExit) as end:
        check.main("attention")
    *lines, last = capsys.readouterr().out.splitlines()
    assert end.value.code == code and [*lines, last][: len(found)] == found
    assert ("fine for a pull request" in last) == (found == HALVES[0])
    assert bool(re.fullmatch(r"attention: nothing to mend \(\d+\.\d s\)", last)) == (not found)


# As a reader runs it at home


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("import jupytext\n", "No module named 'jupytext' at a reader's home"),
        ("import warnings\nwarnings.warn('careful')\n", "UserWarning: careful"),
        ("raise SystemExit(3)\n", "it ended with exit code 3"),
    ],
)
def test_running_alone_refuses(code, complaint, tmp_path):
    (tmp_path / "needy.py").write_text(code, encoding="utf-8")
    with pytest.raises(alone.Failed, match=f"{complaint}$"):
        alone.run(tmp_path / "needy.py")


def test_rules_for_figures_leave_the_formulas_of_captions_alone():
    """KaTeX draws a root as SVG: only what is directly in a figure may be sized as a figure."""
    styles = "".join(path.read_text() for path in sorted(THEME.glob("material/assets/*.css")))
    assert ".fig > svg {" in styles and not re.findall(r"\.fig\s+svg\s*[,{]", styles)
