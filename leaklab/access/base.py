"""The interface of all access: what it offers, the questions it answers, and the count of them."""

from abc import ABC, abstractmethod
from enum import IntEnum

import numpy as np

from leaklab import _validate as v


class Offers(IntEnum):
    """What an access gives away; each level includes those below it."""

    LABELS = 1
    """The most likely class."""
    SCORES = 2
    """A probability for every class."""
    GRADIENTS = 3
    """Derivatives of a probability by the input."""
    PARAMETERS = 4
    """The weights themselves."""


class Access(ABC):
    """A model as the adversary sees it.

    Attributes
    ----------
    offers : Offers
        The highest capability; an attack that needs more refuses.
    shape : tuple of int
        Shape of one input.
    classes : int
        Number of classes.
    queries : int
        Inputs answered so far; a gradient counts like an answer.
    columns : list of str, optional
        Names of the inputs, where the model knows them: a DataFrame's columns are then matched by name.
    """

    def __init__(self, offers: Offers, shape: tuple[int, ...], classes: int, columns=None):
        self.offers = offers
        self.shape = tuple(shape)
        self.classes = classes
        self.columns = None if columns is None else list(columns)
        self._queries = 0

    @property
    def queries(self) -> int:
        return self._queries

    def probabilities(self, x) -> np.ndarray:
        """Probabilities float64 ``(n, classes)`` for inputs ``(n, *shape)``; with LABELS alone, ones at the labels."""
        x = self._checked(x)
        answers = np.asarray(self._predict(x), dtype=np.float64)
        self._queries += len(x)
        return _probabilities(answers, len(x), self.classes)

    def gradient(self, x, label, *, of: str = "log_probability") -> tuple[np.ndarray, np.ndarray]:
        """A class's probability, or its logarithm, and the derivative by the input.

        Parameters
        ----------
        x : array (n, *shape)
        label : array of int (n,)
            The class of interest for each input.
        of : {"log_probability", "probability"}

        Returns
        -------
        value : float32 (n,)
        gradient : float32 (n, *shape)

        Raises
        ------
        ValueError
            (``Refused``) when this access does not offer gradients.
        """
        self.require(Offers.GRADIENTS, "gradient")
        v.one_of("of", of, ("log_probability", "probability"))
        x = self._checked(x)
        label = v.labels("label", label, length=len(x), classes=self.classes)
        value, gradient = self._gradient(x, label, of)
        self._queries += len(x)
        return np.asarray(value), np.asarray(gradient)

    def require(self, needs: Offers, who: str) -> None:
        """Refuse ``who`` when it needs more than this access offers."""
        if needs > self.offers:
            raise v.Refused(f"{who} needs {needs.name}; this access offers {self.offers.name}.")

    def _checked(self, x) -> np.ndarray:
        x = v.array("x", v.by_name("x", x, self.columns), ndim=1 + len(self.shape))
        if x.shape[1:] != self.shape:
            raise ValueError(f"x has shape {x.shape}: this model takes (n, {', '.join(map(str, self.shape))}).")
        return x

    @abstractmethod
    def _predict(self, x: np.ndarray):
        """Answer checked inputs with probabilities."""

    def _gradient(self, x: np.ndarray, label: np.ndarray, of: str):
        raise NotImplementedError  # only reached by an access that claims GRADIENTS without giving them

    def __repr__(self):
        return f"{type(self).__name__}(offers={self.offers.name}, shape={self.shape}, classes={self.classes})"


def _probabilities(answers: np.ndarray, n: int, classes: int) -> np.ndarray:
    if answers.ndim == 1 and classes == 2:  # one probability, of class 1
        answers = np.stack([1 - answers, answers], axis=1)
    if answers.shape != (n, classes):
        raise ValueError(f"the model answered with shape {answers.shape}: must be ({n}, {classes}), a probability for "
                         "every class.")
    if not (answers >= 0).all() or not np.allclose(answers.sum(axis=1), 1, atol=1e-3):
        raise ValueError("the model's answers are not probabilities: rows must be at least 0 and sum to 1. "
                         "Does it answer logits? Put a softmax behind it.")
    return answers
