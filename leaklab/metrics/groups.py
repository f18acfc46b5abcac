"""One attack on several groups of people: each group's AUC, and by how much two of them differ."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import t as student_t

from leaklab._repr import summary
from leaklab._validate import fail
from leaklab.metrics.curves import logit_interval
from leaklab.metrics.pairs import two_way, wins
from leaklab.metrics.rates import Interval, check_confidence
from leaklab.metrics.targets import check_scores


@dataclass(frozen=True, eq=False)
class GroupAuc:
    """What `auc_by_group` gives.

    Attributes
    ----------
    auc : dict
        Group -> AUC with its interval.
    records : dict
        Group -> how many records it has.
    """

    auc: Mapping[Hashable, Interval]
    records: Mapping[Hashable, int]
    confidence: float
    _parts: Mapping[Hashable, tuple[np.ndarray, np.ndarray]] = field(repr=False)
    __repr__ = summary

    def difference(self, first: Hashable, second: Hashable) -> Interval:
        """AUC of ``first`` minus that of ``second``; 0 inside the interval: no difference shown.

        The groups hold different people in the same models: what a target does to both cancels.
        """
        for name in (first, second):
            if name not in self.auc:
                fail("group", name, f"must be one of {', '.join(map(repr, self.auc))}")
        if first == second:
            fail("second", second, "must be another group than the first")
        (a, in_a), (b, in_b) = self._parts[first], self._parts[second]
        variance = two_way(np.hstack([a, -b]), np.hstack([in_a, in_b]))
        few = min(len(a), a.shape[1], b.shape[1])
        half = float(student_t.ppf((1 + self.confidence) / 2, few - 1) * np.sqrt(variance))
        value = self.auc[first].value - self.auc[second].value
        return Interval(value, max(-1.0, value - half), min(1.0, value + half))


def auc_by_group(scores, trained_on, group, *, confidence: float = 0.95) -> GroupAuc:
    """The AUC within each group of records, over all turns: members only compete with non-members of their group.

    Parameters
    ----------
    scores : float array (k, n)
        Higher for members.
    trained_on : bool array (k, n)
        Whether target j was trained on record i.
    group : array (n,)
        What each record belongs to.

    Returns
    -------
    GroupAuc
        The AUC is the share of pairs (a member and a non-member, in the same target and group) in which the member
        scores higher. A record takes many turns, so its pairs are not independent, nor are those of one target. The
        variance adds what varies between records (Obuchowski 1997) to what varies between targets and takes off what
        was counted twice (Cameron, Gelbach and Miller 2011). It covers other people drawn like these
        *and* models trained again; it does not cover another recipe or population. Student's quantile has one degree
        of freedom less than there are targets, or records if fewer.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> trained_on, rare = rng.random((16, 300)) < 0.5, np.arange(300) < 60
    >>> scores = rng.normal(trained_on * np.where(rare, 2, 0.5), 1)
    >>> found = auc_by_group(scores, trained_on, np.where(rare, "rare", "common"))
    >>> print(found.auc["rare"], "|", found.auc["common"], "|", found.difference("rare", "common"))
    0.92 [0.90, 0.93] | 0.63 [0.61, 0.65] | 0.28 [0.26, 0.31]
    """
    scores, trained_on = check_scores(scores, trained_on)
    confidence, group = check_confidence(confidence), np.asarray(group)
    if group.shape != scores.shape[1:]:
        raise ValueError(f"group has shape {group.shape}: must name the group of each of {scores.shape[1]} records.")
    if len(scores) < 2:
        raise ValueError("scores has 1 row: one target shows no spread. Score at least two targets.")
    auc, records, parts = {}, {}, {}
    for name in np.unique(group).tolist():
        rows = group == name
        inside, size = trained_on[:, rows], int(rows.sum())
        won, pairs = wins(scores[:, rows], inside)
        if not pairs.any():
            fail("group", name, f"has {size} record(s), never one in and one out of a model", "Merge small groups.")
        total = pairs[inside].sum()
        value = float(won[inside].sum() / total)
        part = (won - value * pairs) / total
        quantile = student_t.ppf((1 + confidence) / 2, max(min(len(part), size) - 1, 1))
        auc[name] = logit_interval(value, two_way(part, inside), quantile, max(size // 2, 1), confidence)
        records[name], parts[name] = size, (part, inside)
    return GroupAuc(auc, records, confidence, parts)
