"""Every cell of every lesson says in the page's Python what it said in the build."""

import json
import re

import pytest
from playwright.sync_api import expect
from project import PREFIX, tell
from reader import DONE, SHOWN, VIEWS, audit, cell, needs_python

from course import labels
from course.lesson import read_all
from course.notebook import in_language
from course.project import DOCS
from course.run import COURSE

pytestmark = needs_python
LOCK = json.loads((DOCS / "course/runtime.lock.json").read_text())

# Two lessons at a time, each in variables of its own.
RUN_ALL = """async ({ lessons, worker }) => {
  const run = (python, message) => new Promise((resolve) => {
    const answers = [];
    python.onmessage = ({ data }) => {
      if (data.kind !== "status") answers.push([data.kind, data.text]);
      if (["done", "failed", "broken"].includes(data.kind)) resolve(answers);
    };
    python.postMessage(message);
  });
  const results = {};
  const work = async (python) => {
    for (let lesson; (lesson = lessons.pop()); ) {
      results[lesson.name] = [];
      for (const [id, code] of lesson.codes.entries()) {
        const { name: page, labels } = lesson;
        const message = { id, page, name: `<cell-${id}>`, code, labels };
        results[lesson.name].push(await run(python, message));
      }
    }
  };
  await Promise.all([1, 2].map(() => work(new Worker(worker, { type: "module" }))));
  return results;
}"""


def titles(svg):
    return re.findall("<title>(.*?)</title>", svg)


def as_built(outputs):
    """(text, tables, values of figures) of one cell, as the build has it."""
    data = [output.get("data", {"text/plain": output.get("text")}) for output in outputs]
    shown = [d for d in data if not {"text/html", "image/svg+xml"} & set(d)]
    text = "\n".join(d["text/plain"].strip("\n") for d in shown)
    tables = [d["text/html"] for d in data if "text/html" in d]
    return text, tables, [titles(d["image/svg+xml"]) for d in data if "image/svg+xml" in d]


def as_run(answers):
    text = "".join(text for kind, text in answers if kind == "text").strip("\n")
    tables = [text for kind, text in answers if kind == "html"]
    return text, tables, [titles(text) for kind, text in answers if kind == "svg"]


def test_every_cell_says_in_the_browser_what_it_said_in_the_build(open_page, address):
    COURSE.refresh()
    lessons = [
        {
            "name": le.name,
            "codes": [cell.source for cell in le.cells if cell.kind == "code"],
            "labels": json.dumps(labels.of(le)["ja"]),
        }
        for le in read_all()
    ]
    page = open_page("")
    worker = f"{address}live/worker.js"
    results = page.evaluate(RUN_ALL, {"lessons": lessons, "worker": worker})
    assert len(results) == len(lessons)
    found = []
    for name, cells in results.items():
        outputs = [[in_language(o, "ja") for o in cell] for cell in COURSE.outputs(name)]
        built = [*map(as_built, outputs)]
        for n, (answers, expected) in enumerate(zip(cells, built, strict=True)):
            if answers[-1] != ["done", ""] or as_run(answers) != expected:
                found.append(f"{name}, code cell {n}: {answers} in the browser, {expected}")
    tell(found)


NAMES = {"ja": ("答えを確かめる", "編集"), "en": ("Check", "Edit")}


@pytest.mark.parametrize("language", PREFIX)
def test_a_cell_runs_after_those_above_it_and_shows_what_the_build_showed(open_page, language):
    check, edit = NAMES[language]
    page = open_page(f"{PREFIX[language]}lessons/attention/")
    run = ":not(.solution *)"
    last = page.locator(f".cell.highlight{run}").count() - 1
    cell(page, last, f".cell.highlight{run}").run(name=check)
    for note in page.locator(f".live-bar{run} .live-note").all():
        expect(note).to_contain_text(DONE)
    texts = page.locator(".live-output pre").evaluate_all(SHOWN)
    built = page.locator(f"div.output.language-text{run} code").evaluate_all(SHOWN)
    assert built and [text for text in built if text not in texts] == []
    rest = f".docstring pre{run}"
    built = page.locator(f".source {rest}").evaluate_all(SHOWN)
    assert page.locator(f".live-output {rest}").evaluate_all(SHOWN) == built != []
    assert page.locator(".live-output svg").count() == page.locator("article > .fig").count() > 0
    assert page.locator(".live-error").count() == 0
    asked = "() => performance.getEntriesByType('resource').map(({ name }) => name)"
    live = {url.rsplit("/", 1)[1] for url in page.evaluate(asked) if "/live/" in url}
    assert live <= {"worker.js", "llm_scratch.zip", "files.json", *LOCK}
    cell(page).press(edit)
    expect(page.locator(".cm-editor")).to_be_visible()
    audit(page, VIEWS["ja"] if language == "en" else VIEWS["en"])
