"""Three ways to estimate the gradient of a model's confidence: exact gradients, scores, labels alone.

Each is asked at coefficients z of a prior, for many people at once, and answers with the gradient of log p by z.
What is p differs: the model's own probability; its smoothed version, over inputs nearby; or how often an input nearby
is given the person's label.
"""

from abc import ABC, abstractmethod

import numpy as np

from leaklab.access import Access, Offers
from leaklab.attacks.prior import Prior


def antithetic_gradient(plus, minus, directions, radius) -> np.ndarray:
    """The gradient of f at a point, felt from f at pairs of points on opposite sides of it.

    The mean of (f(z + radius u) - f(z - radius u)) / (2 radius) u over the directions u (antithetic evolution
    strategies: Salimans et al. 2017, section 2). Where f is a plane in k dimensions and each u is standard normal, its
    cosine with the true gradient is near sqrt(m / (m + k + 1)) for m directions.

    Parameters
    ----------
    plus, minus : float array (..., m)
        f on either side.
    directions : float array (..., m, k)
        A u in each row.
    radius : float or array (..., 1)

    Returns
    -------
    float array (..., k)

    Examples
    --------
    >>> slope, u = np.array([3.0, -1.0]), np.random.default_rng(0).normal(size=(100_000, 2))
    >>> antithetic_gradient(0.1 * u @ slope, -0.1 * u @ slope, u, 0.1).round(1).tolist()
    [3.0, -1.0]
    """
    gain = (np.asarray(plus) - np.asarray(minus)) / (2 * radius)
    return np.matmul(gain[..., None, :], directions)[..., 0, :] / gain.shape[-1]


