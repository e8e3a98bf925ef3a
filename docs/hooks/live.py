"""MkDocs hook: what runs and edits cells goes into the site, and how many exercises there are.

The runtime that `make live` collected, our own package and the editor stand in live/, one copy for
both languages. Without the runtime the site is whole; the buttons say what to do.
"""

import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from formulas import NPM, node_program
from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pipeline import cache
from pipeline.course import COURSE

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = ROOT / ".cache" / "live"
WORKER = ROOT / "docs" / "live_worker.js"
PACKAGE = ROOT / "lessons_src" / "llm_scratch"
MODEL = "mini_gpt.safetensors"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same package is the same bytes


def on_files(files, config):
    config.extra["exercises"] = {
        name: sum("exercise" in cell.tags for cell in lesson.cells)
        for name, lesson in COURSE.lessons.items()
    }
    if config.theme["language"] != "ja":
        return files
    files.append(File.generated(config, "live/llm_scratch.zip", content=package()))
    files.append(File.generated(config, "live/worker.js", abs_src_path=str(WORKER)))
    files.append(File.generated(config, "live/editor.js", content=editor()))
    if RUNTIME.exists():
        files.append(File.generated(config, f"live/{MODEL}", content=mini_gpt()))
    for path in sorted(RUNTIME.glob("*")):
        files.append(File.generated(config, f"live/{path.name}", abs_src_path=str(path)))
    return files


def mini_gpt():
    """The model of the playground, trained anew when the package has changed."""
    program = "import sys; from llm_scratch import playground as p; p.save_mini_gpt(sys.argv[1])"
    sources = sorted(PACKAGE.glob("*.py"))
    return made("playground", ".safetensors", sources, [sys.executable, "-c", program])


def editor():
    """The editor as one file, bundled anew when it or its packages have changed."""
    sources = [NPM / name for name in ("bundle.mjs", "editor.mjs", "package-lock.json")]
    return made("editor", ".js", sources, [node_program(), NPM / "bundle.mjs"])


def made(folder, suffix, sources, command):
    """What `command` writes to its last argument, kept until one of the sources changes."""
    name = cache.digest(cache.machinery(), *(path.read_bytes() for path in sources))[:16]
    kept = cache.FOLDER / folder / f"{name}{suffix}"
    if (data := cache.load(kept)) is None:
        with tempfile.TemporaryDirectory() as temporary:
            written = Path(temporary, kept.name)
            subprocess.run([*command, written], check=True, cwd=PACKAGE.parent)
            data = written.read_bytes()
        cache.store(kept, data)
    return data


def package():
    """Our package as a zip that the browser unpacks."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(PACKAGE.rglob("*.py")):
            inside = path.relative_to(PACKAGE.parent).as_posix()
            name = zipfile.ZipInfo(inside, LONG_AGO)
            archive.writestr(name, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()
