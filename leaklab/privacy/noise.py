"""How much noise a promise takes: for an epsilon, or for the advantage of every membership attack."""

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from leaklab import _validate as v
from leaklab.privacy.accounting import accountant_for, epsilon_of, profile
from leaklab.privacy.batches import Batches
from leaklab.privacy.gaussian import gaussian_mu_for
from leaklab.privacy.guarantee import guarantee

MOST = 1e4
"""No larger noise multiplier is looked for."""


def noise_for_epsilon(epsilon: float, batches: Batches, *, delta: float, accountant: str | None = None) -> float:
    """The smallest noise multiplier, to one part in a thousand and rounded up, that guarantees ``epsilon``.

    The other parameters are those of `guarantee`. A ``ValueError`` says so when noise alone cannot do it.

    Examples
    --------
    >>> round(noise_for_epsilon(2.0, Batches.over_epochs(2000, size=256, epochs=20), delta=1e-5), 2)
    3.38
    """
    v.number("epsilon", epsilon, low=0, open_low=True)
    v.number("delta", delta, low=0, high=1, open_low=True, open_high=True)
    if batches.sampling == "poisson" and accountant_for(1.0, batches, delta, accountant) == "pld":
        noise = _noise_by_limit(epsilon, batches, delta)
        if noise is not None:
            return noise
    return _least(lambda noise: guarantee(batches, noise_multiplier=noise, delta=delta, accountant=accountant).epsilon,
                  "epsilon", epsilon, "Ask for a larger epsilon or delta, or for fewer steps.", start=1.0)


def noise_for_advantage(advantage: float, batches: Batches) -> float:
    """The smallest noise multiplier that holds the advantage (TPR - FPR) of every membership attack to ``advantage``.

    Calibrated to the attack itself instead of to an epsilon at some delta, for which the same risk takes more noise
    (Kulynych and others 2024, "Attack-aware noise calibration for differential privacy").

    Parameters
    ----------
    advantage : float in (0, 1)
    batches : Batches

    Examples
    --------
    One Gaussian answer: 2 Phi(mu / 2) - 1 = 0.383 at mu = 1.

    >>> round(noise_for_advantage(0.3829, Batches(10, 10, 1)), 2)
    1.0
    """
    v.number("advantage", advantage, low=0, high=1, open_low=True, open_high=True)
    def risk(noise: float) -> float:
        return float(profile(noise, batches, accountant_for(noise, batches, 1e-6, None), 1, 1e-3).delta(np.zeros(1))[0])

    return _least(risk, "advantage", advantage, "Ask for a larger advantage, or for fewer steps.",
                  start=_noise_in_the_limit(2 * float(norm.ppf((1 + advantage) / 2)), batches))


def _least(risk, name: str, aim: float, remedy: str, *, start: float) -> float:
    """The least noise at which the falling ``risk(noise)`` is at most ``aim``; it is looked for around ``start``."""
    high = start
    while risk(high) > aim:
        high *= 2
        if high > MOST:
            v.fail(name, aim, f"is out of reach with any noise multiplier up to {MOST:,.0f}", remedy)
    low = 0.8 * high
    while risk(low) <= aim:
        low, high = 0.8 * low, low
        if low < 0.05:
            return high
    noise = brentq(lambda noise: risk(noise) - aim, low, high, rtol=5e-4)
    while risk(noise) > aim:  # the root may lie just on the wrong side
        noise *= 1.0005
    return float(noise)


def _noise_in_the_limit(mu: float, batches: Batches) -> float:
    """The noise at which many steps are nearly one Gaussian mechanism of sensitivity mu = q sqrt(steps
    (exp(1 / noise^2) - 1)) (Bu, Dong, Long and Su 2020, corollary 5.4)."""
    return float(1 / np.sqrt(np.log1p((mu / batches.rate)**2 / batches.steps)))


def _noise_by_limit(epsilon: float, batches: Batches, delta: float) -> float | None:
    """The same by a good guess, corrected a few times; None where the guess does not come near.

    In the limit epsilon has a closed form, which finds the noise; privacy loss distributions, on a grid of 0.15% of
    epsilon whose rounding is always upwards, judge it.
    """
    aim = epsilon
    for _ in range(8):
        mu = gaussian_mu_for(aim, delta)
        if not np.isfinite(mu):
            return None
        noise = _noise_in_the_limit(mu, batches)
        if accountant_for(noise, batches, delta, None) != "pld":
            return None
        found = epsilon_of(noise, batches, delta, "pld", 1, 1.5e-3 * epsilon)
        if 0.999 * epsilon <= found <= epsilon:
            return noise
        off = (found / aim - 1) * (epsilon / found)**0.6  # what the limit misses grows a little slower than epsilon
        aim = 0.9995 * epsilon / (1 + off)
    return None
