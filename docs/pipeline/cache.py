"""Results kept on disk: a lesson runs again only when something that it depends on has changed.

The key holds what is known beforehand: the executed steps, this pipeline, the versions. Beside each
result stand the hashes of the modules that the lesson really imported; several results are kept per
key, so that undoing an edit is instant.
"""

import contextlib
import hashlib
import json
import logging
import os
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from pipeline.lesson import ROOT

log = logging.getLogger("mkdocs.lessons")

FOLDER = ROOT / ".cache"
KEPT_FOR = 14 * 24 * 3600  # seconds since the last use
_MACHINERY = ("execute.py", "runner.py", "pool.py")


def digest(*parts):
    whole = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        whole.update(b"%d:" % len(data) + data)
    return whole.hexdigest()


def machinery():
    """What every result depends on besides the lesson itself."""
    here = Path(__file__).parent
    sources = [(here / name).read_bytes() for name in _MACHINERY]
    return digest(sys.version, version("numpy"), version("matplotlib"), *sources)


def key(lesson, base=None):
    steps = json.dumps([(step.kind, step.source) for step in lesson.steps])
    return digest(base or machinery(), lesson.name, steps)[:32]


def write(path, data):
    """Write bytes so that a reader, or a kill at any moment, finds all of them or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def store(path, data):
    """Keep `data` with its checksum; a cache that cannot be written costs time, not the build."""
    try:
        write(path, hashlib.sha256(data).hexdigest().encode() + b"\n" + data)
    except OSError as error:
        log.info("cache: %s is not kept (%s)", path.name, error)


def load(path):
    """The data that `store` kept, or None; says so when the file is damaged."""
    try:
        checksum, _, data = path.read_bytes().partition(b"\n")
        if hashlib.sha256(data).hexdigest().encode() == checksum:
            with contextlib.suppress(OSError):  # a cache that can only be read grows old
                os.utime(path)
            return data
        log.info("cache: %s is damaged and made anew", path.name)
    except FileNotFoundError:
        pass
    except OSError as error:
        log.info("cache: %s cannot be used (%s)", path.name, error)
    return None


def snapshot(sources):
    """{path: sha256} of every module that a lesson could import."""
    paths = sorted(sources.rglob("*.py"))
    return {
        path.relative_to(sources).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
    }


def find(key, modules):
    """The kept result whose modules are those of the snapshot, or None."""
    for path in sorted((FOLDER / "results").glob(f"{key}-*.json")):
        data = load(path)
        result = json.loads(data) if data else None
        if result and result["modules"].items() <= modules.items():
            return result
    return None


def keep(key, result, modules):
    """Keep a result, unless a module changed while the lesson ran."""
    if not result["modules"].items() <= modules.items():
        return
    modules = digest(json.dumps(result["modules"], sort_keys=True))[:16]
    store(FOLDER / "results" / f"{key}-{modules}.json", json.dumps(result).encode())


def forget_old():
    """Drop what no build has asked for in two weeks, and what a killed build left behind."""
    for path in FOLDER.glob("*/*"):
        if path.parent.name == "live":  # collected whole or not at all
            continue
        try:
            if path.is_file() and time.time() - path.stat().st_mtime > KEPT_FOR:
                path.unlink()
        except OSError:  # another build was faster
            continue
