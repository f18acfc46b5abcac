"""Who is exposed: for each record, how often an attack correctly infers whether it was in the training data."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import beta, false_discovery_control, hypergeom

from leaklab._repr import summary
from leaklab._validate import number, one_of
from leaklab.metrics.rates import check_confidence
from leaklab.metrics.targets import THRESHOLDS, call_members, check_scores


@dataclass(frozen=True, eq=False)
class Exposure:
    """What `exposure` gives; every array has shape (n,).

    Attributes
    ----------
    tpr, fpr : float array
        How often the record was called a member: of its turns inside, of its turns outside.
    low, high : float array
        Limits of ``advantage``, one record at a time: read them for a record named beforehand. The highest of
        thousands is high by luck too; for that ask `exposed`.
    p_value : float array
        Fisher's exact test, one-sided: that the record is called a member no more often inside than outside.
    inside, outside : int array
        Turns in and out of the training data.
    """

    tpr: np.ndarray
    fpr: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p_value: np.ndarray
    inside: np.ndarray
    outside: np.ndarray
    __repr__ = summary

    @property
    def advantage(self) -> np.ndarray:
        """``tpr - fpr`` (n,): 0 where membership makes no difference, 1 where it is always inferred."""
        return self.tpr - self.fpr

    def exposed(self, fdr: float = 0.05) -> np.ndarray:
        """Bool (n,): the records shown to be exposed, of whom on average at most a share ``fdr`` are so by luck.

        Benjamini and Hochberg (1995); it holds where records are independent or positively dependent. A record not
        marked is not shown to be safe: with 8 turns inside and 8 outside no p-value is below 1 in 12,870.
        """
        fdr = number("fdr", fdr, low=0, high=1, open_low=True, open_high=True)
        return false_discovery_control(self.p_value, method="bh") <= fdr

    def __str__(self) -> str:
        return f"{self.exposed().sum()} of {len(self.tpr)} records exposed (false discoveries at most 5%)"


def exposure(scores, trained_on, *, fpr: float = 0.01, threshold: str = "pooled", confidence: float = 0.95) -> Exposure:
    """How exposed each record is, when every model takes its turn as the target.

    Parameters
    ----------
    scores : float array (k, n)
        Higher for members; on one scale for all targets, as calibrated attacks give.
    trained_on : bool array (k, n)
        Whether target j was trained on record i; every record in some and out of some.
    fpr : float
        The false-positive rate that the attacker accepts. The threshold for one half of the turns is chosen on those
        outside in the other half, so that no score influences its own threshold.
    threshold : {"pooled", "per_record"}
        "pooled": one for all records, the halves being the first and the second half of the targets. Then ``fpr`` holds
        on average: of some records none of their turns outside may be called a member, of others many, and who is
        exposed depends on how well the attack puts records on one scale.
        "per_record": each record's own, from its own turns outside, as by an adversary who asks about this one. Turns
        are dealt into two halves, record by record, and the threshold for one is the r-th highest of the m turns
        outside of the other, with r = (m + 1) * fpr rounded down: so ``fpr`` holds for every record, whatever the scale
        of its scores. Less than 1 / (m + 1) is refused: with 64 targets, half of them outside, less than 0.059.

    Returns
    -------
    Exposure
        Limits combine two Clopper-Pearson intervals, each at half of the error probability: at least ``confidence``.
        They take a record's turns as independent, and hold for the training sets as they were drawn. Where these
        were halves of one pool (`leaklab.experiments.turns.Turns.design`), a record is exposed to an adversary who
        holds the pool; where each model had fresh records beside the audited, to one who holds others from the same
        population. Neither speaks of models of another size, recipe or population.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> trained_on, rare = rng.random((32, 400)) < 0.5, np.arange(400) < 20
    >>> found = exposure(rng.normal(trained_on * rare * 4, 1), trained_on)
    >>> print(found, "|", int(found.exposed()[rare].sum()), "of them rare")
    20 of 400 records exposed (false discoveries at most 5%) | 20 of them rare
    """
    scores, trained_on = check_scores(scores, trained_on)
    fpr, confidence = number("fpr", fpr, low=0, high=1, open_low=True, open_high=True), check_confidence(confidence)
    inside = trained_on.sum(axis=0)
    outside = len(trained_on) - inside
    if min(inside.min(), outside.min()) == 0:
        i = int(np.argmin(np.minimum(inside, outside)))
        raise ValueError(f"trained_on[:, {i}] has {inside[i]} turns in and {outside[i]} out: needs some of each. "
                         "Draw more targets, or leave this record out.")
    called = call_members(scores, trained_on, fpr, one_of("threshold", threshold, THRESHOLDS))
    hits, alarms = (called & trained_on).sum(axis=0), (called & ~trained_on).sum(axis=0)
    p_value = hypergeom.sf(hits - 1, len(trained_on), inside, hits + alarms)
    (tpr_low, tpr_high), (fpr_low, fpr_high) = (_limits(hits, inside, confidence), _limits(alarms, outside, confidence))
    return Exposure(hits / inside, alarms / outside, tpr_low - fpr_high, tpr_high - fpr_low, np.clip(p_value, 0, 1),
                    inside, outside)


def _limits(successes: np.ndarray, trials: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Clopper-Pearson for many records at once, at half of the error probability."""
    tail = (1 - confidence) / 4
    low = np.where(successes > 0, beta.ppf(tail, np.maximum(successes, 1), trials - successes + 1), 0)
    missed = trials - successes
    return low, np.where(missed > 0, beta.ppf(1 - tail, successes + 1, np.maximum(missed, 1)), 1)
