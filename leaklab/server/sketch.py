"""What the audit log keeps of a question in place of the question."""

from dataclasses import dataclass

import numpy as np

from leaklab import _validate as v
from leaklab._repr import summary

SIZE = 32
"""Numbers in a sketch."""


@dataclass(frozen=True, eq=False)
class Sketch:
    """Random projection to a few numbers: distances survive roughly, pictures do not.

    Each coordinate is a random +-1 sum of the inputs divided by sqrt(SIZE), so that squared distances keep their mean
    (Johnson and Lindenstrauss 1984; signs: Achlioptas 2003, theorem 1.1); with 32 coordinates a distance is right to
    about 13% (one standard deviation).

    Why not the raw inputs: they are photographs and medical records of people, and a log of them would be one more
    data set to lose. A sketch is far less, and yet not nothing: who holds the file (which holds the seed) and knows
    what faces look like can draw a blurred guess of the person from 32 numbers. Guard the log as you guard the model.

    Examples
    --------
    >>> Sketch.of_shape((64, 64), seed=1)(np.zeros((5, 64, 64))).shape
    (5, 32)
    """

    matrix: np.ndarray
    __repr__ = summary

    @classmethod
    def of_shape(cls, shape: tuple[int, ...], *, seed: int) -> "Sketch":
        """For inputs of ``shape``; the same seed gives the same sketches."""
        signs = np.random.default_rng(v.integer("seed", seed, low=0)).integers(0, 2, (int(np.prod(shape)), SIZE))
        return cls(((2 * signs - 1) / np.sqrt(SIZE)).astype(np.float32))

    def __call__(self, x) -> np.ndarray:
        """Inputs (n, *shape) -> float32 (n, size)."""
        x = np.asarray(x, np.float32).reshape(-1, len(self.matrix))
        far = max(np.float32(1), np.abs(x).max(initial=0) / np.float32(1e30))  # else sums of huge numbers overflow
        most = np.finfo(np.float32).max
        return np.clip(((x / far) @ self.matrix).astype(np.float64) * far, -most, most).astype(np.float32)
