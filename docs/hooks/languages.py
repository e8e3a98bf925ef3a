"""MkDocs hook: one build makes both languages, and each page knows its translation.

The Japanese build (mkdocs.yml) runs the English one (mkdocs.en.yml) inside itself when its own
pages are written. MkDocs shares this module between the two, so it keeps no state: functions read
what they need from the config they are given.
"""

import logging
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from mkdocs.commands.build import build
from mkdocs.config import load_config

ENGLISH = "en/"
log = logging.getLogger("mkdocs.hooks.languages")  # a warning here stops a strict build


def is_english(config):
    return config.theme["language"] == "en"


def on_config(config):
    """Let both languages remember one colour scheme: the theme stores it per `scope`."""
    config.extra["scope"] = urlsplit(config.site_url).path.removesuffix(ENGLISH)


def on_page_context(context, page, config, nav):
    """Tell the theme where this page is in the other language, as an absolute address."""
    context["translation_url"] = urljoin(
        config.site_url, config.extra["translation"]["path"] + page.url
    )
    return context


def on_post_build(config):
    if not is_english(config):
        build_english(config)
        check_pairs(Path(config.site_dir), Path(config.site_dir, ENGLISH))


def build_english(japanese):
    """Build the English site into en/; a warning in it stops the whole build as its own would."""
    config = load_config(
        str(Path(japanese.config_file_path).with_name("mkdocs.en.yml")),
        site_dir=str(Path(japanese.site_dir) / ENGLISH),
        site_url=urljoin(japanese.site_url, ENGLISH),
        strict=japanese.strict,
    )
    build(config)


def check_pairs(japanese, english):
    """Warn of a page that has no translation: its language switch would lead nowhere."""
    pages = {page.relative_to(japanese) for page in japanese.rglob("*.html")}
    translated = {page.relative_to(english) for page in english.rglob("*.html")}
    originals = pages - {Path(ENGLISH) / page for page in translated}
    for page in sorted(originals ^ translated):
        missing, settings = ("en", "mkdocs.en.yml") if page in originals else ("ja", "mkdocs.yml")
        name = page.as_posix().removesuffix("/index.html")
        advice = f"write it in docs/{missing}, too, and name it in {settings}"
        log.warning("%s exists in one language only: %s", name, advice)
