"""What figures and tables call things in each language: beside their captions, and shared ones.

`labels: a = b; c` at the end of a caption shows `a` as `b` and lets `c` stay. It holds in the whole
lesson, before docs/labels/, which all lessons share.
"""

from course.project import DOCS, LANGUAGES
from llm_scratch.figures import find_label


def of(lesson):
    """{language: {code's word: what is shown}}."""
    return {language: shared(language) | own(lesson, language) for language in LANGUAGES}


def shared(language):
    """The labels of docs/labels/."""
    lines = (DOCS / "labels" / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return parse(";".join(line for line in lines if not line.startswith("#")))


def own(lesson, language):
    """The labels that captions of a lesson give."""
    texts = (cell.labels for cell in lesson.cells if cell.language == language)
    return {word: label for text in texts for word, label in parse(text).items()}


def parse(text):
    """{code's word: what is shown} of `a = b; c`."""
    items = filter(None, (" ".join(item.split()) for item in text.split(";")))
    return {word: label or word for word, _, label in (item.partition(" = ") for item in items)}


def keys_of(word, labels):
    """The entries of `labels` that name a word and the parts of it."""
    key, parts = find_label(word, labels)
    return {key}.union(*(keys_of(part, labels) for part in parts)) - {None}


def used(outputs, labels):
    """The labels that these outputs of a lesson show in place of other words."""
    keys = set().union(*(keys_of(word, labels) for word in words(outputs)))
    return {key: labels[key] for key in sorted(keys) if labels[key] != key}


def words(outputs):
    """The words that the figures and tables of some cells show."""
    return sorted({word for cell in outputs for o in cell for word in _words(o)})


def _words(output):
    return output.get("data", {}).get("text/x-words", ())
