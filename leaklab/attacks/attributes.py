"""Attribute inversion: from a patient's other answers and a model to the one they kept to themselves."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.access import Offers
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
    __repr__ = summary


@dataclass(frozen=True, eq=False)
class Population:
    """What is known of people and model in general.

    Attributes
    ----------
    prior : float array (k,) or (n, k)
        How likely each candidate is before the model is asked: in the population, or given the other features.
    confusion : float array (classes, classes), optional
        P(answer | truth), a row for each truth, such as is published with a model; needed where there are only labels.
    """

    prior: np.ndarray
    confusion: np.ndarray | None = None
    __repr__ = summary


@dataclass(frozen=True, kw_only=True)
class AttributeInversion(Attack):
    """Which value of one feature explains the model's answer best? (after Fredrikson et al. 2014)

    ``attack(access, x, y, knowledge=Population(...))``: the adversary knows the rest of the records ``x`` (n, d) and
    their true labels ``y``, asks the model about each record completed by every candidate value v, and weighs prior(v)
    by the likelihood: the score p_y where there are scores; else P(answer | truth y) by the model's confusion matrix.

    Parameters
    ----------
    column : int or str
        The unknown feature, by number or, in a DataFrame, by name. What ``x`` holds there is not looked at.
    values : tuple
        Its candidate values, as the model takes them.

    Examples
    --------
    >>> from leaklab.access import BlackBox
    >>> ill_if_smoker = BlackBox(lambda x: np.stack([0.9 - 0.8 * x[:, 1], 0.1 + 0.8 * x[:, 1]], 1), inputs=(2,),
    ...                          classes=2)
    >>> attack = AttributeInversion(column=1, values=(0.0, 1.0))
    >>> found = attack(ill_if_smoker, np.zeros((2, 2)), [0, 1], knowledge=Population([0.5, 0.5]))
    >>> found.posterior.round(2).tolist()
    [[0.9, 0.1], [0.1, 0.9]]
    """

    needs: ClassVar[Offers] = Offers.LABELS
    knows: ClassVar[tuple[type, ...]] = (Population,)
    column: int | str
    values: tuple

    def __post_init__(self):
        if not isinstance(self.column, str):
            v.integer("column", self.column, low=0)
        if len(set(self.values)) < max(2, len(self.values)):
            v.fail("values", self.values, "must be at least two different candidates")

    def target(self, access, x, y):
        x = access.inputs.check(x)
        if x.ndim != 2:
            raise ValueError(f"x has shape {x.shape}: must be a table of records, (n, d).")
        return x, access.encode(y, length=len(x))

    def run(self, access, x, y, knowledge, rng, progress):
        k = len(self.values)
        prior = _distributions("prior", knowledge.prior, (len(x), k))
        completed = self._completed(x, access.inputs.columns)
        if access.offers >= Offers.SCORES:
            likelihood = access.probabilities(completed).reshape(len(x), k, -1)[np.arange(len(x)), :, y]
        elif knowledge.confusion is None:
            v.fail("confusion", None, "is needed where there are only labels",
                   "Pass P(answer | truth), such as is published with a model or measured on records of one's own.")
        else:
            confusion = _distributions("confusion", knowledge.confusion, (len(access.classes),) * 2)
            likelihood = confusion[y[:, None], access.labels(completed).reshape(len(x), k)]
        weight = prior * np.maximum(likelihood, 1e-12)
        return weight / weight.sum(axis=1, keepdims=True)

    def wrap(self, posterior):
        return Attributes(posterior.argmax(axis=1), posterior, 0)

    def _completed(self, x, columns):
        """Every record once with each candidate."""
        names = list(columns if columns is not None else range(x.shape[1]))
        if isinstance(self.column, str) and self.column not in names:
            v.fail("column", self.column, f"must be one of {', '.join(map(repr, names))}")
        where = names.index(self.column) if isinstance(self.column, str) else v.integer(
            "column", self.column, low=0, high=x.shape[1] - 1, remedy="x has no such column.")
        rows, values = np.repeat(np.arange(len(x)), len(self.values)), list(self.values) * len(x)
        if not hasattr(x, "iloc"):
            completed = x[rows]
            completed[:, where] = values
            return completed
        return x.iloc[rows].assign(**{names[where]: values})


def _distributions(name: str, value, shape: tuple[int, int]) -> np.ndarray:
    value = v.array(name, value, dtype=np.float64)
    if value.shape not in (shape, shape[1:]):
        raise ValueError(f"{name} has shape {value.shape}: must be {shape}, or {shape[1:]} for all alike.")
    if value.min() < 0 or not np.allclose(value.sum(axis=-1), 1, atol=1e-3):
        raise ValueError(f"{name} must hold probabilities: rows of at least 0 that sum to 1.")
    return np.broadcast_to(value, shape)
