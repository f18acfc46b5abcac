"""A face lock whose network knows nobody: who may pass stands in a gallery of templates, and can be erased from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.stats import t as student_t

from leaklab import _validate as v
from leaklab.data import Faces
from leaklab.metrics import Interval, Rate, auc
from leaklab.metrics.curves import logit_interval
from leaklab.models import Embedding, Gallery


class Match(NamedTuple):
    """Whom the lock takes a visitor for (None: nobody), and the similarity to the most similar of the gallery."""

    name: str | None
    similarity: float


@dataclass(frozen=True)
class LockRates:
    """How a lock treats people whom neither its network nor its threshold has seen.

    Attributes
    ----------
    true_accept : Rate
        Enrolled people who were let in by their own name; each showed one new photograph.
    false_accept : Rate
        Strangers who were let in, by any name; each showed one photograph, to the whole gallery.
    enrolled : int
        Size of the gallery.
    """

    true_accept: Rate
    false_accept: Rate
    enrolled: int


class FaceLock:
    """A door that opens for people in a gallery: whoever is similar enough to one of them passes.

    The network was trained on other people, and stays as it is whoever is enrolled or erased.

    Parameters
    ----------
    embedding : Embedding
        Of a network that was trained on people who never come to the door.
    choosing : Faces
        People to choose the threshold on, at least three. Not those the network was trained on: it keeps these further
        apart than it keeps other people, and the threshold would be too low.
    false_accept : float in (0, 1)
        At most so often one of these people is taken for one other of them.
    photographs : int
        Of each of them so many are enrolled; each of the rest visits once.
    rng : int or numpy.random.Generator
        Which photographs.

    Attributes
    ----------
    gallery : leaklab.models.Gallery
        Who may pass.
    threshold : float
        A visitor passes whose similarity, the cosine of the angle, is above.
    chosen : Interval
        How often one of the choosing people passes for one other, with an interval for other people like them: a
        jackknife over people (Arvesen 1969), since comparisons that share a person are not independent.
    """

    def __init__(self, embedding: Embedding, choosing: Faces, *, false_accept: float = 0.01, photographs: int = 5,
                 rng):
        self.embedding, self.gallery = embedding, Gallery(embedding)
        self.false_accept = v.number("false_accept", false_accept, low=0, high=1, open_low=True, open_high=True)
        if choosing.people < 3:
            v.fail("choosing", choosing, "must hold at least three people")
        enrolled, visits = choosing.split_photographs(photographs, rng=rng)
        similar = Gallery(embedding).enroll_all(_numbers(choosing), enrolled.images, enrolled.person).similarities(
            visits.images)
        other = visits.person[:, None] != np.arange(choosing.people)
        ranked = np.sort(similar[other])
        self.threshold = float(ranked[-1 - int(self.false_accept * len(ranked))])
        self.chosen = _crossed((similar > self.threshold) & other, other, visits.person)

    @property
    def names(self) -> tuple[str, ...]:
        """Who is enrolled, in the order of enrolment."""
        return self.gallery.names

    def enroll(self, name: str, images) -> None:
        """Let somebody pass from now on, by photographs (n, height, width) of theirs; the photographs are not kept."""
        self.gallery = self.gallery.enroll(name, images)

    def erase(self, name: str) -> None:
        """Let somebody pass no more: their template is deleted, and nothing else held anything of them."""
        self.gallery = self.gallery.erase(name)

    def similarities(self, image) -> dict[str, float]:
        """The similarity of one photograph (height, width) to everybody enrolled, in [-1, 1]."""
        return self.compare(self.embedding(np.asarray(image)[None])[0])

    def compare(self, vector: np.ndarray) -> dict[str, float]:
        """The similarity of an embedding (width,) to everybody enrolled, in [-1, 1]."""
        return dict(zip(self.names, self.gallery.compare(vector[None])[0].tolist(), strict=True))

    def recognize(self, image) -> Match:
        """Whom one photograph (height, width) shows; with nobody enrolled the similarity is NaN."""
        return self.match(self.similarities(image))

    def match(self, similarities: Mapping[str, float]) -> Match:
        """What the lock makes of similarities."""
        if not similarities:
            return Match(None, np.nan)
        name, similarity = max(similarities.items(), key=lambda item: item[1])
        return Match(name if similarity > self.threshold else None, similarity)

    def rates(self, visitors: Faces, *, photographs: int = 5, rng) -> LockRates:
        """Let a random half of ``visitors`` be enrolled in a gallery of their own, and everybody visit once.

        The gallery of the lock stays as it is. Given the network and the threshold, each person is one trial, so the
        intervals are exact for people like the visitors.
        """
        rng = v.generator(rng)
        known, visits = visitors.split_photographs(photographs, rng=rng)
        order = rng.permutation(v.integer("people of visitors", visitors.people, low=2))
        inside, outside = np.sort(order[:len(order) // 2]), order[len(order) // 2:]
        half = known.of(inside)
        gallery = Gallery(self.embedding).enroll_all(_numbers(half), half.images, half.person)
        shown = np.array([np.flatnonzero(visits.person == i)[0] for i in range(visitors.people)])
        similar = gallery.similarities(visits.images[shown])
        passes, named = similar.max(axis=1) > self.threshold, inside[similar.argmax(axis=1)]
        right = int((passes & (named == np.arange(visitors.people)))[inside].sum())
        return LockRates(Rate(right, len(inside)), Rate(int(passes[outside].sum()), len(outside)), len(inside))

    def membership(self, images, enrolled) -> Interval:
        """AUC of a thief of the gallery who asks of one photograph each: is this person enrolled?

        The score is the similarity to the most similar template; names are not needed.

        Parameters
        ----------
        images : float array (n, height, width)
            A photograph of each person, none that was enrolled with.
        enrolled : bool array (n,)
            The truth: at least two people of either kind.
        """
        if not self.names:
            raise v.Refused("nobody is enrolled, so there is nothing to steal. Enroll somebody first.")
        return auc(self.gallery.similarities(images).max(axis=1), enrolled)


def _numbers(faces: Faces) -> list[str]:
    """A name of its own for each, whatever they are called."""
    return [str(i) for i in range(faces.people)]


def _crossed(hits: np.ndarray, compared: np.ndarray, visitor: np.ndarray) -> Interval:
    """The share of ``hits`` (visits, people) among ``compared``, with a jackknife over people in both their roles."""
    people, visits = hits.shape[1], np.eye(hits.shape[1])[:, visitor]
    hit, count = visits @ hits, visits @ compared  # by visitor and enrolled person
    value = float(hit.sum() / count.sum())
    without = [(x.sum() - x.sum(axis=0) - x.sum(axis=1)) for x in (hit, count)]  # nobody is compared with themselves
    left_out = without[0] / without[1]
    variance = float((people - 1) / people * ((left_out - left_out.mean())**2).sum())
    return logit_interval(value, variance, float(student_t.ppf(0.975, people - 1)), people // 2, 0.95)
