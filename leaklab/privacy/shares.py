"""How many truly meant an answer, when a coin may have answered for them: an unbiased share and its exact interval."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.stats import binom

from leaklab import _validate as v
from leaklab.metrics import Rate
from leaklab.metrics.rates import check_confidence

FAR = 10
"""So many standard deviations around a mean a sum over a binomial takes in; the rest is below 1e-20."""


@dataclass(frozen=True)
class ShareEstimate:
    """What noisy answers say about the share of "yes" among the people who were asked.

    Attributes
    ----------
    yes, people : int
        Noisy answers, and how many of them are "yes".
    value : float
        The unbiased estimate. It may lie outside [0, 1]: cutting it off would bias it. NaN where answers say nothing.
    low, high : float in [0, 1]
        Where the share lies, with the stated confidence.
    fits : bool
        False where answers so one-sided come of no share by the coin, save once in 40 surveys or less.
    """

    yes: int
    people: int
    value: float
    low: float
    high: float
    fits: bool = True

    @property
    def naive(self) -> Rate:
        """The share of the answers that are "yes", the coin forgotten."""
        return Rate(self.yes, self.people)

    @property
    def clipped(self) -> float:
        """The estimate moved into [0, 1], to be shown; NaN where answers say nothing."""
        return float(np.clip(self.value, 0, 1))

    def __str__(self) -> str:
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


def share_of(yes: int, people: int, *, keep: float, lie: float, confidence: float = 0.95) -> ShareEstimate:
    """The share of people who truly meant an answer, from how many gave it.

    Unbiased: ``(yes / people - lie) / (keep - lie)``. The interval is exact for the noise of the coins, the
    only thing that is left to chance when everybody who matters was asked: all numbers t of people who truly meant it
    that would bring so many answers or more, and so few or fewer, often enough. Answers more one-sided than any t
    brings leave none of them; then, as for a signal in noise (Read 2002), "often enough" is relative to the t that
    brings them most often, so that the interval is never empty and never narrower than the exact one.

    Parameters
    ----------
    yes, people : int
        How many gave this answer, and how many answers there are.
    keep, lie : float in [0, 1]
        How often this answer is given by those who mean it, and by all others; ``keep >= lie``.
    confidence : float

    Examples
    --------
    >>> print(share_of(22, 40, keep=0.75, lie=0.25))
    0.60 [0.33, 0.90]
    """
    people = v.integer("people", people)
    yes = v.integer("yes", yes, low=0, high=people)
    tail = (1 - check_confidence(confidence)) / 2
    if keep == lie:
        return ShareEstimate(yes, people, np.nan, 0.0, 1.0)
    value = float((yes / people - lie) / (keep - lie))
    if keep == 1 and lie == 0:
        return ShareEstimate(yes, people, value, value, value)
    low, high, fits = _limits(yes, people, keep, lie, tail)
    return ShareEstimate(yes, people, value, low / people, high / people, fits)


@lru_cache(maxsize=256)
def _limits(yes: int, people: int, keep: float, lie: float, tail: float) -> tuple[int, int, bool]:
    """Fewest and most who meant it, and whether any number of them makes the answers likely enough."""
    no, (keep_no, lie_no) = people - yes, (1 - lie, 1 - keep)  # the same, told of all other answers
    least = _at_least(yes, people, people, keep, lie)
    most = _at_least(no, people, people, keep_no, lie_no)
    low = _fewest(yes, people, keep, lie, tail * min(1, 2 * least))
    return low, people - _fewest(no, people, keep_no, lie_no, tail * min(1, 2 * most)), min(least, most) > tail


def _fewest(yes: int, people: int, keep: float, lie: float, tail: float) -> int:
    """The smallest number who mean it that brings so many such answers with a probability above ``tail``."""
    low, high = 0, people
    while low < high:  # the probability grows with the number
        middle = (low + high) // 2
        low, high = (low, middle) if _at_least(yes, middle, people, keep, lie) > tail else (middle + 1, high)
    return low


def _at_least(yes: int, true: int, people: int, keep: float, lie: float) -> float:
    """The probability of so many such answers or more, of people of whom ``true`` mean it."""
    spread = FAR * np.sqrt(true * keep * (1 - keep)) + 1
    kept = np.arange(max(0, int(true * keep - spread)), min(true, int(true * keep + spread) + 1) + 1)
    return float(binom.pmf(kept, true, keep) @ binom.sf(yes - kept - 1, people - true, lie))
