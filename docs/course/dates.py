"""The date of a build is that of the last commit: the same files give the same site on any day."""

import os
import subprocess

from course.project import ROOT

NAME = "SOURCE_DATE_EPOCH"  # reproducible-builds.org; MkDocs dates the site map by it
LONG_AGO = "315532800"  # 1980-01-01, where there is no repository


def fix():
    """Set the date of this build: what the caller set, else the day of the last commit."""
    os.environ.setdefault(NAME, last_commit() or LONG_AGO)


def last_commit():
    """Seconds since 1970, as text; empty where there is no git or no repository."""
    command = ["git", "log", "-1", "--format=%ct"]
    try:
        log = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    except OSError:
        return ""
    return log.stdout.strip()
