"""Three ways to feel which way a model grows surer of a person: exact gradients, scores, labels alone.

Each is asked at coefficients z of a face prior, for many people at once, and answers with the slope of log p by z.
What is p differs: the model's own probability; its smoothed version, over faces nearby; or how often a face nearby is
called by the person's name.
"""

from abc import ABC, abstractmethod

import numpy as np

from leaklab.access import Access, Offers
from leaklab.attacks.prior import EigenfacePrior

FLOOR = 1e-3  # a smaller probability counts as this: rounded answers are often 0


class Slope(ABC):
    """How sure the model is of each person around a face, and which way it grows surer.

    Attributes
    ----------
    steps : int
        How many steps the budget of queries pays for.
    reached : bool (n,)
        Whether there is anything to feel for a person; False until a face is found that bears the name.
    hold : float
        Factor on the weight of the prior: log-odds have much steeper slopes than log p.
    """

    hold = 1.0

    def __init__(self, people: np.ndarray, prior: EigenfacePrior, steps: int):
        self.people, self.prior, self.steps = people, prior, steps
        self.reached = np.ones(len(people), bool)

    def start(self, access: Access, public: np.ndarray) -> np.ndarray:
        """Where to begin, coefficients (n, k); the mean public face if nothing better is known."""
        return np.zeros((len(self.people), len(self.prior.basis)), np.float32)

    def pace(self, step: int) -> float:
        """Factor on the learning rate: an estimated slope allows few steps, which start wide and become narrow."""
        return 3.0 * (1 - 0.8 * step / self.steps)

    @abstractmethod
    def __call__(self, access: Access, z: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Confidence (n,) and slope (n, k) at ``z`` (n, k), by one question: a refusal leaves nothing half done."""


class Exact(Slope):
    """The gradient itself; one query a person and step."""

    def pace(self, step):
        return 1.0

    def __call__(self, access, z, step):
        value, slope = access.gradient(self.prior.decode(z), self.people)
        return np.exp(value), self.prior.pull(slope)


class Sampled(Slope):
    """Base of the estimated slopes: antithetic evolution strategies (Salimans et al. 2017, section 2).

    The mean of u f(z + radius u) over pairs u and -u is the slope of f smoothed by a Gaussian of that radius, times the
    radius. The u of a step depend on ``seed`` and ``step`` alone: an interrupted step can be taken again.
    """

    COMMON = True  # everybody is felt along the same u

    def __init__(self, people, prior, steps, pairs: int, radius: float, seed: int):
        super().__init__(people, prior, steps)
        self.pairs, self.seed = pairs, seed
        self.radius = np.full(len(people), radius, np.float32)
        self._basis = prior.basis.reshape(len(prior.basis), -1)

    def _around(self, access: Access, z: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Directions u (n or 1, pairs, k); answers (n, 2 pairs + 1, n) about all people at z + u, z - u, and z."""
        rng = np.random.default_rng([self.seed, step])
        u = rng.standard_normal((1 if self.COMMON else len(z), self.pairs, z.shape[1]), dtype=np.float32)
        centre = self.prior.mean.ravel() + z @ self._basis
        faces = np.empty((len(z), 2 * self.pairs + 1, centre.shape[1]), np.float32)
        faces[:, :self.pairs] = self.radius[:, None, None] * (u @ self._basis)
        faces[:, self.pairs:-1] = -faces[:, :self.pairs]
        faces[:, -1] = 0
        faces += centre[:, None]
        np.clip(faces, 0, 1, out=faces)
        answers = access.probabilities(faces.reshape(-1, *access.shape)).reshape(*faces.shape[:2], -1)
        return u, answers[:, :, self.people]

    def _rise(self, value: np.ndarray) -> np.ndarray:
        """Of ``value`` (n, 2 pairs + 1, ...) along each direction (n, pairs, ...)."""
        difference = value[:, :self.pairs] - value[:, self.pairs:2 * self.pairs]
        return difference / (2 * self.radius.reshape(-1, *[1] * (value.ndim - 1)))


class FromScores(Sampled):
    """The slope of the smoothed log-odds, log p - log(1 - p), from scores; one query a step is for the face itself.

    Log-odds, because they go on rising where p is nearly 1. An answer holds the scores of *all* people, so the faces of
    one person are asked for everybody: a least-squares plane through all answers, the older the less, is a first guess
    of each person's slope; the person's own pairs correct it by what the plane leaves unexplained.
    """

    STEPS, PAIRS, RADIUS, COMMON = 24, 3, 1.0, False
    hold = 100.0
    MEMORY = 0.8  # what an answer counts one step later

    def __init__(self, people, prior, queries: int, seed: int, floor: float | None = None):
        pairs = max(self.PAIRS, (queries // self.STEPS - 1) // 2)
        super().__init__(people, prior, max(1, (queries - 1) // (2 * pairs + 1)), pairs, self.RADIUS, seed)
        self.floor, k = floor, len(prior.basis)
        self._seen, self._told = np.zeros((k, k)), np.zeros((k, len(people)))

    def __call__(self, access, z, step):
        u, answers = self._around(access, z, step)
        rise = self._rise(self._log_odds(answers))
        flat = u.reshape(-1, u.shape[2]).astype(float)
        self._seen = self.MEMORY * self._seen + flat.T @ flat
        self._told = self.MEMORY * self._told + flat.T @ rise.reshape(len(flat), -1)
        plane = np.linalg.solve(self._seen + np.eye(len(self._seen)), self._told).T
        own = np.arange(len(z))
        unexplained = rise[own, :, own] - np.matmul(u, plane[:, :, None])[:, :, 0]
        slope = plane + np.matmul(unexplained[:, None], u)[:, 0] / self.pairs
        return answers[own, -1, own], slope.astype(np.float32)

    def _log_odds(self, p: np.ndarray) -> np.ndarray:
        """Answers of 0 or 1 count as half a step away, a step being the least seen: coarse answers tell no more."""
        away = np.minimum(p, 1 - p)
        floor = self.floor or max(1e-6, away.min(where=away > 0, initial=0.5) / 2)
        p = np.clip(p, floor, 1 - floor)
        return np.log(p / (1 - p))


class FromLabels(Sampled):
    """The slope of log P(a face nearby bears the name), from labels alone: a walk away from the class's boundary.

    In the manner of BREP-MI (Kahla et al. 2022, Algorithm 1): begin with a face that bears the name; ask on a sphere
    around it (in so many dimensions a Gaussian is nearly that), move away from what falls outside, and widen it while
    nearly all is inside. There the direction is all that counts and the sphere never shrinks; here it is the slope of
    a probability, so the same ascent and the same prior serve, and the sphere may shrink again. Confidence is the share
    inside.
    """

    STEPS, PAIRS, RADIUS = 50, 10, 1.0
    INSIDE, OUTSIDE = 0.9, 0.4  # widen above, shrink below

    def __init__(self, people, prior, queries: int, seed: int):
        pairs = max(self.PAIRS, (queries // self.STEPS - 1) // 2)
        super().__init__(people, prior, max(1, (queries - 1) // (2 * pairs + 1)), pairs, self.RADIUS, seed)

    def start(self, access, public):
        """Of the public faces that bear the name the most ordinary one; all people are looked for in one question."""
        z = super().start(access, public)
        named = access.probabilities(public).argmax(axis=1)
        known = self.prior.encode(public)
        known, named = (a[np.argsort((known**2).sum(axis=1), kind="stable")] for a in (known, named))
        for i, person in enumerate(self.people):
            hits = np.flatnonzero(named == person)
            self.reached[i] = len(hits) > 0
            if len(hits):
                z[i] = known[hits[0]]
        return z

    def __call__(self, access, z, step):
        u, answers = self._around(access, z, step)
        own = np.arange(len(z))
        inside = answers[own, :, own]
        share = inside.mean(axis=1)
        slope = np.matmul(self._rise(inside)[:, None], u)[:, 0] / self.pairs
        slope = (slope / np.maximum(share, 1 / inside.shape[1])[:, None]).astype(np.float32)
        self.reached = self.reached | (share > 0)  # who is not reached yet is looked for among draws from the prior
        factor = np.where(share > self.INSIDE, 1.2, np.where((share < self.OUTSIDE) & self.reached, 0.9, 1))
        self.radius = np.maximum(self.radius * factor, 0.05).astype(np.float32)
        return share, slope


def slope_for(access: Access, people: np.ndarray, prior: EigenfacePrior, *, steps: int, queries: int | None,
              public: int, floor: float | None = None, rng: np.random.Generator) -> Slope:
    """The best way to feel the slope that ``access`` allows.

    Parameters
    ----------
    steps : int
        With gradients.
    queries : int or None
        A person, without; None for `QUERIES`.
    public : int
        Public photographs, all of which are asked once where there are only labels.
    floor : float, optional
        With scores, what a smaller probability counts as.
    """
    if access.offers >= Offers.GRADIENTS:
        return Exact(people, prior, steps)
    queries = queries or QUERIES[access.offers]
    seed = int(rng.integers(2**63))
    if access.offers == Offers.SCORES:
        return FromScores(people, prior, queries, seed, floor)
    return FromLabels(people, prior, queries - -(-public // len(people)), seed)


QUERIES = {Offers.SCORES: 1000, Offers.LABELS: 20_000}
"""A person, where nothing else is asked for."""
