"""Does nothing lose, and does each lesson's defense beat a red? ``python benchmarks/capstone.py [--seeds 6]``.

Each defense plays a contest a seed against each of the three prepared reds. The rules' bars were chosen on seeds 1 to
9, 20 to 25 and 40 to 45, which are not among these. Prints a Markdown table: of how many contests blue won, and the
mean AUC.
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from table import Table

from leaklab.course import BLUES, REDS, Defense, Rules, play

FIRST = 60
DEFENSES = {
    "nothing": ("", Defense()),
    "one decimal (I of the blues)": ("02", BLUES["I rounded"]),
    "labels only": ("02", Defense(answers="labels")),
    "10 epochs": ("03", Defense(epochs=10)),
    "weight decay 0.02 (II of the blues)": ("03", BLUES["II decayed"]),
    "the same, noise 0.2 in the answers (III of the blues)": ("06", BLUES["III noisy"]),
    "the same, and one question a candidate": ("06", Defense(weight_decay=0.02, answers="noisy=0.2", budget=1000)),
    "4,000 people, 6 epochs (as many steps)": ("05", Defense(people=4000, epochs=6)),
    "epsilon 1, 500 people, 6 epochs": ("07", Defense(epsilon=1, epochs=6)),
    "epsilon 4, 4,000 people, 2 epochs": ("07", Defense(epsilon=4, people=4000, epochs=2)),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=6)
    args = parser.parse_args()
    rules = Rules()
    print(f"floor {rules.floor:g}, AUC below {rules.most_auc:g}, TPR at 1% FPR below {rules.most_tpr:g}; "
          f"seeds {FIRST} to {FIRST + args.seeds - 1}")
    table = Table("defense", "lesson", "accuracy, mean:", *(f"blue wins against {name} (mean AUC)" for name in REDS),
                  "seconds, mean:")
    for name, (lesson, defense) in DEFENSES.items():
        began = time.perf_counter()
        played = [play(defense, REDS, seed=FIRST + seed) for seed in range(args.seeds)]
        seconds = (time.perf_counter() - began) / args.seeds
        accuracy = np.mean([next(iter(one.values())).accuracy.value for one in played])
        won = [f"{sum(one[red].winner == 'blue' for one in played)} of {args.seeds} "
               f"({np.mean([one[red].auc.value for one in played]):.2f})" for red in REDS]
        table.row(name, lesson, f"{accuracy:.3f}", *won, f"{seconds:.0f}")


if __name__ == "__main__":
    main()
