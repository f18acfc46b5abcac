"""From attack scores, of any attack on any model, to a lower bound on epsilon."""

from dataclasses import dataclass, field

import numpy as np

from leaklab import _validate as v
from leaklab.audit.bounds import METHODS, epsilon_from_counts, lower_limits
from leaklab.metrics import Interval


@dataclass(frozen=True)
class Measured:
    """Epsilon as measured by attack: ``epsilon.low`` is proven at ``confidence``; the other fields are diagnostics.

    Attributes
    ----------
    epsilon : Interval
        See `epsilon_from_counts`.
    delta, confidence : float
    method : str
        A key of ``METHODS``, with what it assumes.
    threshold : float
        "Member" is said where ``score >= threshold``; chosen on scores that were not counted.
    tp, fn, fp, tn : int
        The counts read, on the other half of the scores.
    counted : bool array (n,)
        Which scores were counted; the others chose the threshold.
    """

    epsilon: Interval
    delta: float
    confidence: float
    method: str
    threshold: float
    tp: int
    fn: int
    fp: int
    tn: int
    counted: np.ndarray = field(repr=False, compare=False)

    @property
    def most(self) -> float:
        """The lower bound of an adversary who never errs, with so many members and non-members."""
        return epsilon_from_counts(self.tp + self.fn, 0, 0, self.fp + self.tn, delta=self.delta,
                                   confidence=self.confidence, method=self.method).low

    def __str__(self) -> str:
        return (f"epsilon >= {self.epsilon.low:.2f} at delta = {self.delta:g} with {self.confidence:.0%} confidence "
                f"({self.method}, TPR {self.tp}/{self.tp + self.fn}, FPR {self.fp}/{self.fp + self.tn})")


def epsilon_lower_bound(scores, member, *, delta: float, confidence: float = 0.95, method: str = "clopper-pearson",
                        rng) -> Measured:
    """Measure epsilon: choose the threshold on one random half of the scores, count on the other.

    The best of all thresholds on the counted scores themselves would prove too much: chance makes some threshold look
    good. (tensorflow-privacy's ``epsilon_lower_bound`` does that.)

    Parameters
    ----------
    scores : array of float, shape (n,)
        Higher for members. Each from a model of its own (or else independent), so that counts are binomial.
    member : array of bool, shape (n,)
        At least four members and four non-members.
    delta, confidence, method
        See `epsilon_from_counts`.
    rng : int or numpy.random.Generator
        Draws the halves, within members and within non-members.

    Raises
    ------
    ValueError
        On scores that are not finite, or (``Refused``) all equal: they are no evidence, whatever made them.

    Examples
    --------
    One release of a Gaussian mechanism with sensitivity of one standard deviation, whose epsilon is 4.38:

    >>> rng = np.random.default_rng(0)
    >>> member = np.arange(2000) < 1000
    >>> print(epsilon_lower_bound(rng.normal(size=2000) + member, member, delta=1e-5, method="gdp", rng=rng))
    epsilon >= 3.03 at delta = 1e-05 with 95% confidence (gdp, TPR 457/500, FPR 321/500)
    """
    scores = check_scores(scores)
    member = v.mask("member", member, (len(scores),))
    v.one_of("method", method, METHODS)
    check_member(member)
    choose = _half(member, v.generator(rng))
    threshold = best_threshold(scores[choose], member[choose], delta=delta, confidence=confidence, method=method)
    return measured_at(threshold, scores, member, ~choose, delta=delta, confidence=confidence, method=method)


def measured_at(threshold: float, scores: np.ndarray, member: np.ndarray, counted: np.ndarray, *, delta: float,
                confidence: float, method: str) -> Measured:
    """What the scores that are ``counted`` (n,) prove by a threshold that was chosen on others."""
    said, truth = scores[counted] >= threshold, member[counted]
    counts = {"tp": int((said & truth).sum()), "fn": int((~said & truth).sum()),
              "fp": int((said & ~truth).sum()), "tn": int((~said & ~truth).sum())}
    epsilon = epsilon_from_counts(**counts, delta=delta, confidence=confidence, method=method)
    return Measured(epsilon, delta, confidence, method, threshold, **counts, counted=counted)


def check_scores(scores) -> np.ndarray:
    """Scores (n,) that may hold evidence: finite, and not all equal."""
    scores = v.array("scores", scores, ndim=1, dtype=np.float64,
                     remedy="Fix the attack if it returns NaN; clip infinite scores, e.g. with numpy.clip.")
    if (scores == scores[0]).all():
        raise v.Refused(f"scores are all {scores[0]:g}: an attack without any signal proves nothing and would pass "
                        "every model. Check that it queries the models, and that it distinguishes their answers.")
    return scores


def check_member(member: np.ndarray) -> None:
    """Refuse too few of either kind."""
    if min(member.sum(), (~member).sum()) < 4:
        raise ValueError(f"member marks {member.sum()} members and {(~member).sum()} non-members: needs at least 4 of "
                         "each, to choose a threshold on half of them and count on the others.")


def best_threshold(scores: np.ndarray, member: np.ndarray, *, delta: float, confidence: float = 0.95,
                   method: str = "clopper-pearson") -> float:
    """The threshold whose counts on these scores would prove most; midway between two neighbouring scores.

    Where several would, the one of the greatest advantage (TPR - FPR). Limits are taken with a hundredth of the error
    probability: among many thresholds, the extreme ones would else win by luck, and disappoint on the other half.
    """
    return best_rule(scores, member, delta=delta, confidence=1 - (1 - confidence) / 100, gaussian=method == "gdp")[0]


def best_rule(scores: np.ndarray, member: np.ndarray, *, delta: float, confidence: float, gaussian: bool = False,
              grown: float = 1.0, spare: int = 0) -> tuple[float, float]:
    """The threshold that would prove most, and how much (epsilon, or mu where ``gaussian``).

    With ``grown`` and ``spare``: on ``grown`` times as many scores, had there been ``spare`` errors of each kind more.
    """
    order = np.argsort(-scores, kind="stable")
    scores, member = scores[order], member[order]
    last = np.flatnonzero(np.diff(scores))  # a threshold cannot part equal scores
    if not len(last):
        return float(scores[0]), 0.0
    tp, fp = np.cumsum(member)[last], np.cumsum(~member)[last]
    members, others = member.sum(), (~member).sum()
    proven = lower_limits(grown * tp, grown * (members - tp + spare), grown * (fp + spare), grown * (others - fp),
                          delta, confidence, gaussian=gaussian)
    best = np.lexsort((tp / members - fp / others, proven))[-1]
    return float((scores[last[best]] + scores[last[best] + 1]) / 2), float(proven[best])


def _half(member: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    chosen = np.zeros(len(member), bool)
    for group in (np.flatnonzero(member), np.flatnonzero(~member)):
        chosen[rng.permutation(group)[:len(group) // 2]] = True
    return chosen
