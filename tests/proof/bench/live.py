"""`make bench`: our lesson page and a JupyterLite page of the same lesson, interleaved in one run.

Prints seconds, bytes and ratios; no speed fails. Every round is a new browser with an empty
cache; one server sends both sites. JupyterLite stands in .cache/jupyterlite/ with an environment of
its own, and has every advantage that a site can give it: the lighter of its two notebook pages, the
same Python and NumPy from the same server, one lock file, all that it needs for the first cells
fetched while Python starts. Neither side loads matplotlib before the first figure.
"""

import argparse
import functools
import gzip
import http.server
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[3] / "docs")]

import project
from conftest import BROWSER
from playwright.sync_api import sync_playwright
from project import ROOT
from sides import head, show

from course.run import COURSE

LESSON = "attention"
COURSE.refresh()
SHOWN = [str(outputs) for outputs in COURSE.outputs(LESSON)]
TABLE = next(n for n, shown in enumerate(SHOWN) if "text/html" in shown)
PRINTED = next(n for n, shown in enumerate(SHOWN) if n > TABLE and "stdout" in shown)
FIGURE = next(n for n, shown in enumerate(SHOWN) if n > PRINTED and "svg+xml" in shown)
RUNTIME = ROOT / ".cache" / "live"
FOLDER = ROOT / ".cache" / "jupyterlite"
PYTHON = FOLDER / "venv" / "bin" / "python"
JUPYTERLITE = (
    "jupyterlite-core[contents]==0.8.6",
    "jupyterlite-pyodide-kernel[lock]==0.8.6",
    "pyodide-lock==0.2.1",
    "click",  # pyodide-lock's own command needs it
)
KERNEL = ("ipython==9.12.0", "jedi==0.19.2", "micropip==0.11.1", "comm==0.2.3")
OWN_WHEELS = "share/jupyter/labextensions/@jupyterlite/pyodide-kernel-extension/static/pypi"
EARLY = ["micropip", "piplite", "ipykernel", "comm", "pyodide-kernel", "jedi", "ipython"]
SETTINGS = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "litePluginSettings": {
            "@jupyterlite/pyodide-kernel-extension:kernel": {
                "disablePyPIFallback": True,
                "loadPyodideOptions": {"packages": [*EARLY, "numpy", "llm-scratch"]},
            }
        }
    },
}
RAN = "xpath=following-sibling::*[1][contains(@class, 'live-output')]"
LONG = 300_000  # ms; on a machine that does much else


class Ours:
    name = "ours"
    path = f"site/lessons/{LESSON}/"
    first = (TABLE,)  # the cells above it run first

    def __init__(self, page):
        self.page = page

    def run(self, n):
        self.page.locator(".live-bar").nth(n).get_by_role("button", name="実行").click()

    def output(self, n):
        return self.page.locator(".live-bar").nth(n).locator(RAN)


class JupyterLite:
    name = "JupyterLite"
    path = f".cache/jupyterlite/site/notebooks/index.html?path={LESSON}.ipynb"
    first = range(TABLE + 1)

    def __init__(self, page):
        self.page = page
        page.locator(".jp-Cell.jp-mod-selected").wait_for(timeout=LONG)

    def cell(self, n):
        return self.page.locator(".jp-CodeCell").nth(n)

    def run(self, n):
        self.cell(n).locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")

    def output(self, n):
        return self.cell(n).locator(".jp-OutputArea-output")


def pip(*arguments):
    subprocess.run([PYTHON, "-m", "pip", "--quiet", *arguments], check=True)


def install():
    """JupyterLite's environment and its kernel's packages, once for each set of versions."""
    wanted, ready = "\n".join(JUPYTERLITE + KERNEL), FOLDER / "versions.txt"
    if ready.exists() and ready.read_text() == wanted:
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", FOLDER / "venv"], check=True)
    pip("install", *JUPYTERLITE)
    pure = ["--only-binary=:all:", "--platform", "any"]
    pip("download", *pure, "--dest", FOLDER / "wheels", *KERNEL)
    ready.write_text(wanted)


def build(lesson):
    """A JupyterLite site with the lesson's notebook and our package as a wheel."""
    lite, runtime = FOLDER / "lite", FOLDER / "lite/static/pyodide"
    shutil.rmtree(lite, ignore_errors=True)
    shutil.copytree(RUNTIME, runtime)
    with tempfile.TemporaryDirectory() as folder:
        checkout = project.copy(Path(folder, "project"), {})
        pip("wheel", "--no-deps", "--wheel-dir", runtime, checkout)
    names = ("ipykernel", "piplite", "pyodide_kernel")
    own = [next((FOLDER / "venv" / OWN_WHEELS).glob(f"{name}-*.whl")) for name in names]
    for wheel in [*own, *(FOLDER / "wheels").glob("*-none-any.whl")]:
        shutil.copy(wheel, runtime)
    lock(runtime)
    (lite / "files").mkdir()
    (lite / "files" / f"{LESSON}.ipynb").write_text(json.dumps(lesson))
    (lite / "jupyter-lite.json").write_text(json.dumps(SETTINGS))
    command = [PYTHON.with_name("jupyter-lite"), "build", "--contents", "files"]
    done = subprocess.run(
        [*command, "--output-dir", FOLDER / "site"], cwd=lite, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"JupyterLite failed:\n{done.stdout}{done.stderr}")


