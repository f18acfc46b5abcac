"""Measured numbers with their intervals: a rate of so many in so many, and what several of them say together."""

from dataclasses import dataclass, field

from scipy.stats import beta

from leaklab._validate import integer, number


def clopper_pearson(successes: int, trials: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """The exact two-sided interval for a probability, from ``successes`` in ``trials`` (Clopper and Pearson, 1934).

    Examples
    --------
    >>> low, high = clopper_pearson(19, 20)
    >>> round(low, 3), round(high, 3)
    (0.751, 0.999)
    """
    trials = integer("trials", trials)
    successes = integer("successes", successes, low=0, high=trials)
    tail = (1 - _confidence(confidence)) / 2
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
    """``successes`` in ``trials``, with its Clopper-Pearson interval in ``low`` and ``high``.

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


def _shown(estimate) -> str:
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"


def _confidence(confidence: float) -> float:
    return number("confidence", confidence, low=0, high=1, open_low=True, open_high=True)
