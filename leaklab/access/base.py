"""What the adversary holds: a model under a ceiling, with a meter."""

from collections.abc import Callable
from copy import copy
from typing import Any

import numpy as np

from leaklab import _validate as v
from leaklab.models import Model, Offers, adapt
from leaklab.models.adapt import answers_of
from leaklab.models.base import one_hot


class Access:
    """A model as the adversary sees it: no more than it offers, and every input asked about is counted.

    Parameters
    ----------
    model : object
        A `leaklab.models.Model`, or what `leaklab.models.adapt` makes one of.
    offers : Offers, optional
        The ceiling; an attack that needs more refuses. The most that the model can give, when left out.

    Attributes
    ----------
    offers : Offers
    inputs : leaklab.models.Inputs
        What the model takes.
    classes : tuple
        Its labels, in the order of its answers.
    queries : int
        Inputs answered so far; a gradient counts like an answer.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> access = Access(LogisticRegression().fit([[0.0], [1.0]], ["healthy", "ill"]))
    >>> access.offers.name, access.classes, access.only(Offers.LABELS).probabilities([[2.0]])
    ('PARAMETERS', ('healthy', 'ill'), array([[0., 1.]]))
    """

    def __init__(self, model: Any, offers: Offers | None = None):
        self._model: Any = adapt(model)  # of the kind that ``offers`` says
        self.inputs, self.classes = self._model.inputs, self._model.classes
        self.offers = self._model.offers if offers is None else Offers(offers)
        self._meter = [0]
        if self.offers > self._model.offers:
            v.fail("offers", self.offers.name, f"is more than the model can give, {self._model.offers.name}")

    @property
    def queries(self) -> int:
        return self._meter[0]

    @property
    def shape(self) -> tuple[Any, ...]:
        """Shape of one input."""
        return self.inputs.shape

    @property
    def own_labels(self) -> bool:
        """Whether the model names labels by a rule of its own, which need not be the most likely class."""
        return type(self._model).labels is not Model.labels

    def only(self, offers: Offers) -> "Access":
        """The same access, on which nothing above ``offers`` is to be had; its queries are counted here too."""
        lower = copy(self)
        lower.offers = min(self.offers, Offers(offers))
        return lower

    def watched(self, seen: Callable[[np.ndarray, Any], None]) -> "Access":
        """The same access, where ``seen(x, answer)`` is told of every question after its answer; it may raise.

        The answer is as the model gave it: probabilities, labels, or a value and a gradient. Queries are counted once.
        """
        def tell(question, x):
            answer = ask(question, x)
            seen(np.asarray(x), answer)
            return answer

        open_to_view, ask = copy(self), self._ask
        open_to_view._ask = tell  # type: ignore[method-assign]
        return open_to_view

    def probabilities(self, x) -> np.ndarray:
        """Probabilities float64 ``(n, classes)`` for inputs ``(n, *shape)``; with LABELS alone, ones at the labels."""
        if self.offers == Offers.LABELS:
            return one_hot(self.labels(x), len(self.classes))
        return self._ask(lambda x: answers_of(self._model, x), x)

    def labels(self, x) -> np.ndarray:
        """The class that the model itself names, int ``(n,)``: a column of ``classes``."""
        return self._ask(self._model.labels, x)

    def encode(self, y: Any, name: str = "y", length: int | None = None) -> np.ndarray:
        """Labels, of the kind in ``classes``, as numbers of columns, int ``(n,)``."""
        return self._model.encode(y, name, length)

    def gradient(self, x, label, *, of: str = "log_probability") -> tuple[np.ndarray, np.ndarray]:
        """A class's probability, or its logarithm, and the derivative by the input.

        Parameters
        ----------
        x : array (n, *shape)
        label : array (n,)
            The class of interest for each input, one of ``classes``.
        of : {"log_probability", "probability"}

        Returns
        -------
        value : float (n,)
        gradient : float (n, *shape)

        Raises
        ------
        ValueError
            (``Refused``) when this access does not offer gradients.
        """
        self.require(Offers.GRADIENTS, "gradient")
        v.one_of("of", of, ("log_probability", "probability"))
        value, gradient = self._ask(lambda x: self._model.input_gradient(x, self.encode(label, "label", len(x))), x)
        if of == "log_probability":
            return value, gradient
        probability = np.exp(value)  # d p = p d(log p)
        return probability, gradient * probability.reshape(-1, *[1] * len(self.shape))

    def loss_gradient_norm(self, x, y) -> np.ndarray:
        """Euclidean norm of the gradient of each record's loss, -log p_y, by the parameters: float (n,).

        Parameters
        ----------
        x : array (n, *shape)
        y : array (n,)
            Labels, of the kind in ``classes``. A record counts as one query.
        """
        self.require(Offers.PARAMETERS, "loss_gradient_norm")
        return self._ask(lambda x: self._model.loss_gradient_norm(x, self.encode(y, length=len(x))), x)

    def parameters(self) -> list[np.ndarray]:
        """Copies of the model's weights."""
        self.require(Offers.PARAMETERS, "parameters")
        return self._model.parameters()

    def require(self, needs: Offers, who: str) -> None:
        """Refuse ``who`` when it needs more than this access offers."""
        if needs > self.offers:
            raise v.Refused(f"{who} needs {needs.name}; this access offers {self.offers.name}.")

    def _ask(self, question, x):
        """The one way to the model: the input is checked, a rationed access may refuse it, what is answered counts."""
        x = self.inputs.check(x)
        self._allow(len(x))
        answer = question(x)
        self._meter[0] += len(x)
        return answer

    def _allow(self, asked: int) -> None:
        """Refuse a question of so many inputs, before any is answered."""

    def __repr__(self):
        return f"{type(self).__name__}(offers={self.offers.name}, shape={self.shape}, classes={len(self.classes)})"
