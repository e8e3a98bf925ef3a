"""A small run of every bench ends well and fills its table; how fast anything is, is no test."""

import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from bench import sides
from project import LESSONS, ROOT
from reader import needs_python

STAND_IN = """#!{python}
import contextlib, runpy, sys
from unittest.mock import MagicMock
for name in ("torch", "torch.nn.functional", "transformers", "tokenizers", "tiktoken"):
    sys.modules[name] = MagicMock()
@contextlib.contextmanager
def inference_mode():
    yield
sys.modules["torch"].inference_mode = inference_mode
{change}
if sys.argv[1] == "-c":
    exec(sys.argv[2])
else:
    sys.path.insert(0, {bench!r})
    runpy.run_path(sys.argv[1], run_name="__main__")
"""
LOADED = "sys.modules['transformers'].GPT2LMHeadModel.from_pretrained"
CROP = f"{LOADED}().eval()().past_key_values.crop"
NO_TORCH, NO_MODEL = "sys.modules['torch'] = None", f"{LOADED}.side_effect = OSError('none')"
DEATHS = [
    (NO_TORCH, "exit code 1 at `load folder`.*import of torch halted"),
    (NO_MODEL, "exit code 1 at `load folder`.*from_pretrained.*OSError: none"),
    ("import os; os.kill(os.getpid(), 9)", "exit code -9 at `load folder`"),
]


