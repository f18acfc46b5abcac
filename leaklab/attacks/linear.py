"""Generalised linear models as an adversary reads them: the parameters, and the objective at whose minimum they lie."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.special import expit, softmax
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.models.base import encode, one_hot

MEANS = {"identity": lambda score: score, "logistic": expit, "exp": np.exp,
         "softmax": lambda score: softmax(score, axis=1)}
"""From scores (n, k) to what the model expects of the label (n, k), by name: the inverse of the canonical link."""
CLASSIFIERS = ("logistic", "softmax")
PREPARED = ("Reconstruct what they make: GeneralizedLinear.of(pipeline[-1]), others as pipeline[:-1].transform gives "
            "them.")


@dataclass(frozen=True, eq=False)
class GeneralizedLinear:
    """A generalised linear model with its canonical link, and the penalty that it was trained with.

    Its parameters minimise, or should, the sum of all records' losses ``+ l2 / 2 |coef|^2 + l2_intercept / 2
    |intercept|^2``. With the canonical link a record's loss has the gradient ``(mean(score) - y) (x, 1)``.

    Parameters
    ----------
    coef : float (k, d)
        One row; for ``"softmax"`` a row a class.
    intercept : float (k,), optional
        None where the model has none.
    mean : {"identity", "logistic", "softmax", "exp"}
        What it expects of the label: linear, logistic, multinomial logistic, Poisson regression.
    l2, l2_intercept : float
        At least 0, on the scale of the *sum* of the losses: ``alpha`` of scikit-learn's ``Ridge``, ``1 / C`` of its
        ``LogisticRegression``, ``alpha * n`` of its ``PoissonRegressor``.
    classes : tuple, optional
        Of a classifier: its labels, in the order of its scores.
    steps : object, optional
        What stands before the model, fitted: ``transform`` and ``inverse_transform``.

    Examples
    --------
    >>> model = GeneralizedLinear.of(Ridge(alpha=2.0).fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 2.0]))
    >>> model.mean, model.l2, model.pull([[0.0], [1.0], [2.0]], [1.0, 3.0, 2.0]).round(9).tolist()
    ('identity', 2.0, [[0.0, 0.0]])
    """

    coef: np.ndarray
    intercept: np.ndarray | None = None
    mean: str = "logistic"
    l2: float = 0.0
    l2_intercept: float = 0.0
    classes: tuple = ()
    steps: Any = field(default=None, repr=False)
    __repr__ = summary

    def __post_init__(self):
        coef = np.atleast_2d(v.array("coef", self.coef, dtype=np.float64))
        v.one_of("mean", self.mean, MEANS)
        if coef.ndim != 2 or (len(coef) > 1) != (self.mean == "softmax"):
            raise ValueError(f"coef has shape {coef.shape}: must be (1, d), or for mean='softmax' (classes, d).")
        intercept = self.intercept
        if intercept is not None:
            intercept = v.array("intercept", np.atleast_1d(intercept), ndim=1, length=len(coef), dtype=np.float64)
        classes = self.classes or (tuple(range(max(2, len(coef)))) if self.mean in CLASSIFIERS else ())
        for name, value in (("coef", coef), ("intercept", intercept), ("classes", classes),
                            ("l2", v.number("l2", self.l2, low=0)),
                            ("l2_intercept", v.number("l2_intercept", self.l2_intercept, low=0))):
            object.__setattr__(self, name, value)

    @classmethod
    def of(cls, estimator: Any) -> "GeneralizedLinear":
        """A fitted ``LogisticRegression``, ``Ridge`` or ``LinearRegression`` of scikit-learn; also behind a pipeline.

        The steps of a pipeline are taken as published, *with the figures that they learnt from all records*; they must
        be undone by ``inverse_transform``, as a ``StandardScaler`` is.

        Raises
        ------
        ValueError
            (``Refused``) for any other model, and for training that does not end at the minimum of that objective: an
            L1 penalty, class weights, solvers of ``Ridge`` that stop early.
        """
        try:
            check_is_fitted(estimator)
        except (NotFittedError, TypeError):
            raise v.Refused(f"estimator={type(estimator).__name__}: must be a fitted estimator of scikit-learn. Or "
                            "state the parameters: GeneralizedLinear(coef, intercept, ...).") from None
        if isinstance(estimator, Pipeline) and len(estimator) > 1:
            steps = estimator[:-1]
            if not hasattr(steps, "inverse_transform"):
                raise v.Refused(f"the pipeline's steps cannot be undone (no inverse_transform). {PREPARED}")
            return replace(cls.of(estimator[-1]), steps=steps)
        model = estimator[-1] if isinstance(estimator, Pipeline) else estimator
        if type(model) is LogisticRegression:
            return _logistic(model)
        if type(model) in (Ridge, LinearRegression):
            return _least_squares(model)
        raise v.Refused(f"estimator={type(model).__name__}: must be a LogisticRegression, Ridge or LinearRegression. A "
                        "generalised linear model of another kind: GeneralizedLinear(coef, intercept, ...).")

    def prepare(self, x: Any) -> np.ndarray:
        """Records as the model's scores take them, float64 (n, d)."""
        raw = x
        if self.steps is not None:
            x = self.steps.transform(x)
        x = v.array("x", x.toarray() if hasattr(x, "toarray") else x, ndim=2, dtype=np.float64)
        if x.shape[1] != self.coef.shape[1]:
            raise ValueError(f"x has shape {x.shape}: must be (n, {self.coef.shape[1]}), as the model takes records.")
        if self.steps is not None and not _alike(self.restore(x), raw):
            raise v.Refused(f"the pipeline's steps lose something: undone, they give other records back. {PREPARED}")
        return x

    def restore(self, prepared: np.ndarray) -> np.ndarray:
        """Prepared records as they were before the steps."""
        if self.steps is None:
            return prepared
        return np.asarray(self.steps.inverse_transform(prepared))

    def expected(self, prepared: np.ndarray) -> np.ndarray:
        """What the model expects of the labels, (n, k), of prepared records."""
        return MEANS[self.mean](prepared @ self.coef.T + (0.0 if self.intercept is None else self.intercept))

    def targets(self, y: Any, n: int) -> np.ndarray:
        """Labels as the loss takes them, (n, k)."""
        if self.mean not in CLASSIFIERS:
            return v.array("y", y, ndim=1, length=n, dtype=np.float64)[:, None]
        columns = encode("y", y, self.classes, n)
        return one_hot(columns, len(self.classes)) if self.mean == "softmax" else np.asarray(columns, float)[:, None]

    def pull(self, x: Any, y: Any) -> np.ndarray:
        """The gradient of the objective on these records alone, penalty included: (k, d), or (k, d + 1) with intercept.

        Zero on the whole training data, where training went to the end.
        """
        prepared = self.prepare(x)
        residual = self.expected(prepared) - self.targets(y, len(prepared))
        pull = residual.T @ prepared + self.l2 * self.coef
        if self.intercept is None:
            return pull
        return np.column_stack([pull, residual.sum(axis=0) + self.l2_intercept * self.intercept])


