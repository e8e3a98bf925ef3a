"""Lesson scripts are well formed, and each guard that says so sees the fault it is there for."""

import subprocess
import sys

import guards
import pytest
from pipeline.course import COURSE
from pipeline.lesson import LANGUAGES, SOURCES, read
from project import ROOT, tell

PATHS = sorted(SOURCES.glob("[0-9]*_*.py"))
OF_SCRIPTS = (
    guards.cell_markers,
    guards.both_languages,
    guards.shared_prose,
    guards.parity,
    guards.heading_ids,
    guards.sections,
    guards.caption_texts,
    guards.cell_length,
    guards.code_width,
    guards.python,
    guards.imports,
    guards.transcripts,
    guards.exercises,
    guards.untranslatable_code,
    guards.terms,
    guards.style,
)
OF_OUTPUTS = (
    guards.figure_captions,
    guards.printed_numbers,
    guards.output_width,
    guards.setup,
)

every_lesson = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


@every_lesson
@pytest.mark.parametrize("guard", OF_SCRIPTS, ids=lambda guard: guard.__name__)
def test_a_lesson_script_is_well_formed(path, guard):
    tell(guard(read(path)))


@pytest.fixture(scope="module")
def course():
    COURSE.refresh()
    return COURSE


@every_lesson
@pytest.mark.parametrize("guard", OF_OUTPUTS, ids=lambda guard: guard.__name__)
def test_a_lesson_says_what_its_cells_show(path, guard, course):
    tell(guard(read(path), course.outputs(path.stem)))


def test_a_name_has_one_definition():
    tell(guards.defined_twice(SOURCES))


def test_lessons_are_numbered_without_a_gap():
    tell(guards.numbering(SOURCES))


def test_both_navigations_and_both_course_maps_have_one_order():
    course = [f"lessons/{path.stem}.ipynb" for path in PATHS[1:]]  # 00 is the style guide
    pages = guards.PAGE.findall((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    wanted = {"mkdocs.en.yml": pages, "docs/ja/index.md": course, "docs/en/index.md": course}
    tell(line for path, these in wanted.items() for line in guards.same_order(ROOT / path, these))


def test_the_glossaries_fix_the_same_words_for_the_same_things():
    ja, en = ({e["id"]: e for e in guards.glossary(language)} for language in LANGUAGES)
    assert list(ja) == list(en) and len(ja) > 50
    for id in ja:
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


# A reader at home has NumPy and matplotlib; what these import is allowed, and nothing else.
ALONE = """
import runpy, sys
HAS = {"llm_scratch", "numpy", "matplotlib", "mpl_toolkits", "PIL", "cycler", "kiwisolver",
       "contourpy", "dateutil", "fontTools", "packaging", "pyparsing", "six"}
class Only:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in HAS | sys.stdlib_module_names and not top.startswith("_"):
            raise ModuleNotFoundError(f"No module named {name!r} at a reader's home", name=name)
sys.meta_path.insert(0, Only())
sys.path[0] = sys.argv[2]
runpy.run_path(sys.argv[1], run_name="__main__")
"""


def run_alone(path, folder):
    command = [sys.executable, "-W", "error", "-X", "utf8", "-c", ALONE, path, SOURCES]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=120)


@every_lesson
def test_a_lesson_runs_with_python_alone(path, tmp_path):
    done = run_alone(path, tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), (
        f"{path.name} must run with `python {path.name}` where there is only NumPy and matplotlib"
    )


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("import jupytext\n", "No module named 'jupytext' at a reader's home"),
        ("import warnings\nwarnings.warn('careful')\n", "UserWarning: careful"),
    ],
)
def test_running_alone_refuses(code, complaint, tmp_path):
    (tmp_path / "01_needy.py").write_text(code, encoding="utf-8")
    done = run_alone(tmp_path / "01_needy.py", tmp_path)
    assert done.returncode == 1
    assert complaint in done.stderr


# The guards themselves: none objects to this lesson, and each objects to a fault planted in it.