def lock(runtime):
    """Add every wheel to Pyodide's lock file."""
    file = runtime / "pyodide-lock.json"
    command = [PYTHON, "-c", "from pyodide_lock.cli import main; main()", "add-wheels"]
    wheels = runtime.glob("*-none-any.whl")
    subprocess.run([*command, "--input", file, "--output", file, *wheels], check=True)
    locked = json.loads(file.read_text())
    locked["packages"]["llm-scratch"]["depends"].remove("matplotlib")
    file.write_text(json.dumps(locked))


def notebook():
    """The lesson's download; JupyterLite's kernel loads matplotlib by its import line alone."""
    lesson = json.loads((ROOT / f"site/lessons/{LESSON}/{LESSON}.ipynb").read_text("utf-8"))
    lesson["cells"] = [cell for cell in lesson["cells"] if cell["id"] != "cell-labels"]
    code = [cell for cell in lesson["cells"] if cell["cell_type"] == "code"]
    code[FIGURE]["source"] = ["import matplotlib\n", *code[FIGURE]["source"]]
    return lesson


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def copyfile(self, source, outputfile):
        super().copyfile(source, outputfile)
        self.server.sent.append(source.name)

    def log_message(self, *_):
        pass


def serve():
    handler = functools.partial(Handler, directory=ROOT)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.sent = []
    server.handle_error = lambda *_: None  # a browser that is closed drops its connections
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@functools.cache
def sizes(file):
    """(as it is, as gzip makes it), in bytes."""
    data = Path(file).read_bytes()
    return len(data), len(gzip.compress(data))


def visit(playwright, server, side):
    """{moment: seconds or bytes} of one visit with an empty browser."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    browser = playwright.chromium.launch(executable_path=path, args=BROWSER)
    page = browser.new_page()
    server.sent.clear()
    started = time.perf_counter()
    page.goto(f"http://127.0.0.1:{server.server_port}/{side.path}")
    reader = side(page)
    found = {"cold first NumPy cell, s": seconds(reader, reader.first, "table", started)}
    plain, zipped = map(sum, zip(*map(sizes, tuple(server.sent)), strict=True))
    found |= {"  MB until then": plain / 1e6, "  MB until then, gzipped": zipped / 1e6}
    found["  processor until then, s"] = processor_seconds(browser)
    found["later cells, s"] = seconds(reader, range(TABLE + 1, PRINTED + 1), "pre")
    for n in range(PRINTED + 1, FIGURE):
        seconds(reader, [n], "*")
    found["first figure, s"] = seconds(reader, [FIGURE], "svg, img")
    browser.close()
    return found


def processor_seconds(browser):
    """What the browser's processes have used: other work on the machine moves this least."""
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
    return sum(process["cpuTime"] for process in processes["processInfo"])


def seconds(reader, cells, shown, started=None):
    """From `started`, or from pressing run, until the last of the cells shows something."""
    if not started:
        reader.page.wait_for_timeout(500)  # what is left of the cell before is not this one's
        started = time.perf_counter()
    for n in cells:
        reader.run(n)
    reader.output(cells[-1]).locator(shown).first.wait_for(timeout=LONG)
    return time.perf_counter() - started


def compare(sides, rounds):
    server = serve()
    with sync_playwright() as playwright:
        visits = [[visit(playwright, server, side) for side in sides] for _ in range(rounds)]
    server.shutdown()
    server.server_close()
    head("medians", [side.name for side in sides])
    for moment in visits[0][0]:
        show(moment, [[found[moment] for found in turn] for turn in visits])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--small", action="store_true", help="one visit to our page: does it run?")
    options = parser.parse_args()
    if not RUNTIME.exists():
        raise SystemExit("live: the runtime is not here: `make live` collects it")
    code, output = project.build(ROOT)
    if code:
        raise SystemExit(output)
    lesson = notebook()
    if options.small:
        return compare([Ours], 1)
    install()
    build(lesson)
    python = re.search(r"pyodide@[\d.]+", (ROOT / "docs/course/collect.py").read_text("utf-8"))[0]
    print(f"\n{', '.join(JUPYTERLITE[:2])}; both sides on {python}")
    compare([Ours, JupyterLite], options.rounds)


if __name__ == "__main__":
    main()
