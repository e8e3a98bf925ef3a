"""`make bench`: another revision of llm_scratch and this one, in turn, two processes in one run.

    make bench AGAINST=89be77c

Without a revision it is origin/main, or the commit before this one where there is none. Both sides
do what gpt_numpy.py says today, so they must share the names and the arguments that it uses. A
round is the fastest of a few tries of each, on one thread: other work on the machine moves it less.
"""

import argparse
import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np
from sides import HERE, SOURCES, Side, head, show

from llm_scratch import checkpoint, model

PACKAGE = "lessons_src/llm_scratch"
SIZES = {  # batch, config
    "B 12, T 64, L 4, d 128, V 256": (12, model.GPTConfig(256, 64, 128, 4, 4)),
    "B 32, T 16, L 2, d 32, V 19": (32, model.GPTConfig(19, 16, 32, 4, 2)),
}
CALLS = (
    "linear",
    "softmax",
    "layer_norm",
    "cross_entropy_backward",
    "scaled_dot_product_attention",
)


def git(*arguments):
    return subprocess.run(["git", "-C", HERE.parents[2], *arguments], capture_output=True)


def default_revision():
    known = git("rev-parse", "--verify", "--quiet", "origin/main").returncode == 0
    return "origin/main" if known else "HEAD~1"


def unpack(revision, folder):
    """The folder with the package of a revision."""
    archive = git("archive", revision, PACKAGE)
    if archive.returncode:
        raise SystemExit(f"bench: no {PACKAGE} of {revision}: {archive.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        tar.extractall(folder, filter="data")
    return Path(folder, PACKAGE).parent


def compare(sides, label, turns, task, scale=1e3):
    rounds, tries = turns
    show(label, [[fastest(side, task, tries) for side in sides] for _ in range(rounds)], scale)


def fastest(side, task, tries):
    return min(side.run(*task) for _ in range(tries))


def models(sides, folder, turns):
    for size, (batch, config) in SIZES.items():
        path, T = str(folder / size), config.n_positions
        checkpoint.save_gpt2(path, model.init_params(config, np.random.default_rng(0)), config)
        step = ("training", config.vocab_size, T, 1, config.d_model, config.n_layers, batch)
        compare(sides, f"{size}: training step, ms", turns, step)
        compare(sides, f"{size}: forward pass, ms", turns, ("forward", path, batch, T))
        compare(sides, f"{size}: one cached token, ms", turns, ("decode", path, T - 1))


def calls(sides, turns, times):
    for name in CALLS:
        compare(sides, f"{name}, µs", turns, ("calls", name, times), 1e6 / times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("revision", nargs="?")
    parser.add_argument("--small", action="store_true", help="seconds: does it run at all?")
    options = parser.parse_args()
    revision = options.revision or default_revision()
    turns, times = ((1, 1), 10) if options.small else ((15, 5), 200)  # rounds and tries
    with tempfile.TemporaryDirectory() as folder:
        packages = unpack(revision, folder), SOURCES
        sides = [Side(sys.executable, "gpt_numpy", 1, package) for package in packages]
        head("medians, BLAS on one thread", [revision, "now"])
        models(sides, Path(folder), turns)
        calls(sides, turns, times)


if __name__ == "__main__":
    main()
