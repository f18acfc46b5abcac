"""Membership inference: from a record and a model's answers to "this person was in the training data"."""

from abc import abstractmethod
from dataclasses import dataclass
from types import NoneType
from typing import Any, ClassVar, final

import numpy as np

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.access import Access, Offers
from leaklab.attacks.base import Attack
from leaklab.attacks.floor import TINY, whole
from leaklab.attacks.knowledge import Shadow


@dataclass(frozen=True, eq=False)
class Membership:
    """What a membership attack says of each record.

    Attributes
    ----------
    score : float (n,)
        Higher = more likely a member. Where the attack was calibrated, above 0 = "member".
    calibrated : bool
        Whether 0 is a threshold learned from what the adversary knows, never from the answer.
    queries : int
        Queries spent on the model under attack.
    """

    score: np.ndarray
    calibrated: bool
    queries: int
    __repr__ = summary

    @property
    def guess(self) -> np.ndarray:
        """Bool (n,): the verdict on each record; refused for an attack without a threshold."""
        if not self.calibrated:
            raise v.Refused("calibrated=False: scores order the records, but nothing says where members begin. "
                            "Give the attack a shadow model.")
        return self.score > 0


@dataclass(frozen=True, kw_only=True)
class MembershipAttack(Attack):
    """Base of the membership attacks: ``attack(access, x, y, knowledge=..., rng=..., progress=...)``.

    ``x`` are the records in question (n, ...), as the model takes them, a DataFrame where it takes one; ``y`` their
    true labels (n,), of the kind in ``access.classes``, which the adversary knows. An author of an attack writes `run`.

    Examples
    --------
    >>> from leaklab.access import BlackBox
    >>> @dataclass(frozen=True, kw_only=True)
    ... class Margin(MembershipAttack):
    ...     needs = Offers.SCORES
    ...     def run(self, access, x, y, knowledge, rng, progress):
    ...         p = np.sort(access.probabilities(x), axis=1)
    ...         return p[:, -1] - p[:, -2]
    >>> access = BlackBox(lambda x: np.tile([0.75, 0.25], (len(x), 1)), inputs=(1,), classes=("ill", "well"))
    >>> Margin()(access, [[0.0], [1.0]], ["ill", "well"])
    Membership
      score       float64 (2,), all 0.5
      calibrated  False
      queries     2
    """

    @final
    def target(self, access, x, y):
        x = access.inputs.check(x)
        return x, access.encode(y, length=len(x))

    @abstractmethod
    def run(self, access: Access, x: Any, y: np.ndarray, knowledge: Any, rng: np.random.Generator,
            progress: v.Progress | None) -> Any:
        """Return scores (n,), higher for members; or scores and the threshold of "member", or one for each.

        ``y`` are columns of the answers, whatever the labels are.
        """

    @final
    def wrap(self, result):
        score, threshold = result if isinstance(result, tuple) else (result, None)
        return Membership(score if threshold is None else score - threshold, threshold is not None, 0)


def threshold_on(attack: MembershipAttack, shadow: Shadow | None, signal) -> float | None:
    """The best threshold of ``signal(access, x, y)`` on a shadow model; None without one."""
    if shadow is None:
        return None
    shadow.access.require(attack.needs, f"{type(attack).__name__} (on the shadow model)")
    return best_threshold(signal(shadow.access, shadow.x, shadow.column), shadow.member)


def loss(p: np.ndarray, y: np.ndarray, floor: float = TINY) -> np.ndarray:
    """Logarithm of the true class's probability, minus the loss (Yeom et al. 2018)."""
    return np.log(_at(p, y, floor))


def confidence(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The largest probability, whatever the true class (Salem et al. 2019)."""
    return p.max(axis=1)


def entropy(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Minus the entropy of the answer: sum of p log p (Shokri et al. 2017)."""
    return (p * np.log(np.maximum(p, TINY))).sum(axis=1)


def modified_entropy(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Minus the modified entropy (Song and Mittal 2021, equation 6): certain *and right* scores highest.

    (1 - p_y) log p_y + sum over the other classes i of p_i log(1 - p_i).

    >>> modified_entropy(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([1, 0])) > -1e-9
    array([ True,  True])
    """
    true = _at(p, y)
    others = p * np.log(np.maximum(1 - p, TINY))
    others[np.arange(len(y)), y] = 0
    return (1 - true) * np.log(true) + others.sum(axis=1)


SIGNALS = {"loss": loss, "confidence": confidence, "entropy": entropy, "modified_entropy": modified_entropy}


@dataclass(frozen=True, kw_only=True)
class Threshold(MembershipAttack):
    """Models are surer of what they were trained on: members are the records whose signal is high.

    Parameters
    ----------
    signal : {"loss", "confidence", "entropy", "modified_entropy"}
        How sure the model is of a record; each turned so that it is higher for members.
    per_class : bool
        A threshold for every class (Song and Mittal 2021) instead of one; needs a shadow model.
    """

    needs: ClassVar[Offers] = Offers.SCORES
    knows: ClassVar[tuple[type, ...]] = (NoneType, Shadow)
    signal: str = "loss"
    per_class: bool = False

    def __post_init__(self):
        v.one_of("signal", self.signal, SIGNALS)

    def run(self, access, x, y, knowledge, rng, progress):
        score = self._signal(access, x, y)
        if not self.per_class:
            return score, threshold_on(self, knowledge, self._signal)
        if knowledge is None:
            v.fail("knowledge", None, "is needed for thresholds per class", "Pass knowledge=Shadow(...).")
        known = self._signal(knowledge.access, knowledge.x, knowledge.column)
        of_class = [best_threshold(known[knowledge.column == c], knowledge.member[knowledge.column == c])
                    for c in range(len(access.classes))]
        return score, np.array(of_class)[y]

    def _signal(self, access, x, y):
        return SIGNALS[self.signal](access.probabilities(x), y)


def best_threshold(signal: np.ndarray, member: np.ndarray) -> float:
    """The threshold of greatest balanced accuracy: midway between two neighbouring signals, or beyond all.

    >>> best_threshold(np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True]))
    0.5
    """
    if member.all() or not member.any():
        v.fail("member", member, "must hold members and non-members (of every class, for thresholds per class)")
    order = np.argsort(signal, kind="stable")
    s, m = signal[order], member[order]
    gain = np.cumsum(np.where(m, -1 / m.sum(), 1 / (~m).sum()))  # advantage of calling all above this one members
    gain[:-1][s[1:] == s[:-1]] = -np.inf  # a threshold cannot part equal signals
    best = int(np.argmax(gain))
    return float((s[best] + s[best + 1]) / 2) if best + 1 < len(s) else float(np.nextafter(s[-1], np.inf))


def _at(p: np.ndarray, y: np.ndarray, floor: float = TINY) -> np.ndarray:
    return np.maximum(whole(p)[np.arange(len(y)), y], floor)
