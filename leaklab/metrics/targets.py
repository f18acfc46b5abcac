"""What an attack finds when every model takes its turn as the target: means, and the spread over targets.

``scores`` and ``keep`` have shape (k, n): how much record i looks like a member of model j, and whether it was one.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.stats import rankdata

from leaklab._validate import array, fail, number
from leaklab.metrics.curves import NotResolvable, roc
from leaklab.metrics.rates import Rate, Spread
from leaklab.metrics.verdict import Verdicts


@dataclass(frozen=True, eq=False)
class Targets:
    """What `over_targets` gives.

    Attributes
    ----------
    scores : float array (k, n)
    keep : bool array (k, n)
    aucs : float array (k,)
        Every target's own area under the ROC curve.
    auc : Spread
        Their mean with Student's interval. It covers other models trained on halves of *these* records; for other
        people too see `leaklab.metrics.auc_by_group`. Targets are taken as independent: though each serves the others
        as a shadow model, what it was trained on was drawn apart.
    """

    scores: np.ndarray = field(repr=False)
    keep: np.ndarray = field(repr=False)
    aucs: np.ndarray = field(repr=False)
    auc: Spread

    def verdicts(self, fpr: float) -> Verdicts | NotResolvable:
        """Verdicts of all turns at one threshold for all targets, the lowest with an FPR of at most ``fpr``.

        Their `precision` is the positive predictive value at a stated prior. The Clopper-Pearson intervals take turns
        as independent. For *these* records that is cautious, for the variance of unlike chances is below the
        binomial's (Hoeffding 1956); other records, or a target that leaks everything at once, they do not cover.
        """
        found = roc(self.scores.ravel(), self.keep.ravel()).tpr_at(fpr)
        if isinstance(found, NotResolvable):
            return found
        outside = self.scores[~self.keep]
        alarms = int((outside > _barrier(np.sort(outside), fpr)).sum())
        return Verdicts(found, Rate(alarms, len(outside)))

    def tpr_at(self, fpr: float) -> Rate | NotResolvable:
        """The TPR of `verdicts`."""
        found = self.verdicts(fpr)
        return found if isinstance(found, NotResolvable) else found.tpr

    def tprs(self, fprs) -> np.ndarray:
        """Every target's own TPR at each of ``fprs`` (m,), at its own threshold: shape (k, m).

        NaN where the target has too few non-members to see such an FPR.
        """
        fprs = array("fprs", fprs, ndim=1, dtype=np.float64)
        for fpr in fprs:
            number("fprs", float(fpr), low=0, high=1, open_low=True)
        rows = np.full((len(self.scores), len(fprs)), np.nan)
        for row, scores, keep in zip(rows, self.scores, self.keep, strict=True):
            inside, outside = scores[keep], np.sort(scores[~keep])
            for m in np.flatnonzero(fprs * len(outside) >= 1 - 1e-9):
                row[m] = np.mean(inside > _barrier(outside, fprs[m]))
        return rows

    def __str__(self) -> str:
        return f"AUC {self.auc} targets; TPR at 1% FPR {self.tpr_at(0.01)}, at 0.1% {self.tpr_at(0.001)}"


def over_targets(scores, keep, *, confidence: float = 0.95) -> Targets:
    """Measure an attack on ``k`` targets, each trained on its own part of the same ``n`` records.

    Parameters
    ----------
    scores : float array (k, n)
        Higher for members.
    keep : bool array (k, n)
        Whether target j was trained on record i; at least two records in and two out of every target.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> keep = rng.random((8, 200)) < 0.5
    >>> found = over_targets(rng.normal(keep, 1), keep)
    >>> print(found.auc, "|", found.tpr_at(0.01), "|", found.verdicts(0.01).precision(prior=0.1))
    0.75 [0.72, 0.79], sd 0.04 over 8 | 0.13 [0.10, 0.15] | 0.59 [0.35, 0.82]
    """
    scores, keep = _turns(scores, keep)
    inside = keep.sum(axis=1)
    ranks = (rankdata(scores, axis=1) * keep).sum(axis=1)
    aucs = (ranks - inside * (inside + 1) / 2) / (inside * (keep.shape[1] - inside))
    return Targets(scores, keep, aucs, Spread.of(aucs, confidence=confidence))


def _barrier(outside: np.ndarray, fpr: float) -> float:
    """The score to exceed, given the rising scores of non-members, for an FPR of at most ``fpr``."""
    allowed = int(np.floor(fpr * len(outside) + 1e-9))
    return outside[-1 - allowed] if allowed < len(outside) else -np.inf


def _turns(scores, keep) -> tuple[np.ndarray, np.ndarray]:
    scores = array("scores", scores, ndim=2, dtype=np.float64, remedy="Clip infinite scores, e.g. with numpy.clip.")
    raw = array("keep", keep, ndim=2, dtype=np.float64)
    if raw.shape != scores.shape:
        raise ValueError(f"keep has shape {raw.shape} and scores {scores.shape}: must be the same, (targets, records).")
    if not np.isin(raw, (0, 1)).all():
        fail("keep", raw[~np.isin(raw, (0, 1))][0].item(), "must be True or False (1 or 0)")
    keep = raw == 1
    few = np.minimum(keep.sum(axis=1), (~keep).sum(axis=1)) < 2
    if few.any():
        j = int(np.argmax(few))
        raise ValueError(f"keep[{j}] marks {keep[j].sum()} members and {(~keep[j]).sum()} non-members: needs at least "
                         "2 of each. Train every target on a part of the records.")
    return scores, keep
