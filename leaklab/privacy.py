"""Differential privacy's book-keeping: from a sampled Gaussian mechanism to (epsilon, delta), and back.

All arithmetic is done by Google's ``dp_accounting``; this module states *what* is accounted: how batches are drawn,
which two data sets count as neighbours, and by which method. All three change epsilon, so all are part of the answer.
"""

from dataclasses import dataclass
from functools import lru_cache

import dp_accounting
import numpy as np
from dp_accounting import NeighboringRelation
from dp_accounting.pld import PLDAccountant
from dp_accounting.rdp import RdpAccountant
from scipy.optimize import brentq
from scipy.stats import norm

from leaklab import _validate as v

SAMPLING = {
    "poisson": "Poisson batches: each record joins each batch on its own with probability batch_size / records",
    "fixed": "fixed batches: batch_size records drawn without replacement, anew for every step",
}
NEIGHBOURS = {"poisson": "add or remove one record", "fixed": "replace one record by another"}
ACCOUNTANTS = {
    "pld": "privacy loss distributions",
    "rdp": "Renyi differential privacy",
    "rdp-2017": "Renyi differential privacy with the conversion of Mironov 2017, proposition 3",
}


@dataclass(frozen=True)
class Guarantee:
    """The (epsilon, delta)-differential privacy of a training run, with everything that epsilon depends on.

    Attributes
    ----------
    epsilon, delta : float
        For all neighbouring data sets D, D' and all sets S of models: P[M(D) in S] <= e^epsilon P[M(D') in S] + delta.
    noise_multiplier : float
        Standard deviation of the noise on the summed gradients, in units of the clipping norm.
    records, batch_size, steps : int
        The size of the data set, the (expected) size of a batch, and the number of batches.
    sampling : {"poisson", "fixed"}
        How batches are drawn: a key of ``SAMPLING``; it fixes the neighbour relation too (``NEIGHBOURS``).
    accountant : {"pld", "rdp", "rdp-2017"}
        How losses are added up: a key of ``ACCOUNTANTS``.
    """

    epsilon: float
    delta: float
    noise_multiplier: float
    records: int
    batch_size: int
    steps: int
    sampling: str
    accountant: str

    @property
    def neighbours(self) -> str:
        """Which two data sets the guarantee compares."""
        return NEIGHBOURS[self.sampling]

    def __str__(self):
        return (f"epsilon = {self.epsilon:.2f} at delta = {self.delta:g} (neighbours: {self.neighbours}; "
                f"{self.sampling} batches of {self.batch_size} from {self.records:,} records, {self.steps:,} steps, "
                f"noise multiplier {self.noise_multiplier:.3g}; accountant: {self.accountant})")


def guarantee(*, noise_multiplier: float, records: int, batch_size: int, steps: int, delta: float,
              sampling: str = "poisson", accountant: str | None = None) -> Guarantee:
    """Epsilon of DP-SGD: ``steps`` compositions of the subsampled Gaussian mechanism.

    Parameters
    ----------
    noise_multiplier : float
        Noise standard deviation over the clipping norm; 0 gives epsilon = infinity.
    records, batch_size, steps : int
        Records in the training set, (expected) records in a batch, number of batches.
    delta : float
        In (0, 1); should lie well below 1 / records.
    sampling : {"poisson", "fixed"}
        ``"poisson"``: neighbours differ by *adding or removing* one record (Mironov, Talwar and Zhang 2019).
        ``"fixed"``: neighbours *replace* one record (Wang, Balle and Kasiviswanathan 2019, theorem 27); that moves
        the sum of clipped gradients by up to two clipping norms, so the same noise protects half as strongly.
    accountant : {"pld", "rdp", "rdp-2017"}, optional
        The tightest that supports the sampling when left out: ``"pld"`` for Poisson, ``"rdp"`` for fixed batches.
        ``"rdp-2017"`` is what the DP-SGD tutorials of 2019 to 2021 print.

    Examples
    --------
    The published tutorial's epsilon of 3.01, and the same run counted more sharply:

    >>> plan = dict(noise_multiplier=1.1, records=60_000, batch_size=256, steps=60 * 60_000 // 256, delta=1e-5)
    >>> round(guarantee(**plan, accountant="rdp-2017").epsilon, 2), round(guarantee(**plan).epsilon, 2)
    (3.01, 2.38)
    """
    v.number("noise_multiplier", noise_multiplier, low=0)
    accountant = _check(records, batch_size, steps, delta, sampling, accountant)
    epsilon = _epsilon(float(noise_multiplier), records, batch_size, steps, float(delta), sampling, accountant)
    return Guarantee(epsilon, float(delta), float(noise_multiplier), records, batch_size, steps, sampling, accountant)


def _check(records, batch_size, steps, delta, sampling, accountant) -> str:
    """The accountant, named or the default, for a plan that makes sense."""
    v.integer("records", records)
    v.integer("batch_size", batch_size, high=records, remedy="A batch is drawn from the records.")
    v.integer("steps", steps)
    v.number("delta", delta, low=0, high=1, open_low=True, open_high=True)
    v.one_of("sampling", sampling, SAMPLING, "Shuffled epochs have no such accounting.")
    accountant = accountant or ("pld" if sampling == "poisson" else "rdp")
    v.one_of("accountant", accountant, ACCOUNTANTS)
    if sampling == "fixed" and accountant == "pld":
        v.fail("accountant", accountant, "does not cover fixed batches", "Use accountant='rdp' or Poisson batches.")
    return accountant


