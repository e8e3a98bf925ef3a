"""The addresses of the site and of its repository: as told, else as the forge says, else none.

Without an address, a page names no canonical address and offers no editing: nothing leads to a
machine that is not this site, or to a stranger's repository.
"""

import os
import re
import subprocess

from course.project import ROOT

OF_SITE = ("SITE_URL", "CI_PAGES_URL", "READTHEDOCS_CANONICAL_URL", "CF_PAGES_URL")
OF_REPOSITORY = ("REPO_URL", "CI_PROJECT_URL")
EDITED_AT = {"github.com": "edit/main/", "gitlab.com": "-/edit/main/"}  # else as Forgejo does
ORIGIN = re.compile(
    r"(?:https?://|ssh://|git://)?(?:[^@/]+@)?([\w.-]+)(?::\d+)?[:/](.+?)(?:\.git)?/?"
)


def of_site():
    """Where the site will stand, with a slash at the end; empty where nobody says so."""
    found = next(filter(None, map(os.environ.get, OF_SITE)), "")
    return found.rstrip("/") + "/" if found else ""


def of_repository():
    """The page of the repository; empty where there is none."""
    told = next(filter(None, map(os.environ.get, OF_REPOSITORY)), "")
    return (told or of_github() or of_origin()).rstrip("/")


def of_github():
    server, name = (os.environ.get(f"GITHUB_{part}") for part in ("SERVER_URL", "REPOSITORY"))
    return f"{server}/{name}" if server and name else ""


def of_origin():
    """The page that belongs to git's `origin`, without the name or token of who cloned it."""
    command = ["git", "remote", "get-url", "origin"]
    try:
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()
    except OSError:  # no git
        return ""
    remote = re.match(r"https?://|ssh://|git://|[^/]+@[^/]+:", told)  # and not a folder
    match = ORIGIN.fullmatch(told)
    return f"https://{match[1]}/{match[2]}" if remote and match else ""


def edit_uri(repository, language):
    """Where the pages of one language are edited, below the page of the repository."""
    host = repository.partition("://")[2].partition("/")[0]
    return EDITED_AT.get(host, "_edit/main/") + f"docs/{language}/"
