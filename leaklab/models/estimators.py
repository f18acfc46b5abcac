"""Fitted scikit-learn classifiers and pipelines: labels of any kind, DataFrames by column name, text, gaps."""

from functools import cached_property
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from leaklab import _validate as v
from leaklab.models.base import Model, Offers, Open, check_classes, encode
from leaklab.models.inputs import Inputs


class FittedEstimator(Model):
    """A fitted classifier; without ``predict_proba`` it gives labels alone.

    Parameters
    ----------
    estimator : object
        With ``predict_proba``, or with ``predict`` and ``classes_``.
    inputs, classes : optional
        Where it does not tell itself, by ``n_features_in_`` or ``feature_names_in_``, and ``classes_``.
    """

    def __init__(self, estimator: Any, *, inputs: Inputs | None = None, classes: Any = None):
        try:
            if isinstance(estimator, BaseEstimator):
                check_is_fitted(estimator)
            classes = getattr(estimator, "classes_", classes)
        except (NotFittedError, AttributeError):
            v.fail("model", estimator, "is not fitted", "Call its fit first.")
        self._estimator = estimator
        self._names = getattr(estimator, "feature_names_in_", None)
        inputs = self._inputs() or inputs
        if inputs is None or classes is None:
            v.fail("model", estimator, "does not tell its input shape and classes", "Pass inputs=(...) and classes=...")
        self.inputs, self.classes = inputs, check_classes(classes)
        self.offers = self.offers if hasattr(estimator, "predict_proba") else Offers.LABELS

    @property
    def original(self):
        return self._estimator

    def _inputs(self) -> Inputs | None:
        if self._names is not None:
            return Inputs((len(self._names),), "table", tuple(self._names))
        if isinstance(_first(self._estimator), CountVectorizer | HashingVectorizer):
            return Inputs((), "object")
        width = getattr(self._estimator, "n_features_in_", None)
        gaps = isinstance(self._estimator, BaseEstimator) and get_tags(self._estimator).input_tags.allow_nan
        return None if width is None else Inputs((width,), "float64", gaps=gaps)

    def probabilities(self, x):
        if self.offers == Offers.LABELS:
            return np.eye(len(self.classes))[self.labels(x)]
        return self._ask(self._estimator.predict_proba, x)

    def labels(self, x):
        if not hasattr(self._estimator, "predict"):
            return super().labels(x)
        return encode("the model's label", self._ask(self._estimator.predict, x), self.classes, len(x))

    def _ask(self, method, x):
        try:
            return np.asarray(method(x.copy()))  # which it may change
        except (Exception, SystemExit) as error:  # somebody's code, which fails as it likes
            first = str(error).strip().split("\n")[0] or type(error).__name__
            raise ValueError(f"the model cannot answer about x: {first}. Ask as in its training data.") from error


class OpenEstimator(FittedEstimator, Open):
    """A logistic regression or a network of scikit-learn, alone or behind the steps of a pipeline, with its parameters.

    Gradients are those of the same network in Keras, on what the pipeline's steps make of the input.
    """

    def input_gradient(self, x, label):
        if isinstance(self._estimator, Pipeline):
            raise v.Refused("the steps of a pipeline cannot be differentiated. Ask its last step, on prepared inputs.")
        return self._twin.input_gradient(np.asarray(x), label)

    def loss_gradient_norm(self, x, y):
        return self._twin.loss_gradient_norm(self._prepared(x), y)

    def parameters(self):
        return [np.array(w) for w in _weights(_last(self._estimator))]

    def _prepared(self, x):
        if isinstance(self._estimator, Pipeline) and len(self._estimator) > 1:
            x = self._estimator[:-1].transform(x)
        return np.asarray(x.toarray() if hasattr(x, "toarray") else x, np.float64)

    @cached_property
    def _twin(self):
        from leaklab.models.keras import dense_network  # tensorflow is loaded where gradients are asked for

        last = _last(self._estimator)
        return dense_network(_weights(last), {"logistic": "sigmoid", "identity": "linear"}.get(
            getattr(last, "activation", "identity"), getattr(last, "activation", "linear")))


def adapt_estimator(estimator: Any, inputs: Inputs | None, classes: Any) -> FittedEstimator:
    """The richest model that ``estimator`` can be."""
    last = _last(estimator)
    own = getattr(type(last), "predict_proba", None)  # a subclass with another answers what no twin would
    kind = OpenEstimator if own in (LogisticRegression.predict_proba, MLPClassifier.predict_proba) else FittedEstimator
    if kind is OpenEstimator and getattr(last, "solver", "") == "liblinear" and len(getattr(last, "classes_", ())) > 2:
        kind = FittedEstimator  # one regression a class, scaled to sum to 1: no softmax
    return kind(estimator, inputs=inputs, classes=classes)


def _first(estimator):
    return estimator[0] if isinstance(estimator, Pipeline) else estimator


def _last(estimator):
    return estimator[-1] if isinstance(estimator, Pipeline) else estimator


def _weights(last) -> list[np.ndarray]:
    """Kernels (in, out) and biases (out,), layer by layer; one unit at the end for two classes."""
    if isinstance(last, MLPClassifier):
        return [w for layer in zip(last.coefs_, last.intercepts_, strict=True) for w in layer]
    return [last.coef_.T, np.broadcast_to(last.intercept_, len(last.coef_))]