def _alike(restored: np.ndarray, raw: Any) -> bool:
    raw = np.asarray(raw)
    try:
        numbers = raw.astype(np.float64)
    except (TypeError, ValueError):  # texts, say
        return bool((restored == raw).all())
    return np.allclose(restored.astype(np.float64), numbers, rtol=1e-6, atol=1e-6 * np.abs(numbers).max())


def _logistic(model: LogisticRegression) -> GeneralizedLinear:
    if model.class_weight is not None:
        raise v.Refused("class_weight: the pull of a record then depends on its class in a way that is not supported. "
                        "Train without class weights.")
    if getattr(model, "penalty", "deprecated") not in ("deprecated", "l2", None) or model.l1_ratio:
        raise v.Refused("an L1 penalty holds coefficients at 0 against the pull of the records: these say nothing of "
                        "it. Use an L2 penalty.")
    many, fitted = len(model.classes_) > 2, model.fit_intercept
    if many and model.solver == "liblinear":
        raise v.Refused("solver='liblinear' fits one model a class. Reconstruct from one of them.")
    l2 = 0.0 if getattr(model, "penalty", "") is None else 1 / model.C
    held = l2 / model.intercept_scaling**2 if fitted and model.solver == "liblinear" else 0.0
    return GeneralizedLinear(model.coef_, model.intercept_ if fitted else None, "softmax" if many else "logistic", l2,
                             held, tuple(model.classes_.tolist()))


def _least_squares(model: Any) -> GeneralizedLinear:
    if model.positive or np.ndim(model.coef_) != 1 or np.ndim(getattr(model, "alpha", 0.0)):
        raise v.Refused("only plain least squares of one target are supported: positive=False, one alpha.")
    solver = getattr(model, "solver_", "svd")
    if solver not in ("svd", "cholesky"):
        raise v.Refused(f"solver={solver!r} stops before the minimum, and nothing would tell a false record from a "
                        "true one. Reconstruct from solver='cholesky' or 'svd'.")
    return GeneralizedLinear(model.coef_, model.intercept_ if model.fit_intercept else None, "identity",
                             getattr(model, "alpha", 0.0))
