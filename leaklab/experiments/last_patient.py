"""The last patient behind noise: how well a record is reconstructed, beside the ceiling that the guarantee sets."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from leaklab import _validate as v
from leaklab.attacks import GeneralizedLinear, Others, last_record
from leaklab.metrics import Rate
from leaklab.privacy import gaussian_epsilon, reconstruction_ceiling


@dataclass(frozen=True)
class BehindNoise:
    """What is left of the last record when Gaussian noise lies on the parameters.

    Attributes
    ----------
    mu : float
        The promise: how many standard deviations of the noise the record with the strongest pull may move the
        parameters by. ``inf``: no noise.
    epsilon : float
        The same at ``delta``.
    delta : float
    noise : float
        Standard deviation of the noise on each parameter.
    error : float
        The solved record's distance from the truth, root mean square over the features; median over the trials.
    picked : Rate
        How often the true record was picked out of the candidates, by the parameters that it would lead to.
    guess : float
        How often it would be picked without the model: one of so many.
    ceiling : float
        The most that ``picked`` can be for any attack, by the promise: with any others, and any candidates.
    ceiling_here : float
        The same by how far these candidates really move the parameters among these others, which nobody has promised.
    """

    mu: float
    epsilon: float
    delta: float
    noise: float
    error: float
    picked: Rate
    guess: float
    ceiling: float
    ceiling_here: float


def fit_bounded(x: np.ndarray, y: np.ndarray, l2: float) -> GeneralizedLinear:
    """Logistic regression to the very end, with a constant column for the intercept, so that all is penalised."""
    model = LogisticRegression(C=1 / l2, fit_intercept=False, solver="newton-cholesky", tol=1e-12, max_iter=200)
    return GeneralizedLinear.of(model.fit(with_constant(x), y))


def with_constant(x: np.ndarray) -> np.ndarray:
    """The records with a last column of ones."""
    return np.column_stack([x, np.ones(len(x))])


def clipped(x: np.ndarray, norm: float) -> np.ndarray:
    """Records no longer than ``norm``, which bounds what each can do to the parameters.

    >>> clipped(np.array([[3.0, 4.0], [0.3, 0.4]]), 1.0).round(9).tolist()
    [[0.6, 0.8], [0.3, 0.4]]
    """
    length = np.linalg.norm(x, axis=1, keepdims=True)
    return x * np.minimum(1, norm / np.maximum(length, 1e-300))


def behind_noise(others: tuple[np.ndarray, np.ndarray], candidates: tuple[np.ndarray, np.ndarray],
                 promises: Sequence[float], *, l2: float, norm: float, trials: int = 200, delta: float = 1e-5, rng,
                 progress: v.Progress | None = None) -> list[BehindNoise]:
    """Train on the others and one secret candidate, publish the parameters with noise, and reconstruct.

    The objective is strongly convex by ``l2``, and a record pulls by at most ``sqrt(norm^2 + 1)``, so that one record
    more or less moves the minimum by at most ``sqrt(norm^2 + 1) / l2`` (Chaudhuri, Monteleoni and Sarwate 2011): noise
    of that over mu is mu-Gaussian differentially private. Two attacks: the equations of `last_record`, solved as if
    there were no noise; and, by who knows that the record is one of the candidates, the one whose parameters lie
    nearest, which no other pick beats.

    Parameters
    ----------
    others : (x, y), float (m, d), int (m,)
    candidates : (x, y), float (c, d), int (c,)
        Of which one is secret, each as likely.
    promises : sequence of float
        mu, above 0; ``inf`` for no noise.
    l2 : float
        The penalty on all parameters, on the scale of the sum of the losses.
    norm : float
        Records are clipped to this length.
    trials : int
        For each promise.
    """
    rng, x, (maybe, labels) = v.generator(rng), clipped(others[0], norm), (clipped(candidates[0], norm), candidates[1])
    known, reach = Others(with_constant(x), others[1], {x.shape[1]: 1.0}), float(np.sqrt(norm**2 + 1)) / l2
    models = []
    for one, label in zip(maybe, labels, strict=True):
        models.append(fit_bounded(np.vstack([x, one]), np.append(others[1], label), l2))
        if progress:
            progress(len(models), len(maybe), "candidates")
    without = fit_bounded(x, others[1], l2)
    moved = max(float(np.linalg.norm(model.coef - without.coef)) for model in models)
    return [_point(mu, models, maybe, known, (reach, moved), trials, delta, rng) for mu in promises]


def _point(mu, models, maybe, known, reach, trials, delta, rng) -> BehindNoise:
    form, centers = models[0], np.concatenate([model.coef for model in models])
    noise = 0.0 if np.isinf(mu) else reach[0] / v.number("promises", mu, low=0, open_low=True)
    secret = rng.integers(len(centers), size=trials)
    published = centers[secret] + noise * rng.standard_normal((trials, centers.shape[1]))
    errors = []
    for truth, coef in zip(secret, published, strict=True):
        model = GeneralizedLinear(coef, None, form.mean, form.l2, classes=form.classes)
        found = last_record(model, known, tolerance=np.inf)
        errors.append(np.sqrt(np.mean((found.x[:-1] - maybe[truth])**2)))
    nearest = ((published[:, None] - centers)**2).sum(axis=2).argmin(axis=1)
    guess, here = 1 / len(centers), mu * reach[1] / reach[0]
    return BehindNoise(mu, gaussian_epsilon(mu, delta), delta, noise, float(np.median(errors)),
                      Rate(int((nearest == secret).sum()), trials), guess,
                      reconstruction_ceiling(guess, mu), reconstruction_ceiling(guess, here))
