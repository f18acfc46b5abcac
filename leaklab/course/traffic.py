"""What legitimate customers send to a face recogniser: photographs, taken again and again."""

import numpy as np
from scipy import ndimage

from leaklab import _validate as v
from leaklab.data import Faces

KINDS = ("many people", "one person", "resent")
"""Photographs of anybody, as at a door; of one person, as on a telephone; and with half of them sent once more."""


def retaken(images, rng) -> np.ndarray:
    """The same photographs taken again: moved by up to 2 pixels, lighter or darker by 15%, with a little noise.

    Examples
    --------
    >>> retaken(np.full((3, 8, 8), 0.5), rng=0).shape
    (3, 8, 8)
    """
    images, rng = v.array("images", images, ndim=3, remedy="Load them with color=False."), v.generator(rng)
    moved = np.stack([ndimage.shift(image, rng.uniform(-2, 2, 2), order=1, mode="nearest") for image in images])
    lit = moved * rng.uniform(0.85, 1.15, (len(images), 1, 1)) + rng.normal(0, 0.01, images.shape)
    return np.clip(lit, 0, 1).astype(np.float32)


def honest_visit(faces: Faces, queries: int, *, kind: str = KINDS[0], rng) -> np.ndarray:
    """One legitimate customer's questions, in their order: float32 (queries, height, width).

    Parameters
    ----------
    faces : Faces
        Whose photographs they send.
    queries : int
    kind : str
        One of `KINDS`.
    rng : int or numpy.random.Generator
    """
    v.integer("queries", queries)
    v.one_of("kind", kind, KINDS)
    rng, pool = v.generator(rng), np.arange(len(faces.images))
    if kind == "one person":
        pool = pool[faces.person == rng.choice(faces.person)]
    asked = retaken(faces.images[rng.choice(pool, queries)], rng)
    if kind == "resent":
        for i in np.flatnonzero(rng.random(queries - 1) < 0.5) + 1:
            asked[i] = asked[rng.integers(i)]
    return asked
