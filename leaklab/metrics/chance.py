"""Is it more than chance, and how small a leak would have been seen? Exact tests of one attack on one model.

Null hypothesis: members and non-members were drawn alike, and the model makes no difference between them, so that all
orders of their scores are equally likely.
"""

import numpy as np
from scipy.stats import beta, hypergeom, mannwhitneyu, norm

from leaklab._validate import integer, number
from leaklab.metrics.curves import auc

POWER = 0.8


def auc_p_value(scores, member) -> float:
    """One-sided: how likely an AUC as high as that of ``scores`` (n,) is by chance (Mann and Whitney 1947).

    >>> rng = np.random.default_rng(0)
    >>> member = np.arange(200) < 100
    >>> auc_p_value(rng.normal(size=200) + member, member) < 1e-6, auc_p_value(np.zeros(200), member)
    (True, 1.0)
    """
    auc(scores, member)  # checks
    scores, member = np.asarray(scores, np.float64), np.asarray(member, bool)
    if (scores == scores[0]).all():
        return 1.0
    return float(mannwhitneyu(scores[member], scores[~member], alternative="greater").pvalue)


def tpr_p_value(hits: int, members: int, non_members: int, fpr: float) -> float:
    """One-sided: how likely it is by chance that so many members outscore all but a share ``fpr`` of the non-members.

    The h-th member stands before the (a + 1)-th non-member, a = fpr * non_members rounded down, exactly if the first
    h + a of all hold at most a non-members: a hypergeometric chance. Ties make it smaller yet.

    >>> round(tpr_p_value(1, 1, 1, 0.5), 3), tpr_p_value(0, 10, 10, 0.1), round(tpr_p_value(5, 5, 5, 0.1), 5)
    (0.5, 1.0, 0.00397)
    """
    members, non_members = integer("members", members), integer("non_members", non_members)
    hits = integer("hits", hits, low=0, high=members)
    allowed = int(np.floor(number("fpr", fpr, low=0, high=1) * non_members + 1e-9))
    if hits == 0 or allowed >= non_members:
        return 1.0
    return float(hypergeom.cdf(allowed, members + non_members, non_members, hits + allowed))


def least_auc(members: int, non_members: int, *, level: float) -> float:
    """The AUC that a test at ``level`` tells from chance four times in five, by the null's normal approximation."""
    deviation = np.sqrt((members + non_members + 1) / (12 * members * non_members))
    return float(min(1.0, 0.5 + (norm.isf(level) + norm.ppf(POWER)) * deviation))


def least_tpr(members: int, non_members: int, fpr: float, *, level: float) -> float | None:
    """The TPR at ``fpr`` that a test at ``level`` tells from chance four times in five; None where none would be."""
    hits, allowed = np.arange(1, members + 1), int(np.floor(fpr * non_members + 1e-9))
    shown = hits[hypergeom.cdf(allowed, members + non_members, non_members, hits + allowed) <= level]
    if allowed >= non_members or not len(shown):
        return None
    return float(beta.ppf(POWER, shown[0], members - shown[0] + 1))
