"""Property inference: do models give away how large a group is in their training data?

    python benchmarks/properties.py [--patients synthetic cdc] [--groups "by coin"] [--models 100] [--size 700]

Half of the models are trained on tables in which the group has the one share, half on tables in which it has the other;
shadow models on people of the adversary's, models under attack on others. 200 questions each, or the parameters. A coin
tells rightly in 0.50; a group by coin is one on which nothing depends. "Held": how often the interval of 95% around the
estimated share holds the truth.
"""

import argparse

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from table import Table

from leaklab.data import load_patients
from leaklab.experiments import VICTIM, infer_shares, private_mlp, stopped_early

GROUPS = {"the ill": (lambda one: one.label == 1, (0.1, 0.2)),
          "65 and older": (lambda one: one.features["Age"].to_numpy() >= 10, (0.3, 0.7)),
          "obese": (lambda one: one.features["BMI"].to_numpy() >= 30, (0.3, 0.7)),
          "men": (lambda one: one.features["Sex"].to_numpy() == 1, (0.3, 0.7)),
          "by coin": (lambda one: np.random.default_rng(len(one)).random(len(one)) < 0.5, (0.3, 0.7))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", nargs="+", default=["synthetic", "cdc"], metavar="SOURCE")
    parser.add_argument("--groups", nargs="+", default=list(GROUPS), choices=list(GROUPS), metavar="GROUP")
    parser.add_argument("--models", type=int, default=100)
    parser.add_argument("--size", type=int, default=700)
    args = parser.parse_args()
    recipes = {"MLP, 50 epochs": VICTIM, "MLP, 3 epochs": stopped_early(),
               "MLP, private, epsilon 2": private_mlp(2.0, args.size),
               "logistic regression": LogisticRegression(solver="newton-cholesky"),
               "forest of 30": RandomForestClassifier(30, min_samples_leaf=5)}
    table = Table("patients", "group", "shares", "model", "seen", "told rightly:", "error of the share:", "guess:",
                  "held:")
    for source in args.patients:
        pool = load_patients(source) if source != "synthetic" else load_patients(source, patients=40_000, rng=1)
        own, theirs = pool.sample(40_000, rng=0).split(20_000, rng=0)
        for name in args.groups:
            group, shares = GROUPS[name]
            for kind, recipe in recipes.items():
                for by in ("answers", "parameters") if kind == "logistic regression" else ("answers",):
                    found = infer_shares(own, theirs, (group(own), group(theirs)), recipe, shares, size=args.size,
                                         models=args.models, by=by, rng=0)
                    table.row(source, name, " or ".join(f"{share:.0%}" for share in shares), kind, by, found.told,
                              f"{found.error.value:.2f} [{found.error.low:.2f}, {found.error.high:.2f}]",
                              f"{found.guess:.2f}", found.held)


if __name__ == "__main__":
    main()
