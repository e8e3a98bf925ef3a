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
from mutants import equivalents, unfit

BAR = 0.95  # of the mutants that are not equivalent
SAMPLE = {"lessons": 400, "package": 400}  # about five minutes on two cores
SEED = 1


def chosen(mutants, kind, words, sample):
    """The mutants to run: of the files that `words` name, or a sample that is always the same."""
    wanted = [m for m in mutants if not words or any(word in m.file for word in words)]
    if sample and len(wanted) > SAMPLE[kind]:
        return random.Random(SEED).sample(wanted, SAMPLE[kind])
    return wanted


def report(kind, ran, alive, known, seconds):
    """Print what was found; whether enough was killed."""
    left = [mutant for mutant in alive if mutant.change not in known]
    counted = len(ran) - (len(alive) - len(left))
    for mutant in left:
        print(f"{mutant.file}:{mutant.line} survives\n  - {mutant.old}\n  + {mutant.new}")
    share = 1 - len(left) / max(counted, 1)
    print(
        f"{kind}: {counted - len(left)} killed, {len(left)} survived ({share:.1%} killed), "
        f"{len(alive) - len(left)} equivalent, {seconds:.0f} s"
    )
    return share >= BAR


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sample", action="store_true", help="some of them, always the same")
    parser.add_argument("words", nargs="*", help="only files with one of these in their name")
    asked = parser.parse_args()
    known, passed, made, killed = equivalents(), [], [], []
    for kind, module in (("lessons", mutate_lessons), ("package", mutate_package)):
        started = time.perf_counter()
        mutants = module.make()
        ran = chosen(mutants, kind, asked.words, asked.sample)
        alive = module.run(ran) if ran else []
        passed.append(report(kind, ran, alive, known, time.perf_counter() - started))
        made += mutants
        killed += set(ran) - set(alive)
    complaints = [*unfit(known, made, killed)]
    print(*complaints, sep="\n")
    sys.exit(not all(passed) or bool(complaints))


if __name__ == "__main__":
    main()
