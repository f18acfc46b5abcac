"""Hardened access: the same model behind fewer, coarser, noisier or rationed answers.

Every wrapper takes any access, also another wrapper, and is an access itself. None passes on gradients or weights.
Rows of a hardened answer are still probabilities that sum to 1, so that whoever asks need not know about it.
"""

from abc import abstractmethod

import numpy as np

from leaklab import _validate as v
from leaklab.access.base import Access
from leaklab.models import Model, Offers
from leaklab.privacy import gaussian_epsilon


class Hardened(Access):
    """Base of the wrappers; an author of one writes `_harden`.

    Each layer counts the queries *it* answered: requests rejected by a layer are not counted by the layers outside it.

    Parameters
    ----------
    access : Access
        What is behind it.

    Attributes
    ----------
    access : Access
    """

    def __init__(self, access: Access):
        if not isinstance(access, Access):
            v.fail("access", access, "must be an access object", "Wrap the model first: BlackBox(model).")
        self.access = access
        super().__init__(_Behind(access, lambda answers: self._harden(answers)))

    @abstractmethod
    def _harden(self, answers: np.ndarray) -> np.ndarray:
        """Turn probabilities (n, classes) into probabilities (n, classes)."""

    def _settings(self) -> str:
        return ""

    def __repr__(self):
        settings = self._settings()
        return f"{type(self).__name__}({self.access!r}{', ' if settings else ''}{settings})"


class _Behind(Model):
    """The answers of an access, hardened; where only labels come through, the label of the hardened answer."""

    def __init__(self, access: Access, harden):
        self.inputs, self.classes = access.inputs, access.classes
        self.offers, self._access, self._harden = min(access.offers, Offers.SCORES), access, harden

    def probabilities(self, x):
        return self._harden(self._access.probabilities(x))


class Rounded(Hardened):
    """Answers in steps of ``10**-decimals``; a deterministic wrapper, so no differential privacy at any epsilon.

    Rounded so that a row still sums to 1 (by largest remainders): all entries are rounded down, and the steps that are
    missing go to those that lost most. An answer moves by less than one step.

    Examples
    --------
    >>> from leaklab.access import BlackBox
    >>> model = BlackBox(lambda x: np.array([[0.666, 0.172, 0.162]]), inputs=(1,), classes=3)
    >>> Rounded(model, 1).probabilities([[0.0]]).tolist()
    [[0.7, 0.2, 0.1]]
    """

    def __init__(self, access: Access, decimals: int):
        super().__init__(access)
        self.decimals = v.integer("decimals", decimals, low=0, high=9)

    def _harden(self, answers):
        unit = 10**self.decimals
        exact = answers / answers.sum(axis=1, keepdims=True) * unit
        down = np.floor(exact + 1e-6)  # an answer that is on the grid already stays there
        missing = np.rint(unit - down.sum(axis=1)).astype(int)
        order = np.argsort(down - exact, axis=1, kind="stable")
        place = np.argsort(order, axis=1)
        return (down + (place < missing[:, None])) / unit

    def _settings(self):
        return f"decimals={self.decimals}"


class TopK(Hardened):
    """The ``k`` largest answers; all other classes share equally what is left. No differential privacy.

    The row is computed from the k answers alone, so it gives away nothing else: each other class gets (1 - their sum) /
    (classes - k), but at least 0 and less than the least of them, in which case the row is scaled to sum to 1. Of equal
    answers the first counts as larger.

    Examples
    --------
    >>> from leaklab.access import BlackBox
    >>> model = BlackBox(lambda x: np.array([[0.5, 0.3, 0.15, 0.05]]), inputs=(1,), classes=4)
    >>> TopK(model, 2).probabilities([[0.0]]).round(6).tolist()
    [[0.5, 0.3, 0.1, 0.1]]
    """

    def __init__(self, access: Access, k: int):
        super().__init__(access)
        self.k = v.integer("k", k, high=len(access.classes), remedy="There are no more classes.")

    def _harden(self, answers):
        if self.k == len(self.classes):
            return answers
        first = np.argsort(-answers, axis=1, kind="stable")[:, :self.k]
        shown = np.take_along_axis(answers, first, axis=1)
        left = (1 - shown.cumsum(axis=1)[:, -1:]) / (len(self.classes) - self.k)  # summed in one order, however stored
        rest = np.clip(left, 0, shown[:, -1:] * (1 - 1e-12))
        shared = np.repeat(rest, len(self.classes), axis=1)
        np.put_along_axis(shared, first, shown, axis=1)
        return np.where(rest == left, shared, shared / shared.sum(axis=1, keepdims=True))

    def _settings(self):
        return f"k={self.k}"


class LabelOnly(Hardened):
    """The class that the model names and nothing else: 1 for it, 0 for all others. No differential privacy."""

    def __init__(self, access: Access):
        super().__init__(access)
        self.offers = Offers.LABELS

    def labels(self, x):
        return self._ask(self.access.labels, x)

    def _harden(self, answers):
        return answers


