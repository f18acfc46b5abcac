"""The gallery experiment: people enrolled by a network that never learned them; what a thief of the gallery draws."""

from dataclasses import dataclass

import numpy as np

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.access import Access, BlackBox
from leaklab.attacks import Blueprint, TemplateInversion
from leaklab.data import Faces
from leaklab.evaluation import Likeness, accuracy
from leaklab.experiments.faces import Stage
from leaklab.metrics import Rate
from leaklab.models import Embedding, Gallery, HashedTemplates, TemplateProtection


@dataclass(frozen=True, eq=False)
class StolenGallery:
    """One protection tried.

    Attributes
    ----------
    protection : TemplateProtection
    accuracy : Rate
        Of the gallery, on unseen photographs.
    guessed : Likeness
        Of the faces drawn by a thief who knows the network and how templates are stored, but guesses the secret.
    known : Likeness
        Of the faces drawn by one who knows the secret too. The same, where there is none.
    """

    protection: TemplateProtection
    accuracy: Rate
    guessed: Likeness
    known: Likeness
    __repr__ = summary


def enrolled(faces: Faces, embedding: Embedding, protection: TemplateProtection | None = None, *, rng=0) -> Gallery:
    """Everybody in ``faces``, enrolled by all of their photographs."""
    return Gallery(embedding, protection=protection).enroll_all(faces.names, faces.images, faces.person, rng=rng)


def without_photographs(names, others: Faces, embedding: Embedding, *, rng) -> Gallery:
    """The best guess at a gallery of ``names`` by one who has the network alone: other people under their names.

    Baseline: what an attack on it draws comes from the network and from other people.
    """
    names = tuple(names)
    v.integer("people of others", others.people, low=len(names), remedy="Everybody's name needs one of them.")
    chosen = others.of(v.generator(rng).permutation(others.people)[:len(names)])
    return Gallery(embedding).enroll_all(names, chosen.images, chosen.person)


def steal(stage: Stage, embedding: Embedding, protection: TemplateProtection, *, steps: int = 150,
          rng=0) -> StolenGallery:
    """Enroll the private people of a stage, steal the gallery, and draw their faces in so many steps."""
    gallery = enrolled(stage.train, embedding, protection, rng=rng)
    attack, guess = TemplateInversion(prior=stage.prior, steps=steps), protection
    if isinstance(protection, HashedTemplates):
        guess = HashedTemplates(bits=protection.bits, secret=f"not {protection.secret}")
    right = accuracy(BlackBox(gallery), stage.test.images, np.array(gallery.names)[stage.test.person])

    def drawn(how: TemplateProtection) -> Likeness:
        recovered = attack(Access(gallery), gallery.names, knowledge=Blueprint(embedding, how), rng=rng)
        return stage.judge(recovered.images)

    known = drawn(protection)
    return StolenGallery(protection, right, known if guess is protection else drawn(guess), known)
