"""Pairs of a member and a non-member in the same target: who wins, and how much their number may vary."""

import numpy as np
from scipy.stats import rankdata


def wins(scores: np.ndarray, trained_on: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each record in each target: its pairs with the other kind, and those the member wins (ties half)."""
    inside, ranks = trained_on.sum(axis=1, keepdims=True), rankdata(scores, axis=1)
    within, without = (rankdata(np.where(own, ranks, np.inf), axis=1) for own in (trained_on, ~trained_on))
    won = np.where(trained_on, ranks - within, inside - ranks + without)
    return won, np.where(trained_on, trained_on.shape[1] - inside, inside).astype(float)


def two_way(part: np.ndarray, inside: np.ndarray) -> float:
    """The variance of a sum of pairs, from each record's share in each target (k, n); both ends hold a pair."""
    k, n = part.shape
    by_record = (part.sum(axis=0)**2).sum() * n / (n - 1) if n > 1 else 0.0
    by_target = ((part * inside).sum(axis=1)**2).sum() * k / (k - 1)
    return float(max(by_record + by_target - (part**2).sum(), by_record, by_target))


def spread_of_mean(part: np.ndarray, inside: np.ndarray) -> tuple[float, float]:
    """Standard error of the mean of k AUCs, and Student's degrees of freedom (Satterthwaite 1946).

    A record takes a turn in every target, and what a score compares it with is the same in all of them, so its turns
    vary together: that is what `two_way` calls ``by_record``. To it comes what targets vary in beyond their records.

    Parameters
    ----------
    part : float array (k, n)
        Each record's share in the deviation of each target's AUC from the mean of all, over k.
    inside : bool array (k, n)
    """
    k, n = part.shape
    by_record = (part.sum(axis=0)**2).sum() * n / (n - 1)
    by_target = ((part * inside).sum(axis=1)**2).sum() * k / (k - 1)
    beyond = max(by_target - (part**2).sum(), 0.0)
    freedom = by_record**2 / (n - 1) + beyond**2 / (k - 1)
    return float(np.sqrt(by_record + beyond)), (by_record + beyond)**2 / freedom if freedom else float(n - 1)
