"""What an attack finds when every model takes its turn as the target: means, and the spread over targets.

``scores`` and ``trained_on`` have shape (k, n): how much record i looks like a member of model j, and whether it was.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.stats import t as student_t

from leaklab._repr import summary
from leaklab._validate import array, fail, mask, number, one_of
from leaklab.metrics.curves import NotResolvable, roc
from leaklab.metrics.pairs import spread_of_mean, wins
from leaklab.metrics.rates import Rate, Spread
from leaklab.metrics.verdict import Verdicts

THRESHOLDS = ("pooled", "per_record")


@dataclass(frozen=True, eq=False)
class Targets:
    """What `over_targets` gives.

    Attributes
    ----------
    scores : float array (k, n)
    trained_on : bool array (k, n)
    aucs : float array (k,)
        Every target's own area under the ROC curve.
    auc : Spread
        Their mean and standard deviation, with an interval that covers other records drawn like these and models
        trained again. A record takes a turn in every target, and its turns vary together, for an attack compares it
        with the same models each time; Student's interval, which takes targets as independent, is up to three times too
        narrow for LiRA, and too wide for a threshold on halves that balance one another.
    """

    scores: np.ndarray = field(repr=False)
    trained_on: np.ndarray = field(repr=False)
    aucs: np.ndarray = field(repr=False)
    auc: Spread
    __repr__ = summary

    def verdicts(self, fpr: float, *, threshold: str = "pooled") -> Verdicts | NotResolvable:
        """Verdicts of all turns at one threshold for all targets, the lowest with an FPR of at most ``fpr``.

        With ``threshold="per_record"`` each record has its own, set on the other half of its turns outside, and ``fpr``
        holds for every record instead of on average: see `exposure`.

        Their `precision` is the positive predictive value at a stated prior. The Clopper-Pearson intervals take turns
        as independent. For *these* records that is cautious, for the variance of unlike chances is below the
        binomial's (Hoeffding 1956); other records, or a target that leaks everything at once, they do not cover.
        """
        if one_of("threshold", threshold, THRESHOLDS) == "per_record":
            number("fpr", fpr, low=0, high=1, open_low=True)
            called = call_members(self.scores, self.trained_on, fpr, threshold)
            return Verdicts.count(called.ravel(), self.trained_on.ravel())
        found = roc(self.scores.ravel(), self.trained_on.ravel()).tpr_at(fpr)
        if isinstance(found, NotResolvable):
            return found
        outside = self.scores[~self.trained_on]
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
        for row, scores, trained_on in zip(rows, self.scores, self.trained_on, strict=True):
            inside, outside = scores[trained_on], np.sort(scores[~trained_on])
            for m in np.flatnonzero(fprs * len(outside) >= 1 - 1e-9):
                row[m] = np.mean(inside > _barrier(outside, fprs[m]))
        return rows

    def __str__(self) -> str:
        return f"AUC {self.auc} targets; TPR at 1% FPR {self.tpr_at(0.01)}, at 0.1% {self.tpr_at(0.001)}"


def over_targets(scores, trained_on, *, confidence: float = 0.95) -> Targets:
    """Measure an attack on ``k`` targets, each trained on its own part of the same ``n`` records.

    Parameters
    ----------
    scores : float array (k, n)
        Higher for members.
    trained_on : bool array (k, n)
        Whether target j was trained on record i; at least two records in and two out of every target.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> trained_on = rng.random((8, 200)) < 0.5
    >>> found = over_targets(rng.normal(trained_on, 1), trained_on)
    >>> print(found.auc, "|", found.tpr_at(0.01), "|", found.verdicts(0.01).precision(prior=0.1))
    0.75 [0.72, 0.78], sd 0.04 over 8 | 0.13 [0.10, 0.15] | 0.59 [0.35, 0.82]
    """
    scores, trained_on = check_scores(scores, trained_on)
    won, pairs = wins(scores, trained_on)
    aucs = (won * trained_on).sum(axis=1) / (pairs * trained_on).sum(axis=1)
    plain = Spread.of(aucs, confidence=confidence)
    sizes = np.where(trained_on, trained_on.sum(axis=1, keepdims=True), (~trained_on).sum(axis=1, keepdims=True))
    error, freedom = spread_of_mean((won / pairs - plain.value) / sizes / len(trained_on), trained_on)
    half = float(student_t.ppf((1 + confidence) / 2, freedom) * error)
    return Targets(scores, trained_on, aucs, replace(plain, low=plain.value - half, high=plain.value + half))


def _barrier(outside: np.ndarray, fpr: float) -> float:
    """The score to exceed, given the rising scores of non-members, for an FPR of at most ``fpr``."""
    allowed = int(np.floor(fpr * len(outside) + 1e-9))
    return outside[-1 - allowed] if allowed < len(outside) else -np.inf


def call_members(scores: np.ndarray, trained_on: np.ndarray, fpr: float, threshold: str) -> np.ndarray:
    called = np.zeros(scores.shape, bool)
    if threshold == "per_record":
        fold = np.where(trained_on, trained_on.cumsum(axis=0), (~trained_on).cumsum(axis=0)) % 2 == 0
        for own in (fold, ~fold):
            called |= own & (scores > _own_barriers(scores, ~own & ~trained_on, fpr))
        return called
    half = np.arange(len(scores)) < len(scores) // 2
    for own in (half, ~half):
        others = np.sort(scores[~own][~trained_on[~own]])
        if fpr * len(others) < 1 - 1e-9:
            fail("fpr", fpr, f"cannot be resolved with {len(others)} non-members in half of the targets",
                 "Ask for a larger one, or train more targets.")
        called[own] = scores[own] > _barrier(others, fpr)
    return called


def _own_barriers(scores: np.ndarray, outside: np.ndarray, fpr: float) -> np.ndarray:
    """For each record the score (n,) that a further turn outside exceeds with a chance of at most ``fpr``.

    Of m + 1 exchangeable turns the last is among the r highest with chance r / (m + 1).
    """
    turns = outside.sum(axis=0)
    rank = np.floor(fpr * (turns + 1) + 1e-9).astype(int)
    if rank.min() < 1:
        i = int(turns.argmin())
        fail("fpr", fpr, f"cannot be resolved for record {i} with {turns[i]} turns in half of those outside",
             f"Ask for at least {1 / (turns[i] + 1):.3f}, or train more targets.")
    falling = -np.sort(np.where(outside, -scores, np.inf), axis=0)
    return falling[np.minimum(rank, turns) - 1, np.arange(len(rank))]


def check_scores(scores, trained_on) -> tuple[np.ndarray, np.ndarray]:
    scores = array("scores", scores, ndim=2, dtype=np.float64, remedy="Clip infinite scores, e.g. with numpy.clip.")
    trained_on = mask("trained_on", trained_on, scores.shape)
    few = np.minimum(trained_on.sum(axis=1), (~trained_on).sum(axis=1)) < 2
    if few.any():
        j = int(np.argmax(few))
        raise ValueError(f"trained_on[{j}] marks {trained_on[j].sum()} members and {(~trained_on[j]).sum()} "
                         "non-members: needs at least 2 of each. Train every target on a part of the records.")
    return scores, trained_on
