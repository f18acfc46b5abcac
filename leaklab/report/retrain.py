"""Models like the brought one, trained on parts of the same records: what LiRA and RMIA compare it with."""

import inspect
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.access import Access
from leaklab.models import Trained
from leaklab.models.inputs import inputs_of
from leaklab.report.budget import Budget
from leaklab.report.sample import Sample
from leaklab.training.compiled import Compiled
from leaklab.training.estimator import Estimator
from leaklab.training.recipe import Recipe

FEWEST = 8
"""Shadow models: with fewer nothing is compared."""
HOW = "Say how, by fit= (on the command line --fit): a function of (x, y, rng) that trains one"
BLOCK = 8
SHARE = (0.25, 0.75)
"""Of the records that a shadow model is trained on: as many as the brought model's members where that lies between."""


@dataclass(frozen=True, eq=False)
class Answers:
    """What the brought model, and behind it k shadow models, answered about all records.

    Attributes
    ----------
    p : float array (1 + k, n, classes)
    trained_on : bool array (1 + k, n)
    how : str
        How the shadow models were trained, or why there are none.
    seconds : float
        What one of them took.
    """

    p: np.ndarray
    trained_on: np.ndarray
    how: str
    seconds: float = 0.0
    __repr__ = summary

    @property
    def shadows(self) -> int:
        return len(self.p) - 1


class Refit:
    """A recipe around ``fit(x, y, rng)``, a function of one's own that returns a model; ``y`` are the raw labels."""

    def __init__(self, fit: Callable, classes: tuple):
        self._fit, self._classes = fit, classes

    def fit_many(self, x, y, trained_on, *, rng, classes: int | None = None, progress=None, **_):
        labels = np.array(self._classes, dtype=None)[y]
        models = [self._fit(x[rows], labels[rows], own)
                  for rows, own in zip(trained_on, v.generator(rng).spawn(len(trained_on)), strict=True)]
        return Trained(models, trained_on, inputs=inputs_of(x),
                       classes=self._classes)


def recipe_of(model: Any, fit: Any, classes: tuple, rows: int, *, answers: str = "auto") -> tuple[Any, str]:
    """How models like this one are trained, and what was assumed; (None, why) where that is not known."""
    if hasattr(fit, "fit_many"):
        return fit, f"trained by {fit}"
    if callable(fit) and not hasattr(fit, "predict"):  # a network is callable too
        return Refit(fit, classes), f"trained by {getattr(fit, '__name__', 'fit')}"
    if fit is None and (kept := _kept(model)):
        return None, (f"a part of the model, {kept}, keeps what it learned when it is trained again, so no models like "
                      "it could be trained. " + HOW)
    model = fit if fit is not None else model
    model = getattr(model, "best_estimator_", model)
    try:
        if hasattr(model, "get_params") and hasattr(model, "predict_proba"):
            return Estimator(estimator=model, labels=classes), f"fresh clones of {type(model).__name__}"
        if getattr(model, "optimizer", None) is not None and hasattr(model, "layers"):
            recipe = Compiled.like(model, rows, answers=answers)
            return recipe, f"clones of the network from a fresh start; {recipe.assumed}".rstrip("; .")
    except ValueError as error:
        return None, f"no models like it could be trained: {error}".rstrip(".")
    return None, f"how this model was trained is not known, so no models like it could be trained. {HOW}"


def _kept(model: Any) -> str:
    """The first part of a scikit-learn model that its clones take over as it was fitted; empty where there is none."""
    parts = model.get_params(deep=True) if isinstance(model, BaseEstimator) else {}
    for name, part in {"": model, **parts}.items():
        if isinstance(part, BaseEstimator) and clone(part) is part:
            return type(part).__name__
        if (name.endswith("cv") and isinstance(part, str) and part == "prefit") or (
                name.endswith("prefit") and part is True):
            return f"{name}={part!r}"
    return ""


def draw(sample: Sample, column: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """``trained_on`` (`BLOCK`, n): of every class each unit is in equally many of the models, and each model has some.

    Where a class has one unit alone, all models are given it.
    """
    first, (inside, outside) = sample.first, sample.counts()
    wanted = round(BLOCK * np.clip(inside / (inside + outside), *SHARE))
    of_class = column[first]
    chosen = np.ones((BLOCK, len(first)), bool)
    for number in np.unique(of_class):
        units = np.flatnonzero(of_class == number)
        if len(units) > 1:
            often = max(wanted, -(-BLOCK // len(units)))
            chosen[:, units] = _everywhere(
                rng.permuted(np.arange(BLOCK)[:, None].repeat(len(units), axis=1), axis=0) < often, rng)
    return chosen[:, sample.unit]


def _everywhere(chosen: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """So that no model is without: units move there from the model that has most."""
    while not (has := chosen.sum(axis=1)).all():
        rich, poor = has.argmax(), has.argmin()
        moved = rng.choice(np.flatnonzero(chosen[rich]))
        chosen[rich, moved], chosen[poor, moved] = False, True
    return chosen


def ask_all(access: Access, sample: Sample, recipe: Any, how: str, budget: Budget, *, seconds: float, most: int,
            rng) -> Answers:
    """Ask the brought model, then train and ask up to ``most`` shadow models, as many as fit into ``seconds``."""
    column = access.encode(sample.y)
    p, trained_on = [access.probabilities(sample.x)], [sample.member]
    alone = np.stack(p), np.stack(trained_on)
    if recipe is None or most < FEWEST:
        return Answers(*alone, how if recipe is None else "no shadow models were asked for")
    took, ends, waiting = 0.0, time.monotonic() + seconds, draw(sample, column, rng)
    while len(p) <= most:
        before = time.monotonic()
        left = ends - before
        if len(p) > 1 and took * max(1, 1 + FEWEST - len(p)) > left:
            break
        fit = min(len(waiting), 1 + most - len(p))
        here = int(np.clip(left / 4 / max(took, 1e-6), 1, fit)) if len(p) > 1 else 1
        here = fit if isinstance(recipe, Recipe) else here  # one stack, compiled once
        try:
            trained = _trained(recipe, sample, column, waiting[:here], len(access.classes), rng)
            p += list(trained.probabilities(sample.x))
        except (Exception, SystemExit) as error:  # a stranger's training fails as it likes
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            return Answers(*alone, f"{how}: it failed ({reason.rstrip('.')})")
        took = (time.monotonic() - before) / here
        trained_on += list(waiting[:here])
        waiting = waiting[here:] if len(waiting) > here else draw(sample, column, rng)
        budget.tell(f"{len(p) - 1} shadow models trained")
    if len(p) <= FEWEST:
        minutes = np.ceil(2 * (took * FEWEST + budget.spent()) / 60)
        return Answers(*alone, f"one shadow model takes {took:.0f} s, and fewer than {FEWEST} show nothing; "
                               f"about {minutes:.0f} minutes would be enough")
    return Answers(np.stack(p), np.stack(trained_on), f"{len(p) - 1} {how}", took)


def _trained(recipe, sample: Sample, column: np.ndarray, rows: np.ndarray, classes: int, rng) -> Trained:
    settings: dict[str, Any] = {}
    if sample.person is not None and "person" in inspect.signature(recipe.fit_many).parameters:
        settings["person"] = sample.person
    if not isinstance(recipe, Estimator):
        return recipe.fit_many(sample.x, column, rows, rng=rng, classes=classes, **settings)
    with ThreadPoolExecutor(min(len(rows), os.cpu_count() or 1)) as executor:
        return recipe.fit_many(sample.x, column, rows, rng=rng, classes=classes, executor=executor)
