"""`python docs COMMAND`: what the Makefile's targets call, and what one types without make.

- build: the site, into site/
- live: what runs Python in the page, into .cache/live/
- check NAME: what to mend in one lesson
- lesson NAME AFTER: a new lesson, behind another
- approve: tests/lessons/approved/ anew
"""

import sys
from importlib import import_module

COMMANDS = {
    "build": "build",
    "live": "collect",
    "check": "check",
    "lesson": "new_lesson",
    "approve": "approved",
}


def main():
    sys.stdout.reconfigure(encoding="utf-8")
    name, *arguments = sys.argv[1:] or [""]
    if name not in COMMANDS:
        sys.exit(f"python docs: one of {', '.join(COMMANDS)}; got {name!r}\n\n{__doc__}")
    import_module(f"course.{COMMANDS[name]}").main(*arguments)


if __name__ == "__main__":
    main()
