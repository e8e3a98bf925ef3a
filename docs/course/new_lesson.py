"""`python docs lesson rope position`: a new lesson behind another, from a template that is sound.

Makes the script, its exercises and its approved output from docs/scaffold/, and adds the lesson to
the navigation and to both course maps. Nothing is written before all is checked.
"""

import keyword
import re
import sys

from course import alone, cache, navigation
from course.guards_of_links import TO_LESSON
from course.markup import nearest
from course.project import APPROVED, DOCS, PACKAGE, SOURCES, relative
from llm_scratch import exercises

MADE = {
    "lesson.py": SOURCES / "{}.py",
    "exercises.py": PACKAGE / "exercises" / "{}.py",
    "approved.txt": APPROVED / "{}.txt",
}
NAVIGATION = r"^( *- )lessons/{}\.md$"
MAPS = {
    DOCS / "ja" / "index.md": "この回で何がわかるかを、一文で書きます。",
    DOCS / "en" / "index.md": "Say in one sentence what this lesson shows.",
}
STEP = r"^- \[.*\]\(lessons/{}\.md\)(\n  .+)*"
# What a lesson of that name would hide from Python or from MkDocs, or no Windows could store.
RESERVED = sys.stdlib_module_names | alone.HAS | {*dir(exercises), *keyword.kwlist}
RESERVED |= {"index", "readme", "con", "prn", "aux", "nul"}


GO_ON = {  # what the template says of what follows; the last lesson leads where it likes
    "GO_ON_JA": (f"{TO_LESSON['ja']}で何をするか", "次にどこへ進むか"),
    "GO_ON_EN": (f"what {TO_LESSON['en']} does with this", "where to go from here"),
}


def main(name="", after="", *more):
    refuse(" ".join([name, after, *more]) if more else name)
    numbers = navigation.numbers()
    after = after or [*numbers][-1]
    if after not in numbers:
        near = nearest(after, numbers) or [*numbers][-1]
        sys.exit(f"lesson: AFTER must be a lesson in mkdocs.yml, such as {near}; got {after!r}.")
    cache.write_all({path: text.encode() for path, text in plan(name, after).items()})
    print(filled("steps.txt", name, after), end="")


def refuse(name):
    """Exit with the reason if no lesson can have this name."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        wanted = "small letters, digits and _, such as make lesson NAME=rope AFTER=position"
        sys.exit(f"lesson: NAME must be {wanted}; got {name!r}.")
    for path in map(path_of, MADE.values(), [name] * len(MADE)):
        if path.exists():
            sys.exit(f"lesson: {name} is taken, by {relative(path)}. Choose another NAME.")
    if name in RESERVED:
        sys.exit(f"lesson: {name} means something to Python or to MkDocs. Choose another NAME.")


def path_of(made, name):
    return made.with_name(made.name.format(name))


def plan(name, after):
    """{path: text} of every file to write."""
    files = {path_of(made, name): filled(source, name, after) for source, made in MADE.items()}
    line = rf"\g<0>\n\g<1>lessons/{name}.md"
    files[navigation.SETTINGS] = added(navigation.SETTINGS, NAVIGATION, after, line)
    for path, words in MAPS.items():
        step = f"\\g<0>\n- [{name}](lessons/{name}.md)\n  {words}"
        files[path] = added(path, STEP, after, step)
    return files


def filled(source, name, after):
    """A template with the words of this lesson."""
    order = [*navigation.numbers()]
    place = order.index(after) + 1
    follows = order[place] if place < len(order) else None
    words = {key: some.format(follows) if follows else none for key, (some, none) in GO_ON.items()}
    words |= {"NUMBER": str(place), "BEFORE": after}
    words |= {"NAME": name, "SLUG": name.replace("_", "-")}
    text = (DOCS / "scaffold" / source).read_text(encoding="utf-8")
    return re.sub("|".join(words), lambda match: words[match[0]], text)


def added(path, pattern, after, entry):
    """The text of a file, with `entry` behind the one place that names the lesson before."""
    text = path.read_text(encoding="utf-8")
    text, found = re.subn(pattern.format(after), entry, text, flags=re.MULTILINE)
    if found != 1:
        sys.exit(f"lesson: {relative(path)} should name {after} once, not {found} times.")
    return text
