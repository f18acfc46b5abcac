"""Black-box access: answers, and nothing else."""

from functools import partial

import numpy as np

from leaklab import _validate as v
from leaklab.access.base import Access, Offers
from leaklab.access.whitebox import answer_pictures
from leaklab.training.ensemble import ask


class BlackBox(Access):
    """The answers of a Keras model, a fitted scikit-learn classifier, or any function from inputs to probabilities.

    Parameters
    ----------
    model : object
        A Keras model, an estimator with ``predict_proba``, or a callable ``(n, *shape) -> (n, classes)``.
    shape, classes : optional
        Shape of one input and number of classes, where the model itself does not tell.

    Examples
    --------
    >>> access = BlackBox(lambda x: np.full((len(x), 2), 0.5), shape=(3,), classes=2)
    >>> access.probabilities(np.zeros((4, 3))).shape, access.queries
    ((4, 2), 4)

    An estimator that was fitted on a DataFrame answers by column name, whatever their order:

    >>> from sklearn.linear_model import LogisticRegression
    >>> import pandas as pd
    >>> patients = pd.DataFrame({"age": [30.0, 60.0], "dose": [2.0, 1.0]})
    >>> access = BlackBox(LogisticRegression().fit(patients, [0, 1]))
    >>> bool((access.probabilities(patients[["dose", "age"]]) == access.probabilities(patients)).all())
    True
    """

    def __init__(self, model, *, shape: tuple[int, ...] | None = None, classes: int | None = None):
        if not callable(model) and not hasattr(model, "predict_proba"):
            v.fail("model", model, "must be a Keras model, an estimator with predict_proba, or a callable")
        shape = shape if shape is not None else _shape(model)
        classes = classes if classes is not None else _classes(model)
        if shape is None or classes is None:
            v.fail("model", model, "does not tell its input shape and classes", "Pass shape=(...) and classes=...")
        super().__init__(Offers.SCORES, shape, classes, getattr(model, "feature_names_in_", None))
        self._model = model
        self._answer = partial(ask, model) if hasattr(model, "predict_proba") else answer_pictures(model) or model

    def _predict(self, x: np.ndarray):
        return np.asarray(self._answer(x))


def _shape(model) -> tuple[int, ...] | None:
    if hasattr(model, "input_shape"):
        return tuple(model.input_shape[1:])
    return (model.n_features_in_,) if hasattr(model, "n_features_in_") else None


def _classes(model) -> int | None:
    if hasattr(model, "output_shape"):
        return max(2, model.output_shape[-1])
    return len(model.classes_) if hasattr(model, "classes_") else None
