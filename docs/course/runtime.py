"""What runs and edits cells in the page: live/, one copy for both languages.

The runtime that `make live` collected, our own package and the editor. Without the runtime the site
is complete but for running cells; its buttons say so.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from course import archive, cache
from course.digests import for_browser, sha256
from course.formulas import node_program
from course.project import CACHE, PACKAGE, THEME

LOCK = Path(__file__).with_name("runtime.lock.json")
RUNTIME = CACHE / "live"
MODEL = "mini_gpt.safetensors"


def files(serving):
    """{address: bytes, or the path of a file}; a server needs no offline copy."""
    zipped = package()
    made = {
        "live/llm_scratch.zip": zipped,
        "live/files.json": checksums(zipped),
        "live/worker.js": THEME / "workers" / "python.js",
        "live/editor.js": editor(),
    }
    if not serving:
        made["offline.js"] = THEME / "workers" / "offline.js"
    if RUNTIME.exists():
        made[f"live/{MODEL}"] = mini_gpt()
    return made | {f"live/{path.name}": path for path in sorted(RUNTIME.glob("*"))}


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
    return made_by([sys.executable, "-c", program], "playground/mini_gpt.safetensors", sources)


def editor():
    """The editor as one file, bundled anew when it or its packages have changed."""
    parts = ("node/bundle.mjs", "node/editor.mjs", "package-lock.json")
    command = [node_program(), THEME / "node" / "bundle.mjs"]
    return made_by(command, "editor/editor.js", [THEME / name for name in parts])


def made_by(command, name, sources):
    """What `command` writes to its last argument, kept until one of the sources changes."""

    def make():
        with tempfile.TemporaryDirectory() as temporary:
            written = Path(temporary, Path(name).name)
            subprocess.run([*command, written], check=True, cwd=PACKAGE.parent)
            return written.read_bytes()

    return cache.kept(name, (cache.environment(), *(path.read_bytes() for path in sources)), make)


def package():
    """Our package as a zip that the browser unpacks."""
    sources = sorted(PACKAGE.rglob("*.py"))
    return archive.pack(
        (path.relative_to(PACKAGE.parent).as_posix(), path.read_bytes()) for path in sources
    )
