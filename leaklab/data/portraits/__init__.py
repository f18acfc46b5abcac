"""Portraits of nobody: a small renderer of heads that belong to no one, for attacks that may be shown to everyone."""

import numpy as np

from leaklab._validate import generator, integer
from leaklab.data.portraits.camera import expose
from leaklab.data.portraits.head import portrait
from leaklab.data.portraits.person import Person, Photograph, draw_person, draw_photograph

__all__ = ["Person", "Photograph", "draw_person", "draw_photograph", "picture", "render_portraits"]


def render_portraits(people: int = 60, photographs: int = 10, *, rng, size: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """Render photographs of people who do not exist.

    Person ``i`` and photograph ``j`` of a seed are the same however many are asked for.

    Parameters
    ----------
    people, photographs : int
        How many people, and how many photographs of each.
    rng : seed or numpy.random.Generator
        Who they are and how they were photographed.
    size : int, 16 to 256
        Height and width in pixels.

    Returns
    -------
    images : array (people * photographs, size, size), uint8
        Person by person; 0 is black.
    person : array (people * photographs,), int64
        Whom each shows, counted from 0.

    Examples
    --------
    >>> images, person = render_portraits(2, 1, rng=0, size=16)
    >>> images.shape, person.tolist()
    ((2, 16, 16), [0, 1])
    """
    people, photographs = integer("people", people), integer("photographs", photographs)
    size = integer("size", size, low=16, high=256)
    entropy = [int(word) for word in generator(rng).integers(2**32, size=4)]
    images = np.empty((people, photographs, size, size), np.uint8)
    for i in range(people):
        person = draw_person(_stream(entropy, i, 0))
        for j in range(photographs):
            images[i, j] = picture(person, draw_photograph(_stream(entropy, i, j + 1)), size=size)
    return images.reshape(-1, size, size), np.repeat(np.arange(people), photographs)


def picture(person: Person, photo: Photograph, *, size: int = 64) -> np.ndarray:
    """One photograph of one person, uint8 (size, size)."""
    return np.round(255 * expose(portrait(person, photo, max(size, 48) / 64), photo, size)).astype(np.uint8)


def _stream(entropy: list[int], person: int, photograph: int) -> np.random.Generator:
    """A generator of its own for each person (photograph 0) and each photograph, whatever else is drawn."""
    return np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=(person, photograph)))
