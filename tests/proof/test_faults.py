"""What life does to a build: a right site or a clear failure, and the last good site stays."""

import importlib.util
import os
import random
import shutil
import subprocess
import sys
import time

import project
import pytest
from pipeline import cache
from project import ROOT, build, edit
from test_build import LESSON, contents

LESSONS = {"01_one": LESSON.format(number=1), "02_two": LESSON.format(number=2)}
MOUNTS = sys.platform == "linux" and os.geteuid() == 0
needs_mount = pytest.mark.skipif(
    not MOUNTS, reason="a small or read-only disk is mounted: run as root"
)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A checkout with its site, which the tests below damage and build again, and what is right."""
    checkout = project.copy(tmp_path_factory.mktemp("faults") / "checkout", LESSONS)
    code, output = build(checkout)
    assert code == 0, output
    return checkout, contents(checkout / "site")


def check_rebuilt(good, *words):
    """A build comes to the same site, and says the words."""
    checkout, right = good
    (checkout / ".cache/site.stamp").unlink(missing_ok=True)
    code, output = build(checkout)
    assert code == 0, output
    assert contents(checkout / "site") == right
    assert all(word in output for word in words), output


def cut(rng, data):
    return data[: rng.randrange(len(data))]


def flip(rng, data):
    flipped = bytearray(data)
    flipped[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(flipped)


DAMAGES = [cut, flip, lambda rng, data: b"", lambda rng, data: rng.randbytes(len(data))]
KINDS = ["results", "pages", "notebooks", "editor", "templates"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_damaged_is_noticed_and_made_anew(good, kind):
    checkout, _ = good
    rng = random.Random(kind)
    for damage in DAMAGES[:2] if kind == "editor" else DAMAGES:  # it takes a second to bundle
        files = [path for path in (checkout / ".cache" / kind).iterdir() if path.is_file()]
        assert files
        for path in files:
            path.write_bytes(damage(rng, path.read_bytes() or b"?"))
        if kind in ("notebooks", "templates"):
            shutil.rmtree(checkout / ".cache/pages")  # else nobody reads them
        check_rebuilt(good, *[" ran in "] * (kind == "results"))


def test_a_damaged_stamp_is_no_stamp(good):
    checkout, _ = good
    mark = checkout / ".cache/site.stamp"
    check_rebuilt(good)
    whole = mark.read_bytes()
    for damage in DAMAGES:
        mark.write_bytes(damage(random.Random(0), whole))
        code, output = build(checkout)
        assert code == 0 and "up to date" not in output
    assert build(checkout) == (0, "site/ is up to date\n")


def test_what_a_program_made_is_checked_before_it_is_used(tmp_path, monkeypatch):
    """The editor and the playground's model are kept by the same function."""
    spec = importlib.util.spec_from_file_location("live_hook", ROOT / "docs/hooks/live.py")
    hook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hook)
    monkeypatch.setattr(cache, "FOLDER", tmp_path)
    program = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_bytes(b'made' * 99)"
    arguments = ("folder", ".bin", [ROOT / "LICENSE"], [sys.executable, "-c", program])
    assert hook.cached_output(*arguments) == b"made" * 99
    (kept,) = (tmp_path / "folder").iterdir()
    for damage in DAMAGES:
        kept.write_bytes(damage(random.Random(0), kept.read_bytes()))
        assert hook.cached_output(*arguments) == b"made" * 99
    monkeypatch.setattr(hook.subprocess, "run", None)
    assert hook.cached_output(*arguments) == b"made" * 99


@pytest.mark.parametrize("years", [10, -50])
def test_a_clock_that_was_wrong_costs_time_at_most(good, years):
    """All files are from the future, or so old that the cache is swept: the site stays right."""
    checkout, _ = good
    when = max(0, time.time() + years * 365 * 24 * 3600)
    for path in [
        *checkout.glob("docs/??/*"),
        *checkout.glob("lessons_src/*.py"),
        *checkout.glob(".cache/*/*"),
    ]:
        os.utime(path, (when, when))
    check_rebuilt(good)
    check_rebuilt(good)


