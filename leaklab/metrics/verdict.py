"""How often a membership verdict is right: rates of the verdicts, and what they mean for one person."""

from dataclasses import dataclass, field

from leaklab import _validate as v
from leaklab.metrics.rates import Interval, Rate


@dataclass(frozen=True)
class Verdicts:
    """Right and wrong verdicts, counted on people whose membership is known.

    Attributes
    ----------
    tpr, fpr : Rate
        How often members, and how often others, are called members, each with its exact interval.

    Examples
    --------
    >>> verdicts = Verdicts.count([True] * 8 + [False] * 2 + [True] * 4 + [False] * 6, [True] * 10 + [False] * 10)
    >>> verdicts.tpr.value, verdicts.fpr.value, round(verdicts.precision(0.5).value, 2)
    (0.8, 0.4, 0.67)
    """

    tpr: Rate
    fpr: Rate
    _both: tuple[Rate, Rate] = field(init=False, repr=False)

    def __post_init__(self):
        # Each at half of the error probability, so that both hold together.
        object.__setattr__(self, "_both", tuple(
            Rate(r.successes, r.trials, (1 + r.confidence) / 2) for r in (self.tpr, self.fpr)))

    @classmethod
    def count(cls, guess, member) -> "Verdicts":
        """Count verdicts.

        Parameters
        ----------
        guess : bool array (n,)
            Whether a record was called a member.
        member : bool array (n,)
            Whether it was one; some of each.
        """
        member = v.labels("member", member, classes=2) == 1
        guess = v.labels("guess", guess, length=len(member), classes=2) == 1
        if member.all() or not member.any():
            v.fail("member", bool(member[0]), "must contain members and non-members", "Include records of both kinds.")
        return cls(*(Rate(int(guess[group].sum()), int(group.sum())) for group in (member, ~member)))

    def precision(self, prior: float) -> Interval:
        """How often the verdict "member" is right (its positive predictive value), by Bayes' rule.

        Parameters
        ----------
        prior : float
            Share of members among the people the adversary asks about, in (0, 1).
        """
        return self._right(prior, lambda rate: rate)

    def clearance(self, prior: float) -> Interval:
        """How often the verdict "not a member" is right (its negative predictive value)."""
        # Turned round: the people to find are the others, and they are found where "member" is not said.
        low_to_high = self._right(prior, lambda rate: 1 - rate)
        return Interval(*(1 - x for x in (low_to_high.value, low_to_high.high, low_to_high.low)))

    def _right(self, prior, said) -> Interval:
        """P(member | what was said), with ``said`` turning a rate of "member" into that of what was said."""
        prior = v.number("prior", prior, low=0, high=1, open_low=True, open_high=True)
        tpr, fpr = self._both

        def bayes(hit, alarm):
            found, false = prior * said(hit), (1 - prior) * said(alarm)
            return found / (found + false) if found + false > 0 else prior

        ends = sorted((bayes(tpr.low, fpr.high), bayes(tpr.high, fpr.low)))
        return Interval(bayes(tpr.value, fpr.value), *ends)
