"""MkDocs hook: what runs and edits cells goes into the site, and how many exercises there are.

The runtime that `make live` collected, our own package and the editor stand in live/, one copy for
both languages. Without the runtime the site is whole; the buttons say what to do.
"""

import io
import os
import subprocess
import sys
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
    files.append(File.generated(config, "live/editor.js", abs_src_path=str(editor())))
    if RUNTIME.exists():
        files.append(File.generated(config, f"live/{MODEL}", abs_src_path=str(mini_gpt())))
    for path in sorted(RUNTIME.glob("*")):
        files.append(File.generated(config, f"live/{path.name}", abs_src_path=str(path)))
    return files


def mini_gpt():
    """The model of the playground, trained anew when the package has changed."""
    name = cache.digest(cache.machinery(), *(p.read_bytes() for p in sorted(PACKAGE.glob("*.py"))))
    trained = cache.FOLDER / "playground" / f"{name[:16]}.safetensors"
    if not trained.exists():
        trained.parent.mkdir(parents=True, exist_ok=True)
        program = (
            "import sys; from llm_scratch import playground; playground.save_mini_gpt(sys.argv[1])"
        )
        subprocess.run([sys.executable, "-c", program, trained], check=True, cwd=PACKAGE.parent)
    return trained


def editor():
    """The editor as one file, bundled anew when it or its packages have changed."""
    sources = [NPM / name for name in ("bundle.mjs", "editor.mjs", "package-lock.json")]
    name = cache.digest(*(path.read_bytes() for path in sources))[:16]
    bundle = cache.FOLDER / "editor" / f"{name}.js"
    bundle.parent.mkdir(parents=True, exist_ok=True)
    if not bundle.exists():
        unfinished = bundle.with_suffix(f".{os.getpid()}")
        subprocess.run([node_program(), NPM / "bundle.mjs", unfinished], check=True)
        unfinished.replace(bundle)
    return bundle


def package():
    """Our package as a zip that the browser unpacks."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(PACKAGE.rglob("*.py")):
            inside = path.relative_to(PACKAGE.parent).as_posix()
            name = zipfile.ZipInfo(inside, LONG_AGO)
            archive.writestr(name, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()
