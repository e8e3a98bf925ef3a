"""What was made before, kept on disk until something that it depends on has changed."""

import contextlib
import json
import logging
import os
import sys
import time
from pathlib import Path

from course import labels, project
from course.digests import digest, sha256
from llm_scratch.files import write_atomically

log = logging.getLogger("mkdocs.course")

KEPT_FOR = 14 * 24 * 3600  # seconds since the last use
RUN_BY = ("execute.py", "runner.py", "pool.py", "digests.py")


def folder():
    return project.CACHE


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, [data])


def write_all(files):  # {path: bytes}
    """Write every file under another name before the first is renamed: an error changes none."""
    waiting = {path: path.with_name(f"{path.name}.{os.getpid()}.new") for path in files}
    try:
        for path, data in files.items():
            write(waiting[path], data)
        for path, whole in waiting.items():
            whole.replace(path)
    finally:
        for whole in waiting.values():
            whole.unlink(missing_ok=True)


def store(path, data):
    """Keep `data` with its checksum; a cache that cannot be written costs time, not the build."""
    try:
        write(path, sha256(data).encode() + b"\n" + data)
    except OSError as error:
        log.info("cache: %s is not kept (%s)", path.name, error)


def load(path):
    """The data that `store` kept, or None; a damaged file is logged."""
    try:
        checksum, _, data = path.read_bytes().partition(b"\n")
        if sha256(data).encode() == checksum:
            with contextlib.suppress(OSError):  # the cache may be read-only
                os.utime(path)
            return data
        log.info("cache: %s is damaged and made anew", path.name)
    except FileNotFoundError:
        pass
    except OSError as error:
        log.info("cache: %s cannot be used (%s)", path.name, error)
    return None


def kept(name, key, make):  # name: "cards/x.png" -> bytes
    """What `make` returns, made anew for another key."""
    place = Path(name)
    path = folder() / place.parent / f"{place.stem}-{digest(*key)[:16]}{place.suffix}"
    if (data := load(path)) is None:
        data = make()
        store(path, data)
    return data


def kept_json(name, key, make):
    """What `make` returns, as JSON keeps it: tuples become lists."""
    return json.loads(kept(f"{name}.json", key, lambda: json.dumps(make()).encode()))


def sources(*names):
    """A digest of modules of the build."""
    return digest(*(Path(__file__).with_name(name).read_bytes() for name in names))


def versions(*packages):
    """A digest of the installed versions of packages."""
    from importlib.metadata import version  # a build that has nothing to do needs none

    return digest(*map(version, packages))


def environment():
    """A digest of what every result of a lesson depends on besides the lesson itself."""
    return digest(sys.version, versions("numpy", "matplotlib"), sources(*RUN_BY))


# Results of lessons. The key is known before the run: the executed steps, this build, the versions.
# Each result lists the digests of the modules that the lesson did import; several are kept per key,
# so that undoing an edit is instant.


def key(lesson, base):
    steps = json.dumps([(step.kind, step.source) for step in lesson.steps])
    return digest(base, lesson.name, steps, json.dumps(labels.of(lesson)))[:32]


def snapshot(sources):
    """{path: sha256} of every module that a lesson could import."""
    paths = sorted(sources.rglob("*.py"))
    return {path.relative_to(sources).as_posix(): sha256(path.read_bytes()) for path in paths}


def find(key, modules):
    """The kept result whose modules are those of the snapshot, or None."""
    for path in sorted((folder() / "results").glob(f"{key}-*.json")):
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
    store(folder() / "results" / f"{key}-{modules}.json", json.dumps(result).encode())


def forget_old():
    """Delete what no build has read for two weeks, and what a killed build left behind."""
    for path in folder().glob("*/*"):
        if path.parent.name == "live":  # collect.py replaces this folder as a whole
            continue
        try:
            if path.is_file() and time.time() - path.stat().st_mtime > KEPT_FOR:
                path.unlink()
        except OSError:  # another build removed it first
            continue
