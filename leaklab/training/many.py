"""One model for each of many subsets of a table: as one stack where that can be, else one by one over an Executor."""

from collections.abc import Sequence
from concurrent.futures import Executor, as_completed

import numpy as np

from leaklab import _validate as v
from leaklab.models import Trained
from leaklab.models.inputs import inputs_of
from leaklab.training.halves import check_rows
from leaklab.training.stacked import fit_stack, stackable
from leaklab.training.units import count_classes


def fit_many(recipes: Sequence, x, y, trained_on, *, rng, classes: int | None = None, person=None,
             executor: Executor | None = None, progress: v.Progress | None = None) -> Trained:
    """Train model j with ``recipes[j]`` on the rows where ``trained_on[j]``.

    Parameters
    ----------
    recipes : sequence of k recipes
    x, y : array (n, ...), (n,)
        ``x`` may be a DataFrame; recipes of Leaklab's own networks take numbers alone, an `Estimator` what its
        estimator takes.
    trained_on : bool array (k, n)
        See `leaklab.training.halves`.
    rng : int or numpy.random.Generator
        Spawns a generator a model, whatever trains beside it: the same ``rng`` gives the same models.
    classes : int, optional
        ``y.max() + 1`` when left out, which private training refuses.
    person : array (n,), optional
        Whose row each is, where private recipes protect people.
    executor : concurrent.futures.Executor, optional
        Train the models one by one as its tasks: threads, processes, or a Dask client's ``get_executor()``. Left out,
        networks of dense layers train as a stack (`leaklab.training.fit_stack`), all others one after the other here.
    progress : callable, optional
        ``progress(done, total, message)``; it may raise to stop: what waits is then not begun.

    Returns
    -------
    leaklab.models.Trained

    Raises
    ------
    ValueError
        Before the first model is trained, when any model's records cannot serve: ``recipe.check``, where it has one.
    """
    if executor is None and all(stackable(recipe) for recipe in recipes):
        return fit_stack(recipes, x, y, trained_on, rng=rng, classes=classes, person=person, progress=progress)
    x = v.table("x", x)
    y = v.labels("y", y, length=len(x), classes=classes)
    trained_on = check_rows(trained_on, len(recipes), len(x))
    classes = count_classes(y, classes, private=any(getattr(recipe, "dp", None) for recipe in recipes))
    whose = [{} if person is None else {"person": np.asarray(person)[rows]} for rows in trained_on]
    for recipe, rows, people in zip(recipes, trained_on, whose, strict=True):
        if hasattr(recipe, "check"):  # all before the first is trained
            recipe.check(y[rows], classes, **people)
    tasks = [(recipe, x[rows], y[rows], classes, own, people) for recipe, rows, own, people in
             zip(recipes, trained_on, v.generator(rng).spawn(len(recipes)), whose, strict=True)]
    fitted = _here(tasks, progress) if executor is None else _spread(tasks, executor, progress)
    models = [_restored(recipe, out, x.shape[1:], classes) for recipe, out in zip(recipes, fitted, strict=True)]
    inputs = inputs_of(x)
    return Trained(models, trained_on, inputs=inputs, classes=classes, answers=getattr(recipes[0], "answers", "auto"))


def _fit(recipe, x, y, classes, rng, whose):
    """A trained model in a form that travels between processes: Keras's weights, or the estimator."""
    model = recipe.fit(x, y, rng=rng, classes=classes, **whose)
    return model.get_weights() if hasattr(model, "get_weights") else model


def _restored(recipe, out, shape, classes):
    if not isinstance(out, list):
        return out
    model = recipe.build(shape, classes, rng=0)
    model.set_weights(out)
    return model


def _here(tasks, progress) -> list:
    fitted = []
    for task in tasks:
        fitted.append(_fit(*task))
        if progress:
            progress(len(fitted), len(tasks), "models trained")
    return fitted


def _spread(tasks, executor, progress) -> list:
    futures = [executor.submit(_fit, *task) for task in tasks]
    try:
        for done, future in enumerate(as_completed(futures), start=1):
            future.result()
            if progress:
                progress(done, len(tasks), "models trained")
        return [future.result() for future in futures]
    finally:
        for future in futures:
            future.cancel()
