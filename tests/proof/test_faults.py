"""What life does to a build: a right site or a clear failure, and the last good site stays."""

import os
import random
import shutil
import signal
import subprocess
import time

import project
import pytest
from project import LESSON, build, built, contents, edit

LESSONS = {"one": LESSON.format(number=1), "two": LESSON.format(number=2)}
pytestmark = pytest.mark.xdist_group("faults")
needs_mount = pytest.mark.skipif(
    os.geteuid() != 0, reason="a small or read-only disk is mounted: run as root"
)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A checkout with its site, which the tests below damage and build again, and what is right."""
    checkout = project.copy(tmp_path_factory.mktemp("faults") / "checkout", LESSONS)
    built(checkout)
    return checkout, contents(checkout / "site")


def check_rebuilt(good, *words):
    """A build comes to the same site, and says the words."""
    checkout, right = good
    (checkout / ".cache/site.stamp").unlink(missing_ok=True)
    output = built(checkout)
    assert contents(checkout / "site") == right
    assert all(word in output for word in words), output


KILL = """
import atexit, os, signal, sys

CHANGES = {"os.rename", "os.mkdir", "os.rmdir", "os.remove", "shutil.rmtree", "os.utime"}
done, last = 0, int(os.environ["KILL_AT"])

def count(event, arguments):
    global done
    if event in CHANGES or event == "open" and {*str(arguments[1])} & {*"wax+"}:
        done += 1
        if done == last:
            os.killpg(0, signal.SIGKILL)

def tell():
    print("changes:", done, flush=True)

if sys.orig_argv[1:] == ["docs", "build"]:
    sys.addaudithook(count)
    atexit.register(tell)
"""


@pytest.fixture
def killed(good, tmp_path):
    """Build, and be killed with all that one has started at the nth change of any file."""
    (tmp_path / "sitecustomize.py").write_text(KILL)

    def killed(at):
        path = os.pathsep.join([str(tmp_path), project.environment(good[0])["PYTHONPATH"]])
        told = {"KILL_AT": str(at), "PYTHONPATH": path}
        return build(good[0], env=told, start_new_session=True)

    return killed


def test_killed_at_any_change_of_a_file_the_next_build_is_right(good, killed):
    checkout, right = good
    shutil.rmtree(checkout / ".cache")
    code, output = killed(0)
    changes = int(output.rpartition("changes:")[2])
    assert code == 0 and changes > 100
    moments = [*random.Random(0).sample(range(1, changes), 16), *range(changes - 4, changes + 1)]
    shutil.rmtree(checkout / ".cache")
    codes = []
    for moment in moments:
        (checkout / ".cache/site.stamp").unlink(missing_ok=True)
        codes.append(killed(moment)[0])
        site = checkout / "site"
        assert not site.exists() or contents(site) == right
    assert codes.count(-signal.SIGKILL) > 10 and {*codes} <= {0, -signal.SIGKILL}
    check_rebuilt(good)
    assert not [*checkout.glob(".site-*")]


def test_two_builds_at_once_are_both_right(good):
    checkout, right = good
    shutil.rmtree(checkout / ".cache")
    both = [project.run(checkout, "docs", "build") for _ in range(2)]
    for process in both:
        output, _ = process.communicate(timeout=600)
        assert process.returncode == 0, output
    assert contents(checkout / "site") == right


def cut(rng, data):
    return data[: rng.randrange(len(data))]


def flip(rng, data):
    flipped = bytearray(data)
    flipped[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(flipped)


DAMAGES = [cut, flip, lambda rng, data: b"", lambda rng, data: rng.randbytes(len(data))]


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_is_noticed_and_made_anew(good, damage):
    """Every file of the cache; so what makes the model and the editor is asked again, too."""
    rng = random.Random(0)
    files = [path for path in sorted((good[0] / ".cache").glob("*/*")) if path.is_file()]
    assert {"results", "pages", "cells", "editor", "finished"} <= {p.parent.name for p in files}
    for path in files:
        path.write_bytes(damage(rng, path.read_bytes() or b"?"))
    check_rebuilt(good, "one ran in", "two ran in", "is damaged and made anew")


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
    built(checkout)
    good = contents(checkout / "site")
    edit(checkout, "lessons_src/two.py", "2)", "22)")
    free = shutil.disk_usage(mounted).free
    for left in (0, 40_000, 400_000, 2_000_000):
        with open(mounted / "filler", "wb") as filler:
            filler.write(bytes(max(0, free - left)))
        code, output = build(checkout)
        assert code != 0 and "No space left on device" in output
        assert contents(checkout / "site") == good
    (mounted / "filler").unlink()
    built(checkout)
    assert "n = 22" in contents(checkout / "site")["lessons/two/index.html"].decode()


@needs_mount
def test_a_cache_without_room_costs_time(good):
    checkout, _ = good
    shutil.move(checkout / ".cache", checkout / "kept")
    (checkout / ".cache").mkdir()
    mount(checkout / ".cache", "size=16k")
    try:
        check_rebuilt(good, "one ran in", "is not kept (", "No space left on device")
    finally:
        subprocess.run(["umount", "--lazy", checkout / ".cache"], check=True)
        (checkout / ".cache").rmdir()
        shutil.move(checkout / "kept", checkout / ".cache")


@needs_mount
def test_a_read_only_cache_is_used_and_not_written(good):
    checkout, _ = good
    check_rebuilt(good)
    kept = checkout / ".cache"
    subprocess.run(["mount", "--bind", kept, kept], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", kept], check=True)
    try:
        shutil.rmtree(checkout / "site")
        assert " ran in " not in built(checkout)
        assert contents(checkout / "site") == good[1]
    finally:
        subprocess.run(["umount", "--lazy", kept], check=True)
