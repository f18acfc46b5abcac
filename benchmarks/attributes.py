"""Attribute inversion: does a model give away what its patients kept to themselves?

    python benchmarks/attributes.py [--patients synthetic cdc] [--seeds 3]

2,000 members and 2,000 others, half ill; the adversary's own classifier learns from 20,000 further records. MLP 64-64:
overfitted (200 epochs), stopped after 3 epochs, and private (epsilon 2). Balanced accuracy; means over seeds, each with
other records. The CDC records are taken from the folder that LEAKLAB_DATA names, or downloaded.
"""

import argparse

from table import Table

from leaklab.access import BlackBox
from leaklab.data import load_patients
from leaklab.experiments.attributes import SENSITIVE, infer, prior_from
from leaklab.experiments.patients import stopped_early
from leaklab.experiments.private import private_mlp
from leaklab.metrics import mean_of
from leaklab.training import MLP

MEMBERS, PUBLIC = 2000, 20_000
MODELS = {"overfitted, 200 epochs": MLP(hidden=(64, 64), epochs=200, batch_size=64),
          "stopped after 3 epochs": stopped_early(), "private, epsilon 2": private_mlp(2.0, MEMBERS)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", nargs="+", default=["synthetic", "cdc"], metavar="SOURCE")
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    table = Table("patients", "attribute", "model", "chance:", "without the model:", "with it, members:",
                  "with it, others:", "gain, members:", "gain, others:", "leak:")
    for source in args.patients:
        pool = load_patients(source) if source != "synthetic" else load_patients(source, patients=100_000, rng=1)
        report(table, source, pool, args.seeds)


def report(table, source, pool, seeds):
    studies = {(name, model): [] for name in SENSITIVE for model in MODELS}
    for seed in range(seeds):
        drawn, public = pool.sample(2 * MEMBERS + PUBLIC, rng=seed, balanced=True).split(2 * MEMBERS, rng=seed)
        members, others = drawn.split(MEMBERS, rng=seed)
        access = {model: BlackBox(recipe.fit(members.x, members.label, classes=len(members.classes), rng=seed))
                  for model, recipe in MODELS.items()}
        for name, sensitive in SENSITIVE.items():
            prior = prior_from(public, sensitive)
            for model in MODELS:
                studies[name, model].append(infer(access[model], members, others, prior, sensitive))
    for (name, model), found in studies.items():
        cells = [mean_of([getattr(s, what) for s in found])
                 for what in ("without", "members", "others", "gain", "gain_others", "leak")]
        table.row(source, name, model, f"{found[0].chance:.2f}", *cells)


if __name__ == "__main__":
    main()
