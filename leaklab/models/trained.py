"""Many models of one table as one object: what they answer, and which rows each was trained on."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from leaklab import _validate as v
from leaklab.models.adapt import adapt, answers_of
from leaklab.models.base import Model, encode
from leaklab.models.inputs import Inputs


class Each:
    """Models of any kind, asked one after the other."""

    def __init__(self, models: Sequence, inputs: Inputs | None, classes: Any, answers: str):
        if not len(models):
            v.fail("models", models, "must hold at least one model")
        self._models = tuple(models)
        self._adapted = [model if isinstance(model, Model) else
                         adapt(model, inputs=inputs, classes=classes, answers=answers) for model in models]
        self.inputs, self.classes = self._adapted[0].inputs, self._adapted[0].classes
        for j, model in enumerate(self._adapted):
            if model.classes != self.classes:
                v.fail(f"models[{j}].classes", model.classes, f"must be those of the first model, {self.classes}")

    def __len__(self) -> int:
        return len(self._models)

    def __getitem__(self, j: int):
        return self._models[j]

    def probabilities(self, x) -> np.ndarray:
        return np.stack([answers_of(model, x) for model in self._adapted]).astype(np.float32)


class Trained:
    """k models trained on rows of one table.

    Parameters
    ----------
    models : sequence
        Fitted models of any kind that `adapt` takes, all of the same classes; or one object for all of them, with
        ``inputs``, ``classes``, ``probabilities(x)`` of shape (k, n, classes), a length, and models as items, such as
        `leaklab.training.Stack`.
    trained_on : bool array (k, n)
        Model j was trained on the rows of the table where ``trained_on[j]`` is true.
    inputs, classes, answers : optional
        Where the models themselves do not tell: see `adapt`.

    Attributes
    ----------
    inputs : Inputs
    classes : tuple

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> x, y = np.arange(8.0).reshape(8, 1), np.array(["no", "no", "yes", "yes"] * 2)
    >>> trained = Trained([GaussianNB().fit(x[:4], y[:4]), GaussianNB().fit(x[4:], y[4:])], np.eye(2).repeat(4, axis=1))
    >>> trained, trained.classes, trained.probabilities(x).shape
    (Trained(2 models, of 8 records each trained on 4), ('no', 'yes'), (2, 8, 2))
    """

    def __init__(self, models: Any, trained_on: Any, *, inputs: Inputs | None = None, classes: Any = None,
                 answers: str = "auto"):
        self.models = models if hasattr(models, "probabilities") else Each(models, inputs, classes, answers)
        self.trained_on = v.mask("trained_on", trained_on, (len(self.models), None))

    @property
    def inputs(self):
        return self.models.inputs

    @property
    def classes(self) -> tuple:
        return self.models.classes

    def __len__(self) -> int:
        return len(self.models)

    def __getitem__(self, j: int) -> Any:
        """Model j, an ordinary model (of a stack one that is made on the spot)."""
        return self.models[range(len(self))[j]]

    def probabilities(self, x) -> np.ndarray:
        """Every model's probabilities for inputs ``x`` (n, ...): float32 (k, n, classes)."""
        return self.models.probabilities(self.inputs.check(x))

    def encode(self, y: Any, name: str = "y", length: int | None = None) -> np.ndarray:
        """Labels as numbers of columns, int ``(n,)``."""
        return encode(name, y, self.classes, length)

    def __repr__(self) -> str:
        low, high = self.trained_on.sum(axis=1).min(), self.trained_on.sum(axis=1).max()
        share = f"{low:,}" if low == high else f"{low:,} to {high:,}"
        return f"Trained({len(self)} models, of {self.trained_on.shape[1]:,} records each trained on {share})"
