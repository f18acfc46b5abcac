"""What the difference of two linear models tells of the record that was erased between them.

    python benchmarks/erasure.py [--erased 40]

Synthetic patients (500 in the model, others public; ridge and logistic regression) and rendered faces (140 photographs
of 20 people, 40 people public; ridge regression). *Others known*: the moment of all the records that remain. *Public*:
that of other people. The baseline takes, of all public records, the one whose answer changes most (Bertran and others
2024, MaxDiff). Likeness is the cosine after the mean public record is subtracted from both.
"""

import argparse

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from table import Table

from leaklab.attacks import cosine, erased_record, second_moment
from leaklab.data import load_faces, load_patients


def ones(x):
    return np.column_stack([x, np.ones(len(x))])


def coefficients(model):
    return np.column_stack([np.atleast_2d(model.coef_), np.atleast_1d(model.intercept_)])


class Linear:
    """A linear model, refitted without some records; ``weights`` of a generalised one are p (1 - p)."""

    def __init__(self, x, y, public, make, penalty, logistic=False):
        self.x, self.y, self.public, self.make = x, y, public, make
        self.penalty, self.logistic = penalty, logistic
        self.before = coefficients(make().fit(x, y))
        self.center = public.mean(axis=0)

    def without(self, gone):
        stay = np.setdiff1d(np.arange(len(self.x)), gone)
        return coefficients(self.make().fit(self.x[stay], self.y[stay])), stay

    def moment(self, records, after, number=None):
        p = 1 / (1 + np.exp(-ones(records) @ after[0]))
        weights = p * (1 - p) if self.logistic else None
        return second_moment(ones(records), penalty=self.penalty, weights=weights, records=number)

    def likeness(self, found, gone):
        return cosine([found - self.center], [self.x[gone] - self.center])[0]

    def max_diff(self, after):
        change = np.abs(ones(self.public) @ (self.before - after).T).sum(axis=1)
        return self.public[change.argmax()]


def spread(values):
    return f"{np.median(values):.2f} ({np.quantile(values, 0.1):.2f} to {np.quantile(values, 0.9):.2f})"


def row(table, what, model, rows, rng):
    exact, public, baseline, largest, noisy = [], [], [], [], []
    moment = None
    for gone in rows:
        after, stay = model.without([gone])
        if len(exact) < 10 or model.x.shape[1] < 100:
            known = erased_record(model.before, after, model.moment(model.x[stay], after)).record
            exact.append(model.likeness(known, gone))
            largest.append(np.abs(known - model.x[gone]).max())
        if moment is None or model.logistic:
            moment = model.moment(model.public, after, len(stay))
        public.append(model.likeness(erased_record(model.before, after, moment).record, gone))
        baseline.append(model.likeness(model.max_diff(after), gone))
        moved = (model.before - after).std()
        noisy.append(model.likeness(erased_record(
            model.before, after + moved * rng.normal(size=after.shape), moment).record, gone))
    table.row(what, spread(exact), f"{max(largest):.0e}", spread(public), spread(noisy), spread(baseline))


def crowd(table, what, model, sizes, rng):
    for size in sizes:
        found = []
        for _ in range(5):
            gone = rng.choice(len(model.x), size, replace=False)
            after, stay = model.without(gone)
            record = erased_record(model.before, after, model.moment(model.x[stay], after)).record
            found += [model.likeness(record, one) for one in gone]
        table.row(what, size, spread(found))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--erased", type=int, default=40)
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    patients = load_patients("synthetic")
    order = rng.permutation(len(patients))
    x, y = patients.x[order].astype(float), patients.label[order]
    inside, others = slice(0, 500), slice(500, None)
    ridge = Linear(x[inside], y[inside], x[others], lambda: Ridge(alpha=1.0, solver="cholesky"), 1.0)
    logistic = Linear(x[inside], y[inside], x[others],
                      lambda: LogisticRegression(C=1.0, tol=1e-10, max_iter=5000), 1.0, logistic=True)
    private, public = load_faces("synthetic").split_people(20, rng=1)
    train, _ = private.split_photographs(7, rng=1)
    pixels, known = (f.images.reshape(len(f), -1).astype(float) for f in (train, public))
    names = np.eye(20)[train.person]
    faces = {penalty: Linear(pixels, names, known, lambda penalty=penalty: Ridge(alpha=penalty), penalty)
             for penalty in (10.0, 100.0, 300.0)}
    table = Table("model", "others known:", "largest error:", "public:", "public, noise as large as the difference:",
                  "baseline:")
    row(table, "patients, ridge regression", ridge, range(args.erased), rng)
    row(table, "patients, logistic regression", logistic, range(args.erased), rng)
    for penalty, model in faces.items():
        row(table, f"faces, ridge regression, penalty {penalty:g}", model, range(0, 140, 140 // args.erased), rng)
    table = Table("model", "erased together:", "likeness to each, others known:")
    crowd(table, "patients, ridge regression", ridge, (1, 2, 5, 20), rng)


if __name__ == "__main__":
    main()
