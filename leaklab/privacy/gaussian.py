"""The Gaussian mechanism in closed form: what one answer, noised once, gives away."""

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm


def gaussian_delta(epsilon: float, mu: float) -> float:
    """The smallest delta of one Gaussian mechanism whose sensitivity is mu standard deviations.

    Balle and Wang 2018, theorem 8.

    Examples
    --------
    >>> round(gaussian_delta(1.0, 1.0), 4)
    0.1269
    """
    return float(norm.cdf(mu / 2 - epsilon / mu) - np.exp(epsilon + norm.logcdf(-mu / 2 - epsilon / mu)))


def gaussian_epsilon(mu: float, delta: float) -> float:
    """The least epsilon, at ``delta``, of one Gaussian mechanism whose sensitivity is mu standard deviations.

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


def gaussian_mu_for(epsilon: float, delta: float) -> float:
    """The mu at which one Gaussian mechanism is just (epsilon, delta)-private: the inverse of `gaussian_epsilon`.

    >>> round(gaussian_mu_for(4.377, 1e-5), 2)
    1.0
    """
    high = 1.0
    while gaussian_delta(epsilon, high) < delta:
        high *= 2
        if high > 1e6:
            return float("inf")
    low = high / 2
    while gaussian_delta(epsilon, low) > delta:
        low /= 2
        if low < 1e-9:
            return low
    return float(brentq(lambda mu: gaussian_delta(epsilon, mu) - delta, low, high))
