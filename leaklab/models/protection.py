"""What a gallery stores of a template in its place: rounded, noisy, or hashed; and what a thief makes of it."""

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np

from leaklab import _validate as v
from leaklab.models.embedding import unit


@dataclass(frozen=True, kw_only=True)
class TemplateProtection(ABC):
    """How templates are stored, and how a photograph is compared with what is stored.

    An author of one writes `store`, and where what is stored is no vector any more `size`, `compare` and `estimate`.
    """

    @abstractmethod
    def store(self, template: np.ndarray, name: str, rng: np.random.Generator | None) -> np.ndarray:
        """What the gallery keeps of a template (width,) of length 1."""

    def size(self, width: int) -> int:
        """How many numbers are stored of a template of ``width`` numbers."""
        return width

    def compare(self, vectors: np.ndarray, stored: np.ndarray, name: str) -> np.ndarray:
        """The similarity of photographs' vectors (n, width) to what is stored of one person: (n,), in [-1, 1]."""
        return vectors @ unit(stored)

    def estimate(self, stored: np.ndarray, name: str, width: int) -> np.ndarray:
        """The template (width,) that somebody makes of it who knows all of this object, its secret too."""
        return unit(stored)


@dataclass(frozen=True, kw_only=True)
class PlainTemplates(TemplateProtection):
    """The template itself."""

    def store(self, template, name, rng):
        return template


@dataclass(frozen=True, kw_only=True)
class RoundedTemplates(TemplateProtection):
    """Each number of the template to the nearest of ``2**bits`` even steps; with one bit its sign alone.

    Parameters
    ----------
    bits : int in [1, 16]
    limit : float
        Steps reach from ``-limit`` to ``limit``, in standard deviations of the template's own numbers.
    """

    bits: int = 1
    limit: float = 3.0

    def __post_init__(self):
        v.integer("bits", self.bits, high=16)
        v.number("limit", self.limit, low=0, open_low=True)

    def store(self, template, name, rng):
        step = 2 * self.limit * template.std() / 2**self.bits
        most = 2**(self.bits - 1)
        return unit((np.clip(np.floor(template / max(step, 1e-12)), -most, most - 1) + 0.5).astype(np.float32))


@dataclass(frozen=True, kw_only=True)
class NoisyTemplates(TemplateProtection):
    """The template plus Gaussian noise, drawn once when somebody is enrolled.

    Parameters
    ----------
    scale : float
        Length of the noise beside that of the template: its standard deviation is ``scale / sqrt(width)`` a number.
    """

    scale: float = 1.0

    def __post_init__(self):
        v.number("scale", self.scale, low=0)

    def store(self, template, name, rng):
        if rng is None:
            v.fail("rng", rng, "is needed to draw noise", "Pass rng= to enroll.")
        noise = rng.normal(size=template.shape) * self.scale / np.sqrt(len(template))
        return unit((template + noise).astype(np.float32))


@dataclass(frozen=True, kw_only=True)
class HashedTemplates(TemplateProtection):
    """Signs of the template's projections on random directions: BioHashing (Jin, Ling and Goh 2004).

    The directions are drawn from the secret and the name, so that two galleries with different secrets hold bits of the
    same person that have nothing in common, and a person whose bits were stolen can be given others. The share of equal
    bits tells the angle between photograph and template: 1 - angle / pi of them are equal (Charikar 2002).

    Parameters
    ----------
    bits : int
    secret : str
        Kept elsewhere than the gallery, one hopes.

    Examples
    --------
    >>> template = unit(np.arange(8.0))
    >>> bits = HashedTemplates(bits=512, secret="s").store(template, "Ada", None)
    >>> bits.dtype, round(float(HashedTemplates(bits=512, secret="s").estimate(bits, "Ada", 8) @ template), 1)
    (dtype('int8'), 1.0)
    """

    bits: int = 128
    secret: str = field(repr=False)

    def __post_init__(self):
        v.integer("bits", self.bits)
        if not isinstance(self.secret, str) or not self.secret:
            v.fail("secret", self.secret, "must be a text that is not empty")

    def store(self, template, name, rng):
        return self._signs(template[None], name)[0]

    def size(self, width):
        return self.bits

    def compare(self, vectors, stored, name):
        return np.cos(np.pi * (1 - (self._signs(vectors, name) == stored).mean(axis=1)))

    def estimate(self, stored, name, width):
        """Each direction, turned to the side that its bit says, and summed (Plan and Vershynin 2013)."""
        return unit(stored.astype(np.float32) @ self._directions(name, width))

    def _signs(self, vectors: np.ndarray, name: str) -> np.ndarray:
        return np.where(vectors @ self._directions(name, vectors.shape[1]).T >= 0, 1, -1).astype(np.int8)

    def _directions(self, name: str, width: int) -> np.ndarray:
        seed = hashlib.sha256(f"{self.secret}\0{name}".encode()).digest()
        return np.random.default_rng(list(seed)).normal(size=(self.bits, width)).astype(np.float32)
