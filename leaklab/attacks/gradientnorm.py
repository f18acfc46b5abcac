"""The gradient norm: what a model was trained on, it has little left to learn from."""

from dataclasses import dataclass
from types import NoneType
from typing import ClassVar

import numpy as np

from leaklab.access import Offers
from leaklab.attacks.knowledge import Shadow
from leaklab.attacks.membership import MembershipAttack, threshold_on


@dataclass(frozen=True, kw_only=True)
class GradientNorm(MembershipAttack):
    """Minus the norm of the loss's gradient by the parameters (Nasr, Shokri and Houmansadr 2019).

    The scores are minus the *logarithm* of the norm: the same order, and steadier thresholds. ``knowledge=Shadow(...)``
    over a white box calibrates the verdict.
    """

    needs: ClassVar[Offers] = Offers.PARAMETERS
    knows: ClassVar[tuple[type, ...]] = (NoneType, Shadow)

    def run(self, access, x, y, knowledge, rng, progress):
        return _signal(access, x, y), threshold_on(self, knowledge, _signal)


def _signal(access, x, y) -> np.ndarray:
    return -np.log(np.maximum(access.loss_gradient_norm(x, y), 1e-30))
