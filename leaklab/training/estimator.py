"""scikit-learn's classifiers as recipes."""

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from sklearn.base import clone

from leaklab import _validate as v
from leaklab.models import Trained
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
        """A fitted clone of the estimator.

        Parameters
        ----------
        x : array (n, ...) or pandas.DataFrame (n, d)
            A DataFrame is handed on as it is: a pipeline may encode text and fill what is missing.
        y : int array (n,)
            Every class needs an example: see `check`.
        rng : int or numpy.random.Generator
            Sets every ``random_state``: the estimator's, those of a pipeline's steps and of estimators within it, and
            those of what splits its data, such as a shuffled ``KFold``. The same ``rng`` gives the same model.
        """
        x = v.table("x", x)
        y = v.labels("y", y, length=len(x), classes=classes)
        self.check(y, classes)
        model = _seeded(clone(self.estimator), v.generator(rng))
        return model.fit(x if hasattr(x, "columns") else x.reshape(len(x), -1), y)

    def check(self, y: np.ndarray, classes: int | None) -> None:
        """Refuse the labels of a training set that `fit` would refuse; asked of all models before one is trained."""
        missing = np.setdiff1d(np.arange(classes or y.max() + 1), y)
        if missing.size:
            v.fail("y", int(missing[0]), "is a class without an example", "Keep more records of it.")

    def fit_many(self, x, y, trained_on, *, rng, classes: int | None = None, executor: Executor | None = None,
                 progress: v.Progress | None = None) -> Trained:
        """Train a model on each subset of the records; see `leaklab.training.fit_many`."""
        return fit_many([self] * len(trained_on), x, y, trained_on, rng=rng, classes=classes, executor=executor,
                        progress=progress)


def _seeded(model, rng: np.random.Generator):
    """A fresh clone with every ``random_state`` drawn from ``rng``, at any depth, the outermost first."""
    settings = model.get_params(deep=True)
    for name in sorted(settings, key=lambda name: (name.count("__"), name)):
        if name.split("__")[-1] == "random_state":
            model.set_params(**{name: int(rng.integers(2**31))})
        elif hasattr(settings[name], "random_state") and not hasattr(settings[name], "get_params"):
            settings[name].random_state = int(rng.integers(2**31))  # a splitter, the clone's own copy
    return model
