"""One person before one model: how the attacker's verdict on them firms up with every shadow model."""

from dataclasses import dataclass

import numpy as np

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.attacks.lira import lira, lira_turns, logit
from leaklab.experiments.turns import Turns
from leaklab.metrics import Verdicts

ENOUGH = 3
"""Shadow models on either side without which nothing is said of a person: a turn takes one, a deviation two."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What LiRA finds of one person.

    Attributes
    ----------
    inside, outside : float arrays
        The logits of the shadow models that trained on the person, and of those that did not.
    target : float
        The logit of the model under attack.
    score, threshold : float
        The log of the likelihood ratio, NaN where shadow models are too few; "member" is said above the threshold.
    member : bool
        The truth.
    """

    inside: np.ndarray
    outside: np.ndarray
    target: float
    score: float
    threshold: float
    member: bool
    __repr__ = summary

    @property
    def judged(self) -> bool:
        return not np.isnan(self.score)

    @property
    def says_member(self) -> bool:
        return bool(self.score > self.threshold)


class Trial:
    """The first model of ``turns`` under attack by LiRA, with some of the others as its shadow models.

    Where people have several records, a person's logit is the mean of theirs.

    The threshold is the attacker's own: each shadow model takes its turn as the target of the others, and at most a
    share ``fpr`` of the people outside is called a member.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> trained_on = rng.random((33, 200)) < 0.5
    >>> ill = 1 / (1 + np.exp(-rng.normal(3 * trained_on, 1)))
    >>> trial = Trial(Turns(trained_on, np.ones(200, int), np.stack([1 - ill, ill], axis=2)))
    >>> len(trial.person(0, shadows=32).inside) == trained_on[1:, 0].sum()
    True
    """

    def __init__(self, turns: Turns, *, fpr: float = 0.01):
        self.signals, self.trained_on = turns.by_person(turns.signals(logit))
        self.fpr = v.number("fpr", fpr, low=0, high=1, open_low=True, open_high=True)
        self.most = len(self.trained_on) - 1
        self._scored: dict[int, tuple[np.ndarray, float]] = {}

    def scores(self, shadows: int) -> tuple[np.ndarray, float]:
        """Scores (n,) of everybody with ``shadows`` shadow models, NaN where they are too few, and the threshold."""
        if shadows not in self._scored:
            v.integer("shadows", shadows, low=2 * ENOUGH, high=self.most)
            signals, trained_on = self.signals[1:shadows + 1], self.trained_on[1:shadows + 1]
            known = np.minimum(trained_on.sum(axis=0), (~trained_on).sum(axis=0)) >= ENOUGH
            if not known.any():
                v.fail("shadows", shadows, f"nobody is in {ENOUGH} of them and out of {ENOUGH}", "Take more.")
            signals, trained_on = signals[:, known], trained_on[:, known]
            turns = lira_turns(signals, trained_on, variance="per_record")
            threshold = np.quantile(turns[~trained_on], 1 - self.fpr, method="higher")
            scores = np.full(len(known), np.nan)
            scores[known] = lira(self.signals[0, known], signals, trained_on, variance="per_record")
            self._scored[shadows] = scores, float(threshold)
        return self._scored[shadows]

    def verdicts(self, shadows: int) -> Verdicts:
        """Right and wrong verdicts on all who can be judged with so many shadow models."""
        scores, threshold = self.scores(shadows)
        known = ~np.isnan(scores)
        return Verdicts.count(scores[known] > threshold, self.trained_on[0, known])

    def person(self, i: int, *, shadows: int) -> Evidence:
        """What is found of person ``i`` with so many shadow models."""
        v.integer("i", i, low=0, high=self.trained_on.shape[1] - 1)
        scores, threshold = self.scores(shadows)
        own, kept = self.signals[1:shadows + 1, i], self.trained_on[1:shadows + 1, i]
        return Evidence(own[kept], own[~kept], float(self.signals[0, i]), float(scores[i]), threshold,
                      bool(self.trained_on[0, i]))
