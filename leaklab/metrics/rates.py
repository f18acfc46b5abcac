"""Measured numbers with their intervals: a rate of so many in so many, and what several of them say together."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import beta
from scipy.stats import t as student_t

from leaklab._validate import array, fail, integer, number


def clopper_pearson(successes: int, trials: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """The exact two-sided interval for a probability, from successes out of trials (Clopper and Pearson, 1934).

    Examples
    --------
    >>> low, high = clopper_pearson(19, 20)
    >>> round(low, 3), round(high, 3)
    (0.751, 0.999)
    """
    trials = integer("trials", trials)
    successes = integer("successes", successes, low=0, high=trials)
    tail = (1 - check_confidence(confidence)) / 2
    low = beta.ppf(tail, successes, trials - successes + 1) if successes > 0 else 0.0
    high = beta.ppf(1 - tail, successes + 1, trials - successes) if successes < trials else 1.0
    return float(low), float(high)


@dataclass(frozen=True)
class Interval:
    """A measured number between its confidence limits.

    Examples
    --------
    >>> print(Interval(0.7, 0.65, 0.74))
    0.70 [0.65, 0.74]
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return _shown(self)


@dataclass(frozen=True)
class Rate:
    """``successes`` out of ``trials``, with its Clopper-Pearson interval from ``low`` to ``high``.

    Examples
    --------
    >>> print(Rate(19, 20))
    0.95 [0.75, 1.00]
    """

    successes: int
    trials: int
    confidence: float = 0.95
    value: float = field(init=False, repr=False)
    low: float = field(init=False, repr=False)
    high: float = field(init=False, repr=False)

    def __post_init__(self):
        low, high = clopper_pearson(self.successes, self.trials, confidence=self.confidence)
        for name, found in (("value", self.successes / self.trials), ("low", low), ("high", high)):
            object.__setattr__(self, name, found)

    def __str__(self) -> str:
        return _shown(self)


@dataclass(frozen=True)
class Spread:
    """The mean of ``number`` repeats, their standard deviation, and Student's interval for the mean.

    It covers what varied between the repeats and nothing else: over targets, the drawing of the training set and the
    training; over people, which people.

    Examples
    --------
    >>> print(Spread.of([0.6, 0.7, 0.8]))
    0.70 [0.45, 0.95], sd 0.10 over 3
    """

    value: float
    low: float
    high: float
    sd: float
    number: int

    @classmethod
    def of(cls, values, *, confidence: float = 0.95) -> "Spread":
        """From ``values`` (number,), at least two of them."""
        values = array("values", values, ndim=1, dtype=np.float64)
        if len(values) < 2:
            fail("values", values.tolist(), "one repeat shows no spread", "Repeat at least once more.")
        mean, sd = float(values.mean()), float(values.std(ddof=1))
        half = student_t.ppf((1 + check_confidence(confidence)) / 2, len(values) - 1) * sd / np.sqrt(len(values))
        return cls(mean, float(mean - half), float(mean + half), sd, len(values))

    def __str__(self) -> str:
        return f"{_shown(self)}, sd {self.sd:.2f} over {self.number}"


def mean_of(intervals: Sequence[Interval | Rate | Spread]) -> Interval:
    """The mean of independent estimates; half-widths add as squares (Zou and Donner 2008, section 2).

    >>> print(mean_of([Interval(0.6, 0.5, 0.7), Interval(0.5, 0.4, 0.6)]))
    0.55 [0.48, 0.62]
    """
    value, low, high = np.array([(i.value, i.low, i.high) for i in intervals]).T
    mean, k = value.mean(), len(value)
    return Interval(float(mean), float(mean - np.sqrt(((value - low)**2).sum()) / k),
                    float(mean + np.sqrt(((high - value)**2).sum()) / k))


def difference_of(first: Interval | Rate | Spread, second: Interval | Rate | Spread) -> Interval:
    """``first - second`` for independent estimates, such as two trainings on different people (Zou and Donner 2008).

    Groups of records in the same models are not independent: see `leaklab.metrics.auc_by_group`.

    >>> print(difference_of(Interval(0.8, 0.77, 0.83), Interval(0.5, 0.46, 0.54)))
    0.30 [0.25, 0.35]
    """
    value = first.value - second.value
    return Interval(value, value - float(np.hypot(first.value - first.low, second.high - second.value)),
                    value + float(np.hypot(first.high - first.value, second.value - second.low)))


def _shown(estimate) -> str:
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"


def check_confidence(confidence: float) -> float:
    return number("confidence", confidence, low=0, high=1, open_low=True, open_high=True)
