"""Do the checks see a mistake? Makes them one at a time, and lists those that nothing notices.

Run as a program (`make mutate`) it changes one number, operator, comparison, index or name at a
time in the lessons and in llm_scratch, and ends with 1 if too few of the changes are noticed.
tests/equivalent.txt lists the changes that no check can notice, each with the reason.
"""

import argparse
import os
import random
import sys
from concurrent.futures import ThreadPoolExecutor

import mutate_lessons
import mutate_package
from forks import ask
from mutants import asked, equivalents, unfit

BAR, MODULE_BAR = 0.95, 0.90  # of the mutants that are not equivalent, in all and in a module
KINDS = {"lessons": mutate_lessons, "package": mutate_package}
SAMPLE = {"lessons": 200, "package": 150}  # about five minutes on two cores
SEED = 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sample", action="store_true", help="some of them, always the same")
    parser.add_argument("words", nargs="*", help="only files with one of these in their name")
    options = parser.parse_args()
    known = {c: why for c, why in equivalents().items() if asked(c[0], options.words)}
    made, killed, passed = [], set(), []
    for kind, module in KINDS.items():
        mutants = module.make(options.words)
        ran = sample(mutants, SAMPLE[kind]) if options.sample else mutants
        alive, seconds = run(module.__file__, ran)
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


def run(program, mutants):
    """(the mutants that nothing kills, {unit: seconds}), several units side by side."""
    units = by_unit(mutants)
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        keys = ([m.key for m in units[unit]] for unit in units)
        found = [*threads.map(ask, [program] * len(units), units, keys)]
    alive = {key for keys, _ in found for key in keys}
    seconds = dict(zip(units, (seconds for _, seconds in found), strict=True))
    return [mutant for mutant in mutants if mutant.key in alive], seconds


def report(kind, ran, alive, known, seconds, bar):
    """Print what was found; whether enough was killed."""
    left = [mutant for mutant in alive if mutant.change not in known]
    for mutant in left:
        print(f"{mutant.file}:{mutant.line} {mutant.function or 'survives'}: {mutant.text}")
    print(f"{kind:18} mutants  killed  equivalent  survived   share  seconds")
    enough = []
    for unit, mutants in sorted(by_unit(ran).items()):
        share = row(unit, mutants, alive, left, seconds[unit])
        enough.append(share >= bar)
    return row("in all", ran, alive, left, sum(seconds.values())) >= BAR and all(enough)


def row(unit, mutants, alive, left, seconds):
    """Print a line of the table; the share that is killed of those that are not equivalent."""
    n, n_alive, n_left = (len({*mutants} & {*some}) for some in (mutants, alive, left))
    share = 1 - n_left / max(1, n - n_alive + n_left)
    equivalent = n_alive - n_left
    print(f"{unit:18} {n:7} {n - n_alive:7} {equivalent:11} {n_left:9} {share:7.1%} {seconds:8.0f}")
    return share


if __name__ == "__main__":
    main()
