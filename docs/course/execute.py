"""One lesson, executed in a process of its own: outputs, or the error that stopped it."""

import ast
import doctest
import linecache
import os
import signal
import sys
import tempfile
import time
import traceback
import types
import warnings
from pathlib import Path

from course.digests import sha256

MAX_OUTPUT = 1 << 20  # bytes that one lesson may print
CLEAN = "A lesson runs without warnings: take away the cause of this one."
REPRESENTATIONS = {
    "text/html": "_repr_html_",
    "text/x-docstring": "page_docstring",
    "text/x-words": "page_words",
    "image/svg+xml": "page_svg",
}
DRAWN = ("text/html", "image/svg+xml")


class LessonError(Exception):
    """A lesson wrote to stderr or printed too much, or a transcript shows what Python does not."""


class Capture:
    """All that is written to file descriptor `fd`, by Python, C code and child processes."""

    def __init__(self, fd):
        self.file, self.seen = tempfile.TemporaryFile(), 0
        os.dup2(self.file.fileno(), fd)

    def new_text(self):
        sys.stdout.flush()
        sys.stderr.flush()
        data = read(self.file.fileno(), MAX_OUTPUT + 1, self.seen)
        self.seen += len(data)
        if self.seen > MAX_OUTPUT:
            raise LessonError(f"printed more than {MAX_OUTPUT} bytes: print less")
        return data.decode("utf-8", "replace")


def read(fd, size, start):
    """Up to `size` bytes of a file from `start` on; the place where others write stays."""
    if hasattr(os, "pread"):
        return os.pread(fd, size, start)
    os.lseek(fd, start, os.SEEK_SET)  # Windows
    data = os.read(fd, size)
    os.lseek(fd, 0, os.SEEK_END)
    return data


def run(job, connection):
    """Execute `job` and send ("step", i) before each step and ("done", result) at the end."""
    owner = os.getpid()
    _isolate(job)
    streams = Capture(1), Capture(2)
    namespace = _namespace(job)
    started, outputs = time.perf_counter(), []
    for i, step in enumerate(job["steps"]):
        connection.send(("step", i))
        try:
            outputs += _run_step(step, job, namespace, owner, *streams)
        except BaseException as error:  # SystemExit and KeyboardInterrupt stop a lesson too
            _end_forks(owner)
            if isinstance(error, Warning):
                error.add_note(CLEAN)
            connection.send(("done", {"error": _error(error, step, job)}))
            os._exit(1)
    seconds = time.perf_counter() - started
    modules = _modules(job)
    connection.send(("done", {"outputs": outputs, "modules": modules, "seconds": seconds}))
    os._exit(0)  # also ends threads that the lesson left running


def _run_step(step, job, namespace, owner, stdout, stderr):
    """[outputs] of a code cell, [] of a transcript."""
    value = _execute(step, job, namespace)
    _end_forks(owner)
    printed = stdout.new_text()
    if complaint := stderr.new_text():
        raise LessonError(f"wrote to stderr: {complaint.strip()}\n{CLEAN}")
    return [_outputs(printed, value, job["labels"])] if step["kind"] == "code" else []


def _isolate(job):
    """Set limits, start a process group that can be killed as one, and close the input."""
    sys.path.insert(0, job["folder"])
    sys.stdin = open(os.devnull)
    os.dup2(sys.stdin.fileno(), 0)
    sys.stdout = open(1, "w", buffering=1, encoding="utf-8", newline="\n", closefd=False)
    sys.stderr = open(2, "w", encoding="utf-8", newline="\n", closefd=False)
    warnings.simplefilter("error")
    if os.name == "posix":
        import resource

        os.setsid()
        if sys.platform != "darwin":  # macOS maps more than that into every process
            resource.setrlimit(resource.RLIMIT_AS, (job["memory"], job["memory"]))
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 * MAX_OUTPUT, 64 * MAX_OUTPUT))
        signal.signal(signal.SIGALRM, _out_of_time(job["seconds"]))
        signal.setitimer(signal.ITIMER_REAL, job["seconds"])


def _out_of_time(seconds):
    def handler(signum, frame):
        raise TimeoutError(f"the lesson ran past its limit of {seconds:g} s: make its work smaller")

    return handler


def _namespace(job):
    module = types.ModuleType("__main__")
    module.__file__ = job["label"]
    sys.modules["__main__"] = module
    lines = job["text"].splitlines(keepends=True)
    linecache.cache[job["label"]] = (len(job["text"]), None, lines, job["label"])
    return module.__dict__


def _execute(step, job, namespace):
    if step["kind"] == "transcript":
        return _transcript(step, job, namespace)
    tree = ast.parse(step["source"], job["label"])
    ast.increment_lineno(tree, step["line"] - 1)  # tracebacks name the line in the lesson file
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, job["label"], "exec"), namespace)
    if last is not None:
        return eval(compile(ast.Expression(last.value), job["label"], "eval"), namespace)


def _transcript(step, job, namespace):
    examples = doctest.DocTestParser().get_examples(step["source"])
    test = doctest.DocTest(
        examples, namespace, "transcript", job["label"], step["line"] - 1, step["source"]
    )
    report = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.FAIL_FAST)
    if runner.run(test, out=report.append, clear_globs=False).failed:
        wrong = "a transcript shows what Python does not say: mend one of them"
        raise LessonError(f"{wrong}\n{''.join(report)}")


def _end_forks(owner):
    """If a lesson forks, only its first process goes on."""
    if os.getpid() != owner:
        os._exit(0)


def _outputs(printed, value, labels):
    outputs = []
    if printed:
        outputs.append({"output_type": "stream", "name": "stdout", "text": printed})
    if value is not None:
        data = {"text/plain": repr(value)}
        for mime, method in REPRESENTATIONS.items():
            if hasattr(type(value), method):
                data[mime] = _shown(value, mime, labels)
        outputs.append({"output_type": "display_data", "metadata": {}, "data": data})
    return outputs


def _shown(value, mime, labels):
    """What a page shows of a value; of a figure or a table {language: what it shows}."""
    show = getattr(value, REPRESENTATIONS[mime])
    if mime not in DRAWN or not hasattr(value, "page_words"):
        return show()
    spoken, shown = sys.modules[type(value).__module__].labels, {}
    for language, words in labels.items():
        spoken |= words
        shown[language] = show()
        spoken.clear()
    return shown


def _error(error, step, job):
    """The traceback from the lesson's own frames on, and the line of the lesson that failed."""
    frames = error.__traceback__
    while frames and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    if isinstance(error, SyntaxError) and error.filename == job["label"]:
        error.lineno += step["line"] - 1
        error.end_lineno = None
        frames = None
    shown = _inside(frames, job)
    text = "".join(traceback.format_exception(type(error), error, shown))
    lines = [f.lineno for f in traceback.extract_tb(shown) if f.filename == job["label"]]
    line = getattr(error, "lineno", None) or (lines[-1] if lines else step["line"])
    return {"step": step["line"], "line": line, "traceback": text.replace(job["root"] + os.sep, "")}


def _inside(frames, job):
    """Skip frames of the standard library (doctest, ast) before the lesson's first."""
    first = frames
    while frames and frames.tb_frame.f_code.co_filename != job["label"]:
        frames = frames.tb_next
    return frames or first


def _modules(job):
    """{path: sha256} of every module that the lesson imported from the lessons' folder."""
    folder = Path(job["folder"])
    files = (getattr(m, "__file__", None) for m in list(sys.modules.values()))
    paths = sorted(Path(f) for f in files if f and Path(f).is_relative_to(folder))
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()) for path in paths}
