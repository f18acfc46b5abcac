"""What customers send to a face recogniser: the legitimate ones photographs, an attack its questions."""

from collections.abc import Callable

import numpy as np
from scipy import ndimage

from leaklab import _validate as v
from leaklab.access import Access, BlackBox
from leaklab.attacks import Inversion
from leaklab.course.calling import called
from leaklab.course.judging import NotYet, array_like
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


def questions_asked(attack: Inversion, model: Access, people, *, send: Callable | None = None) -> np.ndarray:
    """What an attack asks, in the order in which a server's log would hold it: float32 (n, *shape).

    Parameters
    ----------
    attack : leaklab.attacks.Inversion
    model : Access
        What answers.
    people : array (n,)
        Whose faces are wanted.
    send : callable, optional
        ``send(ask, questions)`` returns the answers to a step's questions, in their order; how it asks, by
        ``ask(some_questions)``, is what this is for. Left out, each step is sent as it is.

    Raises
    ------
    NotYet
        In words for a learner, where ``send`` stops with an error, returns no such answers, or asks nothing.
    """
    log: list[np.ndarray] = []

    def ask(questions):
        log.append(np.array(questions, np.float32))
        return model.probabilities(questions)

    def sent(questions):
        answers = called(send, ask, questions)
        return array_like(answers, (len(questions), len(model.classes)), what="the answers, a row for each question")

    try:
        attack(BlackBox(ask if send is None else sent, inputs=model.inputs, classes=model.classes), people)
    except ValueError as error:
        if isinstance(error.__cause__, NotYet):  # told as a fault of the model, and it is the learner's
            raise error.__cause__ from None
        raise
    if not log:
        raise NotYet("No question reached the server: call ask(...) inside your function.")
    return np.concatenate(log)
