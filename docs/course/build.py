"""`mkdocs build --strict` that returns at once when nothing has changed.

MkDocs takes a second to load; whether there is anything to do is known after reading the inputs.
"""

import contextlib
import hashlib
import os
import sys
from pathlib import Path

from course import address, cache, dates
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
    """A hash of all files, settings and packages that the site is built from."""
    whole = hashlib.sha256(sys.version.encode())
    whole.update(f"{address.of_site()} {address.of_repository()}\n".encode())
    whole.update(os.environ[dates.NAME].encode())
    packages = next(p for p in sys.path if p.endswith("site-packages"))
    whole.update("\n".join(sorted(os.listdir(packages))).encode())
    for path in (path for top in INPUTS for path in walk(ROOT / top)):
        data = path.read_bytes()
        whole.update(f"{path.relative_to(ROOT)} {len(data)}\n".encode() + data)
    whole.update(listing(CACHE / "live").encode())
    return whole.hexdigest()


def listing(folder):
    """A hash of names, sizes and dates in a folder: it changes when somebody edits a file there."""
    try:
        lines = [f"{p} {p.stat().st_size} {p.stat().st_mtime_ns}" for p in walk(folder)]
    except FileNotFoundError:  # another build is replacing the folder at this moment
        return "changing"
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


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
    from mkdocs.__main__ import cli

    try:
        cli(["build", "--strict"])
    except SystemExit as end:  # click always exits
        if end.code:
            raise


def main():
    dates.fix()
    mark = CACHE / "site.stamp"
    before = inputs()
    if (done := stamped(mark)) == f"{before} {listing(SITE)}" and "changing" not in done:
        print("site/ is up to date")
        return
    with contextlib.suppress(OSError):  # a mark that stays names its inputs, so it does no harm
        mark.unlink(missing_ok=True)
    build()
    with contextlib.suppress(OSError):  # without a mark, the next build runs in full
        cache.write(mark, f"{before} {listing(SITE)}".encode())