class GradientEstimator(ABC):
    """How confident the model is of each person around an input, and the gradient of that.

    Attributes
    ----------
    people : int (n,)
        The columns of the model's answers.
    steps : int
        How many steps the budget of queries pays for.
    found_start : bool (n,)
        Whether an input with the person's label is known; without one there is nothing to estimate.
    prior_scale : float
        Factor on the weight of the prior: log-odds have much larger gradients than log p.
    """

    prior_scale = 1.0

    def __init__(self, people: np.ndarray, prior: Prior, steps: int):
        self.people, self.prior, self.steps = people, prior, steps
        self.found_start = np.ones(len(people), bool)

    def start(self, access: Access) -> np.ndarray:
        """Where to start, coefficients (n, k): the prior's center if nothing better is known."""
        return np.zeros((len(self.people), self.prior.size), np.float32)

    def step_scale(self, step: int) -> float:
        """Factor on the learning rate: an estimated gradient allows few steps, which start large and become small."""
        return 3.0 * (1 - 0.8 * step / self.steps)

    @abstractmethod
    def __call__(self, access: Access, z: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Confidence (n,) and gradient (n, k) at ``z`` (n, k), by one question: a refusal leaves nothing half done."""


class Exact(GradientEstimator):
    """The gradient itself; one query a person and step."""

    def step_scale(self, step):
        return 1.0

    def __call__(self, access, z, step):
        inputs = self.prior.decode(z)
        value, gradient = access.gradient(inputs, self.people)
        return np.exp(value), self.prior.pull(gradient.reshape(inputs.shape), z)


class Sampled(GradientEstimator):
    """Base of the estimates from answers: antithetic evolution strategies (Salimans et al. 2017, section 2).

    The mean of u f(z + radius u) over pairs u and -u is the gradient of f smoothed by a Gaussian of that radius, times
    the radius. The u of a step depend on ``seed`` and ``step`` alone: an interrupted step can be taken again.
    """

    COMMON = True  # everybody's gradient is estimated along the same u

    def __init__(self, people, prior, steps, pairs: int, radius: float, seed: int):
        super().__init__(people, prior, steps)
        self.pairs, self.seed = pairs, seed
        self.radius = np.full(len(people), radius, np.float32)

    def _around(self, access: Access, z: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Directions u (n or 1, pairs, k); answers (n, 2 pairs + 1, n) about all people at z + u, z - u, and z."""
        rng = np.random.default_rng([self.seed, step])
        u = rng.standard_normal((1 if self.COMMON else len(z), self.pairs, z.shape[1]), dtype=np.float32)
        inputs = self.prior.around(z, u, self.radius)
        answers = access.probabilities(inputs.reshape(-1, *self.prior.shape))
        return u, answers.reshape(*inputs.shape[:2], -1)[:, :, self.people]

    def _rise(self, value: np.ndarray) -> np.ndarray:
        """Of ``value`` (n, 2 pairs + 1, ...) along each direction (n, pairs, ...)."""
        difference = value[:, :self.pairs] - value[:, self.pairs:2 * self.pairs]
        return difference / (2 * self.radius.reshape(-1, *[1] * (value.ndim - 1)))


class FromScores(Sampled):
    """The gradient of the smoothed log-odds, log p - log(1 - p), from scores; one query a step is for the input itself.

    Log-odds, because they keep rising where p is nearly 1. An answer holds the scores of *all* people, so the inputs of
    one person are evidence about everybody: a least-squares plane through all answers, older ones weighing less, is a
    first estimate of each person's gradient; the person's own pairs correct it by what the plane leaves unexplained.
    """

    STEPS, PAIRS, RADIUS, COMMON = 24, 3, 1.0, False
    prior_scale = 100.0
    MEMORY = 0.8  # what an answer counts one step later

    def __init__(self, people, prior, queries: int, seed: int, floor: float | None = None):
        pairs = max(self.PAIRS, (queries // self.STEPS - 1) // 2)
        super().__init__(people, prior, max(1, (queries - 1) // (2 * pairs + 1)), pairs, self.RADIUS, seed)
        self.floor, k = floor, prior.size
        self._gram, self._moment = np.zeros((k, k)), np.zeros((k, len(people)))

    def __call__(self, access, z, step):
        u, answers = self._around(access, z, step)
        rise = self._rise(self._log_odds(answers))
        flat = u.reshape(-1, u.shape[2]).astype(float)
        self._gram = self.MEMORY * self._gram + flat.T @ flat
        self._moment = self.MEMORY * self._moment + flat.T @ rise.reshape(len(flat), -1)
        plane = np.linalg.solve(self._gram + np.eye(len(self._gram)), self._moment).T
        own = np.arange(len(z))
        unexplained = rise[own, :, own] - np.matmul(u, plane[:, :, None])[:, :, 0]
        gradient = plane + np.matmul(unexplained[:, None], u)[:, 0] / self.pairs
        return answers[own, -1, own], gradient.astype(np.float32)

    def _log_odds(self, p: np.ndarray) -> np.ndarray:
        """Answers of 0 or 1 count as half a step away, a step being the least seen: coarse answers tell no more."""
        away = np.minimum(p, 1 - p)
        floor = self.floor or max(1e-6, away.min(where=away > 0, initial=0.5) / 2)
        p = np.clip(p, floor, 1 - floor)
        return np.log(p / (1 - p))


class FromLabels(Sampled):
    """The gradient of log P(an input nearby gets the label), from labels alone: a walk away from the class's boundary.

    In the manner of BREP-MI (Kahla et al. 2022, Algorithm 1): start with an input that gets the label; ask on a sphere
    around it (in so many dimensions a Gaussian is nearly that), move away from what falls outside, and widen it while
    nearly all is inside. There only the direction counts and the sphere never shrinks; here it is the gradient of a
    probability, so the same ascent and the same prior serve, and the sphere may shrink again. Confidence is the share
    inside. The prior's examples are asked once, for all people, and count against the budget.
    """

    STEPS, PAIRS, RADIUS = 50, 10, 1.0
    INSIDE, OUTSIDE = 0.9, 0.4  # widen above, shrink below

    def __init__(self, people, prior, queries: int, seed: int):
        queries -= -(-len(prior.examples()[0]) // len(people))
        pairs = max(self.PAIRS, (queries // self.STEPS - 1) // 2)
        super().__init__(people, prior, max(1, (queries - 1) // (2 * pairs + 1)), pairs, self.RADIUS, seed)

    def start(self, access):
        """For each person the most typical example with their label."""
        z = super().start(access)
        examples, known = self.prior.examples()
        labels = access.probabilities(examples).argmax(axis=1)
        typical = np.argsort((known**2).sum(axis=1), kind="stable")
        known, labels = known[typical], labels[typical]
        self.found_start = np.isin(self.people, labels)
        for i in np.flatnonzero(self.found_start):
            z[i] = known[np.argmax(labels == self.people[i])]
        return z

    def __call__(self, access, z, step):
        u, answers = self._around(access, z, step)
        own = np.arange(len(z))
        inside = answers[own, :, own]
        share = inside.mean(axis=1)
        plus, minus = inside[:, :self.pairs], inside[:, self.pairs:2 * self.pairs]
        gradient = antithetic_gradient(plus, minus, u, self.radius[:, None])
        gradient = (gradient / np.maximum(share, 1 / inside.shape[1])[:, None]).astype(np.float32)
        self.found_start = self.found_start | (share > 0)  # until then, draws from the prior are searched
        factor = np.where(share > self.INSIDE, 1.2, np.where((share < self.OUTSIDE) & self.found_start, 0.9, 1))
        self.radius = np.maximum(self.radius * factor, 0.05).astype(np.float32)
        return share, gradient


def estimator_for(access: Access, people: np.ndarray, prior: Prior, *, steps: int, queries: int | None,
                  floor: float | None = None, rng: np.random.Generator) -> GradientEstimator:
    """The best estimator that ``access`` allows.

    Parameters
    ----------
    steps : int
        With gradients.
    queries : int or None
        Per person, without gradients; None for `QUERIES`.
    floor : float, optional
        With scores, what a smaller probability counts as.
    """
    if access.offers >= Offers.GRADIENTS:
        return Exact(people, prior, steps)
    queries = queries or QUERIES[access.offers]
    seed = int(rng.integers(2**63))
    if access.offers == Offers.SCORES:
        return FromScores(people, prior, queries, seed, floor)
    return FromLabels(people, prior, queries, seed)


QUERIES = {Offers.SCORES: 1000, Offers.LABELS: 20_000}
"""Per person, where nothing else is asked for."""
