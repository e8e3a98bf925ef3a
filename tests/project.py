"""A copy of the project with lessons of one's own, to build, break, kill and serve."""

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = shutil.ignore_patterns(
    ".venv*", ".git", ".cache", "site", ".site-*", "node_modules", "__pycache__", "*.egg-info"
)


def whole(folder):
    """The project as it is, without what it makes."""
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    (folder / "docs/theme/node_modules").symlink_to(ROOT / "docs/theme/node_modules")
    return folder


def copy(folder, lessons):
    """The project without its lessons and pages, and with `lessons`: {name: script}."""
    whole(folder)
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
    """Start a Python program of the checkout; its output is one stream of text."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    if folder != ROOT:  # the sitemap of a copy says one date, also of builds before midnight
        options = {"env": os.environ | {"SOURCE_DATE_EPOCH": "1700000000"}} | options
    return subprocess.Popen([sys.executable, *command], cwd=folder, text=True, **pipes, **options)


def build(folder, timeout=600, **options):
    """(exit code, output) of one build."""
    process = run(folder, "docs/build.py", **options)
    output, _ = process.communicate(timeout=timeout)
    return process.returncode, output


def edit(folder, file, old, new):
    path = Path(folder, file)
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{file} does not hold {old!r}"
    path.write_text(text.replace(old, new), encoding="utf-8")


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
