"""MkDocs hook: the runtime that `make live` collected and our own package go into the site.

Both languages use the one copy, in live/. Without it the site is whole; the buttons say what to do.
"""

import io
import zipfile
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = ROOT / ".cache" / "live"
WORKER = ROOT / "docs" / "live_worker.js"
PACKAGE = ROOT / "lessons_src" / "llm_scratch"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same package is the same bytes


def on_files(files, config):
    if config.theme["language"] != "ja":
        return files
    files.append(File.generated(config, "live/llm_scratch.zip", content=package()))
    files.append(File.generated(config, "live/worker.js", abs_src_path=str(WORKER)))
    for path in sorted(RUNTIME.glob("*")):
        files.append(File.generated(config, f"live/{path.name}", abs_src_path=str(path)))
    return files


def package():
    """Our package as a zip that the browser unpacks."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(PACKAGE.rglob("*.py")):
            inside = path.relative_to(PACKAGE.parent).as_posix()
            name = zipfile.ZipInfo(inside, LONG_AGO)
            archive.writestr(name, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()
