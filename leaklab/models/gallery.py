"""A recognizer that is never trained on whom it recognizes: a network that learned from others, and a gallery."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from leaklab import _validate as v
from leaklab.models.base import Open
from leaklab.models.embedding import Embedding
from leaklab.models.protection import HashedTemplates, PlainTemplates, TemplateProtection

TEMPERATURE = 0.1


class Gallery(Open):
    """People who can be recognized, each a name and a template: the mean of the embeddings of some photographs.

    Never changed: `enroll` and `erase` answer another gallery, with the same network. So a copy of before and one of
    after are two values, and an access to one of them never finds another in its place.

    Parameters
    ----------
    embedding : Embedding
        Of a network that was trained on other people, such as `load_recognizer`.
    stored : mapping of str to array, optional
        What is stored of each person, in the order of enrolment: as many numbers as ``protection`` stores, not all 0.
    temperature : float
        Answers are a softmax over similarities divided by this: the smaller, the surer.
    protection : TemplateProtection
        What is stored in place of a template.

    Attributes
    ----------
    names, classes : tuple of str
        Who is enrolled, in order.

    Examples
    --------
    >>> from leaklab.models import load_recognizer
    >>> gallery = Gallery(load_recognizer())
    >>> photographs = np.random.default_rng(0).random((2, 3, 64, 64))
    >>> gallery = gallery.enroll("Ada", photographs[0]).enroll("Bo", photographs[1])
    >>> gallery.names, gallery.erase("Ada").names
    (('Ada', 'Bo'), ('Bo',))
    """

    def __init__(self, embedding: Embedding, stored: Mapping[str, np.ndarray] | None = None, *,
                 temperature: float = TEMPERATURE, protection: TemplateProtection | None = None):
        self.embedding, self.inputs = embedding, embedding.inputs
        self.temperature = v.number("temperature", temperature, low=0, open_low=True)
        self.protection = PlainTemplates() if protection is None else protection
        size = self.protection.size(embedding.width)
        self.stored = MappingProxyType({name: template(f"stored[{name!r}]", array, size)
                                        for name, array in (stored or {}).items()})
        self.names = self.classes = tuple(self.stored)

    @property
    def original(self):
        return self

    def enroll(self, name: str, images: Any, *, rng=None) -> "Gallery":
        """A gallery with somebody more, by photographs (n, *shape) of theirs; the photographs are not kept.

        ``rng`` is for a protection that draws noise.
        """
        if not isinstance(name, str) or not name.strip():
            v.fail("name", name, "must be a text that is not empty")
        if name in self.stored:
            v.fail("name", name, "is enrolled already", "Erase the name first, or take another.")
        rng = None if rng is None else v.generator(rng)
        return self._with({**self.stored, name: self.protection.store(self.embedding.template(images), name, rng)})

    def enroll_all(self, names: Sequence[str], images: Any, person: Any, *, rng=None) -> "Gallery":
        """A gallery with many more: ``images[person == i]`` are those of ``names[i]``."""
        rng, gallery, images = None if rng is None else v.generator(rng), self, np.asarray(images)
        person = v.labels("person", person, length=len(images), classes=len(names))
        for i, name in enumerate(names):
            gallery = gallery.enroll(name, images[person == i], rng=rng)
        return gallery

    def erase(self, name: str) -> "Gallery":
        """A gallery without somebody: their template is left out, and nothing else held anything of them."""
        if name not in self.stored:
            v.fail("name", name, "is not enrolled")
        return self._with({other: array for other, array in self.stored.items() if other != name})

    def _with(self, stored: Mapping[str, np.ndarray]) -> "Gallery":
        return Gallery(self.embedding, stored, temperature=self.temperature, protection=self.protection)

    def similarities(self, images: Any) -> np.ndarray:
        """Of photographs (n, *shape) to everybody enrolled: (n, people), in [-1, 1]."""
        return self.compare(self.embedding(images))

    def compare(self, vectors: np.ndarray) -> np.ndarray:
        """Of embeddings (n, width) to everybody enrolled: (n, people), in [-1, 1]."""
        columns = [self.protection.compare(vectors, stored, name) for name, stored in self.stored.items()]
        return np.stack(columns, axis=1) if columns else np.empty((len(vectors), 0))

    def identify(self, images: Any) -> list[str]:
        """The name most similar to each photograph (n, *shape)."""
        self._someone()
        return [self.names[column] for column in self.similarities(images).argmax(axis=1)]

    def probabilities(self, x):
        self._someone()
        z = self.similarities(x).astype(np.float64) / self.temperature
        p = np.exp(z - z.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True)

    def input_gradient(self, x, label):
        return self._twin.input_gradient(x, label)

    def loss_gradient_norm(self, x, y):
        return self._twin.loss_gradient_norm(x, y)

    def parameters(self):
        """The network's weights and, last, what is stored of everybody, (people, width or bits), in their order."""
        self._someone()
        return [*self.embedding.parameters(), np.stack(list(self.stored.values()))]

    @cached_property
    def _twin(self):
        """The same answers by Keras, which can be differentiated."""
        from leaklab.models.keras import Keras

        self._someone()
        if isinstance(self.protection, HashedTemplates):
            raise v.Refused("a hashed gallery has no derivative: bits change in steps. Ask it for answers alone.")
        if len(self.names) < 2:
            raise v.Refused(f"only {self.names[0]!r} is enrolled, so the answer is always 1. Enroll one more.")
        templates = np.stack([self.protection.estimate(stored, name, self.embedding.width)
                              for name, stored in self.stored.items()])
        return Keras(self.embedding.with_templates(templates, self.temperature), classes=self.names)

    def _someone(self) -> None:
        if not self.names:
            raise v.Refused("nobody is enrolled, so there is nobody to recognize. Enroll somebody first.")

    def __repr__(self):
        return f"{type(self).__name__}({len(self.names)} enrolled, {self.protection})"


def template(name: str, value: Any, size: int) -> np.ndarray:
    """A copy of what is stored of a person that cannot be written to: ``size`` numbers, not all 0."""
    if not v.array(name, value, ndim=1, length=size).any():
        raise ValueError(f"{name} holds only 0, which is similar to nobody.")
    copy = np.array(value)
    copy.setflags(write=False)
    return copy


def load_recognizer() -> Embedding:
    """The network that came with Leaklab: trained on 400 rendered people, of whom none is in any data set here.

    It takes faces 64 x 64 in grey, in [0, 1], and refuses others. ``python tools/recognizer.py`` makes it again; see
    data/README.md.
    """
    from leaklab.models.embedding_file import recognizer_file

    network = Embedding.load(recognizer_file())
    network.inputs = replace(network.inputs, low=0, high=1)
    return network


def erased_between(before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Whom the difference of two stolen galleries gives away: who was erased between them, and what was stored.

    >>> before = {"Ada": np.ones(2), "Bo": np.zeros(2)}
    >>> list(erased_between(before, {"Bo": np.zeros(2)}))
    ['Ada']
    """
    return {name: vector for name, vector in before.items()
            if not any(np.array_equal(vector, other) for other in after.values())}
