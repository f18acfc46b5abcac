"""Label-only membership: the answer is right for members, and stays right further around them."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leaklab import _validate as v
from leaklab.access import Access, Offers
from leaklab.attacks.membership import MembershipAttack


@dataclass(frozen=True, kw_only=True)
class LabelOnlyMembership(MembershipAttack):
    """How robustly right is the label? (Choquette-Choo et al. 2021); ``knowledge=Shadow(...)`` calibrates the verdict.

    Parameters
    ----------
    by : {"noise", "boundary"}
        "noise": the share of a record and its noisy copies that are answered rightly.
        "boundary": the distance to the nearest other answer found in random directions, 0 for a record answered
        wrongly. A direction that does not beat the distance so far costs one query, one that does a binary
        search.
    scale : float
        Deviation of the noise; or how far from the record to look. In the units of ``x``: standardise features.
    tries : int
        Noisy copies, or directions.
    steps : int
        Halvings of each binary search, which leaves ``scale / 2**steps`` of doubt.
    """

    needs: ClassVar[Offers] = Offers.LABELS
    by: str = "noise"
    scale: float = 1.0
    tries: int = 30
    steps: int = 8

    def __post_init__(self):
        v.one_of("by", self.by, ("noise", "boundary"))
        v.number("scale", self.scale, low=0, open_low=True)
        v.integer("tries", self.tries)
        v.integer("steps", self.steps)

    def _run(self, access, x, y, shadow, rng, progress):
        find = self._noise if self.by == "noise" else self._boundary
        score = find(access, x, y, rng, progress)
        return score, self._threshold(shadow, lambda *asked: find(*asked, rng, None))

    def _noise(self, access: Access, x, y, rng, progress) -> np.ndarray:
        right = _right(access, x, y).astype(float)
        for done in range(1, self.tries + 1):
            right += _right(access, x + self.scale * rng.standard_normal(x.shape), y)
            if progress:
                progress(done, self.tries, "noisy copies")
        return right / (self.tries + 1)

    def _boundary(self, access: Access, x, y, rng, progress) -> np.ndarray:
        far = self.scale * _right(access, x, y)  # the nearest other answer so far, or as far as we look
        for done in range(1, self.tries + 1):
            direction = rng.standard_normal(x.shape)
            direction /= np.linalg.norm(direction.reshape(len(x), -1), axis=1).reshape(-1, *[1] * (x.ndim - 1))

            def holds(rows, distance, direction=direction):
                if not len(rows):
                    return np.zeros(0, bool)
                step = distance.reshape(-1, *[1] * (x.ndim - 1)) * direction[rows]
                return _right(access, x[rows] + step, y[rows])

            rows = np.flatnonzero(far > 0)
            rows = rows[~holds(rows, far[rows])]
            near = np.zeros(len(rows))
            for _ in range(self.steps):
                middle = (near + far[rows]) / 2
                inside = holds(rows, middle)
                near, far[rows] = np.where(inside, middle, near), np.where(inside, far[rows], middle)
            if progress:
                progress(done, self.tries, "directions")
        return far


def _right(access: Access, x, y) -> np.ndarray:
    return access.probabilities(x).argmax(axis=1) == y
