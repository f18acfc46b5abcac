"""The patient experiment: train a susceptibility model on some patients, then ask who they were."""

from dataclasses import dataclass, replace

import numpy as np

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.access import BlackBox
from leaklab.attacks import SIGNALS, Threshold
from leaklab.data import Records
from leaklab.evaluation import accuracy
from leaklab.metrics import Rate, RocCurve, roc
from leaklab.training import MLP, Recipe

VICTIM = MLP(hidden=(64, 64), epochs=50, batch_size=64)
"""The susceptibility model."""


@dataclass(frozen=True, eq=False)
class MembershipStudy:
    """One model attacked with every threshold signal.

    Attributes
    ----------
    member_accuracy, accuracy : Rate
        Of the model: on its own patients, and on others.
    roc : dict of str to RocCurve
        For each signal, on all members and as many non-members as there are.
    """

    member_accuracy: Rate
    accuracy: Rate
    roc: dict[str, RocCurve]
    __repr__ = summary


def study(members: Records, others: Records, recipe: Recipe = VICTIM, *, rng,
          progress: v.Progress | None = None) -> MembershipStudy:
    """Train ``recipe`` on ``members`` and tell them from ``others``, with scores alone."""
    model = recipe.fit(members.x, members.label, classes=len(members.classes), rng=rng, progress=progress)
    access = BlackBox(model)
    x, y = np.concatenate([members.x, others.x]), np.concatenate([members.label, others.label])
    member = np.arange(len(x)) < len(members)
    curves = {signal: roc(Threshold(signal=signal)(access, x, y).score, member) for signal in SIGNALS}
    return MembershipStudy(accuracy(access, members.x, members.label), accuracy(access, others.x, others.label), curves)


def stopped_early(recipe: Recipe = VICTIM, epochs: int = 3) -> Recipe:
    """The same recipe with few passes over the data."""
    return replace(recipe, epochs=epochs)
