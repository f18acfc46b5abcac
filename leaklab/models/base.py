"""What a model is to Leaklab: what it takes, the classes it knows, and what can be computed with it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from enum import IntEnum
from typing import Any

import numpy as np

from leaklab import _validate as v
from leaklab.models.inputs import Inputs


class Offers(IntEnum):
    """What a model, or an access to it, gives away; each level includes those below it."""

    LABELS = 1
    """The most likely class."""
    SCORES = 2
    """A probability for every class."""
    GRADIENTS = 3
    """Derivatives of a probability by the input."""
    PARAMETERS = 4
    """The weights themselves."""


class Model(ABC):
    """A classifier. An author of one sets ``inputs`` and ``classes`` and writes `probabilities`.

    Attributes
    ----------
    inputs : Inputs
        What it takes. All methods are given what ``inputs.check`` returns.
    classes : tuple
        Its labels, of any kind, in the order of the columns of its answers.
    offers : Offers
        The most that it can give.

    Examples
    --------
    >>> class Coin(Model):
    ...     inputs, classes = Inputs((3,)), ("ill", "healthy")
    ...     def probabilities(self, x):
    ...         return np.full((len(x), 2), 0.5)
    >>> Coin().encode(["healthy", "ill"])
    Columns([1, 0])
    """

    inputs: Inputs
    classes: tuple
    offers: Offers = Offers.SCORES

    @abstractmethod
    def probabilities(self, x: Any) -> np.ndarray:
        """A probability for every class, float ``(n, classes)``, rows that sum to 1."""

    @property
    def original(self) -> Any:
        """What was adapted; the model itself, where nothing was."""
        return self

    def labels(self, x: Any) -> np.ndarray:
        """The class that the model itself names, int ``(n,)``: the most likely, where it has no rule of its own."""
        return np.asarray(self.probabilities(x)).argmax(axis=1)

    def encode(self, y: Any, name: str = "y", length: int | None = None) -> np.ndarray:
        """Labels as numbers of columns, int ``(n,)``; a label that the model does not know is refused."""
        return encode(name, y, self.classes, length)


class Differentiable(Model):
    """A model whose answers can be differentiated by the input."""

    offers = Offers.GRADIENTS

    @abstractmethod
    def input_gradient(self, x: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """log p of column ``label`` (n,), and its derivative by the input ``(n, *shape)``."""


class Open(Differentiable):
    """A model whose parameters lie open."""

    offers = Offers.PARAMETERS

    @abstractmethod
    def loss_gradient_norm(self, x: Any, y: np.ndarray) -> np.ndarray:
        """Euclidean norm (n,) of the gradient of each record's loss, -log p_y, by the parameters."""

    @abstractmethod
    def parameters(self) -> list[np.ndarray]:
        """Copies of the parameters."""


class Columns(np.ndarray):
    """Labels that are encoded already, so that nobody takes them for labels again."""


def encode(name: str, y: Any, classes: Sequence, length: int | None = None) -> Columns:
    """The place of every label in ``classes``.

    >>> encode("y", ["ill", "healthy", "ill"], ("healthy", "ill"))
    Columns([1, 0, 1])
    """
    raw = np.asarray(y)
    if raw.ndim != 1 or not len(raw):
        raise ValueError(f"{name} has shape {raw.shape}: must be one label for every record.")
    if length is not None and len(raw) != length:
        raise ValueError(f"{name} has {len(raw)} rows: must have {length}.")
    if isinstance(y, Columns):
        return y
    place = {label: number for number, label in enumerate(classes)}
    known, where = np.unique(raw, return_inverse=True) if raw.dtype != object else (raw, np.arange(len(raw)))
    for label in known.tolist():
        if label not in place:
            shown = ", ".join(map(repr, classes[:8])) + (", ..." if len(classes) > 8 else "")
            v.fail(name, label, f"is no label of this model, which knows {shown}", "Pass labels as the model has them.")
    return np.array([place[label] for label in known.tolist()])[where].view(Columns)


def one_hot(columns: Any, classes: int) -> np.ndarray:
    """A 1 in each row's column, float64 ``(n, classes)``.

    >>> one_hot([1, 0], 3)
    array([[0., 1., 0.],
           [1., 0., 0.]])
    """
    rows = np.zeros((len(columns), classes))
    rows[np.arange(len(columns)), columns] = 1
    return rows


def check_classes(classes: Any) -> tuple:
    """A number of classes as the labels 0, 1, ...; labels as they are, plain Python objects, all different."""
    if np.ndim(classes) == 0 and not isinstance(classes, str):
        return tuple(range(v.integer("classes", classes, low=2)))
    labels = tuple(np.asarray(classes).tolist() if isinstance(classes, np.ndarray) else classes)
    if any(np.ndim(label) for label in labels):
        v.fail("classes", classes, "are of several outputs", "Wrap one of them in a function, and name its classes.")
    if len(labels) < 2 or len(set(labels)) < len(labels):
        v.fail("classes", classes, "must be at least two different labels", "Or their number.")
    return labels


def read(answers: Any, n: int, classes: int) -> np.ndarray:
    """A model's answers as float64 probabilities ``(n, classes)``; what cannot be read as such is refused.

    Of two classes one column is enough: the probability of the second. Answers may be rounded: a row may miss 1 by as
    much as half a step for every class, the step being that of the digits seen.

    >>> read([0.2, 0.6], 2, 2)
    array([[0.8, 0.2],
           [0.4, 0.6]])
    """
    p = v.array("the model's answer", answers, dtype=np.float64, remedy="Mend the model, or ask about other inputs.")
    if classes == 2 and p.shape in ((n,), (n, 1)):
        p = np.column_stack([1 - p.ravel(), p.ravel()])
    if p.shape != (n, classes):
        raise ValueError(f"the model answered with shape {p.shape}: must be ({n}, {classes}), a probability for "
                         "every class.")
    if p.min() < 0 or p.max() > 1.001 or (  # sums of what is too large are left alone
            (error := np.abs(p.sum(axis=1) - 1).max()) > 1e-3 and error > 1e-6 + classes / 2 * _step(p)):
        raise ValueError("the model's answers are not probabilities: rows must be at least 0 and sum to 1. "
                         "Does it answer logits? Then say answers=\"logits\".")
    return p


def _step(p: np.ndarray) -> float:
    """The step of decimals on which all answers lie; 0 where there is none of at least 1e-4."""
    return next((10.0**-digits for digits in range(1, 5) if np.abs(p - p.round(digits)).max() < 1e-6), 0.0)
