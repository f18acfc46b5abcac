"""The card of one person: picked from a group, and judged with so many shadow models."""

from collections.abc import Mapping

import numpy as np

from leaklab import _validate as v
from leaklab.course.person import Evidence, Trial
from leaklab.experiments.turns import Turns
from leaklab.metrics import Verdicts, exposure

SHADOWS = (8, 12, 16, 24, 32, 48, 64)


class Card:
    """Whom one looks at, and how many shadow models the attacker has.

    Parameters
    ----------
    turns : Turns
        The first model is under attack; the others are its shadow models.
    groups : mapping of str to bool array (people,)
        Whom one can pick from: `Turns.people`, whose outcome is that of their first record.
    rng : int or numpy.random.Generator
        Decides who is picked.

    Attributes
    ----------
    group, row : str, int
        Who is picked: a place among the people.
    shadows : int
        One of ``counts``.
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
        self.shadows = self.counts[-1]
        self._rng = v.generator(rng)
        self.pick(next(iter(self.groups)))

    def pick(self, group: str) -> None:
        """Choose somebody of a group at random."""
        self.group = v.one_of("group", group, self.groups)
        self.row = int(self._rng.choice(self.groups[group]))

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
