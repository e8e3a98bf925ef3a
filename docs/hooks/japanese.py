"""Join Japanese lines: a line break in the source is no space between Japanese characters."""

import re

_CODE = re.compile(r"(<pre.*?</pre>)", re.DOTALL)
_WIDE = "[\u3000-\u30ff\u4e00-\u9fff\uff01-\uff5e]"
_BREAK = re.compile(rf"(?<={_WIDE})\n(?={_WIDE})|(?<=[、。）」])\n|\n(?=[（「])")


def on_page_content(html, page, config, files):
    if config.theme["language"] == "ja":
        parts = _CODE.split(html)
        parts[::2] = [_BREAK.sub("", part) for part in parts[::2]]
        return "".join(parts)
