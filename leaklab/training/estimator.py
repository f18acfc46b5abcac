"""scikit-learn's classifiers as recipes."""

from concurrent.futures import Executor
from dataclasses import dataclass
from numbers import Real

import numpy as np
from sklearn.base import clone

from leaklab import _validate as v
from leaklab.models import Model, Offers, Trained, adapt
from leaklab.models.base import check_classes
from leaklab.models.inputs import inputs_of
from leaklab.training.many import fit_many


@dataclass(frozen=True, kw_only=True)
class Estimator:
    """A recipe around a scikit-learn classifier with ``predict_proba``; each model is a fresh clone of it.

    Parameters
    ----------
    estimator : object
        Whatever ``sklearn.base.clone`` takes.
    labels : sequence, optional
        What the numbers 0 to classes - 1 stand for, all text, all numbers or all booleans. Clones are fitted on these
        (``class_weight`` or a scoring may depend on them), and models answer in this order of columns, which
        scikit-learn does not keep.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> x, y = np.arange(8.0).reshape(8, 1), np.arange(8) % 2
    >>> Estimator(estimator=DecisionTreeClassifier()).fit(x, y, rng=0).score(x, y)
    1.0
    """

    estimator: object
    labels: tuple | None = None

    def __post_init__(self):
        if not hasattr(self.estimator, "predict_proba"):
            v.fail("estimator", self.estimator, "must be a scikit-learn classifier with predict_proba", "Put one "
                   "without into CalibratedClassifierCV(...), or attack the fitted model by LabelOnlyMembership.")
        try:
            clone(self.estimator)
        except Exception as error:  # its own code
            v.fail("estimator", type(self.estimator).__name__, "cannot be cloned by scikit-learn: "
                   f"{' '.join(str(error).split())[:120].rstrip('.')}", "It needs get_params and set_params.")
        if self.labels is not None:
            object.__setattr__(self, "labels", _plain(self.labels))

    def fit(self, x, y, *, rng, classes: int | None = None, progress: v.Progress | None = None):
        """A fitted clone of the estimator; with ``labels`` a `Model` around it that answers in their order.

        Parameters
        ----------
        x : array (n, ...) or pandas.DataFrame (n, d), or texts (n,)
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
        y = y if self.labels is None else np.array(self.labels)[y]
        model = model.fit(x if hasattr(x, "columns") or x.ndim == 1 else x.reshape(len(x), -1), y)
        return model if self.labels is None else InOrder(adapt(model, inputs=inputs_of(x)), self.labels)

    def check(self, y: np.ndarray, classes: int | None) -> None:
        """Refuse the labels of a training set that `fit` would refuse; asked of all models before one is trained."""
        if self.labels is not None:
            classes = v.integer("classes", classes or len(self.labels), low=len(self.labels), high=len(self.labels),
                                remedy="That many labels were given.")
        missing = np.setdiff1d(np.arange(classes or y.max() + 1), y)
        if missing.size:
            v.fail("y", int(missing[0]), "is a class without an example", "Keep more records of it.")

    def fit_many(self, x, y, trained_on, *, rng, classes: int | None = None, executor: Executor | None = None,
                 progress: v.Progress | None = None) -> Trained:
        """Train a model on each subset of the records; see `leaklab.training.fit_many`."""
        return fit_many([self] * len(trained_on), x, y, trained_on, rng=rng, classes=classes, executor=executor,
                        progress=progress)


class InOrder(Model):
    """A model with its columns in the order of ``classes``."""

    def __init__(self, model: Model, classes: tuple):
        if set(model.classes) != set(classes):
            v.fail("labels", classes, f"must be the classes of the fitted model, {model.classes}")
        self.inputs, self.classes, self.offers = model.inputs, classes, min(model.offers, Offers.SCORES)
        self._model, self._columns = model, model.encode(classes)

    def probabilities(self, x):
        return np.asarray(self._model.probabilities(x))[:, self._columns]

    def labels(self, x):
        return np.argsort(self._columns)[self._model.labels(x)]


def _plain(labels) -> tuple:
    """Labels as plain Python objects that one array holds without changing them."""
    if np.ndim(labels) != 1:
        v.fail("labels", labels, "must be a sequence of labels")
    labels = check_classes([label.item() if isinstance(label, np.generic) else label for label in labels])
    kinds = {str if isinstance(label, str) else bool if isinstance(label, bool) else
             Real if isinstance(label, Real) else object for label in labels}
    if len(kinds) > 1 or object in kinds:
        v.fail("labels", labels, "must be all text, all numbers or all booleans", "scikit-learn takes no mixture.")
    return labels


def _seeded(model, rng: np.random.Generator):
    """A fresh clone with every ``random_state`` drawn from ``rng``, at any depth, the outermost first."""
    settings = model.get_params(deep=True)
    for name in sorted(settings, key=lambda name: (name.count("__"), name)):
        if name.split("__")[-1] == "random_state":
            model.set_params(**{name: int(rng.integers(2**31))})
        elif hasattr(settings[name], "random_state") and not hasattr(settings[name], "get_params"):
            settings[name].random_state = int(rng.integers(2**31))  # a splitter, the clone's own copy
    return model
