"""MkDocs hook: put what runs and edits cells into the site, and count the exercises.

The runtime that `make live` collected, our own package and the editor go into live/, one copy for
both languages. Without the runtime the site is complete but for running cells; its buttons say so.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from formulas import NPM, node_program
from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pipeline import archive, cache
from pipeline.course import COURSE
from pipeline.hashes import digest, for_browser, sha256
from session import SESSION

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "docs" / "live.lock.json"
RUNTIME = ROOT / ".cache" / "live"
WORKER = NPM / "workers" / "python.js"
OFFLINE = NPM / "workers" / "offline.js"
PACKAGE = ROOT / "lessons_src" / "llm_scratch"
MODEL = "mini_gpt.safetensors"


def on_files(files, config):
    config.extra["exercises"] = {
        name: sum("exercise" in cell.tags for cell in lesson.cells)
        for name, lesson in COURSE.lessons.items()
    }
    if config.theme["language"] != "ja":
        return files
    zipped = package()
    files.append(File.generated(config, "live/llm_scratch.zip", content=zipped))
    files.append(File.generated(config, "live/files.json", content=checksums(zipped)))
    files.append(File.generated(config, "live/worker.js", abs_src_path=str(WORKER)))
    if not SESSION.serving:  # `mkdocs serve` needs no offline copy
        files.append(File.generated(config, "offline.js", abs_src_path=str(OFFLINE)))
    files.append(File.generated(config, "live/editor.js", content=editor()))
    if RUNTIME.exists():
        files.append(File.generated(config, f"live/{MODEL}", content=mini_gpt()))
    for path in sorted(RUNTIME.glob("*")):
        files.append(File.generated(config, f"live/{path.name}", abs_src_path=str(path)))
    return files


def checksums(zipped):
    """{name: sha256} of the files that start Python; Pyodide itself checks the wheels."""
    lock = json.loads(LOCK.read_text(encoding="utf-8"))
    sums = {name: found for name, found in lock.items() if not name.endswith(".whl")}
    sums["llm_scratch.zip"] = sha256(zipped)
    return json.dumps({name: for_browser(found) for name, found in sums.items()}, indent=1)


def mini_gpt():
    """The model of the playground, trained anew when the package has changed."""
    program = "import sys; from llm_scratch import playground as p; p.save_mini_gpt(sys.argv[1])"
    sources = sorted(PACKAGE.glob("*.py"))
    return cached_output("playground", ".safetensors", sources, [sys.executable, "-c", program])


def editor():
    """The editor as one file, bundled anew when it or its packages have changed."""
    sources = [NPM / name for name in ("node/bundle.mjs", "node/editor.mjs", "package-lock.json")]
    return cached_output("editor", ".js", sources, [node_program(), NPM / "node" / "bundle.mjs"])


def cached_output(folder, suffix, sources, command):
    """What `command` writes to its last argument, kept until one of the sources changes."""
    name = digest(cache.environment_digest(), *(path.read_bytes() for path in sources))[:16]
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
    sources = sorted(PACKAGE.rglob("*.py"))
    return archive.pack(
        (path.relative_to(PACKAGE.parent).as_posix(), path.read_bytes()) for path in sources
    )
