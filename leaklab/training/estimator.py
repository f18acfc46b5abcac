"""scikit-learn's classifiers as recipes."""

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from sklearn.base import clone

from leaklab import _validate as v
from leaklab.training.ensemble import Ensemble
from leaklab.training.many import fit_many


@dataclass(frozen=True, kw_only=True)
class Estimator:
    """A recipe around a scikit-learn classifier with ``predict_proba``; each model is a fresh clone of it.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> x, y = np.arange(8.0).reshape(8, 1), np.arange(8) % 2
    >>> Estimator(estimator=DecisionTreeClassifier()).fit(x, y, rng=0).score(x, y)
    1.0
    """

    estimator: object

    def __post_init__(self):
        if not hasattr(self.estimator, "predict_proba"):
            v.fail("estimator", self.estimator, "must be a scikit-learn classifier with predict_proba")

    def fit(self, x, y, *, rng, classes: int | None = None, progress: v.Progress | None = None):
        """A fitted clone; ``rng`` sets its ``random_state``. Every class needs an example."""
        x = v.array("x", x)
        y = v.labels("y", y, length=len(x), classes=classes)
        missing = np.setdiff1d(np.arange(classes or y.max() + 1), y)
        if missing.size:
            v.fail("y", int(missing[0]), "is a class without an example", "Keep more records of it.")
        model, rng = clone(self.estimator), v.generator(rng)
        if "random_state" in model.get_params():
            model.set_params(random_state=int(rng.integers(2**31)))
        return model.fit(x.reshape(len(x), -1), y)

    def fit_many(self, x, y, keep, *, rng, classes: int | None = None, executor: Executor | None = None,
                 progress: v.Progress | None = None) -> Ensemble:
        """Train a model on each subset of the records; see `leaklab.training.fit_many`."""
        return fit_many([self] * len(keep), x, y, keep, rng=rng, classes=classes, executor=executor, progress=progress)
