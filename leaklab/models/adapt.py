"""Whatever answers, as a `Model`: Keras, scikit-learn, functions, what was loaded from a file."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from leaklab import _validate as v
from leaklab.models.base import Model, check_classes, read
from leaklab.models.estimators import adapt_estimator
from leaklab.models.inputs import Inputs


class Function(Model):
    """A function from inputs ``(n, *shape)`` to answers: ``(n, classes)``, or of two classes the second's, ``(n,)``."""

    def __init__(self, function: Callable, inputs: Inputs, classes: tuple, logits: bool = False):
        self._function, self.inputs, self.classes, self._logits = function, inputs, classes, logits

    @property
    def original(self):
        return self._function

    def probabilities(self, x):
        answers = np.asarray(self._function(x.copy()))  # which it may change
        if not self._logits:
            return answers
        z = v.array("the model's answer", answers.reshape(len(x), -1), dtype=np.float64)
        z = np.hstack([np.zeros_like(z), z]) if z.shape[1] == 1 else z
        p = np.exp(z - z.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True)


def adapt(model: Any, *, inputs: Any = None, classes: Any = None, answers: str = "auto") -> Model:
    """A model that somebody else made, as Leaklab asks it.

    Parameters
    ----------
    model : object
        A Keras model, a fitted scikit-learn classifier or pipeline, a function, what `load_model` returns, or a
        `Model`.
    inputs : Inputs or tuple of int, optional
        What it takes, or the shape of one input, where the model does not tell.
    classes : sequence or int, optional
        Its labels in the order of its answers, or their number, where the model does not tell.
    answers : {"auto", "probabilities", "logits"}
        What it answers, where it does not tell.

    Examples
    --------
    >>> model = adapt(lambda x: x[:, 0], inputs=(1,), classes=("no", "yes"), answers="logits")
    >>> model.probabilities(np.array([[0.0]]))
    array([[0.5, 0.5]])
    """
    v.one_of("answers", answers, ("auto", "probabilities", "logits"))
    inputs = inputs if inputs is None or isinstance(inputs, Inputs) else Inputs(inputs)
    if isinstance(model, Model):
        if (inputs, classes) != (None, None):
            v.fail("inputs, classes", (inputs, classes), "are the model's own", "Leave them out.")
        return model
    if _is_keras(model):
        from leaklab.models.keras import Keras  # so that who has no Keras model does not wait for tensorflow

        return Keras(model, inputs=inputs, classes=classes, answers=answers)
    if hasattr(model, "predict_proba") or (hasattr(model, "predict") and hasattr(model, "classes_")):
        return adapt_estimator(model, inputs, classes)
    if hasattr(model, "offers"):
        v.fail("model", model, "is an access object already", "For less of it: access.only(offers).")
    if not callable(model):
        v.fail("model", model, "must be a Keras model, a fitted scikit-learn classifier, or a function",
               "For classifiers of other libraries: BlackBox(lambda x: model.predict(x), inputs=(...), classes=...).")
    if inputs is None or classes is None:
        v.fail("model", model, "does not tell its input shape and classes", "Pass inputs=(...) and classes=...")
    return Function(model, inputs, check_classes(classes), answers == "logits")


def _is_keras(model: Any) -> bool:
    tensorflow = sys.modules.get("tensorflow")
    return tensorflow is not None and isinstance(model, tensorflow.keras.Model)


def answers_of(model: Model, x: Any) -> np.ndarray:
    """Probabilities float64 ``(n, classes)`` for checked inputs; answers that are none are refused."""
    try:
        with np.errstate():  # what the model sets for itself ends with its answer
            answers = model.probabilities(x)
    except (ValueError, OSError):
        raise
    except (Exception, SystemExit) as error:  # somebody's code, which fails as it likes
        raise ValueError(f"the model cannot answer about x: {' '.join(str(error).split())[:200].rstrip('.')} "
                         f"({type(error).__name__}). Ask as in its training data.") from error
    return read(answers, len(x), len(model.classes))