SAMPLE = """\
# %% [markdown] lang="ja"
# # 波 {#waves}
#
# [第 4 回](04_attention.ipynb#softmax)の続きです。
#
# - `np.sin` を使います。
#
# !!! note
#     注意です。

# %% [markdown] lang="en"
# # Waves {#waves}
#
# This goes on from [lesson 4](04_attention.ipynb#softmax), where ねこ is a cat.
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

# %%
print(np.sin(1.0), 12345)

# %% [markdown] lang="ja"
# ## 図 {#figure}
#
# 値は 0.8415 で、$x$ は 12,345 です。さきほどは `0.125` でした。

# %% [markdown] lang="en"
# ## Figure {#figure}
#
# The value is 0.8415 and $x$ is 12,345. Before, it was `0.125`.

# %%
figure = "drawn"  # (n,)
figure

# %% [markdown] lang="ja" tags=["caption"]
# 棒の高さは −0.5000 です。
#
# alt: 棒が一本。

# %% [markdown] lang="en" tags=["caption"]
# The bar is -0.5000 high.
#
# alt: One bar.

# %% [markdown] lang="ja"
# ## 簡単にしたこと {#simplified}
#
# ## 練習 {#exercises}
#
# **1.** 一つ目です。

# %% [markdown] lang="en"
# ## What we simplified {#simplified}
#
# ## Exercises {#exercises}
#
# **1.** The first.

# %% tags=["exercise"]
answer = ...
check("1.1", answer)

# %% tags=["solution"]
answer = 1
assert check("1.1", answer)

# %% [markdown] lang="ja"
# **2.** 二つ目です。

# %% [markdown] lang="en"
# **2.** The second.

# %% tags=["exercise"]
answer = ...
check("1.2", answer)

# %% tags=["solution"]
answer = 2
assert check("1.2", answer)

# %% [markdown] lang="ja"
# ## 次へ {#next}

# %% [markdown] lang="en"
# ## Next {#next}
"""
OPEN = f"There is no answer yet. {'Put yours in. ' * 5}"  # wide: a page does not show it
OUTPUTS = [
    [],
    [{"output_type": "stream", "text": "0.8415 12345\n"}],
    [{"data": {"text/plain": "bar\n-0.5000", "image/svg+xml": "<svg/>"}}],
    [{"output_type": "stream", "text": OPEN}],
    [],
    [{"output_type": "stream", "text": OPEN}],
    [],
]
JA, EN = '# %% [markdown] lang="ja"\n', '# %% [markdown] lang="en"\n'
CAPTIONS = SAMPLE[SAMPLE.index('# %% [markdown] lang="ja" tags') : SAMPLE.index(JA + "# ## 簡単")]
LONG = "x = 1\n" * 16


def lesson(tmp_path, text):
    folder = tmp_path / "lessons_src"
    folder.mkdir()
    (folder / "01_sample.py").write_text(text, encoding="utf-8")
    return read(folder / "01_sample.py")


def test_no_guard_objects_to_the_sample(tmp_path):
    sample = lesson(tmp_path, SAMPLE)
    found = [finding for guard in OF_SCRIPTS for finding in guard(sample)]
    found += [finding for guard in OF_OUTPUTS for finding in guard(sample, OUTPUTS)]
    assert found == []


