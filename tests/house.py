"""A copy of the project with lessons of one's own, to build, break, kill and serve."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = shutil.ignore_patterns(
    ".venv", ".git", ".cache", "site", ".site-*", "node_modules", "__pycache__", "*.egg-info"
)


def copy(folder, lessons):
    """The project without its lessons and pages, and with `lessons`: {name: script}."""
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    (folder / "docs/npm/node_modules").symlink_to(ROOT / "docs/npm/node_modules")
    for lesson in folder.glob("lessons_src/[0-9]*.py"):
        lesson.unlink()
    for name, script in lessons.items():
        (folder / f"lessons_src/{name}.py").write_text(script, encoding="utf-8")
    for language in ("ja", "en"):
        shutil.rmtree(folder / "docs" / language)
        (folder / "docs" / language).mkdir()
        (folder / "docs" / language / "index.md").write_text("# Home {#home}\n")
        (folder / "docs" / language / "glossary.md").write_text("# Words {#words}\n")
    for settings in ("mkdocs.yml", "mkdocs.en.yml"):
        replace_nav(
            folder / settings, ["index.md", *(f"lessons/{n}.ipynb" for n in lessons), "glossary.md"]
        )
    return folder


def replace_nav(settings, pages):
    head, _, rest = settings.read_text(encoding="utf-8").partition("nav:\n")
    nav = "nav:\n" + "".join(f"  - {page}\n" for page in pages)
    settings.write_text(head + nav + rest[rest.index("\n\n") :], encoding="utf-8")


def run(folder, *command, **options):
    """Start a Python program of the house; its output is one stream of text."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    if folder != ROOT:  # the sitemap of a copy says one date, also of builds before midnight
        options = {"env": os.environ | {"SOURCE_DATE_EPOCH": "1700000000"}} | options
    return subprocess.Popen([sys.executable, *command], cwd=folder, text=True, **pipes, **options)


def build(folder):
    """(exit code, output) of one build."""
    process = run(folder, "docs/build.py")
    output, _ = process.communicate(timeout=600)
    return process.returncode, output


def edit(folder, file, old, new):
    path = Path(folder, file)
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{file} does not hold {old!r}"
    path.write_text(text.replace(old, new), encoding="utf-8")
