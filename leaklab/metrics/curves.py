"""How well scores tell members from others: the area under the ROC curve, and the curve itself.

Scores are higher for members, always. An interval speaks of other people drawn like these, with the model held fixed;
it does not cover training the model again: for that see `leaklab.metrics.targets`.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, rankdata

from leaklab._repr import summary
from leaklab._validate import array, fail, number
from leaklab.metrics.rates import Interval, Rate, check_confidence, clopper_pearson


@dataclass(frozen=True)
class NotResolvable:
    """The answer to "what is the TPR at this FPR?" when there are too few non-members to see such an FPR.

    Examples
    --------
    >>> print(NotResolvable(0.001, 200))
    not resolvable with 200 non-members: an FPR of 0.001 needs at least 1000
    """

    fpr: float
    non_members: int

    def __str__(self) -> str:
        needed = int(np.ceil(1 / self.fpr - 1e-9))
        return f"not resolvable with {self.non_members} non-members: an FPR of {self.fpr:g} needs at least {needed}"


def auc(scores, member, *, confidence: float = 0.95) -> Interval:
    """The area under the ROC curve: how often a member outscores a non-member (ties count half), with its interval.

    Parameters
    ----------
    scores : array of float, shape (n,)
        Finite; higher for members.
    member : array of bool (or 0 and 1), shape (n,)
        At least two members and two non-members.

    Returns
    -------
    Interval
        By DeLong's variance (DeLong et al., 1988, with the midranks of Sun and Xu, 2014), on the logit scale, which
        keeps it inside [0, 1]. Where that variance is 0 (perfect separation, or all scores tied) it would claim
        certainty; there it is the Clopper-Pearson interval of disjoint member/non-member pairs, as many as the
        smaller group has people.

    Examples
    --------
    >>> print(auc([0.9, 0.8, 0.3, 0.6, 0.2, 0.1], [1, 1, 1, 0, 0, 0]))
    0.89 [0.26, 0.99]
    """
    scores, member = _scores(scores, member)
    confidence = check_confidence(confidence)
    inside, outside = scores[member], scores[~member]
    ranks = rankdata(scores)
    # For each member the share of non-members below it, and for each non-member the share of members above.
    above = (ranks[member] - rankdata(inside)) / len(outside)
    below = 1 - (ranks[~member] - rankdata(outside)) / len(inside)
    value = float(above.mean())
    variance = above.var(ddof=1) / len(inside) + below.var(ddof=1) / len(outside)
    return logit_interval(value, variance, norm.ppf((1 + confidence) / 2), min(len(inside), len(outside)), confidence)


@dataclass(frozen=True, eq=False)
class RocCurve:
    """Every threshold's false- and true-positive rate: "member" is said where ``score >= threshold``.

    ``fpr``, ``tpr`` and ``thresholds`` have shape (k,): from threshold ``inf`` at (0, 0) down to the lowest score at
    (1, 1), one entry a distinct score. ``auc`` is the area with its interval.
    """

    fpr: np.ndarray
    tpr: np.ndarray
    thresholds: np.ndarray
    members: int
    non_members: int
    auc: Interval
    confidence: float = 0.95
    __repr__ = summary

    def tpr_at(self, fpr: float) -> Rate | NotResolvable:
        """The highest TPR among thresholds whose FPR is at most ``fpr``; nothing is interpolated.

        The interval is that of the members at this threshold. Below ``1 / non_members`` no false positive can be
        seen, and the answer is :class:`NotResolvable`.
        """
        fpr = number("fpr", fpr, low=0, high=1, open_low=True)
        allowed = np.floor(fpr * self.non_members + 1e-9)
        if allowed < 1:
            return NotResolvable(fpr, self.non_members)
        best = self.tpr[np.rint(self.fpr * self.non_members) <= allowed].max()
        return Rate(round(best * self.members), self.members, self.confidence)

    def advantage(self) -> Interval:
        """The largest ``tpr - fpr`` (Yeom et al., 2018): 0 is guessing, 1 is certainty.

        The value is optimistic, because its threshold was picked on these scores: even blind guessing reads above 0.
        The interval is valid all the same: it holds for all thresholds at once (Dvoretzky-Kiefer-Wolfowitz-Massart),
        half of the error probability for each group. An advantage is shown only where ``low`` is above 0.
        """
        value = float((self.tpr - self.fpr).max())
        per_side = np.log(4 / (1 - self.confidence)) / 2
        slack = np.sqrt(per_side / self.members) + np.sqrt(per_side / self.non_members)
        return Interval(value, max(0.0, float(value - slack)), min(1.0, float(value + slack)))

    def balanced_accuracy(self) -> Interval:
        """Accuracy of the best threshold when half of the people are members; as optimistic as :meth:`advantage`."""
        best = self.advantage()
        return Interval(*((1 + v) / 2 for v in (best.value, best.low, best.high)))


def roc(scores, member, *, confidence: float = 0.95) -> RocCurve:
    """The ROC curve of membership scores (higher for members).

    Examples
    --------
    >>> curve = roc([0.9, 0.8, 0.3, 0.6, 0.2, 0.1], [1, 1, 1, 0, 0, 0])
    >>> print(curve.tpr_at(0.34), "|", curve.tpr_at(0.01))
    1.00 [0.29, 1.00] | not resolvable with 3 non-members: an FPR of 0.01 needs at least 100
    """
    area = auc(scores, member, confidence=confidence)
    scores, member = _scores(scores, member)
    order = np.argsort(-scores)
    scores, member = scores[order], member[order]
    last = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)  # of each group of equal scores
    hits, alarms = np.cumsum(member)[last], np.cumsum(~member)[last]
    return RocCurve(fpr=np.append(0, alarms) / alarms[-1], tpr=np.append(0, hits) / hits[-1],
                    thresholds=np.append(np.inf, scores[last]), members=int(hits[-1]), non_members=int(alarms[-1]),
                    auc=area, confidence=confidence)


def logit_interval(value: float, variance: float, quantile: float, pairs: int, confidence: float) -> Interval:
    """On the logit scale, which stays inside [0, 1]; where nothing varies, that of ``pairs`` disjoint pairs."""
    if variance < 1e-15 or not 0 < value < 1:
        low = clopper_pearson(int(np.floor(value * pairs)), pairs, confidence=confidence)[0]
        return Interval(value, low, clopper_pearson(int(np.ceil(value * pairs)), pairs, confidence=confidence)[1])
    logit = np.log(value / (1 - value))
    half = quantile * np.sqrt(variance) / (value * (1 - value))
    return Interval(value, *(float(1 / (1 + np.exp(-(logit + side)))) for side in (-half, half)))


def _scores(scores, member) -> tuple[np.ndarray, np.ndarray]:
    scores = array("scores", scores, ndim=1, dtype=np.float64, remedy="Clip infinite scores, e.g. with numpy.clip.")
    raw = array("member", member, ndim=1, length=len(scores), dtype=np.float64)
    if not np.isin(raw, (0, 1)).all():
        fail("member", raw[~np.isin(raw, (0, 1))][0].item(), "must be True or False (1 or 0)")
    inside = raw == 1
    if min(inside.sum(), (~inside).sum()) < 2:
        raise ValueError(f"member marks {inside.sum()} members and {(~inside).sum()} non-members: needs at least 2 of "
                         "each. Score some people who were, and some who were not, in the training set.")
    return scores, inside
