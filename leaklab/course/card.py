"""The card of one person: picked from a group, and judged with so many shadow models."""

from collections.abc import Mapping

import numpy as np

from leaklab import _validate as v
from leaklab.course.person import Evidence, Trial
from leaklab.experiments.turns import Turns
from leaklab.metrics import Verdicts, exposure

SHADOWS = (8, 12, 16, 24, 32, 48, 64)
START = 16
"""Shadow models at first. In lesson 04, of 36 unexpectedly ill members "member" is said of 2 with 8 of them, of 11 with
16, of 21 with 24, of 28 with 64: from here on most verdicts turn."""


class Card:
    """Whom one looks at, and how many shadow models the attacker has.

    Parameters
    ----------
    turns : Turns
        The first model is under attack; the others are its shadow models.
    groups : mapping of str to bool array (people,)
        Whom one can pick from: `Turns.people`, whose outcome is that of their first record.
    rng : int or numpy.random.Generator
        Decides who is picked; at first somebody of the first group, if there is one, of whom "member" is said with one
        step more than `START` shadow models and all beyond, and not with fewer.

    Attributes
    ----------
    group, row : str, int
        Who is picked: a place among the people.
    shadows : int
        One of ``counts``.
    told : bool
        Whether the truth about the person is told: see `tell`.
    found, marked : Exposure, bool (people,)
        How all the models in turn expose everybody, and who is shown to be exposed.
    """

    def __init__(self, turns: Turns, groups: Mapping[str, np.ndarray], *, rng):
        self.groups = {name: np.flatnonzero(v.mask(name, mask, (len(turns.first),))) for name, mask in groups.items()}
        for name, rows in self.groups.items():
            if not len(rows):
                v.fail("groups", name, "must not be empty")
        self.trial, self._label, self._classes = Trial(turns), turns.label[turns.first], turns.classes
        self.counts = [count for count in SHADOWS if count <= self.trial.most]
        if not self.counts:
            v.fail("turns", len(turns.trained_on), f"must hold at least {SHADOWS[0] + 1} models")
        self.found = exposure(*turns.by_person(turns.scores("LiRA")))
        self.marked = self.found.exposed()
        self.shadows = START if START in self.counts else self.counts[0]
        self._rng = v.generator(rng)
        self.group, self.told = next(iter(self.groups)), False
        rows = self.groups[self.group]
        turning = rows[self._turning()[rows]]
        self.row = int(self._rng.choice(turning if len(turning) else rows))

    def pick(self, group: str) -> None:
        """Choose somebody of a group at random."""
        self.group = v.one_of("group", group, self.groups)
        self.row, self.told = int(self._rng.choice(self.groups[group])), False

    def tell(self) -> None:
        """Tell the truth about this person, until the next is picked."""
        self.told = True

    def use(self, shadows: int) -> None:
        """Give the attacker so many shadow models."""
        self.shadows = v.one_of("shadows", shadows, self.counts)

    @property
    def outcome(self) -> str:
        """The person's true outcome: the class's name, or its number where the names are not known."""
        label = int(self._label[self.row])
        return str(self._classes[label] if self._classes else label)

    def person(self, shadows: int | None = None) -> Evidence:
        """What the attacker finds of the person, with another number of shadow models where one is given."""
        return self.trial.person(self.row, shadows=shadows or self.shadows)

    def verdicts(self) -> Verdicts:
        """Right and wrong verdicts on everybody, with so many shadow models."""
        return self.trial.verdicts(self.shadows)

    def _turning(self) -> np.ndarray:
        """Members (of all people) whom the attacker recognizes from the next number of shadow models on."""
        said = np.array([scores > threshold for scores, threshold in map(self.trial.scores, self.counts)])
        fewer = np.array(self.counts) <= self.shadows
        return self.trial.trained_on[0] & ~said[fewer].any(axis=0) & said[~fewer].all(axis=0) & (not fewer.all())
