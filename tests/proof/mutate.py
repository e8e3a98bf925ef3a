"""Do the checks see a mistake? Makes them one at a time, and lists those that nothing notices.

Run as a program (`make mutate`) it changes one number, operator, comparison, index or name at a
time in the lessons and in llm_scratch, and ends with 1 if too few of the changes are noticed.
tests/proof/equivalent.txt lists the changes that no check can notice, each with the reason.
"""

import argparse
import contextlib
import multiprocessing
import os
import random
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path += map(str, (TESTS.parent / "docs", TESTS, *TESTS.glob("*/")))

import mutate_lessons
import mutate_package
from mutants import asked, equivalents, unfit

from course import pool

BAR, MODULE_BAR = 0.95, 0.90  # of the mutants that are not equivalent, in all and in a module
KINDS = {"lessons": mutate_lessons, "package": mutate_package}
SAMPLE = {"lessons": 200, "package": 150}  # about five minutes on two cores
SEED = 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sample", action="store_true", help="some of them, always the same")
    parser.add_argument("words", nargs="*", help="only files with one of these in their name")
    options = parser.parse_args()
    known = {change for change in equivalents() if asked(change[0], options.words)}
    made, killed, passed = [], set(), []
    for kind, module in KINDS.items():
        units = [unit for unit, file in module.UNITS.items() if asked(file, options.words)]
        mutants = [mutant for unit in units for mutant, *_ in module.mutants(unit)]
        ran = sample(mutants, SAMPLE[kind]) if options.sample else mutants
        alive, seconds = run(module.survivors, ran)
        bar = MODULE_BAR if kind == "package" and not options.sample else 0
        passed.append(report(kind, ran, alive, known, seconds, bar))
        made += mutants
        killed |= set(ran) - set(alive)
    complaints = [*unfit(known, made, killed)]
    print(*complaints, sep="\n", end="\n" * bool(complaints))
    sys.exit(bool(complaints) or not all(passed))


def sample(mutants, size):
    """Some of them, the same ones as long as the code stays as it is."""
    return random.Random(SEED).sample(mutants, min(size, len(mutants)))


def by_unit(mutants):
    """{lesson or module: its mutants}, those with the most first."""
    units = {}
    for mutant in mutants:
        units.setdefault(mutant.unit, []).append(mutant)
    return dict(sorted(units.items(), key=lambda unit: -len(unit[1])))


def run(survivors, mutants):
    """(the mutants that nothing kills, {unit: seconds}), several units side by side."""
    os.environ.update(pool.ENVIRONMENT)
    units, spawn = by_unit(mutants), multiprocessing.get_context("spawn")
    keys = [{mutant.key for mutant in units[unit]} for unit in units]
    with ProcessPoolExecutor(mp_context=spawn, max_tasks_per_child=1) as processes:
        found = [*processes.map(apart, [survivors] * len(units), units, keys)]
    alive = {key for keys, _ in found for key in keys}
    seconds = dict(zip(units, (seconds for _, seconds in found), strict=True))
    return [mutant for mutant in mutants if mutant.key in alive], seconds


def apart(survivors, unit, keys):
    """(survivors(unit, keys), seconds), in a process and folders that nothing else uses."""
    started = time.perf_counter()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        os.environ["TMPDIR"] = tempfile.tempdir = f"{folder}/files"
        os.mkdir(tempfile.tempdir)
        return survivors(unit, keys), time.perf_counter() - started


def report(kind, ran, alive, known, seconds, bar):
    """Print what was found; whether enough was killed."""
    left = [mutant for mutant in alive if mutant.change not in known]
    for mutant in left:
        print(f"{mutant.file}:{mutant.line} {mutant.function or 'survives'}: {mutant.text}")
    print(f"{kind:18} mutants  killed  equivalent  survived   share  seconds")
    rows, enough = sorted(by_unit(ran).items()), []
    for unit, mutants in [*rows, ("in all", ran)]:
        n, n_alive, n_left = (len({*mutants} & {*some}) for some in (mutants, alive, left))
        share = 1 - n_left / max(1, n - n_alive + n_left)
        counts = f"{n:7} {n - n_alive:7} {n_alive - n_left:11} {n_left:9} {share:7.1%}"
        print(f"{unit:18} {counts} {seconds.get(unit, sum(seconds.values())):8.0f}", flush=True)
        enough.append(share >= (BAR if mutants is ran else bar))
    return all(enough)


if __name__ == "__main__":
    main()
