"""What a model's file gives away before any attack."""

from typing import Any

import numpy as np
import pandas as pd

from leaklab import _validate as v
from leaklab.structure.capacity import degrees_of_freedom, risky_settings
from leaklab.structure.finding import SEVERITIES, Structure
from leaklab.structure.groups import same_answers, small_leaves, trees_of
from leaklab.structure.inside import Inside
from leaklab.structure.names import class_names, extremes, rare_categories, thresholds, vocabulary
from leaklab.structure.parts import computes, settings
from leaklab.structure.records import held_rows
from leaklab.structure.tables import table_of

__all__ = ["Structure", "inspect"]


def inspect(model: Any, x: Any, y: Any, *, group_size: int = 10, people: Any = None) -> tuple[Structure, ...]:
    """Look through a model's object for what it gives away of the members as it is, the gravest first.

    While it works, the model is asked once about the members, and notes are taken of what its parts are given: nobody
    else should ask it meanwhile. It is left as it was.

    Parameters
    ----------
    model : object
        As it came from its file: a scikit-learn estimator or whatever follows its conventions, a Keras model, a
        `leaklab.models.Model`, a function.
    x : DataFrame or array (n, ...)
        The members' features, as the model takes them.
    y : array (n,)
        Their labels.
    group_size : int
        People that a group must have so that nobody in it stands out.
    people : array (n,), optional
        Whose record it is; by default each is somebody's own.

    Returns
    -------
    tuple of Structure
        One of kind ``"none"`` where nothing was found.

    Raises
    ------
    ValueError
        Where the model does not answer about ``x``, or lengths differ.

    References
    ----------
    The degrees of freedom, groups of equal answers, certain answers and risky settings are those that the structural
    attack of SACRO-ML (Smith et al. 2022) measures: ``sacroml/attacks/structural_attack.py``.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> x = np.random.default_rng(0).normal(size=(40, 3))
    >>> found = inspect(KNeighborsClassifier().fit(x, x[:, 0] > 0), x, x[:, 0] > 0)
    >>> found[0].kind, found[0].count, found[0].where
    ('training rows', 40, 'KNeighborsClassifier._fit_X')
    """
    v.integer("group_size", group_size, low=2)
    x = table_of(x)
    n = x.shape[0]
    y = _one_each("y", y, n)
    people = np.arange(n) if people is None else pd.factorize(_one_each("people", people, n), use_na_sentinel=False)[0]
    inside = Inside(model, x, people)
    trees = trees_of(inside, group_size)
    records, parts = held_rows(inside)
    found = [*records, *small_leaves(trees, n, group_size), *same_answers(inside, group_size),
             *degrees_of_freedom(inside, trees, parts), *risky_settings(inside),
             *class_names(inside, y, group_size), *rare_categories(inside, group_size),
             *vocabulary(inside, group_size), *extremes(inside), *thresholds(inside), *_unseen(inside)]
    found.sort(key=lambda each: SEVERITIES.index(each.severity))
    return tuple(found) or (Structure(
        "none", "Nothing found", "The model's object was looked through: it holds none of the records, and no group, "
        "name or word of few people.", "information", 0, n, inside.parts[0].path),)


def _one_each(name: str, values: Any, n: int) -> np.ndarray:
    values = np.asarray(values)
    if values.shape != (n,):
        raise ValueError(f"{name} has shape {values.shape}: must be one value for each of the {n} rows of x.")
    return values


def _unseen(inside: Inside) -> list[Structure]:
    """That a part, or all, of the model could not be looked into."""
    model = inside.parts[0].value
    if not inside.arrays and not any(computes(part.value) and settings(part.value) for part in inside.parts[1:]):
        return [Structure("cannot be looked into", "The model cannot be looked into", "The model is a function that "
                          "only answers: nothing can be said about what its file holds.", "information", 0,
                          inside.size, type(model).__name__)]
    if not inside.complete:
        return [Structure("not looked into", "Too large to be looked through", "The model's object is so large that "
                          "parts of it were not looked at: what is not reported here may still lie there.",
                          "information", 0, inside.size, inside.parts[0].path)]
    return []
