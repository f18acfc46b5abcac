"""Threshold membership inference on patients: what a model's scores tell of who was in its data.

    python benchmarks/membership.py [--patients synthetic cdc] [--seeds 5]

4,000 records, as many of each class, half of them members; MLP 64-64, 50 epochs of batch 64.
Beside it the same model stopped after 3 epochs, and the same model trained on ten times the data. The CDC records are
taken from the folder that LEAKLAB_DATA names, or downloaded. Prints a Markdown table: AUC with DeLong's 95% interval
for the first seed, mean and standard deviation over seeds (each draws other records), and rates at fixed
false-positive rates.
"""

import argparse

import numpy as np

from leaklab.data import load_patients
from leaklab.experiments.patients import VICTIM, stopped_early, study


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", nargs="+", default=["synthetic", "cdc"], metavar="SOURCE")
    parser.add_argument("--seeds", type=int, default=5)
    args = parser.parse_args()
    print("| patients | model | accuracy, members | accuracy, others | AUC, loss threshold | AUC over seeds "
          "| TPR at 1% FPR | TPR at 0.1% FPR |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    for source in args.patients:
        pool = load_patients(source) if source != "synthetic" else load_patients(source, patients=200_000, rng=1)
        few, many = 4000, 40_000
        report(source, "50 epochs", pool, few, VICTIM, args.seeds)
        report(source, "stopped after 3 epochs", pool, few, stopped_early(), args.seeds)
        report(source, "50 epochs, ten times the data", pool, many, VICTIM, args.seeds)


def report(source, what, pool, n, recipe, seeds):
    studies = []
    for seed in range(seeds):
        members, others = pool.sample(n, balanced=True, rng=seed).split(0.5, rng=seed)
        studies.append(study(members, others, recipe, rng=seed))
    first, aucs = studies[0], [s.roc["loss"].auc.value for s in studies]
    curve = first.roc["loss"]
    cells = [f"{source}, {n:,}", what, first.member_accuracy, first.accuracy, curve.auc,
             f"{np.mean(aucs):.3f} (sd {np.std(aucs, ddof=1):.3f})", curve.tpr_at(0.01), curve.tpr_at(0.001)]
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


if __name__ == "__main__":
    main()
