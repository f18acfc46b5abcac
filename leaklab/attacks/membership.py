"""Membership inference: from a record and a model's answers to "this person was in the training data"."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leaklab import _validate as v
from leaklab.access import Access, Offers
from leaklab.attacks.base import Attack
from leaklab.attacks.floor import TINY, whole
from leaklab.attacks.shadows import Outsiders, Shadow, Shadows, wanted


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

    @property
    def guess(self) -> np.ndarray:
        """Bool (n,): the verdict on each record; refused for an attack without a threshold."""
        if not self.calibrated:
            raise v.Refused("calibrated=False: scores order the records, but nothing says where members begin. "
                            "Give the attack a shadow model.")
        return self.score > 0


@dataclass(frozen=True, kw_only=True)
class MembershipAttack(Attack):
    """Base of the membership attacks. An author of one writes `_run`."""

    def __call__(self, access: Access, x, y, *, knowledge: Shadow | Shadows | Outsiders | None = None,
                 rng=0, progress: v.Progress | None = None) -> Membership:
        """Score records.

        Parameters
        ----------
        access : Access
            The model under attack.
        x : float array (n, d)
            The records in question, as the model takes them.
        y : int array (n,)
            Their true labels, which the adversary knows.
        knowledge : Shadow, Shadows or Outsiders, optional
            What the adversary knows: a model of their own to calibrate on, or what the attack's own page names.
        rng : int or numpy.random.Generator
            The same ``rng`` gives the same scores.

        Returns
        -------
        Membership
        """
        self._check(access)
        x = v.array("x", v.by_name("x", x, access.columns))
        y = v.labels("y", y, length=len(x), classes=access.classes)
        before = access.queries
        score, threshold = self._run(access, x, y, knowledge, v.generator(rng), progress)
        calibrated = threshold is not None
        return Membership(score - threshold if calibrated else score, calibrated, access.queries - before)

    @abstractmethod
    def _run(self, access, x, y, shadow, rng, progress) -> tuple[np.ndarray, float | np.ndarray | None]:
        """Return scores (n,), higher for members, and the threshold (or one for each) of "member"; None without one."""

    def _threshold(self, shadow: Shadow | None, signal) -> float | None:
        """The best threshold of ``signal(access, x, y)`` on a shadow model; None without one."""
        if shadow is None:
            return None
        who = type(self).__name__
        shadow = wanted(who, shadow, Shadow)
        shadow.access.require(self.needs, f"{who} (on the shadow model)")
        x = v.array("shadow.x", v.by_name("shadow.x", shadow.x, shadow.access.columns))
        return best_threshold(signal(shadow.access, x, v.labels("shadow.y", shadow.y, length=len(x))),
                              np.asarray(shadow.member, bool))


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
    signal: str = "loss"
    per_class: bool = False

    def __post_init__(self):
        v.one_of("signal", self.signal, SIGNALS)

    def _run(self, access, x, y, shadow, rng, progress):
        score = self._signal(access, x, y)
        if not self.per_class:
            return score, self._threshold(shadow, self._signal)
        if shadow is None:
            v.fail("knowledge", None, "is needed for thresholds per class", "Pass knowledge=Shadow(...).")
        shadow = wanted("Threshold", shadow, Shadow)
        known, member = self._signal(shadow.access, shadow.x, shadow.y), np.asarray(shadow.member, bool)
        of_class = [best_threshold(known[shadow.y == c], member[shadow.y == c]) for c in range(access.classes)]
        return score, np.array(of_class)[y]

    def _signal(self, access, x, y):
        return SIGNALS[self.signal](access.probabilities(x), v.labels("y", y))


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