class Noisy(Hardened):
    """Answers plus fresh noise, then clipped to [0, 1] and scaled to sum to 1 (which is post-processing).

    Adding Laplace or Gaussian noise to each answer *is* a differentially private mechanism. What it hides is how far
    the answer can move between two models: by ``sensitivity`` at most, in L1 (Laplace; Dwork and Roth 2014, theorem
    3.6) or in L2 (Gaussian). Two rows of probabilities are never further apart than 2 and the root of 2; those are the
    defaults, and with them epsilon holds between *any* two models, hence between those trained with and without a
    record. That is a true promise and a costly one: noise small enough to leave the answers useful has a large epsilon
    for each query, and epsilon grows with the queries. A smaller ``sensitivity`` is the defender's own claim, that
    leaving one record out of the training moves no answer further; nothing here checks it, and without proof of it
    nothing is promised. The promise is for real numbers (in floating point, noise has gaps: Mironov 2012), and for the
    answers through this object alone, not for any other access to the same model.

    Parameters
    ----------
    access : Access
    scale : float
        Of the noise: Laplace's b, or the Gaussian's standard deviation.
    kind : {"gaussian", "laplace"}
    sensitivity : float, optional
        The most an answer moves; the worst case when left out.
    rng : int or numpy.random.Generator

    Examples
    --------
    >>> from leaklab.access import BlackBox
    >>> model = BlackBox(lambda x: np.full((len(x), 2), 0.5), inputs=(1,), classes=2)
    >>> noisy = Noisy(model, 0.5, kind="laplace", rng=0)
    >>> noisy.epsilon_per_query(), noisy.probabilities(np.zeros((10, 1))).shape, noisy.epsilon_spent()
    (4.0, (10, 2), 40.0)
    """

    def __init__(self, access: Access, scale: float, *, kind: str = "gaussian", sensitivity: float | None = None, rng):
        super().__init__(access)
        self.scale = v.number("scale", scale, low=0, open_low=True)
        self.kind = v.one_of("kind", kind, ("gaussian", "laplace"))
        worst = 2.0 if kind == "laplace" else 2**0.5
        self.sensitivity = worst if sensitivity is None else v.number(
            "sensitivity", sensitivity, low=0, high=worst, open_low=True,
            remedy="Two rows of probabilities are never further apart.")
        self._rng = v.generator(rng)

    def epsilon_per_query(self, delta: float = 1e-5) -> float:
        """Epsilon of one answer; ``delta`` is 0 for Laplace noise, whatever is passed."""
        return self.epsilon_after(1, delta)

    def epsilon_spent(self, delta: float = 1e-5) -> float:
        """Epsilon of all answers so far together: `epsilon_after` as many queries."""
        return self.epsilon_after(self.queries, delta)

    def epsilon_after(self, queries: int, delta: float = 1e-5) -> float:
        """Epsilon of so many answers together, also where each question is chosen after the answers before.

        Laplace: the sum (Dwork and Roth 2014, theorem 3.16). Gaussian: n answers are one of the noise divided by
        the root of n, counted exactly (Dong, Roth and Su 2022, corollary 3.3).
        """
        queries = v.integer("queries", queries, low=0)
        if self.kind == "laplace":
            return queries * self.sensitivity / self.scale
        delta = v.number("delta", delta, low=0, high=1, open_low=True, open_high=True)
        return gaussian_epsilon(queries**0.5 * self.sensitivity / self.scale, delta)

    def _harden(self, answers):
        draw = self._rng.normal if self.kind == "gaussian" else self._rng.laplace
        noisy = np.clip(answers + draw(0, self.scale, answers.shape), 0, 1)
        total = noisy.sum(axis=1, keepdims=True)
        return np.where(total > 0, noisy / np.where(total > 0, total, 1), 1 / len(self.classes))

    def _settings(self):
        return f"scale={self.scale:g}, kind={self.kind!r}"


class BudgetSpent(v.Refused):
    """A question that would exceed the budget.

    Attributes
    ----------
    spent, left, asked : int
        Queries answered, queries remaining, and queries in the question that was refused.
    """

    def __init__(self, spent: int, left: int, asked: int):
        super().__init__(f"the query budget of {spent + left:,} does not cover {asked:,} more: {spent:,} are spent, "
                         f"{left:,} left. Nothing of this question was answered. Ask {left:,} or fewer.")
        self.spent, self.left, self.asked = spent, left, asked


class Metered(Hardened):
    """At most ``budget`` queries; a question that asks for more than is left is refused whole (`BudgetSpent`).

    It limits, and promises nothing: what an adversary learns from ``budget`` answers they learn.

    Examples
    --------
    >>> from leaklab.access import BlackBox
    >>> meter = Metered(BlackBox(lambda x: np.full((len(x), 2), 0.5), inputs=(1,), classes=2), budget=10)
    >>> meter.probabilities(np.zeros((7, 1))).shape, meter.left
    ((7, 2), 3)
    """

    def __init__(self, access: Access, budget: int):
        super().__init__(access)
        self.budget = v.integer("budget", budget, low=0)

    @property
    def left(self) -> int:
        """Queries remaining."""
        return self.budget - self.queries

    def _allow(self, asked):
        if asked > self.left:
            raise BudgetSpent(self.queries, self.left, asked)

    def _harden(self, answers):
        return answers

    def _settings(self):
        return f"budget={self.budget}"
