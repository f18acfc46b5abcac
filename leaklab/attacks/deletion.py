"""What an erasure tells: the record that was removed, from a linear model before and after it was removed."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from leaklab import _validate as v
from leaklab._repr import summary


@dataclass(frozen=True, eq=False)
class Erased:
    """A record that comes back from the difference of two models.

    Attributes
    ----------
    direction : float64 (d,)
        Of the record with a 1 for the intercept, where the model has one, at length 1; its sign is unknown without.
    record : float64 (d,) or None
        The record itself, where an intercept gives its size; else None.
    alone : float
        Share of the difference, in [0, 1], that one record explains: 1 of a single erasure, less where several went.
        Models of one output cannot tell: NaN.
    """

    direction: np.ndarray
    record: np.ndarray | None
    alone: float
    __repr__ = summary


def erased_record(before: Any, after: Any, moment: Any, *, intercept: bool = True) -> Erased:
    """The record that a linear model was made to forget (Bertran, Tang, Kearns, Morgenstern, Roth and Wu 2024).

    Removing record x from a least-squares fit changes its coefficients by the inverse of the others' moment times x
    (Sherman and Morrison), so that

        moment @ (before - after)  is proportional to  x,

    exactly where ``moment`` is that of the records that remain, plus the penalty, and approximately where it is that of
    public records. Of a generalised linear model the difference is one Newton step, and the moment is weighted.

    Parameters
    ----------
    before, after : array (d,) or (outputs, d)
        Coefficients of both models, as scikit-learn's ``coef_``; with an intercept as the last number of each row.
    moment : array (d, d)
        Of the records that remain, see `second_moment`.
    intercept : bool
        Whether the last coefficient is that of a constant 1, which gives the record its size.

    Returns
    -------
    Erased

    Raises
    ------
    ValueError
        If the shapes disagree or the models do not differ.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x, y = np.column_stack([rng.normal(size=(50, 3)), np.ones(50)]), rng.normal(size=50)
    >>> before, after = (np.linalg.lstsq(x[k:], y[k:], rcond=None)[0] for k in (0, 1))
    >>> bool(np.allclose(erased_record(before, after, second_moment(x[1:])).record, x[0, :3]))
    True
    """
    before, after = (np.atleast_2d(v.array(name, value, dtype=np.float64))
                     for name, value in (("before", before), ("after", after)))
    moment = v.array("moment", moment, ndim=2, dtype=np.float64)
    if before.shape != after.shape or moment.shape != (before.shape[1],) * 2:
        raise ValueError(f"before has shape {before.shape}, after {after.shape} and moment {moment.shape}: must be "
                         "(outputs, d) twice and (d, d).")
    moved = (before - after) @ moment
    if not moved.any():
        v.fail("after", "coefficients", "are those of before: nothing was erased")
    _, size, directions = np.linalg.svd(moved, full_matrices=False)
    direction = directions[0]
    if intercept:
        direction = direction * np.sign(direction[-1] or 1.0)
    alone = float(size[0]**2 / (size**2).sum()) if len(moved) > 1 else float("nan")
    whole = intercept and abs(direction[-1]) > 1e-9
    return Erased(direction, direction[:-1] / direction[-1] if whole else None, alone)


def second_moment(x: Any, *, penalty: float = 0.0, weights: Any = None, records: int | None = None,
           penalize_last: bool = False) -> np.ndarray:
    """The second moment of records, sum of w x x', plus a penalty: what a difference of models is multiplied with.

    Parameters
    ----------
    x : array (n, d)
        With a column of ones at the end, where the model has an intercept.
    penalty : float
        Of squared coefficients, as Ridge's ``alpha`` (of a logistic regression ``1 / C``).
    weights : array (n,), optional
        Of a generalised linear model: the derivative of its mean, p (1 - p) of a logistic regression.
    records : int, optional
        How many records the model was trained on, where x are other, public ones: their moment is scaled to as many.
    penalize_last : bool
        Whether the penalty holds for the last coefficient too; scikit-learn spares the intercept.

    Examples
    --------
    >>> second_moment([[1.0, 1.0], [3.0, 1.0]], penalty=0.5, records=4)
    array([[20.5,  8. ],
           [ 8. ,  4. ]])
    """
    x = v.array("x", x, ndim=2, dtype=np.float64)
    weights = np.ones(len(x)) if weights is None else v.array("weights", weights, ndim=1, length=len(x),
                                                             dtype=np.float64)
    penalty = v.number("penalty", penalty, low=0)
    scale = 1.0 if records is None else v.integer("records", records) / len(x)
    ridge = np.full(x.shape[1], penalty)
    if not penalize_last:
        ridge[-1] = 0
    return scale * (x.T * weights) @ x + np.diag(ridge)


def cosine(found: Any, truth: Any) -> np.ndarray:
    """The cosine of each row of ``found`` (n, d) with that of ``truth``, in [-1, 1].

    >>> cosine([[1, 0], [1, 1]], [[2, 0], [1, -1]]).tolist()
    [1.0, 0.0]
    """
    found, truth = (v.array(name, value, ndim=2, dtype=np.float64)
                    for name, value in (("found", found), ("truth", truth)))
    if found.shape != truth.shape:
        raise ValueError(f"found has shape {found.shape} and truth {truth.shape}: must be the same.")
    length = np.linalg.norm(found, axis=1) * np.linalg.norm(truth, axis=1)
    return (found * truth).sum(axis=1) / np.maximum(length, np.finfo(float).tiny)
