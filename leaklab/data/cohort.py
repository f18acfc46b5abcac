"""Synthetic patients: people who never existed, drawn to look like the published CDC figures.

Each patient is 21 correlated normal numbers (a Gaussian copula), cut into the answers at the published shares. Whether
they have diabetes is then drawn from a logistic model.
"""

import gzip

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit, ndtri

from leaklab._validate import generator, integer
from leaklab.data import cdc

EMBEDDED_ROWS, EMBEDDED_SEED = 5_000, 2015

RISK = {
    "HighBP": ((0, 1), (0, 0.732)),
    "HighChol": ((0, 1), (0, 0.542)),
    "CholCheck": ((0, 1), (0, 1.305)),
    "BMI": ((18, 22, 27, 32, 37, 42, 52), (0, -0.158, 0.478, 1.004, 1.429, 1.569, 1.470)),
    "Smoker": ((0, 1), (0, -0.031)),
    "Stroke": ((0, 1), (0, 0.206)),
    "HeartDiseaseorAttack": ((0, 1), (0, 0.340)),
    "PhysActivity": ((0, 1), (0, -0.030)),
    "Fruits": ((0, 1), (0, -0.022)),
    "Veggies": ((0, 1), (0, -0.028)),
    "HvyAlcoholConsump": ((0, 1), (0, -0.814)),
    "AnyHealthcare": ((0, 1), (0, 0.095)),
    "NoDocbcCost": ((0, 1), (0, -0.024)),
    "GenHlth": ((1, 2, 3, 4, 5), (0, 0.662, 1.377, 1.838, 1.765)),
    "MentHlth": ((0, 30), (0, -0.090)),
    "PhysHlth": ((0, 30), (0, -0.030)),
    "DiffWalk": ((0, 1), (0, 0.130)),
    "Sex": ((0, 1), (0, 0.126)),
    "Age": (tuple(range(1, 14)),
            (0, 0.106, 0.421, 0.816, 1.109, 1.364, 1.618, 1.716, 1.882, 1.977, 1.924, 1.745, 1.278)),
    "Education": ((1, 6), (0, -0.185)),
    "Income": ((1, 8), (0, -0.406)),
}
"""Log odds each answer adds (joined by straight lines). Solved once, on 600,000 synthetic patients, so that prevalence
by age, sex, BMI and health and the mean of every column among people with diabetes are the published ones."""
INTERCEPT = -6.975
MALE_PER_AGE_GROUP = 0.054  # men's risk rises faster with age: published prevalence by age and sex


def sample_cohort(n: int, *, rng) -> tuple[pd.DataFrame, np.ndarray]:
    """Draw ``n`` synthetic patients.

    Parameters
    ----------
    n : int
        How many, at least 1.
    rng : int or numpy.random.Generator
        A seed or generator; the same one gives the same patients.

    Returns
    -------
    features : pandas.DataFrame of int64, shape (n, 21)
        The columns of the CDC table, in its order: whole numbers, coded as in ``data/README.md``.
    label : numpy.ndarray of int64, shape (n,)
        1 for prediabetes or diabetes (13.9% on average).

    Notes
    -----
    Only published aggregates are used (:mod:`leaklab.data.cdc`), so no row derives from a real person's row. Pairs of
    columns have the published correlations; relations among three or more columns are only those of a Gaussian copula.

    Examples
    --------
    >>> features, label = sample_cohort(4, rng=0)
    >>> features.shape, label.shape
    ((4, 21), (4,))
    """
    n, rng = integer("n", n), generator(rng)
    latent = rng.standard_normal((n, len(cdc.COLUMNS))) @ np.linalg.cholesky(latent_correlation()).T
    features = pd.DataFrame({
        name: first + np.searchsorted(_cuts(shares), latent[:, j])
        for j, (name, (first, shares)) in enumerate(cdc.SHARES.items())
    })
    label = (rng.random(n) < risk(features)).astype(np.int64)
    return features, label


def risk(features: pd.DataFrame) -> np.ndarray:
    """The probability of diabetes the generator gives each row of ``features``, shape (n,).

    Examples
    --------
    >>> features, _ = sample_cohort(1000, rng=0)
    >>> bool(0.11 < risk(features).mean() < 0.17)
    True
    """
    odds = INTERCEPT + MALE_PER_AGE_GROUP * (features["Age"] - 8) * features["Sex"]
    for name, (at, adds) in RISK.items():
        odds = odds + np.interp(features[name], at, adds)
    return expit(odds.to_numpy())


def _cuts(shares: tuple[int, ...]) -> np.ndarray:
    """Where the normal axis is cut so that each piece holds its share."""
    return ndtri(np.cumsum(shares)[:-1] / sum(shares))


def _hermite(shares: tuple[int, ...], terms: int = 60) -> np.ndarray:
    """Coefficients, shape (terms,), of the standardised answer in the Hermite polynomials of its normal number."""
    cut, weight = _cuts(shares), np.array(shares) / sum(shares)
    value = np.arange(len(shares))
    polynomials = [np.ones_like(cut), cut]
    for k in range(2, terms):
        polynomials.append((cut * polynomials[-1] - np.sqrt(k - 1) * polynomials[-2]) / np.sqrt(k))
    density = np.exp(-(cut**2) / 2) / np.sqrt(2 * np.pi)
    sd = np.sqrt(weight @ value**2 - (weight @ value) ** 2)
    return np.array(polynomials) @ density / np.sqrt(np.arange(1, terms + 1)) / sd


def latent_correlation() -> np.ndarray:
    """The correlation the normal numbers must have for the *answers* to correlate as published, shape (21, 21).

    Cutting weakens a correlation. By Mehler's formula two answers with Hermite coefficients ``a`` and ``b`` correlate
    ``sum(a[k] * b[k] * r ** (k + 1))`` when their normal numbers correlate ``r``: this solves for ``r``, pair by pair.

    Examples
    --------
    >>> latent_correlation().shape
    (21, 21)
    """
    coefficients = [_hermite(shares) for _, shares in cdc.SHARES.values()]
    power = np.arange(1, len(coefficients[0]) + 1)
    out = np.eye(len(coefficients))
    for i, row in enumerate(cdc.CORRELATION):
        for j, percent in enumerate(row):
            product = coefficients[i] * coefficients[j]
            out[i, j] = out[j, i] = brentq(lambda r, p=product, c=percent / 100: p @ r**power - c, -0.95, 0.95)
    return out


def embedded_bytes() -> bytes:
    """The embedded file, bit for bit: gzip without time or name, so that the same patients give the same bytes."""
    features, label = sample_cohort(EMBEDDED_ROWS, rng=EMBEDDED_SEED)
    features.insert(0, cdc.LABEL, label)
    return gzip.compress(features.to_csv(index=False, lineterminator="\n").encode(), mtime=0)

