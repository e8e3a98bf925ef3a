"""A copy of the project with lessons of one's own, to build, break, kill and serve."""

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path

import pytest

from course import address, navigation
from course.project import LANGUAGES

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = shutil.ignore_patterns(
    ".venv*", ".git", ".cache", "site", ".site-*", "node_modules", "__pycache__", "*.egg-info"
)
ADDRESSES = (
    *address.OF_SITE,
    *address.OF_REPOSITORY,
    *(f"GITHUB_{part}" for part in ("SERVER_URL", "REPOSITORY")),
)
COURSE = [*navigation.numbers()]  # names of the lessons that have a number
LESSONS = ["style_guide", *COURSE]
HAND_WRITTEN = ["", "playground/", "follow/", "glossary/", "contributing/", "changes/"]
PAGES = [*HAND_WRITTEN, *(f"lessons/{name}/" for name in LESSONS)]
PREFIX = {"ja": "", "en": "en/"}

# A small lesson, called NAME, and the pages of a small course.
LESSON = """# %% [markdown] lang="ja"
# # 題名 {{#title}}
#
# 文です。

# %% [markdown] lang="en"
# # Title {{#title}}
#
# A sentence.

# %% tags=["setup"]
from llm_scratch import ops
from llm_scratch.exercises import check

# %%
print("n =", {number})

# %% [markdown] lang="ja"
# ## 簡単にしたこと {{#simplified}}
#
# ## 練習 {{#exercises}}
#
# **1.** 一足す一は。

# %% [markdown] lang="en"
# ## What we simplified {{#simplified}}
#
# ## Exercises {{#exercises}}
#
# **1.** What is one and one?

# %% tags=["exercise"]
two = ...
check("NAME.1", two)

# %% tags=["solution"]
two = 1 + 1
assert check("NAME.1", two)

# %% [markdown] lang="ja"
# **2.** 四の半分は。

# %% [markdown] lang="en"
# **2.** What is half of four?

# %% tags=["exercise"]
half = ...
check("NAME.2", half)

# %% tags=["solution"]
half = 4 / 2
assert check("NAME.2", half)

# %% [markdown] lang="ja"
# ## 次へ {{#next}}

# %% [markdown] lang="en"
# ## Next {{#next}}
"""
EXERCISES = """from llm_scratch.exercises import Exercise, Mistake, exercise

MISTAKES = [Mistake(wrong, ja="違います。", en="No.") for wrong in (1, 3)]


@exercise("NAME.1")
@exercise("NAME.2")
def _two():
    return Exercise(2, hint_ja="数えます。", hint_en="Count.", mistakes=MISTAKES)
"""
SMALL = {
    "index.md": "# Home {#home}\n",
    "glossary.md": "# Words {#words}\n",
    "changes.md": "# News {#news}\n\nGive the [feed](changes.xml) to your reader.\n\n"
    "## Day {#on-2026-11-24}\n\n### A change {#change}\n\nText.\n",
}


def whole(folder):
    """The project as it is, without what it makes."""
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    (folder / "docs/theme/node_modules").symlink_to(ROOT / "docs/theme/node_modules")
    return folder


def copy(folder, lessons):
    """The project without its lessons and pages, and with `lessons`: {name: script}."""
    whole(folder)
    for lesson in folder.glob("lessons_src/*.py"):
        lesson.unlink()
    for (name, script), after in zip_longest(lessons.items(), [*lessons][1:]):
        if after:
            script = script.replace("{#next}", f"{{#next}}\n#\n# [#]({after}.md)")
        for path, text in ((f"{name}.py", script), (f"llm_scratch/exercises/{name}.py", EXERCISES)):
            named = text.replace("NAME", name)
            (folder / "lessons_src" / path).write_text(named, encoding="utf-8")
    for language in LANGUAGES:
        shutil.rmtree(folder / "docs" / language)
        (folder / "docs" / language).mkdir()
        for name, text in SMALL.items():
            (folder / "docs" / language / name).write_text(text, encoding="utf-8")
    settings = folder / "mkdocs.yml"
    head, _, rest = settings.read_text(encoding="utf-8").partition("nav:\n")
    lines = ["- index.md", "- Part:", *(f"    - lessons/{name}.md" for name in lessons)]
    nav = "\n  ".join(["nav:", *lines, "- glossary.md", "- changes.md"])
    settings.write_text(head + nav + rest[rest.index("\n\n") :], encoding="utf-8")
    return folder


def environment(folder):
    """That of a build: modules of this folder, and no address but those that a test gives."""
    ours = {name: value for name, value in os.environ.items() if name not in ADDRESSES}
    ours["PYTHONPATH"] = os.pathsep.join([f"{folder}/docs", f"{folder}/lessons_src"])
    if folder != ROOT:  # the sitemap of a copy says one date, also of builds before midnight
        ours["SOURCE_DATE_EPOCH"] = "1700000000"
    return ours


def run(folder, *command, env=(), **options):
    """Start a Python program of the checkout; its output is one stream of text.

    `env` adds to its environment, and takes away what it has None for.
    """
    variables = environment(folder) | dict(env)
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        env={name: value for name, value in variables.items() if value is not None},
        encoding="utf-8",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **options,
    )


def build(folder, timeout=600, **options):
    """(exit code, output) of one build."""
    process = run(folder, "docs", "build", **options)
    output, _ = process.communicate(timeout=timeout)
    return process.returncode, output


def built(folder, **options):
    """The output of a build that must not fail."""
    code, output = build(folder, **options)
    assert code == 0, output
    return output


def contents(site):
    return {p.relative_to(site).as_posix(): p.read_bytes() for p in site.rglob("*") if p.is_file()}


def edit(folder, file, old, new):
    path = Path(folder, file)
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{file} does not hold {old!r}"
    path.write_text(text.replace(old, new), encoding="utf-8")


@contextmanager
def locked(path):
    """Hold a file that one process at a time can hold; the others wait until it lets go."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as file:
        if os.name == "nt":
            import msvcrt

            while True:
                try:
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                    break
                except OSError:  # it gives up after ten seconds
                    continue
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


class StaticHost(http.server.SimpleHTTPRequestHandler):
    """What a static host does: files below one path, and 404.html for everything else."""

    def __init__(self, *args, below, **options):
        self.below = below
        super().__init__(*args, **options)

    def translate_path(self, path):
        known = path.startswith(self.below)
        return super().translate_path("/" + path.removeprefix(self.below) if known else "/none")

    def send_error(self, code, message=None, explain=None):
        page = Path(self.directory, "404.html")
        if code != 404 or not page.exists():
            return super().send_error(code, message, explain)
        self.send_response(code)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(page.read_bytes())

    def log_message(self, *_):
        pass


@contextmanager
def served(folder, below="/"):
    """The address of a folder, served by a static host below one path."""
    handler = functools.partial(StaticHost, directory=folder, below=below)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{below}"
    server.shutdown()
    server.server_close()


def tell(findings):
    """End a test with what was found, for whoever has to mend it, and nothing else."""
    if text := "\n".join(findings):
        pytest.fail(text, pytrace=False)
