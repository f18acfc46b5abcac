"""What one noisy answer promises, and what all mechanisms have in common: they release, and state their guarantee."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from dp_accounting.pld import privacy_loss_distribution as pld
from dp_accounting.pld.common import DifferentialPrivacyParameters

from leaklab import _validate as v
from leaklab.privacy.accounting import GRID
from leaklab.privacy.batches import UNITS
from leaklab.privacy.guarantee import belief

CHANGES = {"add or remove": "add or remove one {unit}", "replace": "replace one {unit} by another"}
"""Which two inputs are neighbours."""
FLOATS = "noise is drawn as floating-point numbers, whose last digits can tell more (Mironov 2012): round them off"


@dataclass(frozen=True)
class ReleaseGuarantee:
    """The (epsilon, delta)-differential privacy of what a mechanism releases.

    Parameters
    ----------
    epsilon : float in [0, inf]
        For all neighbouring inputs x, x' and all sets S of outputs: P[M(x) in S] <= e^epsilon P[M(x') in S] + delta.
    delta : float in [0, 1)
    unit : {"record", "person"}
        Whom it protects.
    change : {"add or remove", "replace"}
        Which inputs are neighbours; a key of ``CHANGES``.
    accountant : str
        How the numbers were found.
    caveats : tuple of str
        What the promise does not cover, a sentence each.

    Examples
    --------
    >>> print(ReleaseGuarantee(1.0))
    epsilon = 1.00 at delta = 0 (neighbours: add or remove one record; exact)
    """

    epsilon: float
    delta: float = 0.0
    unit: str = "record"
    change: str = "add or remove"
    accountant: str = "exact"
    caveats: tuple[str, ...] = ()

    def __post_init__(self):
        object.__setattr__(self, "epsilon", check_epsilon(self.epsilon))
        v.number("delta", self.delta, low=0, high=1, open_high=True)
        check_neighbours(self.unit, self.change)

    @property
    def neighbours(self) -> str:
        """Which two inputs the guarantee compares."""
        return CHANGES[self.change].format(unit=self.unit)

    def belief(self, prior: float) -> float:
        """The most that anybody may come to believe of a unit, delta aside; see `leaklab.privacy.belief`."""
        return belief(prior, self.epsilon)

    def tpr_at(self, fpr: float) -> float:
        """The highest TPR at this FPR of anybody who tells two neighbours apart (Kairouz and others 2015, theorem 2.1).

        >>> round(ReleaseGuarantee(1.0).tpr_at(0.01), 3)
        0.027
        """
        fpr = v.number("fpr", fpr, low=0, high=1)
        if self.epsilon == np.inf:
            return 1.0
        below = np.exp(min(self.epsilon, 700)) * fpr + self.delta
        return float(np.clip(min(below, 1 - np.exp(-self.epsilon) * (1 - self.delta - fpr)), fpr, 1))

    def for_groups_of(self, k: int) -> "ReleaseGuarantee":
        """What the same release promises to ``k`` units together, such as a family: see `group_promise`.

        >>> ReleaseGuarantee(0.5).for_groups_of(4).epsilon
        2.0
        """
        epsilon, delta = group_promise(self.epsilon, self.delta, k)
        return self if k == 1 else replace(self, epsilon=epsilon, delta=delta, caveats=(
            *self.caveats, f"epsilon and delta are those of {k} units that change together"))

    def __str__(self):
        text = (f"epsilon = {self.epsilon:.2f} at delta = {self.delta:.3g} (neighbours: {self.neighbours}; "
                f"{self.accountant})")
        return text + "".join(f"\n  Caveat: {caveat}." for caveat in self.caveats)


class Mechanism(ABC):
    """Something that answers about secrets with noise, and states what that guarantees.

    An author writes `release` and `guarantee`. Whoever knows the distribution of its privacy loss overrides `losses`
    too: then its composition with others is accounted more sharply.
    """

    @abstractmethod
    def release(self, value: Any, *, rng) -> Any:
        """One noisy answer; each call is independent of all others, given ``rng``."""

    @property
    @abstractmethod
    def guarantee(self) -> ReleaseGuarantee:
        """What one release promises."""

    def losses(self) -> pld.PrivacyLossDistribution:
        """The worst case of the privacy loss, rounded upwards; by default all that epsilon and delta allow.

        Raises
        ------
        ValueError
            (``Refused``) where epsilon is infinite.
        """
        promise = self.guarantee
        if promise.epsilon == np.inf:
            raise v.Refused("epsilon=inf: without noise the privacy loss has no bound, and no distribution of use. "
                            "Leave that mechanism out, or compose with accountant='basic composition'.")
        return pld.from_privacy_parameters(DifferentialPrivacyParameters(promise.epsilon, promise.delta), GRID)

    def delta_at(self, epsilon: float) -> float:
        """The delta that the same mechanism keeps at another epsilon."""
        epsilon = v.number("epsilon", epsilon, low=0)
        return float(self.losses().get_delta_for_epsilon(epsilon))


def group_promise(epsilon: float, delta: float, k: int) -> tuple[float, float]:
    """Epsilon and delta for ``k`` units together: k epsilon, at delta (e^(k epsilon) - 1) / (e^epsilon - 1).

    Vadhan 2017, lemma 2.2. Refused where that delta is 1 or more: then nothing is promised.

    >>> group_promise(1.0, 0.0, 3)
    (3.0, 0.0)
    """
    k = v.integer("k", k)
    with np.errstate(over="ignore", invalid="ignore"):
        together = delta * float(np.exp(epsilon * np.arange(k)).sum()) if delta else 0.0
    if not together < 1:
        raise v.Refused(f"k={k}: epsilon {epsilon:g} at delta {delta:g} promises nothing to so many together. Take "
                        "fewer, or a Guarantee, which knows its plan.")
    return k * epsilon, together


def check_epsilon(epsilon: Any) -> float:
    """An epsilon in [0, inf]; infinity stands for no noise at all."""
    if isinstance(epsilon, float) and epsilon == np.inf:
        return float("inf")
    return v.number("epsilon", epsilon, low=0, remedy='Or float("inf"), for no noise.')


def check_neighbours(unit: Any, change: Any) -> None:
    """Refuse a unit or a change that nobody has defined."""
    v.one_of("unit", unit, UNITS)
    v.one_of("change", change, CHANGES)