# guard: what to replace in the sample, by what, how the line found starts, what is said
FAULTS = {
    "cell_markers": [
        (EN + "# ## Next", '# %% [markdown] lang="eng"\n# ## Next', "## Next", "lang='eng'"),
        ("# %%\nprint", '# %% lang="en"\nprint', "print(", "lang='en'"),
        ("# %%\nprint", '# %% tags=["solutoin"]\nprint', "print(", "['solutoin']"),
        (EN + "# **2", '# %% [raw] lang="en"\n# **2', "**2.** The", "A raw cell"),
    ],
    "both_languages": [
        (EN + "# **2.** The second.\n", "", "**2.** 二つ目", "text cells in ['ja']"),
        (JA + "# **2.** 二つ目です。\n", "", "**2.** The", "text cells in ['en']"),
        (EN + "# ## Next", EN + "# ##\n\n" + EN + "# ## Next", "## 次へ", "'en', 'en'"),
        (JA + "# ## 次へ {#next}\n\n", EN + "# ## N\n\n" + JA + "# あ\n\n", "## N", "'en', 'ja'"),
        (EN + "# ## Next", '# %% [markdown] lang="fr"\n# ## Suite', "## 次へ", "['ja', 'fr']"),
    ],
    "shared_prose": [
        ("# $$y", "# Words. $$y", "Words.", "holds words: 'Words.'"),
    ],
    "parity": [
        (
            "# ## Figure {#figure}",
            "# ### Figure {#figure}",
            "### Figure",
            "ja alone has ['## figure']",
        ),
        (
            "# ## Figure {#figure}",
            "# ## Figure {#fig}",
            "## Figure {#fig}",
            "en alone has ['## fig']",
        ),
        ("# - It uses", "# It uses", "# Waves", "ja alone has ['-']"),
        ("# !!! note\n#     Take", "# !!! tip\n#     Take", "# Waves", "en alone has ['!!! tip']"),
        ("[lesson 4](04_attention.ipynb#softmax)", "lesson 4", "# Waves", "link targets"),
        (
            "[lesson 4](04_attention.ipynb#softmax)",
            "[4](04_attention.ipynb)",
            "# Waves",
            "link targets",
        ),
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
        (
            "# ## What we simplified {#simplified}\n",
            "# ## What {#left-out}\n",
            "## Next",
            "The en lesson",
        ),
        ("# ## 次へ {#next}", "# 次へ", "次へ", "The ja lesson must end"),
        ("# **2.** 二つ目です。", "# ## 余談 {#aside}", "## 次へ", "The ja lesson must end"),
    ],
    "caption_texts": [
        ("# alt: One bar.\n", "", "The bar", "lacks its text"),
        ("# alt: 棒が一本。", "# alt:", "棒の", "lacks its text"),
        ("# The bar is -0.5000 high.\n#\n", "", "alt: One bar.", "lacks its text"),
    ],
    "cell_length": [
        ("# (n,)\n", "# (n,)\n" + LONG, "figure =", "18 lines, more than 15"),
        (
            "# %%\nprint",
            ("# %%\n" + LONG[:36]) * 9 + "# %%\nprint",
            "%% [markdown]",
            "cell has 6 lines",
        ),
    ],
    "code_width": [
        ("# (n,)\n", f"# {'n' * 53}\n", "figure =", "is 73 columns wide, more than 72"),
        ('"drawn"', f'"{"猫" * 27}"', "figure =", "is 73 columns wide"),
        (">>> 1 / 8", f">>> {'1 + ' * 18}1", ">>> 1 + 1", "is 77 columns wide"),
        (
            "# The value",
            f"# !!! tip\n#     ```sh\n#     {'x' * 73}\n#     ```\n#\n# The value",
            "xxx",
            "is 73 columns wide",
        ),
    ],
    "output_width": [
        (
            '# %% tags=["exercise"]\nanswer = ...\ncheck("1.2"',
            '# %%\nanswer = ...\ncheck("1.2"',
            "answer = ...",
            "a line of 94 columns, more than 72",
        ),
    ],
    "setup": [
        ('# %% tags=["setup"]\n', "# %%\n", "import", "begins with an import"),
        ("# %%\nprint", '# %% tags=["setup"]\nprint', "print(", "shows something"),
    ],
    "python": [
        ("print(np.sin(1.0)", "print(np.sin(1.0", "print(", "This is no Python: '(' was never"),
        ("import numpy as np\n", "import numpy as\n", "import numpy as", "no Python: "),
        (">>> 1 / 8", ">>> 1 /", ">>> 1 /", "no Python: invalid syntax"),
        (">>> 1 / 8\n", ">>> 1 / 8\n# 0.125\n# >>> 2 +\n", ">>> 2 +", "no Python: invalid syntax"),
        ("answer = 1", "answer = = 1", "answer = = 1", "no Python: invalid syntax"),
    ],
    "imports": [
        (
            "import numpy as np",
            "import matplotlib.pyplot as plt",
            "import",
            "import matplotlib.pyplot",
        ),
        (
            "import numpy as np\n",
            "import numpy as np\nfrom yaml import load\n",
            "from yaml",
            "yaml",
        ),
        ("import numpy as np", "from . import other", "from .", "do not import ."),
        ("import numpy as np", "import importlib", "import importlib", "do not import importlib"),
        (">>> 1 / 8", ">>> import yaml", ">>> import yaml", "do not import yaml"),
    ],
    "transcripts": [
        ("# ```pycon", "# ```python", "$$y", "not run"),
        ("# 0.125\n# ```\n", "# 0.125\n", "$$y", "not run"),
        (
            "# The value",
            "# ```pycon\n# >>> 1 / 8\n# 0.125\n# ```\n# The value",
            "## Figure",
            "not run",
        ),
        ("# The value", "# >>> 1 / 8\n# The value", "## Figure", "not run"),
        ("# >>> 1 / 8\n", "", "$$y", "not run"),
        (">>> 1 / 8", ">>> 1 / 8  # doctest: +SKIP", "$$y", "not run"),
    ],
    "exercises": [
        ('# %% tags=["solution"]\nanswer = 1', "# %%\nanswer = 1", "answer = 1", "there alone"),
        ("# %%\nprint", '# %% tags=["solution"]\nprint', "print(", "there alone"),
        (
            '# %% tags=["exercise"]\nanswer = ...\ncheck("1.1"',
            '# %% tags=["setup"]\nanswer = ...\ncheck("1.1"',
            "answer = ...",
            "there alone",
        ),
        ('assert check("1.1", answer)', "print(answer)", "answer = 1", "same check"),
        ('assert check("1.1", answer)', 'assert check("1.1", 1)', "answer = 1", "same check"),
        (
            'answer = ...\ncheck("1.2"',
            'answer = 2\ncheck("1.2"',
            "answer = 2",
            "nothing open",
        ),
        (
            '\ncheck("1.2", answer)',
            '\ncheck("1.1", answer)',
            "answer = ...",
            "does not check",
        ),
        (
            '# %% tags=["exercise"]\nanswer = ...\ncheck("1.1", answer)\n',
            "",
            "## 簡単",
            "asks 2 times",
        ),
        ("# **2.** 二つ目", "# 二つ目", "## 簡単", "asks 1 times"),
        ("# ## 練習 {#exercises}", "# ## 練習 {#tasks}", "# 波", "asks 2 times"),
    ],
    "untranslatable_code": [
        ('"drawn"  ', '"描きました。"  ', "figure =", '"描きました。"'),
        ('"drawn"  ', 'f"描いた？{1}"  ', "figure =", "描いた？"),
        ("# (n,)", "# 長さ", "figure =", "# 長さ"),
        ("import numpy as np\n", "%time\nimport numpy as np\n", "%time", "A magic"),
    ],
    "terms": [
        (
            "# - `np.sin` を",
            "# - エンベディング`np.sin` を",
            "- エンベディング",
            "Write 埋め込み, as docs/ja/glossary",
        ),
        ("# ## 図", "# ## 埋込みの図", "## 埋込みの図", "埋込 is not a word"),
        (
            "# The value",
            "# The Cross entropy value",
            "The Cross",
            "Write cross-entropy, as docs/en/",
        ),
        ("# alt: One bar", "# alt: One hot bar", "alt: One hot", "Write one-hot"),
    ],
    "style": [
        ("The second.", "The second!", "**2.** The", "exclamation mark"),
        ("二つ目です。", "二つ目です！", "**2.** 二つ目", "exclamation mark"),
        ("−0.5000 です", "−０.５ です", "棒の", "full-width"),
        ("The second.", "The second. 二つ目。", "**2.** The", "holds Japanese"),
        ("## Figure", "## 位置エンコーディング", "## 位置", "holds Japanese"),
        ("# **2.** 二つ目です。", "# **2.** The second.", "**2.** The", "holds no Japanese"),
    ],
    "figure_captions": [
        (CAPTIONS, "", "figure =", "no caption"),
        (CAPTIONS, CAPTIONS.replace(' tags=["caption"]', ""), "figure =", "no caption"),
        (
            '# %% [markdown] lang="ja"\n# **2',
            '# %% [markdown] lang="ja" tags=["caption"]\n# **2',
            "**2.** 二つ目",
            "does not follow a figure",
        ),
    ],
    "printed_numbers": [
        ("# The value", "# ```text\n# 7.25\n# ```\n# The value", "7.25", "number 7.25"),
        ("値は 0.8415", "値は 0.8416", "値は", "number 0.8416"),
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
PLANTED = [(name, *fault) for name, faults in FAULTS.items() for fault in faults]
NUMBERED = [f"{name}-{i}" for i, (name, *_) in enumerate(PLANTED)]


@pytest.mark.parametrize(("name", "old", "new", "at", "says"), PLANTED, ids=NUMBERED)
def test_a_guard_sees_its_fault(name, old, new, at, says, tmp_path):
    assert SAMPLE.count(old) == 1, "the fault must change one place of the sample"
    guard = getattr(guards, name)
    text = SAMPLE.replace(old, new)
    broken = lesson(tmp_path, text)
    findings = guard(broken, OUTPUTS) if guard in OF_OUTPUTS else guard(broken)
    found, *_ = [finding for finding in findings if says in finding]
    label, line, _ = found.split(":", 2)
    assert label == "lessons_src/01_sample.py"
    assert text.splitlines()[int(line) - 1].removeprefix("# ").strip().startswith(at)


def test_every_guard_is_tried():
    assert {guard.__name__ for guard in (*OF_SCRIPTS, *OF_OUTPUTS)} == set(FAULTS)


def test_a_figure_that_code_follows_at_once_is_found(tmp_path):
    broken = lesson(tmp_path, SAMPLE.replace("# (n,)\n", "# (n,)\n\n# %%\n"))
    outputs = [*OUTPUTS[:3], [], *OUTPUTS[3:]]
    assert "code follows at once" in guards.figure_captions(broken, outputs)[0]


def test_lines_of_72_columns_are_not_too_wide(tmp_path):
    sample = lesson(tmp_path, SAMPLE.replace("# (n,)", f"# {'n' * 52}"))
    outputs = [OUTPUTS[0], [{"text": f"{'猫' * 36}\n" * 2}], *OUTPUTS[2:]]
    assert guards.code_width(sample) == []
    assert guards.output_width(sample, outputs) == []


WIDE = "n" * 73


@pytest.mark.parametrize(
    ("output", "times"),
    [
        ({"text": f"short\n{WIDE}\n{WIDE}\n"}, 2),
        ({"data": {"text/plain": WIDE}}, 1),
        ({"data": {"text/plain": WIDE, "image/svg+xml": "<svg/>"}}, 0),
        ({"data": {"text/plain": WIDE, "text/html": "<table/>"}}, 0),
        ({"data": {"text/plain": WIDE, "text/markdown": f"```python\n{WIDE}\n```"}}, 1),
        ({"data": {"text/plain": WIDE, "text/markdown": f"{WIDE}\n\n```python\n1\n```"}}, 0),
    ],
)
def test_what_a_page_shows_as_text_is_measured(output, times, tmp_path):
    outputs = [[], [output], *OUTPUTS[2:]]
    found = guards.output_width(lesson(tmp_path, SAMPLE), outputs)
    assert [WIDE in finding for finding in found] == [True] * times


@pytest.mark.parametrize("again", ["def wave(x):\n    return x\n", "class wave:\n    pass\n"])
def test_a_second_definition_is_found(again, tmp_path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "waves.py").write_text("def wave():\n    return 1\n")
    (tmp_path / "02_waves.py").write_text("import math\n\n" + again)
    (finding,) = guards.defined_twice(tmp_path)
    assert finding.startswith(f"{tmp_path.name}/pack/waves.py:1: wave is defined before")
    assert f"{tmp_path.name}/02_waves.py:3" in finding


@pytest.mark.parametrize("names", [["01_a"], ["00_a", "02_b"], ["00_a", "00_b"], ["00_a", "rope"]])
def test_a_gap_or_a_number_used_twice_is_found(names, tmp_path):
    for name in names:
        (tmp_path / f"{name}.py").touch()
    (finding,) = guards.numbering(tmp_path)
    assert finding.startswith(f"{tmp_path.name}/{names[-1]}.py:1: By its place")
    assert f"should begin with {len(names) - 1:02}_" in finding


MAP = "1. [A](lessons/01_a.ipynb)\n   A word.\n2. [B](lessons/02_b.ipynb)\n"
NAVIGATION = "nav:\n  - Home: index.md\n  - Part:\n      - lessons/01_a.ipynb\n"


@pytest.mark.parametrize(
    ("text", "wanted", "said"),
    [
        (MAP, ["lessons/02_b.ipynb", "lessons/01_a.ipynb"], ":1: Here stands lessons/01_a.ipynb"),
        (MAP, ["lessons/01_a.ipynb"], ":3: Here stands lessons/02_b.ipynb, where nothing"),
        (NAVIGATION, ["index.md"], ":4: Here stands lessons/01_a.ipynb, where nothing"),
        (NAVIGATION, ["index.md", "lessons/01_a.ipynb", "x.md"], ":4: Here stands nothing, where x.md"),
    ],
)  # fmt: skip
def test_a_page_in_another_place_is_found(text, wanted, said, tmp_path):
    (tmp_path / "pages").write_text(text)
    (finding,) = guards.same_order(tmp_path / "pages", wanted)
    assert finding.startswith(f"pages{said}")
