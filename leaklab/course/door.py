"""Before the face lock: somebody stands at the door, and may be enrolled, recognized and erased."""

from functools import cached_property

import numpy as np

from leaklab import _validate as v
from leaklab.course.gallery import FaceLock, LockRates, Match
from leaklab.data import Faces
from leaklab.metrics import Interval
from leaklab.models import Embedding
from leaklab.training import Recipe


class Door:
    """A lock with a gallery, and visitors of whom one stands at the door.

    Parameters
    ----------
    lock : FaceLock
    visitors : Faces
        People whom the network was not trained on.
    photographs : int
        Of each so many are there to be enrolled with; the rest are shown at the door.
    rng : int or numpy.random.Generator
        Which photographs.

    Attributes
    ----------
    person, turn : int
        Who stands at the door, and the number of their photograph.
    asked : bool
        Whether the lock was asked who that is.
    """

    def __init__(self, lock: FaceLock, visitors: Faces, *, photographs: int = 5, rng):
        self.lock, self.visitors, self.names = lock, visitors, visitors.names
        if len(set(self.names)) < len(self.names):
            v.fail("visitors", visitors, "must have names that are all different")
        self.photographs = photographs
        self.known, self.shown = visitors.split_photographs(photographs, rng=rng)
        self._vectors = lock.embedding(self.shown.images)
        self.before = lock.embedding.digest
        self.come(self.names[0])

    @classmethod
    def of(cls, faces: Faces, recipe: Recipe, *, visitors: int = 20, choosing: int = 12, false_accept: float = 0.01,
           photographs: int = 5, rng, progress: v.Progress | None = None) -> "Door":
        """Train the lock's network on some of the people, choose its threshold on others, and let the rest visit.

        Parameters
        ----------
        faces : Faces
        recipe : Recipe
            How the network is trained, with hidden layers.
        visitors, choosing : int
            How many people may come to the door, and how many the threshold is chosen on; the others train the network.
        false_accept, photographs
            See `FaceLock`.
        """
        rng = v.generator(rng)
        v.integer("visitors", visitors, high=faces.people - 5, remedy="Two people must train it, three choose.")
        v.integer("choosing", choosing, low=3, high=faces.people - visitors - 2, remedy="Two people must train it.")
        private, public = faces.split_people(visitors, rng=rng)
        deciding, trained = public.split_people(choosing, rng=rng)
        model = recipe.fit(trained.images, trained.person, rng=rng, progress=progress)
        lock = FaceLock(Embedding(model), deciding, false_accept=false_accept, photographs=photographs, rng=rng)
        return cls(lock, private, photographs=photographs, rng=rng)

    @property
    def name(self) -> str:
        """Who stands at the door."""
        return self.names[self.person]

    @property
    def image(self) -> np.ndarray:
        """The photograph that the camera takes of them, (height, width)."""
        return self.shown.images[self._row]

    @property
    def _row(self) -> int:
        rows = np.flatnonzero(self.shown.person == self.person)
        return int(rows[self.turn % len(rows)])

    @property
    def enrolled(self) -> bool:
        """Whether the one at the door is enrolled."""
        return self.name in self.lock.names

    @property
    def similarities(self) -> dict[str, float]:
        """Of the photograph to everybody enrolled."""
        return self.lock.compare(self._vectors[self._row])

    @property
    def match(self) -> Match | None:
        """What the lock, once asked, makes of the visitor, as the gallery is now."""
        return self.lock.match(self.similarities) if self.asked else None

    @cached_property
    def rates(self) -> LockRates:
        """How the lock treats its visitors, one half of them enrolled, at its threshold; measured once."""
        return self.lock.rates(self.visitors, photographs=self.photographs, rng=0)

    @property
    def theft(self) -> Interval | None:
        """AUC of a thief of the gallery who has a photograph of every visitor: who is enrolled?

        None as long as not two of either kind are there to tell apart.
        """
        enrolled = np.isin(self.names, self.lock.names)
        if min(enrolled.sum(), (~enrolled).sum()) < 2:
            return None
        first = np.unique(self.shown.person, return_index=True)[1]
        return self.lock.membership(self.shown.images[first], enrolled)

    @property
    def untouched(self) -> bool:
        """Whether the network is, byte for byte, what it was before anybody was enrolled or erased here."""
        return self.lock.embedding.digest == self.before

    def come(self, name: str) -> None:
        """Somebody else comes to the door."""
        self.person = self.names.index(v.one_of("name", name, self.names))
        self.turn, self.asked = 0, False

    def another(self) -> None:
        """The camera takes another photograph of the same person."""
        self.turn += 1

    def enroll(self) -> None:
        """Put the one at the door into the gallery, by photographs other than those shown."""
        self.lock.enroll(self.name, self.known.images[self.known.person == self.person])

    def enroll_others(self) -> None:
        """Put everybody but the one at the door into the gallery who is not in it yet."""
        for person, name in enumerate(self.names):
            if person != self.person and name not in self.lock.names:
                self.lock.enroll(name, self.known.images[self.known.person == person])

    def recognize(self) -> Match:
        """Ask the lock who stands there."""
        self.asked = True
        return self.lock.match(self.similarities)

    def erase(self) -> None:
        """Take the one at the door out of the gallery."""
        self.lock.erase(self.name)
