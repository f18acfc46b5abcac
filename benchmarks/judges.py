"""Every exercise's judge on answers whose verdict is known: ``python benchmarks/judges.py [--seeds 20]``.

The solution and at least five other right forms of it must be correct; each planted wrong answer must get its own
diagnosis.
"""

import argparse
from pathlib import Path

import numpy as np
from table import Table

from leaklab.course.engine import load

LESSONS = Path(__file__).resolve().parents[1] / "lessons"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    seeds = parser.parse_args().seeds
    table = Table("lesson", "exercises:", "right answers judged correct:", "wrong answers told why:")
    for path in sorted(LESSONS.glob("[0-9][0-9]_*/exercises.py")):
        exercises = load(path.parent.name[:2]).exercises
        right, wrong = [], []
        for exercise in exercises.values():
            for seed in range(seeds):
                cases = exercise.cases(np.random.default_rng(seed))
                right += [exercise.verdict(answer, cases.given).outcome == "correct"
                          for answer in (cases.solution, *cases.right)]
                wrong += [phrase in str(exercise.verdict(answer, cases.given)) for answer, phrase in cases.wrong]
        table.row(path.parent.name[:2], len(exercises), *(f"{sum(one):,} of {len(one):,}" for one in (right, wrong)))


if __name__ == "__main__":
    main()
