"""Build in a folder of its own and swap at the end: a build that fails leaves the site as it is."""

import contextlib
import errno
import os
import shutil

import psutil

TAKEN = (errno.ENOTEMPTY, errno.EEXIST)


def beside(site):
    """The folder that this process builds in."""
    return site.with_name(f".{site.name}-{os.getpid()}")


def swap(new, site):
    """Two renames, tried again when another build swaps at the same time."""
    old = new.with_name(new.name + "-old")
    for _ in range(100):
        with contextlib.suppress(FileNotFoundError):
            site.rename(old)
        try:
            new.rename(site)
            break
        except OSError as error:
            if error.errno not in TAKEN:
                raise
        finally:
            shutil.rmtree(old, ignore_errors=True)


def forget_dead(site):
    """Remove what killed builds left behind."""
    for folder in site.parent.glob(f".{site.name}-*"):
        pid = folder.name.removeprefix(f".{site.name}-").removesuffix("-old")
        if pid.isdigit() and (int(pid) == os.getpid() or not psutil.pid_exists(int(pid))):
            shutil.rmtree(folder, ignore_errors=True)
