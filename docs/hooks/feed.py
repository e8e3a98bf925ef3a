"""MkDocs hook: the page of changes as an Atom feed (RFC 4287), dated by its own headings alone.

A heading `{#on-2026-11-24}` gives the day of the entries below it; each entry has a heading and an
id of its own, the same in both languages.
"""

import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import urljoin

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pipeline.prose import plain

ATOM = "http://www.w3.org/2005/Atom"
DAY = re.compile(r"^## .*\{#on-(\d{4}-\d\d-\d\d)\}$", re.MULTILINE)
ORDER = "changes.md: entries `### … {#id}` below days `## … {#on-2026-11-24}`, the newest first"
ENTRY = re.compile(r"^### (.*) \{#([\w-]+)\}$", re.MULTILINE)


def on_files(files, config):
    source = Path(config.docs_dir, "changes.md")
    config.extra["feed"] = "changes.xml" if source.exists() else None
    if source.exists():
        xml = atom(source.read_text(encoding="utf-8"), config)
        files.append(File.generated(config, config.extra["feed"], content=xml))
    return files


def entries(markdown):
    """(day, title, id, text) of each entry, as they stand on the page: the newest first."""
    _, *parts = DAY.split(markdown)
    for day, below in zip(parts[::2], parts[1::2], strict=True):
        _, *found = ENTRY.split(below)
        for title, id, text in zip(found[::3], found[1::3], found[2::3], strict=True):
            yield f"{day}T00:00:00Z", title, id, plain(text)


def atom(markdown, config):  # -> bytes
    found = list(entries(markdown))
    days = [day for day, *_ in found]
    if not days or days != sorted(days, reverse=True):
        raise PluginError(ORDER)
    page = urljoin(config.site_url, "changes/")
    feed = ET.Element("feed", {"xmlns": ATOM, "xml:lang": config.theme["language"]})
    _fill(feed, title=config.site_name, id=page, updated=days[0])
    _fill(ET.SubElement(feed, "author"), name=config.site_name)
    ET.SubElement(feed, "link", href=page)
    ET.SubElement(feed, "link", rel="self", href=urljoin(config.site_url, config.extra["feed"]))
    for day, title, id, text in found:
        entry, address = ET.SubElement(feed, "entry"), f"{page}#{id}"
        _fill(entry, title=title, id=address, updated=day, content=text)
        ET.SubElement(entry, "link", href=address)
    ET.indent(feed)
    return ET.tostring(feed, encoding="utf-8", xml_declaration=True)


def _fill(element, **texts):
    for name, text in texts.items():
        ET.SubElement(element, name).text = text