def bench(name, *options):
    """(exit code, {label: numbers}, all that it said)."""
    command = [sys.executable, ROOT / f"tests/proof/bench/{name}.py", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    return done.returncode, dict(table(done.stdout)), done.stdout + done.stderr


def table(output):
    row = rf"(.{{{sides.LABEL}}})((?: +(?:[\d.]+|nan|inf)[×%]?)+)"
    for label, cells in re.findall(rf"^{row}$", output, re.MULTILINE):
        if label.strip():
            yield label.strip(), [float(cell.rstrip("×%")) for cell in cells.split()]


def check(done, labels, columns):
    code, rows, output = done
    assert code == 0, output
    assert list(rows) == labels, output
    assert all(math.isfinite(x) and x > 0 for numbers in rows.values() for x in numbers), output
    assert {len(rows[label]) for label in labels} <= columns, output


@pytest.fixture
def stand_in(tmp_path):
    """A Python that has PyTorch in name alone: whatever is asked of it is there, and nothing."""

    def stand_in(change=""):
        path = tmp_path / "python"
        text = STAND_IN.format(python=sys.executable, change=change, bench=str(sides.HERE))
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
        return path

    return stand_in


STEPS = [f"training step, V 32, T 8, {workers}" for workers in ("one process", "two workers")]
GPT = [*STEPS, "prefill 16 tokens", "one token after 16", "load", "start to first token"]
GPT += ["peak memory then, MB"]
BFLOAT16 = ["prefill against bfloat16", "one token against bfloat16"]
BPE = [f"BPE, train V {V} (tokenizers)" for V in (258, 260)]
BPE += [f"BPE, encode, {known} known (tokenizers)" for known in ("nothing", "words")]
BPE += ["BPE, encode, words known (tiktoken)"]
LIMITS = ["sgemm, GFLOP/s", "training, V 32, T 8, two workers", "prefill"]
LIMITS += ["decoding, of reading the weights", "V 32, T 8, d 32, L 1"]
LIMITS += ["BPE, train V 258, against the textbook's loop"]


def test_gpt_runs_without_pytorch():
    check(bench("gpt", "--small"), [*GPT, *BPE, *LIMITS], {2, 3})


def test_gpt_runs_beside_a_helper(stand_in):
    done = bench("gpt", "--small", "--torch", stand_in())
    check(done, [*GPT, *BFLOAT16, *BPE, *LIMITS], {2, 3, 5})


@pytest.mark.skipif(not os.environ.get("TORCH"), reason="TORCH names no Python that has PyTorch")
def test_gpt_runs_beside_pytorch():
    test_gpt_runs_beside_a_helper(lambda: os.environ["TORCH"])


def test_gpt_ends_with_the_error_of_its_helper(stand_in):
    change = f"{CROP}.side_effect = ValueError('crop wants a negative number')"
    code, _, output = bench("gpt", "--small", "--torch", stand_in(change))
    assert code == 1
    assert re.search(r"gpt_torch.py of .*/python ended with exit code 1 at `decode /", output)
    assert output.endswith("ValueError: crop wants a negative number\n")


@pytest.mark.parametrize(("change", "told"), DEATHS)
def test_a_helper_that_ends_is_told_with_its_own_words(stand_in, change, told):
    with pytest.raises(SystemExit, match=f"(?s)gpt_torch.py of .*{told}"):
        sides.Side(stand_in(change), "gpt_torch", 1).run("load", "folder")


def test_a_first_token_that_does_not_come_is_told(stand_in):
    side = sides.Side(stand_in(), "gpt_torch", 1)
    with pytest.raises(SystemExit, match=r"(?s)exit code 1 at `start`.*ZeroDivisionError"):
        side.start("1 / 0")
    side.process.communicate()
    side.errors.close()


def test_a_helper_that_does_not_start_is_told(tmp_path):
    with pytest.raises(SystemExit, match=r"bench: .*/python does not start: "):
        sides.Side(tmp_path / "python", "gpt_torch", 1)


SIZES = ("B 12, T 64, L 4, d 128, V 256", "B 32, T 16, L 2, d 32, V 19")
CALLS = ("linear", "softmax", "layer_norm", "cross_entropy_backward")
CALLS += ("scaled_dot_product_attention",)


def test_against_sets_a_revision_beside_what_is_here():
    steps = ("training step", "forward pass", "one cached token")
    labels = [f"{size}: {what}, ms" for size in SIZES for what in steps]
    done = bench("against", "--small", "HEAD")
    check(done, labels + [f"{name}, µs" for name in CALLS], {3})


def test_against_runs_the_package_of_the_revision(tmp_path):
    (tmp_path / "llm_scratch").mkdir()
    (tmp_path / "llm_scratch/__init__.py").write_text("raise OSError('of that revision')")
    with pytest.raises(SystemExit, match="OSError: of that revision"):
        sides.Side(sys.executable, "gpt_numpy", 1, tmp_path).run("sgemm", 1)


def test_against_a_revision_that_is_not_there():
    code, _, output = bench("against", "--small", "nothing-of-this-name")
    assert code == 1
    assert re.match("bench: no lessons_src/llm_scratch of nothing-of-this-name: ", output)


@pytest.mark.slow
def test_builds_run():
    times = ("cold", "nothing changed", "one sentence changed", "one cell changed")
    labels = [f"1 lessons, {what}, s" for what in times]
    done = bench("builds", "--rounds", "1", "--lessons", "1")
    check(done, [*labels, "first lesson's HTML, gzipped, kB"], {3})


def test_copies_of_all_lessons_link_to_what_stands_beside_them(monkeypatch):
    monkeypatch.syspath_prepend(sides.HERE)
    import builds

    text = "".join(script for _, script in builds.scripts(len(LESSONS)))
    links = set(re.findall(r"^#.*?\]\((?!https:|#)(.*?)\)", text, re.MULTILINE))
    assert links == {"../glossary.md"}


@pytest.mark.slow
@needs_python
def test_live_runs(site):
    labels = ["cold first NumPy cell, s", "MB until then", "MB until then, gzipped"]
    labels += ["processor until then, s", "later cells, s", "first figure, s"]
    check(bench("live", "--small"), labels, {1})


def test_make_runs_every_bench():
    makefile = Path(ROOT, "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^bench:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)[1]
    ran = set(re.findall(r"tests/proof/bench/(\w+)\.py", recipe))
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sides.HERE.glob("*.py")}
    assert ran == {name for name, text in texts.items() if '"""`make bench`: ' in text}
