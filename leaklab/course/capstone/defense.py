"""What both sides are told before a contest: the rules, and blue's settings, which red knows too."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from leaklab import _validate as v
from leaklab.privacy import Batches
from leaklab.server import parse_hardening
from leaklab.training import DPSGD, MLP

BATCH, DELTA, PRIVATE_RATE = 64, 1e-5, 3e-3


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How a contest is scored. The burden of proof is blue's: each figure counts by the worse end of its interval.

    Parameters
    ----------
    candidates : int
        People whom red is asked about; half of them, drawn by lot, are members.
    unseen : int
        Other people, half of them ill, by whom the referee measures accuracy.
    most_people : int
        The most that blue may train on.
    floor : float
        The lower end of the accuracy must reach it.
    most_auc, most_tpr : float
        The upper ends of red's AUC, and of red's TPR at 1% FPR, must stay below.

    Examples
    --------
    >>> Rules(floor=0.7).floor
    0.7
    """

    candidates: int = 1000
    unseen: int = 4000
    most_people: int = 4000
    floor: float = 0.67
    most_auc: float = 0.64
    most_tpr: float = 0.10

    def __post_init__(self):
        v.integer("candidates", self.candidates, low=100)
        v.integer("unseen", self.unseen, low=100)
        for name in ("candidates", "unseen"):
            if getattr(self, name) % 2:
                v.fail(name, getattr(self, name), "must be even: half are members, half are ill")
        v.integer("most_people", self.most_people, low=self.candidates // 2)
        v.number("floor", self.floor, low=0, high=1)
        v.number("most_auc", self.most_auc, low=0.5, high=1)
        v.number("most_tpr", self.most_tpr, low=0, high=1)


@dataclass(frozen=True, kw_only=True)
class Defense:
    """Blue's settings: what the model learns from, how it is trained, how it answers. The defaults do nothing.

    Parameters
    ----------
    people : int
        How many are in the training table, half of them ill or so; the members among the candidates always are.
    epochs : int
    weight_decay : float
    epsilon : float, optional
        Train by DP-SGD with this epsilon for a record, at delta 1e-5.
    answers : str
        What the answers go through, as `leaklab keys add --hardening` takes it: ``"rounded=1"``, ``"labels"``,
        ``"noisy=0.2"``.
    budget : int, optional
        Questions that red may ask; at least one for each candidate, and without end when left out.

    Examples
    --------
    >>> Defense(people=4000, epochs=6, answers="labels").recipe().epochs
    6
    """

    people: int = 500
    epochs: int = 50
    weight_decay: float = 0.0
    epsilon: float | None = None
    answers: str = ""
    budget: int | None = None

    def __post_init__(self):
        v.integer("people", self.people, low=BATCH)
        v.integer("epochs", self.epochs, high=500)
        v.number("weight_decay", self.weight_decay, low=0)
        parse_hardening(self.answers)
        if self.epsilon is not None:
            v.number("epsilon", self.epsilon, low=0, open_low=True)
            if self.weight_decay:
                v.fail("weight_decay", self.weight_decay, "is not supported together with epsilon", "Choose one.")
        if self.budget is not None:
            v.integer("budget", self.budget)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Defense":
        """From settings by name, such as those that a server tells."""
        names = [field.name for field in fields(cls)]
        if unknown := [name for name in given if name not in names]:
            v.fail("defense", unknown[0], f"must name settings: {', '.join(names)}")
        return cls(**given)

    def check(self, rules: Rules) -> None:
        """Refuse what the rules do not allow."""
        v.integer("people", self.people, low=rules.candidates // 2, high=rules.most_people,
                  remedy="The members among the candidates are always in the table.")
        if self.budget is not None:
            v.integer("budget", self.budget, low=rules.candidates, remedy="One question for each candidate.")

    def recipe(self) -> MLP:
        """How the model is trained: two hidden layers of 64, as in lesson 03."""
        if self.epsilon is None:
            return MLP(hidden=(64, 64), epochs=self.epochs, batch_size=BATCH, weight_decay=self.weight_decay)
        plan = Batches.over_epochs(self.people, size=BATCH, epochs=self.epochs)
        return MLP(hidden=(64, 64), learning_rate=PRIVATE_RATE,
                   dp=DPSGD.for_epsilon(self.epsilon, plan, delta=DELTA))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


BLUES = {"I rounded": Defense(answers="rounded=1"),
         "II decayed": Defense(weight_decay=0.02),
         "III noisy": Defense(weight_decay=0.02, answers="noisy=0.2")}
"""Three prepared blues: each needs a better red than the one before."""
