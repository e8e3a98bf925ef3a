"""`mkdocs build --strict` that returns at once when nothing has changed.

MkDocs takes a second to load; whether there is anything to do is known after reading the inputs.
"""

import contextlib
import os
import runpy
import sys
from pathlib import Path

from course import address, cache, dates
from course.digests import digest
from course.project import CACHE, ROOT, SITE

INPUTS = ("docs", "lessons_src", "mkdocs.yml", "mkdocs.en.yml")
IGNORED = {"node_modules", "__pycache__"}


def walk(top):
    if top.is_file():
        yield top
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(set(folders) - IGNORED)
        yield from (Path(folder, name) for name in sorted(names))


def inputs():
    """A digest of all files, settings and packages that the site is built from."""
    packages = next(p for p in sys.path if p.endswith("site-packages"))
    settings = (address.of_site(), address.of_repository(), os.environ[dates.NAME])
    files = [path for top in INPUTS for path in walk(ROOT / top)]
    return digest(
        sys.version,
        sorted(os.listdir(packages)),
        *settings,
        *(path.relative_to(ROOT) for path in files),
        *(path.read_bytes() for path in files),
        listing(CACHE / "live"),
    )


def listing(folder):
    """A digest of names, sizes and dates in a folder, which change when somebody edits a file."""
    try:
        return digest(*((p, p.stat().st_size, p.stat().st_mtime_ns) for p in walk(folder)))
    except FileNotFoundError:  # another build is replacing the folder at this moment
        return "changing"


def stamped(mark):
    try:
        return mark.read_text(errors="replace")
    except OSError:  # no build has ended yet
        return ""


def build():
    """Call MkDocs's own command, so that messages and exit codes are those of MkDocs."""
    os.chdir(ROOT)
    os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")
    from course.run import COURSE

    try:
        COURSE.refresh()  # stale lessons run while MkDocs loads
    except ValueError as error:  # a script that is no lesson
        sys.exit(str(error))
    sys.argv = ["mkdocs", "build", "--strict", "--site-dir", str(SITE)]
    try:
        runpy.run_module("mkdocs", run_name="__main__")
    except SystemExit as end:  # click always exits
        if end.code:
            raise


def main():
    dates.fix()
    mark = CACHE / f"{SITE.name}.stamp"
    before = inputs()
    if (done := stamped(mark)) == f"{before} {listing(SITE)}" and "changing" not in done:
        print(f"{SITE.name}/ is up to date")
        return
    with contextlib.suppress(OSError):  # a mark that stays names its inputs, so it does no harm
        mark.unlink(missing_ok=True)
    build()
    with contextlib.suppress(OSError):  # without a mark, the next build runs in full
        cache.write(mark, f"{before} {listing(SITE)}".encode())
