"""Who leaks more: the groups that an officer names."""

import numpy as np
import pandas as pd

from leaklab import _validate as v
from leaklab.metrics import Interval, auc, auc_by_group, auc_p_value
from leaklab.report.findings import Finding, GroupLeak, Measure
from leaklab.report.membership import EXPOSED_BY, LEVEL, Inference
from leaklab.report.retrain import Answers
from leaklab.report.sample import Sample

FEWEST, CUTS, MOST = 10, 4, 20
"""Units of a group on each side; parts that a measurement is cut into; groups of a column."""


def by_groups(sample: Sample, names: tuple[str, ...], found: Inference, answers: Answers
              ) -> tuple[list[Finding], tuple[GroupLeak, ...]]:
    """How well members of each group are told from others of it.

    Over all turns, where shadow models were trained: then a group's figure tells of training in this way, and its
    interval covers models trained again. Else of this model alone.
    """
    first, said, leaks = sample.first, [], []
    member = sample.member[first]
    attack = EXPOSED_BY if EXPOSED_BY in found.scores else next(iter(found.scores))
    for name in names:
        if name not in sample.table.columns:
            known = ", ".join(map(repr, sample.table.columns)) or "no names"
            v.fail("groups", name, f"is no column of the tables, which have {known}")
        group = grouped(sample.table[name].iloc[first])
        rows = {value: np.flatnonzero(group == value) for value in pd.unique(group)}
        kept = {value: at for value, at in rows.items() if min(member[at].sum(), (~member[at]).sum()) >= FEWEST}
        if not 2 <= len(kept) <= MOST:
            said.append(Finding("groups", name, "untested", f"Not tested: {len(kept)} of its {len(rows)} groups have "
                                f"{FEWEST} members and {FEWEST} others; it takes 2 to {MOST}."))
            continue
        area = _areas(found, attack, answers.trained_on[:, first], group, kept, member)
        level = LEVEL / len(kept)
        for value, at in sorted(kept.items()):
            p_value = auc_p_value(found.scores[attack][at], member[at])
            leaks.append(GroupLeak(name, value, int(member[at].sum()), int((~member[at]).sum()), Measure(
                "AUC", area[value].value, area[value].low, area[value].high, 0.5, p_value)))
        shown = [leak.value for leak in leaks if leak.column == name and (leak.auc.p_value or 0) <= level]
        how = f"{len(answers.p)} models in turn" if found.turns else "this model alone"
        says = f"{attack}, {how}. " + (f"A leak of this model is shown for {', '.join(shown)}." if shown else
                                       "For no group by itself a leak of this model is shown.")
        said.append(Finding("groups", name, "leak" if shown else "clean", says))
    return said, tuple(leaks)


def _areas(found: Inference, attack: str, inside, group, kept, member) -> dict[str, Interval]:
    if not found.turns:
        return {value: auc(found.scores[attack][at], member[at]) for value, at in kept.items()}
    asked = np.isin(group, list(kept))
    found_by = auc_by_group(found.turns[attack][:, asked], inside[:, asked], group[asked]).auc
    return {value: found_by[value] for value in kept}


def grouped(values: pd.Series) -> np.ndarray:
    """What each record belongs to, as text (n,): a measurement of many values is cut at its quartiles.

    >>> grouped(pd.Series(["a", None, "b"])).tolist()
    ['a', 'missing', 'b']
    """
    if pd.api.types.is_numeric_dtype(values.dtype) and values.nunique() > MOST // 2:
        values = pd.qcut(values, CUTS, duplicates="drop", precision=1)
    return values.astype(object).where(values.notna(), "missing").astype(str).to_numpy(object)
