"""Label-only membership: the answer is right for members, and stays right further around them."""

from dataclasses import dataclass
from types import NoneType
from typing import ClassVar

import numpy as np

from leaklab import _validate as v
from leaklab.access import Access, Offers
from leaklab.attacks.knowledge import Shadow
from leaklab.attacks.membership import MembershipAttack, threshold_on


@dataclass(frozen=True, kw_only=True)
class LabelOnlyMembership(MembershipAttack):
    """How robustly right is the label? (Choquette-Choo et al. 2021); a `Shadow` calibrates the verdict.

    Parameters
    ----------
    by : {"noise", "boundary"}
        "noise": the share of a record and its noisy copies that are classified correctly.
        "boundary": the distance to the nearest other answer found in random directions, 0 for a record that
        is misclassified. A direction that does not beat the distance so far costs one query, one that does a binary
        search.
    scale : float
        Standard deviation of the noise; or how far from the record to look. In the units of ``x``:
        standardize features.
    tries : int
        Noisy copies, or directions.
    steps : int
        Halvings of each binary search, which leaves ``scale / 2**steps`` of doubt.
    """

    needs: ClassVar[Offers] = Offers.LABELS
    knows: ClassVar[tuple[type, ...]] = (NoneType, Shadow)
    by: str = "noise"
    scale: float = 1.0
    tries: int = 30
    steps: int = 8

    def __post_init__(self):
        v.one_of("by", self.by, ("noise", "boundary"))
        v.number("scale", self.scale, low=0, open_low=True)
        v.integer("tries", self.tries)
        v.integer("steps", self.steps)

    def run(self, access, x, y, knowledge, rng, progress):
        if hasattr(x, "columns") and not all(kind.kind in "biuf" for kind in x.dtypes):
            text = next(name for name, kind in x.dtypes.items() if kind.kind not in "biuf")
            v.fail("x", text, "is a column that no noise can be added to", "This attack needs numbers alone.")
        find = self._noise if self.by == "noise" else self._boundary
        score = find(access, np.asarray(x, np.float32), y, rng, progress)
        return score, threshold_on(self, knowledge, lambda access, x, y: find(
            access, np.asarray(x, np.float32), y, rng, None))

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
    return access.labels(x) == y
