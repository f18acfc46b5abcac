"""The referee: draws the people and the members by lot, trains what blue asked for, scores red's list and blue's model.

Red gets a `Challenge`, in which there is no list of members. Blue hands in a `Defense`, and sees nobody.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.access import Access, BlackBox, Metered
from leaklab.course.capstone.defense import Defense, Rules
from leaklab.data import Records, load_patients
from leaklab.evaluation import accuracy
from leaklab.metrics import Interval, Rate, roc
from leaklab.server import parse_hardening

FPR = 0.01
ILL = 0.125
"""Fewer are ill, or on the way to it, than this share of the population hardly ever (0.139 on average)."""


@dataclass(frozen=True, eq=False)
class Challenge:
    """What red is given: the candidates, the model's answers, and how it was trained. Not who is a member.

    Attributes
    ----------
    x : float32 (candidates, 21)
        Their answers, standardized, as the model takes them.
    y : int (candidates,)
        Their outcomes.
    access : Access
        The model, with the answers and the budget that blue chose.
    defense : Defense
        Blue's settings: who plays red is assumed to know them.
    notes : dict
        What red learned about this defense and keeps, such as shadow models.
    """

    x: np.ndarray
    y: np.ndarray
    access: Access
    defense: Defense
    notes: dict[Any, Any] = field(default_factory=dict, repr=False)
    __repr__ = summary

    def outsiders(self, n: int, *, rng) -> Records:
        """``n`` further people of the same population, half of them ill: red's own."""
        return draw(n, rng=rng)


Red = Callable[[Challenge, np.random.Generator], Any]
"""A red: ``red(challenge, rng)`` gives a score for each candidate, higher for members."""


@dataclass(frozen=True)
class Result:
    """What the referee measured, and who wins by the rules.

    Attributes
    ----------
    accuracy : Rate
        Of blue's answers to people whom the model never saw.
    auc : Interval
    tpr : Rate
        Of red's scores; the TPR at 1% FPR.
    queries : int
        That red asked.
    rules : Rules
    """

    accuracy: Rate
    auc: Interval
    tpr: Rate
    queries: int
    rules: Rules = field(repr=False)

    @property
    def useful(self) -> bool:
        """Whether blue showed that the accuracy reaches the floor."""
        return self.accuracy.low >= self.rules.floor

    @property
    def private(self) -> bool:
        """Whether blue showed that red learns little."""
        return self.auc.high < self.rules.most_auc and self.tpr.high < self.rules.most_tpr

    @property
    def winner(self) -> str:
        """``"blue"`` where the model is useful and private, else ``"red"``."""
        return "blue" if self.useful and self.private else "red"


class Contest:
    """One contest: who is asked about, who is a member and what the model becomes follow from ``seed``.

    Parameters
    ----------
    defense : Defense
    rules : Rules, optional
    seed : int
        The same seed gives the same contest. Whoever knows it knows the members, and a small one is found by trying
        all: where people play against each other, it is the referee's secret, drawn from very many.

    Attributes
    ----------
    accuracy : Rate
        Of the model, asked by the referee through the answers that red gets.
    """

    def __init__(self, defense: Defense, *, seed: int, rules: Rules | None = None):
        self.defense, self.rules = defense, rules or Rules()
        defense.check(self.rules)
        people, lot, training, self._noise, asked, self._reds = np.random.default_rng(
            v.integer("seed", seed, low=0)).spawn(6)
        half = self.rules.candidates // 2
        others = max(0, defense.people - half)
        drawn = draw(self.rules.candidates + self.rules.unseen + even(self.rules.most_people), rng=people)
        candidates = drawn.take(np.arange(self.rules.candidates))
        unseen = drawn.take(np.arange(self.rules.candidates, self.rules.candidates + self.rules.unseen))
        rest = np.arange(self.rules.candidates + self.rules.unseen, len(drawn))[:others]
        self._member = lot.permutation(self.rules.candidates) < half
        table = drawn.take(np.concatenate([np.flatnonzero(self._member), rest]))
        self._x, self._y = candidates.x, candidates.label
        self._notes: dict[Any, Any] = {}
        self.model = defense.recipe().fit(table.x, table.label, classes=2, rng=training)
        self.accuracy = accuracy(self._answers(asked), unseen.x, unseen.label)

    def challenge(self, access: Access | None = None) -> Challenge:
        """A challenge to a red: by default with a budget of its own, and noise of its own."""
        if access is None:
            access = self._answers(self._noise.spawn(1)[0])
            access = access if self.defense.budget is None else Metered(access, self.defense.budget)
        return Challenge(self._x.copy(), self._y.copy(), access, self.defense, self._notes)

    def scores(self, given: Any) -> np.ndarray:
        """Red's scores, checked: a finite number for each candidate."""
        try:
            return v.array("scores", given, ndim=1, length=self.rules.candidates, dtype=np.float64,
                           remedy="Hand in one finite number for each candidate, higher for members.")
        except OverflowError:
            v.fail("scores", "(one of them)", "is too large for a float64")

    def judge(self, scores: Any, *, queries: int = 0) -> Result:
        """Score what red hands in."""
        curve = roc(self.scores(scores), self._member)
        rate = cast(Rate, curve.tpr_at(max(FPR, 1 / curve.non_members)))  # where there are few, one false alarm
        return Result(self.accuracy, curve.auc, rate, queries, self.rules)

    def face(self, red: Red) -> Result:
        """Let ``red`` attack, with randomness of its own that tells nothing of the referee's, and score it."""
        challenge = self.challenge()
        scores = red(challenge, np.random.default_rng(self._reds.integers(2**63)))
        return self.judge(scores, queries=challenge.access.queries)

    def _answers(self, rng: np.random.Generator) -> Access:
        return parse_hardening(self.defense.answers, rng=rng)(BlackBox(self.model))


def play(defense: Defense, reds: Mapping[str, Red], *, seed: int, rules: Rules | None = None,
         progress: v.Progress | None = None) -> dict[str, Result]:
    """One contest of a defense against each of ``reds``; the same ``seed`` gives the same results.

    Parameters
    ----------
    defense : Defense
    reds : mapping of str to callable
        ``red(challenge, rng)`` gives scores (candidates,), higher for members; see `REDS`.
    seed : int
    rules : Rules, optional
    progress : callable, optional
        ``progress(done, total, message)`` before each red and at the end.

    Raises
    ------
    ValueError
        Where the rules do not allow the defense, a red's scores are not one finite number a candidate, or it asked for
        more than the budget (``BudgetSpent``).
    """
    contest, found = Contest(defense, seed=seed, rules=rules), {}
    for done, (name, red) in enumerate(reds.items(), 1):
        if progress:
            progress(done, len(reds) + 1, name)
        found[name] = contest.face(red)
    if progress:
        progress(len(reds) + 1, len(reds) + 1, "scored")
    return found


def draw(n: int, *, rng) -> Records:
    """``n`` different invented people, half of them ill (`leaklab.data.load_patients`), in random order."""
    rng = v.generator(rng)
    many = load_patients("synthetic", patients=round(even(n) / 2 / ILL) + 500, rng=rng).deduplicate()
    return many.sample(even(n), rng=rng, balanced=True).take(np.arange(n))


def even(n: int) -> int:
    return n + n % 2
