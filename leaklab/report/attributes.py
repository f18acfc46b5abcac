"""Does the model give away what its members kept to themselves? A sensitive column, guessed with and without it."""

import numpy as np
import pandas as pd
from scipy.stats import ttest_ind
from sklearn.ensemble import RandomForestClassifier

from leaklab.access import Access, Offers
from leaklab.attacks import AttributeInversion, Population
from leaklab.experiments.attributes import balanced_mean
from leaklab.metrics import difference_of
from leaklab.report.comparison import numbers
from leaklab.report.findings import Finding, Measure
from leaklab.report.membership import LEVEL
from leaklab.report.sample import Sample

VALUES, FEWEST = 20, 5
"""Different values of a column at most; rows of a value on each side at least."""


def infer_column(access: Access, sample: Sample, name: str, columns: int, *, rng: np.random.Generator) -> Finding:
    """Attack one of ``columns`` sensitive columns by `AttributeInversion`, with scores where there are any.

    The adversary knows the rest of each record, its label, and complete records of others, from which a random forest
    learns what goes with the column. The leak is what the model adds to that for members, above what it adds for
    others: what it teaches about everybody is not a leak of its training data.
    """
    title = f"attribute {name}"
    if name not in sample.table.columns or (not hasattr(sample.x, "columns") and sample.x.ndim != 2):
        return Finding("attributes", title, "untested", f"Not tested: the model's inputs have no column {name!r}. They "
                       f"have {', '.join(map(repr, sample.table.columns)) or 'no names'}.")
    known = sample.table[name].notna().to_numpy()
    code, values = pd.factorize(sample.table[name], sort=True)
    one = np.isin(np.arange(len(sample)), sample.first) & known  # a row a unit
    counts = [np.bincount(code[one & side], minlength=len(values)) for side in (sample.member, ~sample.member)]
    kept = np.flatnonzero(np.minimum(*counts) >= FEWEST)
    if not 2 <= len(kept) <= VALUES:
        return Finding("attributes", title, "untested", f"Not tested: {len(kept)} of its {len(values)} values have "
                       f"{FEWEST} members and {FEWEST} others; it takes 2 to {VALUES}. Cut a measurement into classes.")
    rows = sample.first[np.isin(code[sample.first], kept)]
    truth, side = np.searchsorted(kept, code[rows]), sample.member[rows]
    before = _without(sample, name, rows, truth, rng)
    x = sample.x.iloc[rows] if hasattr(sample.x, "columns") else sample.x[rows]
    where = name if hasattr(sample.x, "columns") else int(sample.table.columns.get_loc(name))
    attack = AttributeInversion(column=where, values=tuple(np.asarray(values)[kept].tolist()))
    confusion = _confusion(access, x, access.encode(sample.y[rows]), ~side) if access.offers < Offers.SCORES else None
    found = attack(access, x, sample.y[rows], knowledge=Population(before, confusion))
    right, alone = found.guess == truth, before.argmax(axis=1) == truth
    gain = right.astype(int) - alone
    gains = [balanced_mean(gain[which], truth[which]) for which in (side, ~side)]
    leak = difference_of(*gains)
    p_value = _more(gain, truth, side)
    accuracy = [balanced_mean(score[side], truth[side]) for score in (right, alone)]
    measures = (*(Measure(what, i.value, i.low, i.high, 1 / len(kept)) for what, i in
                  zip(("guessed right, members", "without the model"), accuracy, strict=True)),
                *(Measure(what, i.value, i.low, i.high, 0.0) for what, i in
                  zip(("gain, members", "gain, others"), gains, strict=True)),
                Measure("leak", leak.value, leak.low, leak.high, 0.0, p_value))
    shown = p_value <= LEVEL / columns
    return Finding("attributes", title, "leak" if shown else "clean",
                   f"The model adds {gains[0].value:+.2f} to guessing the members' {name}, and {gains[1].value:+.2f} "
                   f"to guessing that of others{'.' if shown else ': no leak shown.'}",
                   "scores" if access.offers >= Offers.SCORES else "labels",
                   "the rest of the record, its label, and complete records of others", measures)


def _more(gain: np.ndarray, truth: np.ndarray, side: np.ndarray) -> float:
    """One-sided p-value (Welch): that the balanced gain is no greater on this side than on the other."""
    if not gain.any():
        return 1.0
    weighted = [gain[which] / (np.bincount(truth[which])[truth[which]] / which.sum()) for which in (side, ~side)]
    return float(ttest_ind(*weighted, equal_var=False, alternative="greater").pvalue)


def _without(sample: Sample, name: str, rows: np.ndarray, truth: np.ndarray, rng) -> np.ndarray:
    """P(value | other features, label), learnt from the others; for each of them from the other half of the others."""
    whole = numbers(sample, pd.factorize(pd.Series(sample.y))[0])
    known = np.delete(whole, sample.table.columns.get_loc(name), axis=1)[rows]
    side, half = sample.member[rows], rng.random(sample.unit.max() + 1)[sample.unit[rows]] < 0.5
    before = np.full((len(rows), truth.max() + 1), 1.0)
    for own, learn in ((side, ~side), (~side & half, ~side & ~half), (~side & ~half, ~side & half)):
        forest = RandomForestClassifier(100, min_samples_leaf=3, class_weight="balanced",
                                        random_state=int(rng.integers(2**31))).fit(known[learn], truth[learn])
        before[np.ix_(own, forest.classes_)] += len(before) * forest.predict_proba(known[own])
    return before / before.sum(axis=1, keepdims=True)


def _confusion(access: Access, x, column: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """P(answer | truth), measured on the others, every answer counted once more."""
    counts = np.ones((len(access.classes),) * 2)
    others = x[outside] if not hasattr(x, "columns") else x.iloc[np.flatnonzero(outside)]
    np.add.at(counts, (column[outside], access.labels(others)), 1)
    return counts / counts.sum(axis=1, keepdims=True)
