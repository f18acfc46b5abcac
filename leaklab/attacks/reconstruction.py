"""The last patient: one record, whole, from a linear model's parameters and all the other records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.access import Offers
from leaklab.attacks.base import Attack
from leaklab.attacks.linear import CLASSIFIERS, PREPARED, GeneralizedLinear

DIGITS = 3
"""The record's residual must be known to so many digits, or else nothing is said of the record."""
ASKED = 10
"""Answers that are compared with what the parameters say."""


@dataclass(frozen=True, eq=False)
class Others:
    """All records of the training data but one, and what is known of that one.

    Attributes
    ----------
    x : array (m, d) or DataFrame
    y : array (m,)
        True labels, of the kind in the ``classes`` of the model, or numbers.
    known : mapping, optional
        Column, by number or name, -> the missing record's value there, on the scale on which the model's scores take
        it. A model without an intercept needs one, other than 0; with an intercept it is a check.
    """

    x: Any
    y: Any
    known: Mapping[Any, float] = field(default_factory=dict)
    __repr__ = summary

    def __post_init__(self):
        if len(self.x) != len(self.y) or not len(self.x):
            raise ValueError(f"x has {len(self.x)} rows and y {len(self.y)}: must be as many, and at least one.")


@dataclass(frozen=True, eq=False)
class LastRecordFound:
    """The missing record.

    Attributes
    ----------
    x : float (d,)
        Its features, as the others' are given.
    y : object
        Its label: one of the model's classes, or a number.
    miss : float
        How far it contradicts what it must agree with: the label that came out from the nearest possible one, the pulls
        of several classes among each other, values that were known (in units of the largest). 0 up to rounding where
        the parameters lie at the minimum; nan where nothing could be compared (a linear regression without known
        values), so that a false record would look like a true one.
    residual : float
        Length of what the model expects of the label less the label: what the record pulls with.
    queries : int
    """

    x: np.ndarray
    y: Any
    miss: float
    residual: float
    queries: int = 0
    __repr__ = summary


def last_record(model: GeneralizedLinear, others: Others, *, tolerance: float = 1e-6) -> LastRecordFound:
    """Solve for the one record that is missing from the training data.

    After Balle, Cherubin and Hayes 2022, "Reconstructing training data with informed adversaries", arXiv 2201.04845.

    At the minimum of the objective the pulls of all records and of the penalty cancel. Those of the others and of the
    penalty are known, so the missing record's is known too: ``r (x, 1)``, r what the model expects of its label less
    the label. The intercept's entry is r itself; division gives x, and the model's expectation of x less r gives y.

    Parameters
    ----------
    model : GeneralizedLinear
        ``GeneralizedLinear.of`` a fitted estimator of scikit-learn; behind a pipeline the others are given raw.
    others : Others
    tolerance : float
        The largest ``miss``, about the relative error of the record. One figure is compared, so of parameters that are
        off by a hundredth about one in ten thousand may pass for exact. ``inf`` gives what comes out, true or not, as
        with noise on the parameters.

    Raises
    ------
    ValueError
        (``Refused``) where the record cannot be told: it pulls with no force that can be told from rounding (a model
        that fits it perfectly), an intercept is missing and nothing is known, or what comes out is no possible record
        (the training stopped early, other records or another penalty were used than stated, noise was added).

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> x, y = np.array([[0, 1], [1, 3], [2, 1], [3, 0], [1, 1]]), np.array(["no", "no", "yes", "yes", "yes"])
    >>> model = LogisticRegression(solver="newton-cholesky", tol=1e-12).fit(x, y)
    >>> found = last_record(GeneralizedLinear.of(model), Others(x[:-1], y[:-1]))
    >>> found.x.round(9).tolist(), found.y
    ([1.0, 1.0], 'yes')
    """
    v.number("tolerance", min(tolerance, 1e300), low=0, open_low=True)
    if others.known and model.steps is not None:
        raise v.Refused("known: behind a pipeline a value cannot be compared with what the model's scores take. "
                        f"{PREPARED}")
    pull = -model.pull(others.x, others.y)
    known = _columns(others)
    rounding = _rounding(model, others)
    features = pull if model.intercept is None else pull[:, :-1]
    if model.intercept is not None:
        residual, blur = pull[:, -1], rounding[:, -1].max()
    elif any(known.values()):
        places, values = np.array(list(known)), np.array(list(known.values()))
        residual = features[:, places] @ values / (values @ values)
        blur = rounding[:, places].max() / np.abs(values).max()
    else:
        raise v.Refused("without an intercept a record and its mirror image (-x, the other label) pull alike, and in a "
                        "linear regression many more. Say a value of the record other than 0: known={column: value}.")
    size = float(np.linalg.norm(residual))
    if size <= 10**DIGITS * blur:
        raise v.Refused(f"the missing record pulls with a residual of {size:.1e}, which rounding of {blur:.1e} blurs: "
                        "the model fits it perfectly, or no record is missing.")
    x = residual @ features / size**2
    target = (model.expected(x[None]) - residual)[0]
    y, misses = _label(model, target, size)
    if len(residual) > 1:  # several classes: their pulls must be multiples of one record
        misses.append(np.abs(features - np.outer(residual, x)).max() / max(np.abs(features).max(), size))
    misses += [abs(x[place] - value) / max(np.abs(x).max(), 1.0) for place, value in known.items()]
    miss = float(max(misses, default=np.nan))
    if miss > tolerance:
        raise v.Refused(f"what comes out is no possible record: it misses by {miss:.2g} (tolerance {tolerance:g}). The "
                        "parameters are not at the minimum of this objective with these others: training stopped "
                        "early, noise was added, or a penalty or record is not as stated.")
    return LastRecordFound(model.restore(x[None])[0], y, miss, size)