MISDEEDS = {
    "deletes its own file": "from pathlib import Path\nPath(__file__).unlink()\n",
    "changes the folder": "import os\nos.chdir('/')\n",
    "leaves a thread": "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n",
    "forks": "import os, time\nif os.fork() == 0:\n    time.sleep(600)\n",
}


@pytest.mark.parametrize("name", MISDEEDS)
def test_a_lesson_that_misbehaves_gives_its_own_page_and_harms_no_other(good, tmp_path, name):
    checkout, right = good
    script = LESSONS["02_two"].replace("from llm_scratch", MISDEEDS[name] + "from llm_scratch")
    path = checkout / "lessons_src/02_two.py"
    path.write_text(script, encoding="utf-8")
    try:
        code, output = build(checkout)
        assert code == 0, output
        built = contents(checkout / "site")
        assert "number 2" in built["lessons/02_two/index.html"].decode()
        assert built["lessons/02_two/02_two.py"].decode() == script
        for page in ("lessons/01_one/index.html", "en/lessons/01_one/index.html"):
            assert built[page] == right[page]
    finally:
        path.write_text(LESSONS["02_two"], encoding="utf-8")
    check_rebuilt(good)


SLOW = """
import time
from pathlib import Path

def on_config(config):
    while Path("lessons_src/01_one.py").exists():
        time.sleep(0.01)
"""


def test_a_lesson_that_is_gone_before_mkdocs_has_loaded_has_its_page(tmp_path):
    gone = LESSONS["01_one"].replace(
        "from llm_scratch", MISDEEDS["deletes its own file"] + "from llm_scratch"
    )
    checkout = project.copy(tmp_path / "checkout", {"01_one": gone})
    (checkout / "docs/hooks/slow.py").write_text(SLOW, encoding="utf-8")
    edit(checkout, "mkdocs.yml", "hooks:\n", "hooks:\n  - docs/hooks/slow.py\n")
    code, output = build(checkout)
    assert code == 0, output
    assert contents(checkout / "site")["lessons/01_one/01_one.py"].decode() == gone


def mount(folder, options):
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)


@pytest.fixture
def mounted(tmp_path):
    """A small disk to put a checkout on; gone afterwards."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount(folder, "size=64m")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@needs_mount
def test_a_full_disk_fails_clearly_and_leaves_the_good_site(mounted):
    checkout = project.copy(mounted / "checkout", LESSONS)
    assert build(checkout)[0] == 0
    good = contents(checkout / "site")
    edit(checkout, "lessons_src/02_two.py", "2)", "22)")
    free = shutil.disk_usage(mounted).free
    for left in (0, 40_000, 400_000, 2_000_000):
        with open(mounted / "filler", "wb") as filler:
            filler.write(bytes(max(0, free - left)))
        code, output = build(checkout)
        assert code != 0 and "No space left on device" in output
        assert contents(checkout / "site") == good
    (mounted / "filler").unlink()
    code, output = build(checkout)
    assert code == 0, output
    assert "number 22" in contents(checkout / "site")["lessons/02_two/index.html"].decode()


@needs_mount
def test_a_cache_without_room_fails_clearly_or_costs_time(good):
    """On a disk of its own that holds almost nothing: then the pages that need it are named."""
    checkout, right = good
    shutil.move(checkout / ".cache", checkout / "kept")
    (checkout / ".cache").mkdir()
    mount(checkout / ".cache", "size=16k")
    try:
        code, output = build(checkout)
        assert code != 0 and "cannot be written, and its page needs it" in output
        assert contents(checkout / "site") == right
    finally:
        subprocess.run(["umount", "--lazy", checkout / ".cache"], check=True)
        (checkout / ".cache").rmdir()
        shutil.move(checkout / "kept", checkout / ".cache")
    check_rebuilt(good)


@needs_mount
def test_a_read_only_cache_is_used_and_not_written(good):
    checkout, _ = good
    check_rebuilt(good)
    kept = checkout / ".cache"
    subprocess.run(["mount", "--bind", kept, kept], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", kept], check=True)
    try:
        shutil.rmtree(checkout / "site")
        code, output = build(checkout)
        assert code == 0, output
        assert contents(checkout / "site") == good[1] and " ran in " not in output
    finally:
        subprocess.run(["umount", "--lazy", kept], check=True)