def noise_for_epsilon(epsilon: float, *, records: int, batch_size: int, steps: int, delta: float,
                      sampling: str = "poisson", accountant: str | None = None) -> float:
    """The smallest noise multiplier, to one part in a thousand and rounded up, that guarantees ``epsilon``.

    The other parameters are those of `guarantee`. A ``ValueError`` says so when noise alone cannot do it.
    """
    v.number("epsilon", epsilon, low=0, open_low=True)
    plan = {"records": records, "batch_size": batch_size, "steps": steps, "delta": delta, "sampling": sampling}
    accountant = _check(**plan, accountant=accountant)
    if accountant == "pld":
        noise = _noise_by_limit(epsilon, records, batch_size, steps, delta)
        if noise is not None:
            return noise

    def excess(noise: float) -> float:
        return guarantee(noise_multiplier=noise, **plan, accountant=accountant).epsilon - epsilon

    high = 1.0
    while excess(high) > 0:
        high *= 2
        if high > 1e4:
            v.fail("epsilon", epsilon, "is out of reach with any noise multiplier up to 10,000",
                   "Ask for a larger epsilon or delta, or for fewer steps.")
    low = 0.8 * high
    while excess(low) <= 0:
        low, high = 0.8 * low, low
        if low < 0.05:
            return high
    noise = brentq(excess, low, high, rtol=5e-4)
    while excess(noise) > 0:  # the root may lie just on the wrong side
        noise *= 1.0005
    return float(noise)


def _noise_by_limit(epsilon: float, records: int, batch_size: int, steps: int, delta: float) -> float | None:
    """The same by a good guess, corrected a few times; None where the guess does not come near.

    Many steps of a subsampled Gaussian are nearly one Gaussian mechanism of sensitivity mu = q sqrt(steps
    (exp(1 / noise^2) - 1)) (Bu, Dong, Long and Su 2020, corollary 5.4), whose epsilon has a closed form. That finds
    the noise; privacy loss distributions, on a grid of 0.15% of epsilon whose rounding is always upwards, judge it.
    """
    aim = epsilon
    for _ in range(8):
        try:
            mu = brentq(lambda m: gaussian_delta(aim, m) - delta, 1e-6, 100)  # noqa: B023 (called at once)
        except ValueError:
            return None
        noise = 1 / np.sqrt(np.log1p((mu * records / batch_size)**2 / steps))
        found = _epsilon(float(noise), records, batch_size, steps, delta, "poisson", "pld", 1.5e-3 * epsilon)
        if 0.999 * epsilon <= found <= epsilon:
            return float(noise)
        off = (found / aim - 1) * (epsilon / found)**0.6  # what the limit misses grows a little slower than epsilon
        aim = 0.9995 * epsilon / (1 + off)
    return None


def gaussian_delta(epsilon: float, mu: float) -> float:
    """The smallest delta of one Gaussian mechanism whose sensitivity is mu deviations (Balle and Wang 2018, theorem 8).

    Examples
    --------
    >>> round(gaussian_delta(1.0, 1.0), 4)
    0.1269
    """
    return float(norm.cdf(mu / 2 - epsilon / mu) - np.exp(epsilon + norm.logcdf(-mu / 2 - epsilon / mu)))


def gaussian_epsilon(mu: float, delta: float) -> float:
    """The least epsilon, at ``delta``, of one Gaussian mechanism whose sensitivity is mu deviations.

    The root of `gaussian_delta` (Balle and Wang 2018, theorem 8). Answers of mu_1, mu_2, ... are together one of the
    root of the sum of their squares (Dong, Roth and Su 2022, corollary 3.3): n equal ones are one of sqrt(n) mu.

    Examples
    --------
    >>> round(gaussian_epsilon(1.0, 1e-5), 2), gaussian_epsilon(0.0, 1e-5)
    (4.38, 0.0)
    """
    def excess(epsilon: float) -> float:
        return gaussian_delta(epsilon, mu) - delta

    if mu <= 0 or excess(0.0) <= 0:
        return 0.0
    if np.isinf(mu):
        return float("inf")
    return float(brentq(excess, 0.0, mu * (mu / 2 - norm.ppf(delta))))  # there the first term alone is delta


@lru_cache(maxsize=4096)
def _epsilon(noise: float, records: int, batch_size: int, steps: int, delta: float, sampling: str,
             accountant: str, grid: float = 1e-4) -> float:
    if noise == 0:
        return float("inf")
    if sampling == "poisson":
        relation = NeighboringRelation.ADD_OR_REMOVE_ONE
        step = dp_accounting.PoissonSampledDpEvent(batch_size / records, dp_accounting.GaussianDpEvent(noise))
    else:  # replacing a record moves the sum by two clipping norms: half the noise, in units of that sensitivity
        relation = NeighboringRelation.REPLACE_ONE
        step = dp_accounting.SampledWithoutReplacementDpEvent(
            records, batch_size, dp_accounting.GaussianDpEvent(noise / 2))
    if accountant == "pld":
        book = PLDAccountant(relation, value_discretization_interval=grid)
    else:
        book = RdpAccountant(neighboring_relation=relation)
    book.compose(dp_accounting.SelfComposedDpEvent(step, steps))
    if accountant == "rdp-2017":
        orders, rdp = book._orders, book._rdp  # the curve itself has no public name
        return float(np.min(rdp + np.log(1 / delta) / (orders - 1)))
    return float(book.get_epsilon(delta))
