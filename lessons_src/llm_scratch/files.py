"""Files that are never half written, and JSON objects without a key that comes twice."""

import json
import os
import threading
from collections import Counter
from pathlib import Path


def write_atomically(path, parts):
    """Write the bytes of `parts` under another name, then rename the file to `path`.

    Whoever reads `path`, even after a crash, finds the old file or the new one, never half of it.
    """
    unfinished = Path(f"{path}.{os.getpid()}.{threading.get_ident()}.unfinished")
    try:
        with open(unfinished, "wb") as file:
            file.writelines(parts)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def read_text(path):  # -> text
    """A text file; ValueError names one that is not UTF-8."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} must be text in UTF-8: {error}") from None


def read_object(name, data):  # -> dict
    """A JSON object; ValueError names it for anything else, and for a key that comes twice.

    >>> read_object("x.json", '{"a": [1]}')
    {'a': [1]}
    """
    try:
        found = json.loads(data, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name}: {error}") from None
    if not isinstance(found, dict):
        raise ValueError(f"{name} is no object, but a {type(found).__name__}")
    return found


def _unique(pairs):
    found = dict(pairs)
    if len(found) < len(pairs):
        ((twice, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"the key {twice!r:.80} stands there twice")
    return found
