"""Join Japanese lines: a line break in the source is no space between Japanese characters."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pipeline.prose import JAPANESE_BREAK

_CODE = re.compile(r"(<pre.*?</pre>)", re.DOTALL)


def on_page_content(html, page, config, files):
    if config.theme["language"] == "ja":
        parts = _CODE.split(html)
        parts[::2] = [JAPANESE_BREAK.sub("", part) for part in parts[::2]]
        return "".join(parts)
