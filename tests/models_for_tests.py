"""Models that more than one test asks, and an attack that an author might write."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leaklab.access import Access, Offers
from leaklab.attacks import MembershipAttack
from leaklab.models import Inputs, Model


class Labels(Model):
    """Class 1 where ``inside(x)`` is true, else 0; labels alone."""

    classes, offers = (0, 1), Offers.LABELS

    def __init__(self, inside, *shape):
        self.inside, self.inputs = inside, Inputs(shape)

    def probabilities(self, x):
        return np.eye(2)[self.inside(x).astype(int)]


def half_space(d):
    """Labels: whether the first of d coordinates is positive."""
    return Access(Labels(lambda x: x[:, 0] > 0, d))


@dataclass(frozen=True, kw_only=True)
class Margin(MembershipAttack):
    """How far the true class's answer lies above the largest of the others."""

    needs: ClassVar[Offers] = Offers.SCORES

    def run(self, access, x, y, knowledge, rng, progress):
        p = access.probabilities(x)
        others = np.where(np.arange(p.shape[1]) == y[:, None], 0, p)
        return p[np.arange(len(y)), y] - others.max(axis=1)
