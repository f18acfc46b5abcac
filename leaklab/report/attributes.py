"""Does the model give away what its members kept to themselves? A sensitive column, guessed with and without it."""

import numpy as np
import pandas as pd
from scipy.stats import ttest_ind
from sklearn.ensemble import RandomForestClassifier

from leaklab.access import Access, RemoteApi
from leaklab.attacks import AttributeInversion, Population
from leaklab.experiments.attributes import balanced_mean
from leaklab.metrics import difference_of
from leaklab.report.comparison import numbers
from leaklab.report.findings import Finding, Measure
from leaklab.report.membership import LEVEL
from leaklab.report.sample import Sample
from leaklab.server.hardening import parse_hardening

VALUES, FEWEST = 20, 5
"""Different values of a column at most; rows of a value on each side at least."""


def infer_column(access: Access, sample: Sample, name: str, columns: int, limits: list[str], *,
                 rng: np.random.Generator) -> list[Finding]:
    """Attack one of ``columns`` sensitive columns by `AttributeInversion`, on every access of ``limits``.

    The adversary knows the rest of each record, its label, and complete records of others, from which a random forest
    learns what goes with the column. The leak is what the model adds to that for members, above what it adds for
    others: what it teaches about everybody is not a leak of its training data.
    """
    names = list(sample.x.columns if hasattr(sample.x, "columns") else access.inputs.columns or sample.table.columns)
    if name not in names or (not hasattr(sample.x, "columns") and sample.x.ndim != 2):
        return [_untested(name, "the model does not take it")]
    code, values = pd.factorize(sample.table[name], sort=True)  # -1 for a gap
    one = np.isin(np.arange(len(sample)), sample.first) & (code >= 0)  # a row a unit
    counts = [np.bincount(code[one & side], minlength=len(values)) for side in (sample.member, ~sample.member)]
    kept = np.flatnonzero(np.minimum(*counts) >= FEWEST)
    if not 2 <= len(kept) <= VALUES:
        return [_untested(name, f"{len(kept)} of its {len(values)} values have {FEWEST} members and {FEWEST} others, "
                                f"and it takes 2 to {VALUES}: cut a measurement into classes")]
    rows = sample.first[np.isin(code[sample.first], kept)]
    truth, side, where = np.searchsorted(kept, code[rows]), sample.member[rows], names.index(name)
    before = _without(sample, where, rows, truth, rng)
    x, y = (sample.x.iloc[rows] if hasattr(sample.x, "columns") else sample.x[rows]), sample.y[rows]
    attack = AttributeInversion(column=name if hasattr(x, "columns") else where,
                                values=tuple(np.asarray(values)[kept].tolist()))
    limits = limits[:1] if isinstance(access, RemoteApi) else limits
    findings = []
    for limit in limits:
        held = parse_hardening("" if limit == "scores" else limit)(access)
        confusion = _confusion(held, x, access.encode(y), ~side) if limit == "labels" else None
        guess = attack(held, x, y, knowledge=Population(before, confusion)).guess
        findings.append(_finding(name, limit, guess == truth, before.argmax(axis=1) == truth, truth, side,
                                 LEVEL / columns / len(limits)))
    return findings


def _untested(name: str, why: str) -> Finding:
    return Finding("attributes", f"attribute {name}", "untested", f"Not tested: {why}.")


def _finding(name: str, limit: str, right, alone, truth, side, level: float) -> Finding:
    chance, gain = 1 / (1 + truth.max()), right.astype(int) - alone
    gains = [balanced_mean(gain[which], truth[which]) for which in (side, ~side)]
    accuracy = [balanced_mean(score[side], truth[side]) for score in (right, alone)]
    leak = difference_of(*gains)
    measures = tuple(Measure(what, i.value, i.low, i.high, guessing, p_value) for what, i, guessing, p_value in (
        ("guessed right, members", accuracy[0], chance, None), ("without the model", accuracy[1], chance, None),
        ("gain, members", gains[0], 0.0, None), ("gain, others", gains[1], 0.0, None),
        ("leak", leak, 0.0, _more(gain, truth, side))))
    shown = _more(gain, truth, side) <= level
    return Finding("attributes", f"attribute {name}", "leak" if shown else "clean",
                   f"The model adds {gains[0].value:+.2f} to guessing the members' {name}, and {gains[1].value:+.2f} "
                   f"to guessing that of others{'.' if shown else ': no leak shown.'}", limit,
                   "the rest of the record, its label, and complete records of others", measures)


def _more(gain: np.ndarray, truth: np.ndarray, side: np.ndarray) -> float:
    """One-sided p-value (Welch): that the balanced gain is no greater on this side than on the other."""
    if not gain.any():
        return 1.0
    weighted = [gain[which] / (np.bincount(truth[which])[truth[which]] / which.sum()) for which in (side, ~side)]
    return float(ttest_ind(*weighted, equal_var=False, alternative="greater").pvalue)


def _without(sample: Sample, where: int, rows: np.ndarray, truth: np.ndarray, rng) -> np.ndarray:
    """P(value | other features, label), for everybody learnt from one half of the others: for these from the other."""
    known = np.delete(numbers(sample, pd.factorize(pd.Series(sample.y))[0]), where, axis=1)[rows]
    outside, half = ~sample.member[rows], rng.random(len(rows)) < 0.5
    before = np.ones((len(rows), truth.max() + 1))
    for learn, asked in ((outside & half, ~(outside & half)), (outside & ~half, outside & half)):
        forest = RandomForestClassifier(100, min_samples_leaf=3, class_weight="balanced",
                                        random_state=int(rng.integers(2**31))).fit(known[learn], truth[learn])
        before[np.ix_(asked, forest.classes_)] += len(before) * forest.predict_proba(known[asked])
    return before / before.sum(axis=1, keepdims=True)


def _confusion(access: Access, x, column: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """P(answer | truth), measured on the others, every answer counted once more."""
    counts = np.ones((len(access.classes),) * 2)
    others = x[outside] if not hasattr(x, "columns") else x.iloc[np.flatnonzero(outside)]
    np.add.at(counts, (column[outside], access.labels(others)), 1)
    return counts / counts.sum(axis=1, keepdims=True)
