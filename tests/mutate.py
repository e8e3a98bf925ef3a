"""Do the checks see a mistake? Makes them one at a time, and lists those that nothing notices.

Run as a program (`make mutate`) it changes one number, operator, comparison, index or name at a
time in the lessons and in llm_scratch, and ends with 1 if too few of the changes are noticed.
tests/equivalent.txt lists the changes that no check can notice, each with the reason.
"""

import argparse
import random
import sys
import time

import mutate_lessons
import mutate_package
from mutants import asked, equivalents, unfit

BAR = 0.95  # of the mutants that are not equivalent
KINDS = {"lessons": mutate_lessons, "package": mutate_package}
SAMPLE = {"lessons": 200, "package": 150}  # about five minutes on two cores
SEED = 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sample", action="store_true", help="some of them, always the same")
    parser.add_argument("words", nargs="*", help="only files with one of these in their name")
    options = parser.parse_args()
    known = {c: why for c, why in equivalents().items() if asked(c[0], options.words)}
    made, killed, passed = [], [], []
    for kind, module in KINDS.items():
        started = time.perf_counter()
        mutants = module.make(options.words)
        ran = sample(mutants, SAMPLE[kind]) if options.sample else mutants
        alive = module.run(ran) if ran else []
        passed.append(report(kind, ran, alive, known, time.perf_counter() - started))
        made += mutants
        killed += set(ran) - set(alive)
    complaints = [*unfit(known, made, killed)]
    print(*complaints, sep="\n", end="\n" * bool(complaints))
    sys.exit(bool(complaints) or not all(passed))


def sample(mutants, size):
    """Some of them, the same ones as long as the code stays as it is."""
    return random.Random(SEED).sample(mutants, min(size, len(mutants)))


def report(kind, ran, alive, known, seconds):
    """Print what was found; whether enough was killed."""
    left = [mutant for mutant in alive if mutant.change not in known]
    n_equivalent = len(alive) - len(left)
    for mutant in left:
        print(f"{mutant.file}:{mutant.line} survives\n  - {mutant.old}\n  + {mutant.new}")
    share = 1 - len(left) / max(1, len(ran) - n_equivalent)
    print(
        f"{kind}: {len(ran) - len(alive)} killed, {len(left)} survived, {n_equivalent} equivalent: "
        f"{share:.1%} of those that count are killed, in {seconds:.0f} s",
        flush=True,
    )
    return share >= BAR


if __name__ == "__main__":
    main()
