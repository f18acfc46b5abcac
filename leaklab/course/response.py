"""Randomized response: what an answer given by a coin reveals of one person, and what many of them reveal of all."""

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


@dataclass(frozen=True)
class RandomizedResponse:
    """A yes-or-no answer under a coin (Warner 1965; with forced answers, Boruch 1971).

    Each person tells the truth with probability ``truth``; otherwise a fair coin answers for them. An answer is then
    the true one with probability ``keep = (1 + truth) / 2``, and epsilon-local differential privacy holds with
    ``epsilon = ln(keep / (1 - keep))`` and no smaller one (Wang and others 2017: direct encoding of two values). So
    ``truth = tanh(epsilon / 2)``.

    Parameters
    ----------
    epsilon : float in [0, inf]
        At 0 the coin alone answers; at ``inf`` everybody tells the truth.

    Examples
    --------
    >>> coin = RandomizedResponse.of_truth(0.5)
    >>> round(coin.epsilon, 3), coin.keep, round(coin.belief(0.5, yes=1, no=0), 2)
    (1.099, 0.75, 0.75)
    >>> print(coin.estimate(22, 40))
    0.60 [0.33, 0.90]
    """

    epsilon: float

    def __post_init__(self):
        epsilon = self.epsilon
        if not (isinstance(epsilon, float) and epsilon == np.inf):
            epsilon = v.number("epsilon", epsilon, low=0, remedy='Or float("inf"), for no noise.')
        object.__setattr__(self, "epsilon", epsilon)

    @classmethod
    def of_truth(cls, truth: float) -> "RandomizedResponse":
        """The coin with which people tell the truth with this probability, in [0, 1]."""
        truth = v.number("truth", truth, low=0, high=1)
        return cls(2 * float(np.arctanh(truth)) if truth < 1 else np.inf)

    @property
    def truth(self) -> float:
        """How often a person tells the truth because the coin says so."""
        return float(np.tanh(self.epsilon / 2))

    @property
    def keep(self) -> float:
        """How often an answer is the true one, also by luck."""
        return (1 + self.truth) / 2

    def answers(self, secret, told, coin) -> np.ndarray:
        """Noisy answers, from the true ones and two uniform numbers in [0, 1) for each.

        The same numbers give answers that change with epsilon one by one: nothing is tossed anew.
        """
        return np.where(np.asarray(told) < self.truth, secret, np.asarray(coin) < 0.5)

    def estimate(self, yes: int, people: int, *, confidence: float = 0.95) -> ShareEstimate:
        """The share of "yes" behind noisy answers, among the people who gave them.

        Unbiased: ``(yes / people - (1 - truth) / 2) / truth``. The interval is exact for the noise of the coins, the
        only thing that is left to chance when everybody who matters was asked: all numbers t of true "yes" that
        would bring so many "yes" or more, and so few or fewer, often enough. Answers more one-sided than any t brings
        leave none of them; then, as for a signal in noise (Read 2002), "often enough" is relative to the t that
        brings them most often, so that the interval is never empty and never narrower than the exact one.

        Parameters
        ----------
        yes, people : int
            Noisy answers "yes", and all answers.
        confidence : float
        """
        people = v.integer("people", people)
        yes = v.integer("yes", yes, low=0, high=people)
        tail, naive = (1 - check_confidence(confidence)) / 2, yes / people
        if not self.truth:
            return ShareEstimate(yes, people, np.nan, 0.0, 1.0)
        value = float((naive - (1 - self.truth) / 2) / self.truth)
        if self.keep == 1:
            return ShareEstimate(yes, people, value, value, value)
        low, high, fits = _limits(yes, people, self.keep, tail)
        return ShareEstimate(yes, people, value, low / people, high / people, fits)

    def belief(self, prior: float, *, yes: int, no: int) -> float:
        """How likely the truth is "yes", after so many answers of one person, by Bayes.

        Every "yes" multiplies the odds by e^epsilon, every "no" divides them by it: k answers are k epsilon together.
        """
        prior = v.number("prior", prior, low=0, high=1)
        excess = v.integer("yes", yes, low=0) - v.integer("no", no, low=0)
        if self.epsilon == np.inf and yes and no:
            raise v.Refused(f"yes={yes}, no={no}: without noise nobody answers both ways. Use a finite epsilon.")
        if prior in (0, 1) or not excess:
            return prior
        evidence = excess * self.epsilon
        return float(1 / (1 + (1 - prior) / prior * np.exp(-evidence))) if evidence > -700 else 0.0

    def majority(self, times: int) -> float:
        """How often the majority of so many answers of one person is the truth; a tie is decided by a fair coin."""
        times = v.integer("times", times)
        ties = binom.pmf(times / 2, times, self.keep) if times % 2 == 0 else 0.0
        return float(binom.sf(times // 2, times, self.keep) + ties / 2)


@lru_cache(maxsize=256)
def _limits(yes: int, people: int, keep: float, tail: float) -> tuple[int, int, bool]:
    """Fewest and most true "yes" behind the noisy ones, and whether any number of them makes these likely enough."""
    least, most = _at_least(yes, people, people, keep), _at_least(people - yes, people, people, keep)
    low = _fewest(yes, people, keep, tail * min(1, 2 * least))
    return low, people - _fewest(people - yes, people, keep, tail * min(1, 2 * most)), min(least, most) > tail


def _fewest(yes: int, people: int, keep: float, tail: float) -> int:
    """The smallest number of true "yes" that brings so many noisy ones with a probability above ``tail``."""
    low, high = 0, people
    while low < high:  # the probability grows with the number
        middle = (low + high) // 2
        low, high = (low, middle) if _at_least(yes, middle, people, keep) > tail else (middle + 1, high)
    return low


def _at_least(yes: int, true: int, people: int, keep: float) -> float:
    """The probability of so many noisy "yes" or more, of people of whom ``true`` would truly say it."""
    spread = FAR * np.sqrt(true * keep * (1 - keep)) + 1
    kept = np.arange(max(0, int(true * keep - spread)), min(true, int(true * keep + spread) + 1) + 1)
    return float(binom.pmf(kept, true, keep) @ binom.sf(yes - kept - 1, people - true, 1 - keep))
