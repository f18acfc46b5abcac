"""Whatever trains models, made to train many: recipes, scikit-learn's estimators, plain functions."""

import numpy as np

from leaklab import _validate as v
from leaklab.audit.adversary import LABEL
from leaklab.models import Inputs, Trained
from leaklab.training import Recipe
from leaklab.training.compiled import as_recipe


def train_each(trainer, x, y, trained_on, *, classes: int, person, rng, progress: v.Progress | None):
    """A model on ``x[trained_on[j]]`` for every j.

    Parameters
    ----------
    trainer : Recipe, estimator or callable
        A recipe of the package, a scikit-learn classifier with ``predict_proba``, or a function ``train(x, y, rng)``
        that returns a model: one with ``predict_proba``, or a callable from ``(n, d)`` to probabilities.
    person : array (n,) or None
        Handed to recipes and functions, as ``person=``, where people are protected.
    """
    trainer = as_recipe(trainer)
    if isinstance(trainer, Recipe):
        return trainer.fit_many(x, y, trained_on, rng=rng, classes=classes, person=person, progress=progress)
    if hasattr(trainer, "fit_many"):
        return trainer.fit_many(x, y, trained_on, rng=rng, classes=classes, progress=progress)
    models = []
    for rows, own in zip(trained_on, rng.spawn(len(trained_on)), strict=True):
        whose = {} if person is None else {"person": person[rows]}
        models.append(trainer(x[rows], y[rows], own, **whose))
        if progress:
            progress(len(models), len(trained_on), "models trained")
    return _trained(models, trained_on, x.shape[1:], classes)


def log_odds(models, trained_on: np.ndarray, canaries: np.ndarray, classes: int) -> np.ndarray:
    """How sure each of the k models is of each canary's label: log p / (1 - p), float64 (k, canaries).

    1 - p is summed over the other classes, for p alone is rounded to 1 long before they are rounded to 0.
    """
    if not isinstance(models, Trained):
        if not isinstance(models, list | tuple):
            v.fail("models", models, "must be Trained, or a list of models", "A trainer returns one model a row.")
        models = _trained(models, trained_on, canaries.shape[1:], classes)
    answers = v.array("answers", models.probabilities(canaries), ndim=3, dtype=np.float64,
                      remedy="A model that answers so hides what it saw: mend it, or the training that breaks it.")
    if answers.shape != (len(trained_on), len(canaries), classes):
        raise ValueError(f"answers have shape {answers.shape}: must be a probability for each of the {classes} classes "
                         f"by each model, ({len(trained_on)}, {len(canaries)}, {classes}).")
    p = answers[..., LABEL]
    return np.log(p + 1e-30) - np.log(np.delete(answers, LABEL, axis=-1).sum(axis=-1) + 1e-30)


def _trained(models, trained_on: np.ndarray, shape: tuple[int, ...], classes: int) -> Trained:
    return Trained(models, trained_on, inputs=Inputs(shape), classes=classes)
