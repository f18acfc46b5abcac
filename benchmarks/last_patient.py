"""The last patient: one record of a linear model's training data, by who knows all the others.

    python benchmarks/last_patient.py [exact | noise] [--patients synthetic cdc] [--records 50] [--trials 400]

exact: every model is trained on a whole table; one record after another is missing from what the adversary knows. The
tables of scikit-learn as they come with it, standardised, and patients. Exact: within 1e-4 standard deviations in every
feature, and the right label. Refused: nothing is said. False: a record is named that is none.

noise: penalised logistic regression (l2 = 10, records clipped to length 5) on 1,380 people and one of 20; noise on all
parameters by the worst record in the world. The error is that of the equations, solved as if there were no noise.
"""

import argparse
import warnings

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler
from table import Table

from leaklab.attacks import GeneralizedLinear, Others, last_record
from leaklab.data import load_patients
from leaklab.experiments import behind_noise

TABLES = {"breast cancer": load_breast_cancer, "wine": load_wine, "iris": load_iris, "diabetes": load_diabetes}
MODELS = {
    "newton-cholesky, to the end": LogisticRegression(solver="newton-cholesky", tol=1e-12, max_iter=500),
    "newton-cg, to the end": LogisticRegression(solver="newton-cg", tol=1e-10, max_iter=1000),
    "lbfgs, tolerance 1e-10": LogisticRegression(tol=1e-10, max_iter=10_000),
    "lbfgs, scikit-learn's default": LogisticRegression(max_iter=1000),
}
LINEAR = {"ridge, alpha = 1": Ridge(), "least squares": LinearRegression()}
PROMISES = (np.inf, 3000, 1000, 300, 100, 30, 10, 3, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="*", default=["exact", "noise"])
    parser.add_argument("--patients", nargs="+", default=["synthetic", "cdc"], metavar="SOURCE")
    parser.add_argument("--records", type=int, default=50)
    parser.add_argument("--trials", type=int, default=400)
    args = parser.parse_args()
    people = {name: load_patients(name).deduplicate().sample(1400, rng=0) for name in args.patients}
    if "exact" in args.part:
        exact(people, args.records)
    if "noise" in args.part:
        noise(people, args.trials)


def exact(people, records):
    table = Table("table", "records", "model", "exact:", "refused:", "false:", "largest error of the exact:")
    for name, (x, y) in tables(people).items():
        for kind, model in (LINEAR if name == "diabetes" else MODELS).items():
            table.row(name, f"{len(x):,}", kind, *counts(model, x, y, records))


def tables(people):
    read = {name: (StandardScaler().fit_transform(data.data), data.target)
            for name, data in ((name, load()) for name, load in TABLES.items())}
    return {f"patients, {name}": (one.x.astype(float), one.label) for name, one in people.items()} | read


def counts(model, x, y, records):
    """How many of some records come back, are refused, or come out false; and the largest error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # solvers that cannot reach so small a tolerance say so
        form = GeneralizedLinear.of(model.fit(x, y))
    found, errors, refused = 0, [], 0
    asked = np.random.default_rng(0).permutation(len(y))[:records]
    for i in asked:
        keep = np.arange(len(y)) != i
        try:
            one = last_record(form, Others(x[keep], y[keep]))
        except ValueError:
            refused += 1
            continue
        error, same = np.abs(one.x - x[i]).max(), np.isclose(float(one.y), y[i])
        if error < 1e-4 and same:
            found += 1
            errors.append(error)
    largest = f"{max(errors):.0e}" if errors else ""
    return f"{found} of {len(asked)}", refused, len(asked) - found - refused, largest


def noise(people, trials):
    table = Table("patients", "noise:", "mu:", "epsilon:", "error, sd:", "picked out of 20:", "ceiling, these people:",
                  "ceiling, the guarantee:")
    for name, one in people.items():
        x, y = one.x.astype(float), one.label
        for point in behind_noise((x[20:], y[20:]), (x[:20], y[:20]), PROMISES, l2=10, norm=5, trials=trials, rng=0):
            table.row(name, f"{point.noise:.4f}", f"{point.mu:g}", f"{point.epsilon:,.0f}", f"{point.error:.2g}",
                      point.picked, f"{point.ceiling_here:.2f}", f"{point.ceiling:.2f}")


if __name__ == "__main__":
    main()
