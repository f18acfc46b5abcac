"""What the adversary knows of inputs in general: a prior, such as eigenfaces learned from public people."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import final

import numpy as np

from leaklab import _validate as v
from leaklab.access import Access


class Prior(ABC):
    """A generator of inputs: a standard normal coefficient vector gives a typical one, a longer vector a rarer one.

    Attributes
    ----------
    shape : tuple of int
        Shape of one input.
    size : int
        Number of coefficients, k.
    low, high : float
        The range of the inputs; infinite where there is none.
    """

    shape: tuple[int, ...]
    size: int
    low: float = -np.inf
    high: float = np.inf

    @abstractmethod
    def decode(self, z: np.ndarray) -> np.ndarray:
        """Coefficients (n, k) -> inputs float32 (n, *shape)."""

    @abstractmethod
    def pull(self, gradient: np.ndarray, z: np.ndarray) -> np.ndarray:
        """The chain rule at ``z`` (n, k): gradients by inputs (n, *shape) -> gradients by coefficients (n, k)."""

    @abstractmethod
    def examples(self) -> tuple[np.ndarray, np.ndarray]:
        """Known inputs (m, *shape) and their coefficients (m, k), the same each time: where a search can start."""

    def around(self, z: np.ndarray, u: np.ndarray, radius: np.ndarray) -> np.ndarray:
        """Inputs (n, 2 p + 1, *shape) at z + radius u, z - radius u, and z; faster where the prior is linear.

        Parameters
        ----------
        z : array (n, k)
        u : array (n, p, k) or (1, p, k)
        radius : array (n,)
        """
        steps = radius[:, None, None] * u
        points = z[:, None] + np.concatenate([steps, -steps, np.zeros_like(steps[:, :1])], axis=1)
        return self.decode(points.reshape(-1, self.size)).reshape(*points.shape[:2], *self.shape)

    @final
    def check(self, access: Access, name: str = "prior") -> None:
        """Refuse a prior of other inputs than the model takes; pictures also suit a model of (h, w, 1) or of pixels."""
        for end, theirs in (("low", access.inputs.low), ("high", access.inputs.high)):
            ours = getattr(self, end)
            if theirs is not None and np.isfinite(ours) and theirs != ours:
                v.fail(f"{name}.{end}", ours, f"the model's inputs have {end}={theirs:g}",
                       "Fit the prior on examples of the model's range, and state it.")
        access.inputs.check(self.center[None], name)

    @property
    def center(self) -> np.ndarray:
        """The most typical input."""
        return self.decode(np.zeros((1, self.size), np.float32))[0]

    def __deepcopy__(self, memo):
        return self  # never changed, so that copies of an attack's state share it


@dataclass(frozen=True, eq=False)
class EigenfacePrior(Prior):
    """Faces as mean + coefficients x standard deviations x eigenfaces (Turk and Pentland 1991).

    Attributes
    ----------
    mean : float32 (height, width) or (height, width, channels)
        The mean public face.
    basis : float32 (k, *shape)
        Eigenfaces, each already multiplied by its standard deviation over the public photographs.
    photographs : float32 (m, *shape)
        The public photographs.
    low, high : float
        The range of a pixel, to which faces are clipped.

    Examples
    --------
    >>> EigenfacePrior.fit(np.random.default_rng(0).random((10, 8, 8)), components=5)
    EigenfacePrior(5 components of 10 photographs of 8x8 in [0, 1])
    """

    mean: np.ndarray
    basis: np.ndarray
    photographs: np.ndarray
    low: float = 0.0
    high: float = 1.0

    @classmethod
    def fit(cls, images, *, components: int = 150, mirror: bool = True, low: float = 0.0,
            high: float = 1.0) -> "EigenfacePrior":
        """The strongest eigenfaces of public photographs.

        Parameters
        ----------
        images : array (m, height, width) or (m, height, width, channels)
            At least 2 photographs of people who are *not* in the model, with pixels as the model takes them.
        components : int
            At most so many; fewer where the photographs have no more.
        mirror : bool
            Also learn from the mirror images: faces are nearly symmetric, and the adversary knows it.
        low, high : float
            The range of a pixel.

        Raises
        ------
        ValueError
            If a pixel lies outside [low, high].
        """
        images = v.array("images", images, ndim=4 if np.ndim(images) == 4 else 3)
        if (images == images[0]).all():
            v.fail("images", f"{len(images)} photograph(s)", "must be at least 2 that differ",
                   "Pass photographs of public people.")
        v.integer("components", components)
        high = v.number("high", high, low=v.number("low", low), open_low=True)
        if images.min() < low or images.max() > high:
            raise ValueError(f"images reach from {images.min():g} to {images.max():g}: must lie in [{low:g}, {high:g}]."
                             " Scale them as the model's inputs, or pass the range of those as low= and high=.")
        known = np.concatenate([images, images[:, :, ::-1]]) if mirror else images
        mean = known.mean(axis=0)
        flat = (known - mean).reshape(len(known), -1).astype(np.float64)
        # Photographs are fewer than pixels: the left singular vectors come from the small matrix of inner products.
        power, left = np.linalg.eigh(flat @ flat.T)
        k = min(components, int((power > 1e-8 * power[-1]).sum()), len(known) - 1)
        strongest = np.ascontiguousarray(left[:, :-k - 1:-1])  # a reversed view is multiplied many times slower
        basis = strongest.T @ flat / np.sqrt(len(known) - 1)
        return cls(mean, basis.reshape(k, *mean.shape).astype(np.float32), images, float(low), high)

    def __post_init__(self):
        object.__setattr__(self, "shape", self.mean.shape)
        object.__setattr__(self, "size", len(self.basis))

    @property
    def _flat(self) -> np.ndarray:
        return self.basis.reshape(self.size, -1)

    def decode(self, z):
        faces = self.mean.ravel() + np.asarray(z) @ self._flat
        return np.clip(faces, self.low, self.high).astype(np.float32, copy=False).reshape(-1, *self.shape)

    def encode(self, images: np.ndarray) -> np.ndarray:
        """Images (n, *shape) -> coefficients (n, k) of the nearest faces that `decode` can give."""
        centered = (images - self.mean).reshape(len(images), -1)
        return (centered @ self._flat.T / (self._flat**2).sum(axis=1)).astype(np.float32)

    def pull(self, gradient, z=None):
        """The chain rule; the same at every ``z``, as if nothing were clipped."""
        return gradient.reshape(len(gradient), -1) @ self._flat.T

    def examples(self):
        return self.photographs, self.encode(self.photographs)

    def around(self, z, u, radius):
        center = self.mean.ravel() + z @ self._flat
        pairs = u.shape[1]
        faces = np.empty((len(z), 2 * pairs + 1, center.shape[1]), np.float32)
        faces[:, :pairs] = radius[:, None, None] * (u @ self._flat)
        faces[:, pairs:-1] = -faces[:, :pairs]
        faces[:, -1] = 0
        faces += center[:, None]
        np.clip(faces, self.low, self.high, out=faces)
        return faces.reshape(*faces.shape[:2], *self.shape)

    def __repr__(self):
        shape = "x".join(map(str, self.shape))
        return (f"{type(self).__name__}({self.size} components of {len(self.photographs)} photographs of {shape} in "
                f"[{self.low:g}, {self.high:g}])")
