"""Auditing with one training run: many canaries in one model, each included by a fair coin."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import binom

from leaklab import _validate as v
from leaklab.audit.scores import check_scores


@dataclass(frozen=True)
class OneRun:
    """What guesses about one model prove.

    Attributes
    ----------
    low : float
        Epsilon is at least this, with ``confidence``.
    delta, confidence : float
    correct, guesses, canaries : int
        ``correct`` of ``guesses`` were right; the other canaries were passed over.
    """

    low: float
    delta: float
    confidence: float
    correct: int
    guesses: int
    canaries: int

    @property
    def most(self) -> float:
        """The lower bound if every guess were right."""
        return one_run_epsilon(self.guesses, self.guesses, self.canaries, delta=self.delta, confidence=self.confidence)

    def __str__(self) -> str:
        return (f"epsilon >= {self.low:.2f} at delta = {self.delta:g} with {self.confidence:.0%} confidence "
                f"(one run: {self.correct} of {self.guesses} guesses right, {self.canaries} canaries)")


def one_run(scores, member, *, guesses: int, delta: float, confidence: float = 0.95) -> OneRun:
    """Measure epsilon from the canaries of one run (Steinke, Nasr and Jagielski 2023).

    Parameters
    ----------
    scores : array of float, shape (m,)
        Higher for canaries that were in. They need not be independent.
    member : array of bool, shape (m,)
        Which were in, each by a fair coin of its own.
    guesses : int
        The highest half of so many scores is called "in", the lowest half "out"; at most m. Fix it beforehand: the
        best of several is not valid.

    Raises
    ------
    ValueError
        On scores that are not finite, or (``Refused``) all equal: they are no evidence, whatever made them.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> member = rng.random(1000) < 0.5
    >>> print(one_run(rng.normal(size=1000) + member, member, guesses=200, delta=1e-5))
    epsilon >= 1.62 at delta = 1e-05 with 95% confidence (one run: 176 of 200 guesses right, 1000 canaries)
    """
    scores = check_scores(scores)
    member = v.mask("member", member, (len(scores),))
    guesses = v.integer("guesses", guesses, high=len(scores))
    order = np.argsort(scores, kind="stable")
    said_in, said_out = order[len(order) - (guesses + 1) // 2:], order[:guesses // 2]
    correct = int(member[said_in].sum() + (~member[said_out]).sum())
    low = one_run_epsilon(correct, guesses, len(scores), delta=delta, confidence=confidence)
    return OneRun(low, delta, confidence, correct, guesses, len(scores))


def one_run_epsilon(correct: int, guesses: int, canaries: int, *, delta: float, confidence: float = 0.95) -> float:
    """The epsilon up to which ``correct`` of ``guesses`` right refute privacy: `one_run_p_value` = 1 - confidence.

    >>> round(one_run_epsilon(95, 100, 100, delta=0.0), 3)
    2.172
    """
    v.integer("canaries", canaries)
    v.integer("guesses", guesses, high=canaries)
    v.integer("correct", correct, low=0, high=guesses)
    v.number("delta", delta, low=0, high=1, open_high=True)
    v.number("confidence", confidence, low=0, high=1, open_low=True, open_high=True)

    def excess(epsilon: float) -> float:
        return one_run_p_value(correct, guesses, canaries, epsilon, delta) - (1 - confidence)

    if excess(0.0) >= 0:
        return 0.0
    return float(brentq(excess, 0.0, 50.0))  # at e^50 to 1 all guesses are right


def one_run_p_value(correct: int, guesses: int, canaries: int, epsilon: float, delta: float) -> float:
    """How likely, at most, an (epsilon, delta)-private run lets ``correct`` or more of ``guesses`` be right.

    With W ~ Binomial(guesses, e^epsilon / (1 + e^epsilon)): P[W >= correct] + 2 canaries delta max over i >= 1 of
    P[correct > W >= correct - i] / i (Steinke et al. 2023, theorem 5.2).

    >>> one_run_p_value(10, 10, 10, 0.0, 0.0) == 0.5**10
    True
    """
    chance = expit(epsilon)
    p = binom.sf(correct - 1, guesses, chance)
    if delta and correct:
        below = np.cumsum(binom.pmf(np.arange(correct - 1, -1, -1), guesses, chance))
        p += 2 * canaries * delta * (below / np.arange(1, correct + 1)).max()
    return float(min(p, 1.0))
