"""Hardenings: what each leaves to an attack that adapts to it, and what it costs the honest.

    python benchmarks/hardening.py [--victims MLP] [--splits 3] [--queries 300] [--only NAME ...]

Olivetti, taken from the folder that LEAKLAB_DATA names, or downloaded. 20 private people a split, all attacked in one
call; rates are over the people (or their unseen photographs) of all splits, with Clopper and Pearson's 95% intervals.
"""

import argparse

import numpy as np
from table import Table

from leaklab.access import BlackBox, LabelOnly, Metered, Noisy, Rounded, TopK
from leaklab.data import load_faces
from leaklab.experiments.faces import VICTIMS, average_face, prepare
from leaklab.experiments.hardening import study_many
from leaklab.metrics import Rate

PEOPLE = 20
HARDENINGS = {
    "none": lambda a: a,
    "Rounded, 2 decimals": lambda a: Rounded(a, 2),
    "Rounded, 1 decimal": lambda a: Rounded(a, 1),
    "Rounded, 0 decimals": lambda a: Rounded(a, 0),
    "TopK, 5": lambda a: TopK(a, 5),
    "TopK, 1": lambda a: TopK(a, 1),
    "LabelOnly": LabelOnly,
    "Noisy, Gaussian 0.05": lambda a: Noisy(a, 0.05, rng=0),
    "Noisy, Gaussian 0.2": lambda a: Noisy(a, 0.2, rng=0),
    "Noisy, Gaussian 0.5": lambda a: Noisy(a, 0.5, rng=0),
    "Noisy, Gaussian 2": lambda a: Noisy(a, 2, rng=0),
    "Noisy, Laplace 0.05": lambda a: Noisy(a, 0.05, kind="laplace", rng=0),
    "Noisy, Laplace 0.2": lambda a: Noisy(a, 0.2, kind="laplace", rng=0),
    "Noisy, Laplace 1": lambda a: Noisy(a, 1, kind="laplace", rng=0),
    "Metered, 1,000 a person": lambda a: Metered(a, 1000 * PEOPLE),
    "Metered, 200 a person": lambda a: Metered(a, 200 * PEOPLE),
    "Rounded 1 + TopK 1 + Metered 200": lambda a: Metered(TopK(Rounded(a, 1), 1), 200 * PEOPLE),
    "Noisy 0.2 + Rounded 1 + Metered 200": lambda a: Metered(Rounded(Noisy(a, 0.2, rng=0), 1), 200 * PEOPLE),
    "Noisy 0.2 + LabelOnly": lambda a: LabelOnly(Noisy(a, 0.2, rng=0)),
    "Noisy 0.2 + LabelOnly + Metered 200": lambda a: Metered(LabelOnly(Noisy(a, 0.2, rng=0)), 200 * PEOPLE),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--victims", nargs="+", default=["MLP"], choices=VICTIMS)
    parser.add_argument("--splits", type=int, default=3)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--only", nargs="+", default=list(HARDENINGS), choices=HARDENINGS, metavar="NAME")
    args = parser.parse_args()
    stages = [prepare(load_faces("olivetti"), private=PEOPLE, rng=seed) for seed in range(args.splits)]
    guess = total([s.judge(average_face(s)).top1 for s in stages])
    print(f"The mean public face for everybody: {guess}\n")
    table = Table("victim", "answers", "queries a person:", "top-1, as given:", "by labels:", "floored:", "adaptive:",
                  "beyond, adaptive:", "honest accuracy:", "calibration error:", "epsilon a query:", "epsilon spent:")
    for victim in args.victims:
        models = [BlackBox(VICTIMS[victim].fit(s.train.images, s.train.person, rng=100 + i))
                  for i, s in enumerate(stages)]
        for name, harden in ((name, HARDENINGS[name]) for name in args.only):
            found = [study_many(s, m, {name: harden}, queries=args.queries, rng=0)[name]
                     for s, m in zip(stages, models, strict=True)]
            row(table, victim, name, found, harden(models[0]))


def total(rates):
    return Rate(sum(r.successes for r in rates), sum(r.trials for r in rates))


def row(table, victim, name, found, access):
    def top1(way):
        return str(total([f.likeness[way].top1 for f in found])) if way in found[0].likeness else ""

    way = max(found[0].likeness, key=lambda w: sum(f.likeness[w].top1.successes for f in found))  # one for all splits
    queries = np.mean([f.recovered[way].queries for f in found]) / PEOPLE
    beyond = np.mean([f.likeness[way].beyond.mean() for f in found])
    accuracy = total([f.utility.accuracy for f in found])
    stated = [f.utility.calibration_error for f in found if f.utility.calibration_error is not None]
    calibration = f"{np.mean(stated):.2f}" if stated else "none stated"
    table.row(victim, name, f"{queries:,.0f}", top1("scores"), top1("labels"), top1("floored"), f"{top1(way)} ({way})",
              f"{beyond:.2f}", accuracy, calibration, *epsilons(access, queries))


def epsilons(access, queries):
    """Of one answer, and of all that the attack asks for; delta is 1e-5 for Gaussian noise, 0 for Laplace noise."""
    while not isinstance(access, Noisy):
        if not hasattr(access, "access"):
            return "none", "none"
        access = access.access
    return f"{access.epsilon_per_query():,.1f}", f"{access.epsilon_after(round(queries * PEOPLE)):,.0f}"


if __name__ == "__main__":
    main()
