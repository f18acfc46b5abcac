"""The contract of a membership attack, as a check that its author can call."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.access import Access, Offers
from leaklab.attacks.knowledge import Outsiders, Shadow, Shadows
from leaklab.attacks.membership import Membership, MembershipAttack
from leaklab.metrics import Interval, roc
from leaklab.models import Trained

RECORDS, FEATURES, MODELS = 400, 50, 33
CHANCE = 0.999
"""Confidence of the intervals that must hold 0.5 where nobody is a member: one sound attack in a thousand fails."""


@dataclass(frozen=True, eq=False)
class Ground:
    """Where attacks are tried: overfit regressions, each on a random half of noisy records; the last is the target.

    Attributes
    ----------
    x, y : array (n, d), (n,)
        The records asked about.
    member : bool (n,)
        Who was in the target.
    shadows : Shadows
        All the other models.
    outsiders : Outsiders
    models : Trained
        Shadow models and, last, the target.
    stranger : object
        A model that never saw any of the records.
    """

    x: np.ndarray
    y: np.ndarray
    member: np.ndarray
    shadows: Shadows
    outsiders: Outsiders
    models: Trained
    stranger: Any
    __repr__ = summary

    def knowledge(self, kind: type, offers: Offers = Offers.PARAMETERS) -> Any:
        """What an adversary knows of this kind; a single shadow model gives away no more than ``offers``."""
        if kind is Shadow:
            return Shadow(Access(self.models[0], offers), self.x, self.y, self.models.trained_on[0])
        known = {type(None): None, Shadows: self.shadows, Outsiders: self.outsiders}
        if kind not in known:
            v.fail("told", kind.__name__, "is knowledge that is not to be had here", "Test the attack by hand.")
        return known[kind]


@lru_cache(maxsize=1)
def ground() -> Ground:
    """The same ground for all attacks, from a fixed seed."""
    rng = np.random.default_rng(0)
    x, y = draw(rng)
    trained_on = rng.permuted(np.arange(MODELS)[:, None].repeat(RECORDS, axis=1) < MODELS // 2, axis=0)
    models = Trained([fit(x[kept], y[kept]) for kept in trained_on], trained_on)
    shadows = Shadows([models[j] for j in range(MODELS - 1)], x, y, trained_on[:-1])
    return Ground(x, y, trained_on[-1], shadows, Outsiders(*draw(rng)), models, fit(*draw(rng)))


def draw(rng: np.random.Generator, n: int = RECORDS) -> tuple[np.ndarray, np.ndarray]:
    """Records whose label depends on the first feature and on luck."""
    x = rng.normal(size=(n, FEATURES)).astype(np.float32)
    return x, (x[:, 0] + rng.normal(size=n) > 0).astype(int)


def fit(x, y) -> LogisticRegression:
    """A model that learns its records by heart."""
    return LogisticRegression(C=0.3, max_iter=500).fit(x, y)


@dataclass(frozen=True, eq=False)
class Checked:
    """What `check_attack` found.

    Attributes
    ----------
    attack : MembershipAttack
    members : Interval
        Its AUC on a model that leaks: of who was in the training data.
    strangers : Interval
        Its AUC on a model that never saw anybody, with a 99.9% interval: it must hold 0.5.
    queries : int
        Spent on the model that leaks, for ``records`` records.
    records : int
    result : Membership
        The answer on the model that leaks.
    faults : tuple of str
        What breaks the contract, a sentence each; empty if nothing does.
    """

    attack: MembershipAttack
    members: Interval
    strangers: Interval
    queries: int
    records: int
    result: Membership
    faults: tuple[str, ...]
    __repr__ = summary

    def __str__(self) -> str:
        text = (f"{self.attack}: AUC {self.members} on a model that leaks, {self.strangers} on one that never saw "
                f"anybody; queries per record: {self.queries / self.records:.3g}. ")
        return text + (" ".join(self.faults) if self.faults else "It keeps the contract.")


def check_attack(attack: MembershipAttack, told: Any = None, *, rng=0) -> Checked:
    """Try a membership attack on a model that leaks and on one that cannot, with the least access that it declares.

    It must give every record a finite score, and members no lower ones; find nothing on a model that never saw the
    records; give the same scores for the same ``rng``; ask the access object, and count what it asks; and refuse an
    access that offers less than it ``needs`` before asking anything. An attack may keep all that and find nothing:
    see ``members``.

    Parameters
    ----------
    attack : MembershipAttack
    told : optional
        What the adversary is told: one of the attack's ``knows``, or knowledge about the records of `ground`. The first
        that it knows of, when left out.
    rng : int
        Passed on to the attack.

    Raises
    ------
    ValueError
        If the attack cannot be run: what it raises itself, too.

    Examples
    --------
    >>> from leaklab.attacks import Threshold
    >>> print(check_attack(Threshold()))  # doctest: +ELLIPSIS
    Threshold(signal='loss', per_class=False): AUC 0... on a model that leaks, 0... It keeps the contract.

    An attack with the sign the wrong way round, as is easily done with a loss:

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True, kw_only=True)
    ... class Loss(MembershipAttack):
    ...     needs = Offers.SCORES
    ...     def run(self, access, x, y, knowledge, rng, progress):
    ...         return -np.log(access.probabilities(x)[np.arange(len(y)), y])
    >>> check_attack(Loss()).faults
    ('Members score lower than the others: turn the sign.',)
    """
    if not isinstance(attack, MembershipAttack):
        v.fail("attack", attack, "must be a membership attack", "Derive it from MembershipAttack, and make one.")
    trial, kind = ground(), attack.knows[0] if told is None else told
    known = trial.knowledge(kind, attack.needs) if isinstance(kind, type) else kind
    target = Access(trial.models[MODELS - 1], attack.needs)

    def run(access: Access) -> Membership:
        return attack(access, trial.x, trial.y, knowledge=known, rng=v.integer("rng", rng, low=0))

    first, spent = run(target), target.queries
    _check_scores(attack, first.score)
    second = run(target)
    coin = np.random.default_rng(5).random(RECORDS) < 0.5
    stranger = run(Access(trial.stranger, attack.needs)).score
    members, strangers = roc(first.score, trial.member).auc, roc(stranger, coin, confidence=CHANCE).auc
    broken = {
        "Members score lower than the others: turn the sign.": members.high < 0.5,
        "It finds members in a model that never saw anybody.": not strangers.low <= 0.5 <= strangers.high,
        "The same rng gives other scores: draw from rng alone.": not np.array_equal(first.score, second.score),
        "Its queries are not counted: it must ask the access object, and never reach past it.":
            not 0 < spent == first.queries == target.queries - second.queries,
        "It runs with less access than it needs.": not _refuses(run, trial, attack.needs),
    }
    return Checked(attack, members, strangers, spent, RECORDS, first, tuple(word for word, so in broken.items() if so))


def _check_scores(attack: MembershipAttack, score: np.ndarray) -> None:
    if np.shape(score) != (RECORDS,):
        raise ValueError(f"{attack} gave scores of shape {np.shape(score)}: must be ({RECORDS},), one for each record.")
    v.array("score", score, ndim=1, dtype=np.float64, remedy="Put a floor under what a logarithm is taken of.")


def _refuses(run, trial: Ground, needs: Offers) -> bool:
    """Whether the attack refuses the next lower access, unasked; there is none below labels."""
    if needs == Offers.LABELS:
        return True
    access = Access(trial.stranger, Offers(needs - 1))
    try:
        run(access)
    except v.Refused:
        return access.queries == 0
    return False
