"""Attribute inversion: from a patient's other answers and a model to the one they kept to themselves."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leaklab import _validate as v
from leaklab.access import Access, Offers
from leaklab.attacks.base import Attack


@dataclass(frozen=True, eq=False)
class Attributes:
    """What an attribute inversion says of each record.

    Attributes
    ----------
    guess : int (n,)
        The most likely candidate, as an index into ``values``; of equal ones the first.
    posterior : float (n, k)
        Probability of each candidate.
    queries : int
        Queries spent: k for each record.
    """

    guess: np.ndarray
    posterior: np.ndarray
    queries: int


@dataclass(frozen=True, kw_only=True)
class AttributeInversion(Attack):
    """Which value of one feature explains the model's answer best? (after Fredrikson et al. 2014)

    The adversary knows the rest of the record and its true label y, asks the model about the record completed by every
    candidate value v, and weighs prior(v) by the likelihood: the score p_y where there are scores; else
    P(answer | truth y) by the model's confusion matrix.

    Parameters
    ----------
    column : int
        The unknown feature. What ``x`` holds there is not looked at.
    values : tuple of float
        Its candidate values, as the model takes them.

    Examples
    --------
    >>> from leaklab.access import BlackBox
    >>> ill_if_smoker = BlackBox(lambda x: np.stack([0.9 - 0.8 * x[:, 1], 0.1 + 0.8 * x[:, 1]], 1), shape=(2,),
    ...                          classes=2)
    >>> attack = AttributeInversion(column=1, values=(0.0, 1.0))
    >>> attack(ill_if_smoker, np.zeros((2, 2)), [0, 1], prior=[0.5, 0.5]).posterior.round(2).tolist()
    [[0.9, 0.1], [0.1, 0.9]]
    """

    needs: ClassVar[Offers] = Offers.LABELS
    column: int
    values: tuple[float, ...]

    def __post_init__(self):
        v.integer("column", self.column, low=0)
        values = v.array("values", self.values, ndim=1)
        if len(np.unique(values)) < max(2, len(values)):
            v.fail("values", self.values, "must be at least two different candidates")

    def __call__(self, access: Access, x, y, *, prior, confusion=None) -> Attributes:
        """Guess the feature of each record.

        Parameters
        ----------
        access : Access
        x : float array (n, d)
        y : int array (n,)
            The true labels.
        prior : float array (k,) or (n, k)
            How likely each candidate is before the model is asked: in the population, or given the other features.
        confusion : float array (classes, classes), optional
            P(answer | truth), a row for each truth; needed where there are only labels.

        Returns
        -------
        Attributes
        """
        self._check(access)
        x = v.array("x", v.by_name("x", x, access.columns), ndim=2)
        y = v.labels("y", y, length=len(x), classes=access.classes)
        v.integer("column", self.column, low=0, high=x.shape[1] - 1, remedy="x has no such column.")
        k = len(self.values)
        prior = _distributions("prior", prior, (len(x), k))
        before = access.queries
        completed = np.repeat(x, k, axis=0)
        completed[:, self.column] = np.tile(np.asarray(self.values, np.float32), len(x))
        answers = access.probabilities(completed).reshape(len(x), k, -1)
        if access.offers >= Offers.SCORES:
            likelihood = answers[np.arange(len(x)), :, y]
        elif confusion is None:
            v.fail("confusion", None, "is needed where there are only labels",
                   "Pass P(answer | truth), such as is published with a model or measured on records of one's own.")
        else:
            confusion = _distributions("confusion", confusion, (access.classes,) * 2)
            likelihood = confusion[y[:, None], answers.argmax(axis=2)]
        weight = prior * np.maximum(likelihood, 1e-12)
        posterior = weight / weight.sum(axis=1, keepdims=True)
        return Attributes(posterior.argmax(axis=1), posterior, access.queries - before)


def _distributions(name: str, value, shape: tuple[int, int]) -> np.ndarray:
    value = v.array(name, value, dtype=np.float64)
    if value.shape not in (shape, shape[1:]):
        raise ValueError(f"{name} has shape {value.shape}: must be {shape}, or {shape[1:]} for all alike.")
    if value.min() < 0 or not np.allclose(value.sum(axis=-1), 1, atol=1e-3):
        raise ValueError(f"{name} must hold probabilities: rows of at least 0 that sum to 1.")
    return np.broadcast_to(value, shape)
