"""Face inversion without gradients: from scores, from rounded scores, and from labels alone, against queries.

    python benchmarks/blackbox.py [--victims MLP CNN] [--first 0] [--splits 6] [--label-splits 3] [--labels 500 ...]

Olivetti, taken from the folder that LEAKLAB_DATA names, or downloaded. 20 private people, all in one call. Rates are
over the people of all splits, with Clopper and Pearson's 95% intervals. The attack's settings were chosen on splits 10
to 15.
"""

import argparse
import time

import numpy as np
from table import Table

from leaklab.access import BlackBox, LabelOnly, Rounded, WhiteBox
from leaklab.attacks import FaceInversion
from leaklab.data import load_faces
from leaklab.experiments.faces import VICTIMS, average_face, prepare
from leaklab.metrics import Rate

SCORES = {"white box": (WhiteBox, [1000]), "scores": (BlackBox, [100, 200, 300, 500, 1000]),
          "scores, 2 decimals": (lambda model: Rounded(BlackBox(model), 2), [300, 1000])}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--victims", nargs="+", default=["MLP", "CNN"], choices=VICTIMS)
    parser.add_argument("--first", type=int, default=0, help="the first split's seed")
    parser.add_argument("--splits", type=int, default=6)
    parser.add_argument("--label-splits", type=int, default=3)
    parser.add_argument("--labels", nargs="*", type=int, default=[500, 1000, 2000, 5000, 10_000, 20_000])
    args = parser.parse_args()
    seeds = range(args.first, args.first + args.splits)
    stages = [prepare(load_faces("olivetti"), rng=seed) for seed in seeds]
    table = Table("victim", "access", "queries a person:", "evaluator top-1:", "top-5:", "beyond the average face:",
                  "seconds:", "found a start:")
    report(table, "", "the mean public face for everybody", [(s.judge(average_face(s)), 0, 0, 20) for s in stages])
    for name in args.victims:
        models = [VICTIMS[name].fit(stage.train.images, stage.train.person, rng=100 + seed)
                  for stage, seed in zip(stages, seeds, strict=True)]
        for what, (see, budgets) in SCORES.items():
            for queries in budgets:
                report(table, name, what, [attack(s, see(m), queries) for s, m in zip(stages, models, strict=True)])
        few = list(zip(stages, models, strict=True))[:args.label_splits]
        for queries in args.labels:
            report(table, name, "labels", [attack(s, LabelOnly(BlackBox(m)), queries) for s, m in few])
        if few:
            print_starts(name, few)


def attack(stage, access, queries):
    inversion = FaceInversion(prior=stage.prior, queries=queries)
    access.probabilities(stage.test.images)  # compiled before the clock starts
    start, before = time.perf_counter(), access.queries
    found = inversion(access, stage.people, rng=0)
    seconds = time.perf_counter() - start
    spent = (access.queries - before) / len(stage.people)
    return stage.judge(found.images), spent, seconds, int(found.found_start.sum())


def report(table, victim, what, found):
    likeness, queries, seconds, started = zip(*found, strict=True)
    top = [Rate(sum(r.successes for r in rates), sum(r.trials for r in rates))
           for rates in ([li.top1 for li in likeness], [li.top5 for li in likeness])]
    beyond = np.concatenate([li.beyond for li in likeness]).mean()
    table.row(victim, what, f"{np.mean(queries):,.0f}", top[0], top[1], f"{beyond:.2f}", f"{np.median(seconds):.1f}",
              f"{sum(started)} of {top[0].trials}")


def print_starts(victim, few):
    """What limits the labels: how often some public face bears the name, and how close that face is already."""
    nobody, right = 0, []
    for stage, model in few:
        named = BlackBox(model).probabilities(stage.public.images).argmax(axis=1)
        nobody += sum(person not in named for person in stage.people)
        faces = np.stack([stage.public.images[named == person].mean(axis=0) if person in named
                          else stage.public.mean_face() for person in stage.people])
        right.append(stage.judge(faces).top1)
    top = Rate(sum(r.successes for r in right), sum(r.trials for r in right))
    print(f"\n{victim}: no public face bears the name of {nobody} of {top.trials} people; the mean of those that do is "
          f"recognised in {top}\n", flush=True)


if __name__ == "__main__":
    main()
