"""What a face looks like, learned from public people: whitened eigenfaces."""

from dataclasses import dataclass

import numpy as np

from leaklab import _validate as v


@dataclass(frozen=True, eq=False)
class EigenfacePrior:
    """Faces as mean + coefficients x standard deviations x eigenfaces (Turk and Pentland 1991).

    A standard normal coefficient vector is a typical public face; the longer the vector, the less likely the face.

    Attributes
    ----------
    mean : float32 (height, width)
        The mean public face.
    basis : float32 (k, height, width)
        Eigenfaces, each already multiplied by its standard deviation over the public photographs.
    """

    mean: np.ndarray
    basis: np.ndarray

    @classmethod
    def fit(cls, images, components: int = 100) -> "EigenfacePrior":
        """The ``components`` strongest eigenfaces of public photographs ``(n, height, width)``, at most n - 1."""
        images = v.array("images", images, ndim=3)
        if len(images) < 2:
            v.fail("images", f"{len(images)} photograph", "must be at least 2", "Pass photographs of public people.")
        v.integer("components", components)
        mean = images.mean(axis=0)
        flat = (images - mean).reshape(len(images), -1).astype(np.float64)
        # Photographs are fewer than pixels: the left singular vectors come from the small matrix of inner products.
        power, left = np.linalg.eigh(flat @ flat.T)
        k = min(components, int((power > 1e-8 * power[-1]).sum()), len(images) - 1)
        strongest = np.ascontiguousarray(left[:, :-k - 1:-1])  # a reversed view is multiplied many times slower
        basis = strongest.T @ flat / np.sqrt(len(images) - 1)
        return cls(mean, basis.reshape(k, *mean.shape).astype(np.float32))

    def decode(self, coefficients: np.ndarray) -> np.ndarray:
        """Coefficients (n, k) -> images (n, height, width), clipped to [0, 1]."""
        return np.clip(self.mean + np.tensordot(coefficients, self.basis, axes=1), 0, 1).astype(np.float32)

    def encode(self, images: np.ndarray) -> np.ndarray:
        """Images (n, height, width) -> coefficients (n, k) of the nearest faces that `decode` can give."""
        flat = self.basis.reshape(len(self.basis), -1)
        centred = (images - self.mean).reshape(len(images), -1)
        return (centred @ flat.T / (flat**2).sum(axis=1)).astype(np.float32)

    def pull(self, image_gradient: np.ndarray) -> np.ndarray:
        """The chain rule: gradients by images (n, height, width) -> gradients by coefficients (n, k)."""
        return np.tensordot(image_gradient, self.basis, axes=([1, 2], [1, 2]))
