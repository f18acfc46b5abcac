"""Does an audit catch what is broken, and pass what is not?

    python benchmarks/audit.py [--seeds 20]

Softmax regression on records with canaries made to be noticed, an adversary who sees every step, delta 1e-5, 95%
confidence; the settings of tests/audit. A row a trainer: the range of the measured lower bounds over the seeds.
"""

import argparse

import numpy as np
from table import Table

from leaklab.audit import CanaryAudit, PlainTrainer
from leaklab.privacy import Batches
from leaklab.training import DPSGD, SoftmaxRegression

CENTRAL, SPARSE = Batches.over_epochs(30, size=15, epochs=8), Batches.over_epochs(40, size=1, epochs=10)
RECORDS, PEOPLE = (Batches.over_epochs(30, size=15, epochs=4, unit=unit) for unit in ("record", "person"))
ROWS = [  # trainer, its bug, promised epsilon, plan, audit
    ("correct, Gaussian-DP conversion", None, 4.0, CENTRAL, CanaryAudit(models=4000, method="gdp")),
    ("correct", None, 4.0, CENTRAL, CanaryAudit(models=1000)),
    ("noise forgotten in one layer", "unnoised layer", 2.0, CENTRAL, CanaryAudit(models=3000)),
    ("noise divided by the batch twice", "noise over batch twice", 2.0, CENTRAL, CanaryAudit(models=3000)),
    ("clip after averaging", "clip the average", 1.0, CENTRAL, CanaryAudit(models=3000)),
    ("batches in file order, accounted as Poisson", "file order", 2.0, SPARSE,
     CanaryAudit(models=3000, adversary="file order")),
    ("correct, unit person; canary: a person of 6 records, Gaussian-DP conversion", None, 2.0, PEOPLE,
     CanaryAudit(models=2000, rows=6, method="gdp")),
    ("correct, unit person; canary: a person of 6 records", None, 0.5, PEOPLE, CanaryAudit(models=2000, rows=6)),
    ("every row clipped by itself, unit person; canary: a person of 10 records", "clip rows", 0.5, PEOPLE,
     CanaryAudit(models=3000, rows=10)),
    ("correct, unit record; canary: a person of 6 records", None, 0.5, RECORDS, CanaryAudit(models=2000, rows=6)),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    seeds = parser.parse_args().seeds
    table = Table("trainer", "models:", "promised epsilon:", "promised to the canary:", "measured, lower bound",
                  "provable at most:", "above the promise to the canary")
    x = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
    for name, bug, epsilon, plan, audit in ROWS:
        dp = DPSGD.for_epsilon(epsilon, plan, delta=1e-5)
        recipe = SoftmaxRegression(learning_rate=0.01, optimizer="sgd", dp=dp)
        records = x[:plan.units], (x[:plan.units, 0] > 0).astype(int)
        found = [audit(PlainTrainer(bug), recipe, *records, rng=seed) for seed in range(seeds)]
        low, high = (limit(result.epsilon for result in found) for limit in (min, max))
        caught = sum(result.caught for result in found)
        first, most = found[0], min(result.most for result in found)
        table.row(name, f"{audit.models:,}", f"{first.promised.epsilon:.2f}", f"{first.owed.epsilon:.2f}",
                  f"{low:.2f} to {high:.2f}", f"{most:.2f}", f"{caught} of {seeds}")


if __name__ == "__main__":
    main()
