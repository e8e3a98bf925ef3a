"""Build in a folder of its own and swap at the end: a build that fails leaves the site as it is."""

import contextlib
import errno
import os
import shutil
from pathlib import Path

import psutil
from mkdocs.plugins import event_priority
from session import SESSION

TAKEN = (errno.ENOTEMPTY, errno.EEXIST)
building = None  # the folder to remove if the build fails


def is_outer(config):
    """The English build happens inside the Japanese one, whose folder is swapped."""
    return not SESSION.serving and config.theme["language"] != "en"


def on_config(config):
    if is_outer(config):
        config.extra["published"] = config.site_dir
        site = Path(config.site_dir)
        forget_dead(site)
        global building
        building = site.with_name(f".{site.name}-{os.getpid()}")
        config.site_dir = str(building)


@event_priority(-100)  # when both languages are written
def on_post_build(config):
    if is_outer(config) and not (config.strict and SESSION.warnings):
        swap(Path(config.site_dir), Path(config.extra["published"]))


def on_build_error(error):
    if building:
        shutil.rmtree(building, ignore_errors=True)


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
