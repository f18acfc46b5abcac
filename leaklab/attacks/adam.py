"""Adam, upwards: how the inversion attacks climb."""

from typing import Any

import numpy as np


class Adam:
    """Adam (Kingma and Ba 2015, Algorithm 1), upwards.

    >>> Adam().ascend(np.zeros(2), np.array([5.0, -0.1]), 0.5).round(3)
    array([ 0.5, -0.5])
    """

    def __init__(self):
        self.t = 0
        self.m: Any = 0.0
        self.s: Any = 0.0

    def ascend(self, z: np.ndarray, gradient: np.ndarray, rate: float) -> np.ndarray:
        self.t += 1
        self.m = 0.9 * self.m + 0.1 * gradient
        self.s = 0.999 * self.s + 0.001 * gradient**2
        m, s = self.m / (1 - 0.9**self.t), self.s / (1 - 0.999**self.t)
        return z + rate * m / (np.sqrt(s) + 1e-8)
