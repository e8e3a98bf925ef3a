"""Where things are."""

import os
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1]
ROOT = DOCS.parent
SOURCES = ROOT / "lessons_src"
PACKAGE = SOURCES / "llm_scratch"
THEME = DOCS / "theme"
CACHE = ROOT / ".cache"
SITE = ROOT / os.environ.get("SITE_DIR", "site")
APPROVED = ROOT / "tests" / "lessons" / "approved"
LANGUAGES = ("ja", "en")


def relative(path):
    """A path as messages name it."""
    return path.relative_to(ROOT).as_posix()
