"""DP-SGD: examples a second beside the peers, and a whole privacy-utility curve as one run.

    python benchmarks/dpsgd.py [speed] [curve]

MLP 21-64-64-2, batch 256, clip 1, noise 1.1. Peers that are not installed are left out. The CDC records are taken from
the folder that LEAKLAB_DATA names, or downloaded. Prints Markdown tables.
"""

import argparse
import time

import numpy as np
from dp_peers import PEERS
from peers import FLOP, matrix_product_rate
from table import Table

from leaklab.attacks.membership import loss
from leaklab.data import load_patients
from leaklab.metrics import over_targets
from leaklab.privacy import Batches, noise_for_epsilon
from leaklab.training import DPSGD, MLP, fit_many, halves

RECORDS, BATCH, STEPS = 2000, 256, 156
PLAN = Batches(RECORDS, BATCH, STEPS)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="all, when none is named")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--patients", default="cdc", metavar="SOURCE")
    args = parser.parse_args()
    records = load_patients(args.patients).deduplicate().sample(2 * RECORDS, balanced=True, rng=0)
    parts = {"speed": speed, "curve": curve}
    for name in args.parts or parts:
        parts[name](records, args)


def speed(records, args):
    x, y, trained_on = records.x, records.label, halves(64, len(records), rng=0)
    recipe = MLP(learning_rate=5e-3, dp=DPSGD(1.1, batches=PLAN))
    runs = {f"Leaklab, {k} model{'s' * (k > 1)} stacked": (
        k * STEPS * BATCH, lambda k=k: fit_many([recipe] * k, x, y, trained_on[:k], classes=2, rng=0))
        for k in (1, 16, 64)}
    runs |= {name: (steps * BATCH, lambda run=run, steps=steps: run(steps))
             for name, (make, steps) in PEERS.items() for run in [make(x[trained_on[0]], y[trained_on[0]], BATCH)]}
    for _, run in runs.values():
        run()  # compiled before it is timed, for everybody
    seconds = {name: [] for name in runs}
    for _ in range(args.rounds):
        for name, (_, run) in runs.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    rate = {name: examples / np.median(seconds[name]) for name, (examples, _) in runs.items()}
    best = max(rate[name] for name in PEERS)
    peak = matrix_product_rate()
    print(f"Matrix products here: {peak / 1e9:.0f} GFLOP/s (float32, 1,024 x 1,024, all cores).\n")
    table = Table("trainer", "examples a second:", "times the fastest peer:", "share of the matrix-product rate:")
    for name, found in rate.items():
        table.row(name, f"{found:,.0f}", f"{found / best:.2f}", f"{found * FLOP / peak:.0%}")


def curve(records, args):
    x, y, seeds = records.x, records.label, 5
    epsilons = np.geomspace(0.1, 16, 12)
    start = time.perf_counter()
    noise = [noise_for_epsilon(float(e), PLAN, delta=1e-5) for e in epsilons]
    solved = time.perf_counter() - start
    recipes = [MLP(learning_rate=5e-3, dp=DPSGD(z, batches=PLAN)) for z in noise] * seeds
    trained_on = halves(len(recipes), len(x), rng=0)
    start = time.perf_counter()
    trained = fit_many(recipes, x, y, trained_on, classes=2, rng=0)
    trained = time.perf_counter() - start
    make, steps = PEERS["tensorflow-privacy DPKerasSGDOptimizer"]
    one = make(x[trained_on[0]], y[trained_on[0]], BATCH)
    start = time.perf_counter()
    one(steps)
    peer = (time.perf_counter() - start) * STEPS / steps
    print(f"\n{len(noise)} noise multipliers solved in {solved:.2f} s; {len(recipes)} private models trained in "
          f"{trained:.1f} s, compiling included; DPKerasSGDOptimizer takes {peer:.1f} s for one.\n")
    answers = trained.probabilities(x)
    right = answers.argmax(axis=2) == y
    leak = over_targets(np.stack([loss(answer, y) for answer in answers.astype(float)]), trained_on)
    table = Table("epsilon:", "noise multiplier:", "test accuracy (sd over seeds):", "threshold AUC (sd):")
    for i, epsilon in enumerate(epsilons):
        own = slice(i, None, len(epsilons))
        accuracy = [r[~k].mean() for r, k in zip(right[own], trained_on[own], strict=True)]
        table.row(f"{epsilon:.2f}", f"{noise[i]:.2f}", f"{np.mean(accuracy):.3f} ({np.std(accuracy, ddof=1):.3f})",
                  f"{leak.aucs[own].mean():.3f} ({leak.aucs[own].std(ddof=1):.3f})")


if __name__ == "__main__":
    main()
