"""Measured against promised: somebody's bare promise, and what scores say to it."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.audit.onerun import OneRun, one_run
from leaklab.audit.scores import Measured, epsilon_lower_bound
from leaklab.privacy import Guarantee
from leaklab.privacy.batches import UNITS
from leaklab.privacy.release import group_promise


@dataclass(frozen=True)
class Promise:
    """An (epsilon, delta) that somebody states, without the plan that would let an accountant check it.

    Parameters
    ----------
    epsilon, delta : float
    says : str
        Who states it.
    unit : {"record", "person"}
        Who may be in or out: it is taken to be about adding or removing one.

    Examples
    --------
    >>> print(Promise(3, 1e-5, says="its owner"))
    epsilon = 3.00 at delta = 1e-05, says its owner (neighbours: add or remove one record)
    """

    epsilon: float
    delta: float
    says: str = ""
    unit: str = "record"

    def __post_init__(self):
        v.number("epsilon", self.epsilon, low=0)
        v.number("delta", self.delta, low=0, high=1, open_high=True)
        v.one_of("unit", self.unit, UNITS)

    def for_groups_of(self, k: int) -> "Promise":
        """What it says of ``k`` units together: k epsilon, at delta (e^(k epsilon) - 1) / (e^epsilon - 1).

        Vadhan 2017, lemma 2.2. Refused where that delta is 1 or more: then nothing is said.

        >>> print(Promise(1, 1e-5).for_groups_of(3))
        epsilon = 3.00 at delta = 0.000111 (neighbours: add or remove one record)
        """
        epsilon, delta = group_promise(self.epsilon, self.delta, k)
        return replace(self, epsilon=epsilon, delta=delta)

    def __str__(self):
        says = f", says {self.says}" if self.says else ""
        return (f"epsilon = {self.epsilon:.2f} at delta = {self.delta:.3g}{says} (neighbours: add or remove one "
                f"{self.unit})")


@dataclass(frozen=True, eq=False)
class AuditResult:
    """Measured against promised.

    Attributes
    ----------
    measured : Measured or OneRun
        The lower bound, with its counts.
    promised : Guarantee or Promise
        What is promised to one unit: one record, or one person.
    scores, member : array (models, canaries)
        The adversary's score of each canary in each model, and whether it was in.
    group : int
        Units that a canary consists of: in or out together.
    """

    measured: Measured | OneRun
    promised: Guarantee | Promise
    scores: np.ndarray
    member: np.ndarray
    group: int = 1
    __repr__ = summary

    @property
    def epsilon(self) -> float:
        """The proven lower bound."""
        return self.measured.epsilon.low if isinstance(self.measured, Measured) else self.measured.low

    @cached_property
    def owed(self) -> Guarantee | Promise:
        """What is promised to the canary as a whole: to all units of the group together."""
        return self.promised.for_groups_of(self.group)

    @property
    def caught(self) -> bool:
        """Whether more was measured than promised: then the promise is broken, at the stated confidence."""
        return self.epsilon > self.owed.epsilon

    @cached_property
    def most(self) -> float:
        """The largest epsilon that this many models (or guesses) could have proven, without a single error."""
        return self.measured.most

    @property
    def could_refute(self) -> bool:
        """Whether this audit was large enough to refute the promise at all."""
        return self.most > self.owed.epsilon

    def __str__(self) -> str:
        unit = unit_of(self.promised)
        promised = f"promised: {self.owed.epsilon:.2f}"
        if self.group > 1:
            promised = (f"promised to one {unit}: {self.promised.epsilon:.2f}, to the {self.group} {UNITS[unit]} of "
                        f"the canary together: {self.owed.epsilon:.2f}")
        text = f"{self.measured}; {promised}{': BROKEN' if self.caught else ''}; provable at most: {self.most:.2f}"
        if not self.could_refute:
            text += ", so nothing could have refuted this promise: the audit is too small"
        if self.promised.epsilon < self.epsilon <= self.owed.epsilon:
            text += (f". Above the promise to one {unit}, which is not broken: it does not speak of {self.group} "
                     f"{UNITS[unit]} that are in or out together")
        return text


def hold(promised: Guarantee | Promise, scores, member, *, group: int = 1, guesses: int | None = None,
         confidence: float = 0.95, method: str = "clopper-pearson", rng=None) -> AuditResult:
    """Hold a promise against the scores of any attack.

    Parameters
    ----------
    promised : Guarantee or Promise
        What is promised to one unit.
    scores, member : array (n,)
        Higher for members; and who was one. As in `epsilon_lower_bound`, each from a model of its own, or, with
        ``guesses``, as in `one_run`, all from one model.
    group : int
        Units that are in or out together, such as the records of one person.
    guesses : int, optional
        For scores of one model: how many guesses they are turned into.
    confidence, method : float, str
        See `epsilon_from_counts`; one run has a method of its own.
    rng : int or numpy.random.Generator
        Draws the half that chooses the threshold; needed unless ``guesses`` is given.

    Raises
    ------
    ValueError
        On scores that are not numbers, or (``Refused``) all equal: who sees nothing refutes nothing.

    Examples
    --------
    >>> member = np.arange(4000) < 2000
    >>> scores = np.random.default_rng(0).normal(size=4000) + 5 * member  # of some attack on 4,000 models
    >>> result = hold(Promise(3, 1e-5, says="its owner"), scores, member, rng=0)
    >>> result.caught, result.could_refute
    (True, True)
    """
    if not isinstance(promised, Guarantee | Promise):
        v.fail("promised", promised, "must be a Guarantee or a Promise",
               "For example Promise(3, 1e-5, says='its owner').")
    delta = promised.for_groups_of(group).delta
    measured: Measured | OneRun
    if guesses is not None:
        measured = one_run(scores, member, guesses=guesses, delta=delta, confidence=confidence)
    else:
        measured = epsilon_lower_bound(scores, member, delta=delta, confidence=confidence, method=method, rng=rng)
    shape = (-1, 1) if guesses is None else (1, -1)
    return AuditResult(measured, promised, np.reshape(scores, shape), np.reshape(member, shape), group)


def unit_of(promised: Guarantee | Promise) -> str:
    """Whom it protects: "record" or "person"."""
    return promised.unit if isinstance(promised, Promise) else promised.batches.unit
