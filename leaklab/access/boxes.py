"""The two usual accesses: answers alone, and everything."""

from pathlib import Path
from typing import Any

from leaklab.access.base import Access
from leaklab.models import Inputs, Offers, adapt, load_model


class BlackBox(Access):
    """The answers of a model, and nothing else.

    Parameters
    ----------
    model : object
        A Keras model, a fitted scikit-learn classifier or pipeline, a function ``(n, *shape) -> (n, classes)``, or a
        `leaklab.models.Model`.
    inputs, classes, answers : optional
        What it takes, its labels, what it answers, where the model itself does not tell: see `leaklab.models.adapt`.

    Examples
    --------
    >>> import numpy as np
    >>> access = BlackBox(lambda x: np.full((len(x), 2), 0.5), inputs=(3,), classes=2)
    >>> access.probabilities(np.zeros((4, 3))).shape, access.queries
    ((4, 2), 4)

    An estimator that was fitted on a DataFrame answers by column name, whatever their order:

    >>> from sklearn.linear_model import LogisticRegression
    >>> import pandas as pd
    >>> patients = pd.DataFrame({"age": [30.0, 60.0], "dose": [2.0, 1.0]})
    >>> access = BlackBox(LogisticRegression().fit(patients, ["healthy", "ill"]))
    >>> bool((access.probabilities(patients[["dose", "age"]]) == access.probabilities(patients)).all())
    True
    """

    def __init__(self, model: Any, *, inputs: Inputs | tuple | None = None, classes: Any = None,
                 answers: str = "auto"):
        adapted = adapt(model, inputs=inputs, classes=classes, answers=answers)
        super().__init__(adapted, min(adapted.offers, Offers.SCORES))


class WhiteBox(Access):
    """Everything that a model can give: of a Keras model answers, gradients by the input, and the weights.

    Parameters are those of `BlackBox`. Logarithms of probabilities are taken before a softmax or sigmoid at the end of
    the model, so that confident answers keep their gradients.
    """

    def __init__(self, model: Any, *, inputs: Inputs | tuple | None = None, classes: Any = None,
                 answers: str = "auto"):
        super().__init__(adapt(model, inputs=inputs, classes=classes, answers=answers))
        self.require(Offers.GRADIENTS, "WhiteBox")

    @classmethod
    def load(cls, path: str | Path, *, run_code: bool = False) -> "WhiteBox":
        """A saved model, file or folder: see `leaklab.models.load_model`."""
        return cls(load_model(path, run_code=run_code))
