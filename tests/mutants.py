"""What is known of a mutant, and which of those that survive are shown to be equivalent."""

from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EQUIVALENT = Path(__file__).with_name("equivalent.txt")


@dataclass(frozen=True)
class Mutant:
    """One change of one place; `key` is how its runner calls it."""

    key: str
    file: str  # from the project's folder
    line: int
    old: str  # the lines that change, joined
    new: str

    @property
    def change(self):
        """What it is known by when lines move."""
        return self.file, self.old, self.new


def asked(file, words):
    """Whether a file is meant: one of `words` stands in its name, or there are none."""
    return not words or any(word in file for word in words)


def difference(old, new):
    """(index of the first line that differs, the differing lines of `old`, those of `new`)."""
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    parts = (lines[start : len(lines) - end] for lines in (old, new))
    return start, *(" ".join(line.strip() for line in part) for part in parts)


def _alike(old, new):
    """How many lines are the same before the first that differs."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))


def equivalents(text=None):
    """{(file, old, new): why no check can notice the change}, from tests/equivalent.txt.

    A paragraph an entry: the file, `- ` the line as it stands, `+ ` the line as it would be, and
    the reason. Raises ValueError for a paragraph of another form.
    """
    known = {}
    text = EQUIVALENT.read_text(encoding="utf-8") if text is None else text
    for paragraph in text.strip().split("\n\n"):
        file, old, new, *reason = paragraph.splitlines()
        if not (old.startswith("- ") and new.startswith("+ ") and reason):
            raise ValueError(f"expected a file, - old, + new and a reason, got:\n{paragraph}")
        known[file, old[2:], new[2:]] = " ".join(reason)
    return known


def unfit(known, made, killed):
    """What is wrong with the list: an entry that no mutant matches, or one that is killed."""
    there, noticed = ({mutant.change for mutant in mutants} for mutants in (made, killed))
    for change in known:
        why = "there is no such change" * (change not in there) or "this is killed"
        if change not in there or change in noticed:
            yield "tests/equivalent.txt: {}: {why}\n  - {}\n  + {}".format(*change, why=why)
