"""Can the files be compared, and was the model asked as it was meant? Without both, no other figure means anything."""

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GroupKFold

from leaklab.metrics import Rate, auc, auc_p_value, difference_of
from leaklab.report.findings import Finding, Measure
from leaklab.report.sample import Sample, gray

LEVEL = 1e-3
"""Chance that two files drawn alike are called different."""
SIDE, ROWS = 16, 4000


def compare(sample: Sample, column: np.ndarray, *, rng: np.random.Generator) -> Finding:
    """Tell members from others *without* the model (a blind baseline: Das, Zhang and Tramèr 2024).

    A random forest learns from some units' features and labels which file they are from, and is asked about the rest.
    Where it succeeds, an attack may succeed in the same way, and a leak that is not there is found.
    """
    chosen = np.sort(rng.permutation(len(sample))[:ROWS])
    x, member, unit = numbers(sample, column)[chosen], sample.member[chosen], sample.unit[chosen]
    score = np.full(len(chosen), np.nan)
    for train, test in GroupKFold(min(5, len(np.unique(unit)))).split(x, groups=unit):
        if len(np.unique(member[train])) == 2:
            forest = RandomForestClassifier(100, min_samples_leaf=3, class_weight="balanced",
                                            random_state=int(rng.integers(2**31)))
            score[test] = forest.fit(x[train], member[train]).predict_proba(x[test])[:, 1]
    _, first, number = np.unique(unit, return_index=True, return_inverse=True)
    mean = np.bincount(number, weights=np.nan_to_num(score, nan=0.5)) / np.bincount(number)
    area, p = auc(mean, member[first]), auc_p_value(mean, member[first])
    measures = (Measure("AUC without the model", area.value, area.low, area.high, 0.5, p),)
    if p <= LEVEL:
        return Finding("comparison", "members and others differ", "caution",
                       f"Members and others are told apart without the model ({measures[0]}): the two files were not "
                       "drawn alike. What attacks find may be this difference and not a leak. Give others that were "
                       "drawn like the members, such as a random part that was held back.", measures=measures)
    return Finding("comparison", "members and others", "information", "Without the model, members and others could "
                   f"not be told apart ({measures[0]}): the files can be compared.", measures=measures)


def numbers(sample: Sample, column: np.ndarray) -> np.ndarray:
    """Features and label as float (n, d): categories by number, pictures in few pixels."""
    if sample.pictures:
        images = gray(np.asarray(sample.x, np.float64))
        rows, columns = (np.linspace(0, size, min(SIDE, size), endpoint=False).astype(int) for size in images.shape[1:])
        x = np.add.reduceat(np.add.reduceat(images, rows, axis=1), columns, axis=2).reshape(len(images), -1)
    elif hasattr(sample.x, "columns"):
        x = np.column_stack([_column(sample.x[name]) for name in sample.x.columns])
    elif sample.x.dtype == object:
        x = np.array([[len(str(row))] for row in sample.x.ravel()], np.float64)
    else:
        x = sample.x.reshape(len(sample), -1).astype(np.float64)
    return np.column_stack([np.nan_to_num(x, nan=-1e9), column])


def _column(values: pd.Series) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values.to_numpy(np.float64, na_value=np.nan)
    return pd.factorize(values)[0].astype(np.float64)


def use(answers: np.ndarray, sample: Sample, column: np.ndarray) -> tuple[Finding, ...]:
    """How often the model is right about members and others, from its answers (n, classes) to both."""
    right = answers.argmax(axis=1) == column
    rates = [Rate(int(right[side].sum()), int(side.sum())) for side in (sample.member, ~sample.member)]
    gap = difference_of(*rates)
    common = float(np.bincount(column[sample.member]).max() / sample.member.sum())
    measures = tuple(Measure(f"accuracy, {name}", rate.value, rate.low, rate.high, common)
                     for name, rate in zip(("members", "others"), rates, strict=True))
    measures += (Measure("accuracy gap", gap.value, gap.low, gap.high, 0.0),)
    found = Finding("utility", "accuracy", "information", f"Right about {rates[0].value:.0%} of the members and "
                    f"{rates[1].value:.0%} of the others; always naming the most common class would be right about "
                    f"{common:.0%} of the members.", measures=measures)
    if rates[0].high > common:
        return (found,)
    says = (f"It is right about {rates[0]} of the members, and always naming the most common class would be right "
            f"about {common:.2f}. Either it learned next to nothing, or it was asked wrongly: check that columns, "
            "their scale and the order of the classes are those of its training.")
    return found, Finding("comparison", "the model is hardly right about its own members", "caution", says)
