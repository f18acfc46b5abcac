"""The leak as a scorer of scikit-learn, so that a search over settings can weigh it against accuracy."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import clone

from leaklab import _validate as v
from leaklab.attacks import ATTACKS, scores_in_turns
from leaklab.metrics import NotResolvable, over_targets
from leaklab.training import Estimator, halves

MEASURES = {"auc": None, "tpr_at_1pct": 0.01, "tpr_at_5pct": 0.05, "tpr_at_10pct": 0.1}


def make_privacy_scorer(name: str, *, data: Any = None, models: int = 17, rng: int = 0) -> Callable:
    """A scorer that tells how much training with an estimator's settings leaks, negated: higher is more private.

    Parameters
    ----------
    name : str
        An attack of `leaklab.attacks.ATTACKS` and a measure, such as ``"rmia_tpr_at_1pct"``, ``"lira_auc"`` or
        ``"loss_threshold_auc"``.
    data : (x, y), optional
        The records that models are trained on and attacked with, half of them each. Left out, those that the scorer is
        given: in a cross-validation the held-out fold, whose smaller models leak more than the final one will.
    models : int
        Clones of the estimator that are trained for one score, each in its turn the target of the others.
    rng : int
        The same in every call, so that settings are compared on the same training sets.

    Returns
    -------
    callable
        ``scorer(estimator, x, y) -> float``, as `sklearn.model_selection` takes it for ``scoring=``. The estimator's
        own fit is not looked at: the score is of its settings.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> x, y = load_breast_cancer(return_X_y=True)
    >>> scorer = make_privacy_scorer("lira_auc")
    >>> deep, stump = DecisionTreeClassifier(), DecisionTreeClassifier(max_depth=1)
    >>> scorer(stump, x, y) > scorer(deep, x, y)
    True
    """
    known = {key.lower().replace(",", "").replace(" ", "_"): key for key in ATTACKS}
    parts = [(attack, measure) for attack in known for measure in MEASURES if name == f"{attack}_{measure}"]
    if not parts:
        v.fail("name", name, f"must be one of {', '.join(known)}, then _ and one of {', '.join(MEASURES)}",
               "For example 'rmia_tpr_at_1pct'.")
    v.integer("models", models, low=5)
    v.generator(rng)
    (attack, measure), = parts

    def scorer(estimator: Any, x: Any, y: Any, **_: Any) -> float:
        x, y = (x, y) if data is None else data
        labels, code = np.unique(np.asarray(y), return_inverse=True)
        recipe = Estimator(estimator=clone(estimator), labels=tuple(labels.tolist()))
        trained_on = halves(models, len(code), rng=rng)
        trained = recipe.fit_many(x, code, trained_on, rng=rng, classes=len(labels))
        found = over_targets(scores_in_turns(ATTACKS[known[attack]], trained.probabilities(x), code, trained_on),
                             trained_on)
        fpr = MEASURES[measure]
        if fpr is None:
            return -found.auc.value
        rate = found.tpr_at(fpr)
        if isinstance(rate, NotResolvable):
            raise v.Refused(f"{name}: {rate}. Pass data=, or ask for a higher rate.")
        return -rate.value

    return scorer