@dataclass(frozen=True, kw_only=True)
class LastRecord(Attack):
    """`last_record` against an access: ``attack(access, knowledge=Others(x, y))``.

    Parameters
    ----------
    l2, l2_intercept : float
        The penalty on coefficients and intercept, as `GeneralizedLinear` counts it; a training recipe tells it.
    intercept : bool
        Whether the model has one.
    tolerance : float

    Examples
    --------
    >>> from leaklab.access import WhiteBox
    >>> from sklearn.linear_model import LogisticRegression
    >>> x, y = np.array([[0, 1], [1, 3], [2, 1], [3, 0], [1, 1]]), np.array([0, 0, 1, 1, 1])
    >>> access = WhiteBox(LogisticRegression(C=0.5, solver="newton-cholesky", tol=1e-12).fit(x, y))
    >>> LastRecord(l2=2.0)(access, knowledge=Others(x[:-1], y[:-1])).x.round(9).tolist()
    [1.0, 1.0]
    """

    needs: ClassVar[Offers] = Offers.PARAMETERS
    knows: ClassVar[tuple[type, ...]] = (Others,)
    l2: float
    l2_intercept: float = 0.0
    intercept: bool = True
    tolerance: float = 1e-6

    def __post_init__(self):
        v.number("l2", self.l2, low=0)
        v.number("l2_intercept", self.l2_intercept, low=0)

    def target(self, access):
        return ()

    def run(self, access, knowledge, rng, progress):
        x = np.asarray(access.inputs.check(knowledge.x, "others.x"), np.float64)
        parameters = access.parameters()
        if len(parameters) != 2 or np.ndim(parameters[0]) != 2:
            raise v.Refused("LastRecord: the model is not linear: it has hidden layers, and no one record can be "
                            "solved for. Train a reconstruction network instead (Balle, Cherubin and Hayes 2022).")
        coef, intercept = (np.asarray(part, np.float64) for part in parameters)
        model = GeneralizedLinear(coef.T, intercept if self.intercept else None,
                                  "softmax" if coef.shape[1] > 1 else "logistic", self.l2, self.l2_intercept,
                                  access.classes)
        said = model.expected(model.prepare(x[:ASKED]))
        if not np.allclose(said[:, -1], access.probabilities(knowledge.x[:ASKED])[:, -1], atol=1e-4):
            raise v.Refused("LastRecord: the model's answers are not those of its last layer on x: something stands "
                            "before it, or the intercept is not as stated. Of a pipeline: last_record(GeneralizedLinear"
                            ".of(pipeline), others).")
        return last_record(model, Others(x, knowledge.y, _columns(knowledge)), tolerance=self.tolerance)

    def wrap(self, result):
        return result


def _columns(others: Others) -> dict[int, float]:
    """What is known, by number of column."""
    names = list(getattr(others.x, "columns", range(np.shape(others.x)[1])))
    known = {}
    for column, value in others.known.items():
        if column not in names:
            v.fail("known", column, f"must be one of the columns {v.listed(names)}")
        known[names.index(column)] = v.number("known", value)
    return known


def _label(model: GeneralizedLinear, target: np.ndarray, size: float) -> tuple[Any, list[float]]:
    """The label that is meant, and how far what came out lies from it, in units of the residual."""
    if model.mean not in CLASSIFIERS:
        return float(target[0]), []
    column = int(target.argmax() if model.mean == "softmax" else target[0] > 0.5)
    exact = np.eye(len(target))[column] if model.mean == "softmax" else np.array([float(column)])
    return model.classes[column], [float(np.linalg.norm(target - exact)) / size]


def _rounding(model: GeneralizedLinear, others: Others) -> np.ndarray:
    """How far rounding alone may move the pull: (k, d), or (k, d + 1)."""
    prepared = model.prepare(others.x)
    expected, targets = model.expected(prepared), model.targets(others.y, len(prepared))
    size = np.abs(expected) + np.abs(targets)
    terms = size.T @ np.abs(prepared) + model.l2 * np.abs(model.coef)
    if model.intercept is not None:
        terms = np.column_stack([terms, size.sum(axis=0)])
    return np.finfo(float).eps * terms
