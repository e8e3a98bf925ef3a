"""The page of changes as an Atom feed (RFC 4287), dated by its own headings alone.

A heading `{#on-2026-11-24}` gives the day of the entries below it; each entry has a heading and an
id of its own, the same in both languages. A site that does not know its address links relatively,
and its entries go by names that are made from their places.
"""

import re
import uuid
import xml.etree.ElementTree as ET
from urllib.parse import urljoin

from course.prose import plain

FILE = "changes.xml"
ATOM = "http://www.w3.org/2005/Atom"
DAY = re.compile(r"^## .*\{#on-(\d{4}-\d\d-\d\d)\}$", re.MULTILINE)
ORDER = "changes.md: entries `### … {#id}` below days `## … {#on-2026-11-24}`, the newest first"
ENTRY = re.compile(r"^### (.*) \{#([\w-]+)\}$", re.MULTILINE)


def entries(markdown):
    """(day, title, id, text) of each entry, as they stand on the page: the newest first."""
    _, *parts = DAY.split(markdown)
    for day, below in zip(parts[::2], parts[1::2], strict=True):
        _, *found = ENTRY.split(below)
        for title, id, text in zip(found[::3], found[1::3], found[2::3], strict=True):
            yield f"{day}T00:00:00Z", plain(title), id, plain(text)


def atom(markdown, language, name, address):  # -> bytes
    found = list(entries(markdown))
    days = [day for day, *_ in found]
    if not days or days != sorted(days, reverse=True):
        raise ValueError(ORDER)
    page = urljoin(address, "changes/")
    feed = ET.Element("feed", {"xmlns": ATOM, "xml:lang": language})
    _fill(feed, title=name, id=identifier(page), updated=days[0])
    _fill(ET.SubElement(feed, "author"), name=name)
    ET.SubElement(feed, "link", href=page)
    ET.SubElement(feed, "link", rel="self", href=urljoin(address, FILE))
    for day, title, id, text in found:
        entry, place = ET.SubElement(feed, "entry"), f"{page}#{id}"
        _fill(entry, title=title, id=identifier(place), updated=day, content=text)
        ET.SubElement(entry, "link", href=place)
    ET.indent(feed)
    return ET.tostring(feed, encoding="utf-8", xml_declaration=True)


def identifier(address):
    return address if "://" in address else uuid.uuid5(uuid.NAMESPACE_URL, address).urn


def _fill(element, **texts):
    for name, text in texts.items():
        ET.SubElement(element, name).text = text
