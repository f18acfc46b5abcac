"""From counts of right and wrong guesses about membership to what they prove about epsilon.

An (epsilon, delta)-private mechanism holds every attack's error rates to TPR <= e^epsilon FPR + delta and
1 - FPR <= e^epsilon (1 - TPR) + delta (Kairouz, Oh and Viswanath 2015, theorem 2.1). Rates that break this for some
epsilon prove that the mechanism is not private at that epsilon; counts do so at a confidence.
"""

import numpy as np
from scipy.optimize import brentq
from scipy.stats import beta, norm

from leaklab import _validate as v
from leaklab.metrics import Interval
from leaklab.privacy import gaussian_epsilon

METHODS = {
    "clopper-pearson": "exact limits for both rates together; no assumption on the mechanism",
    "joint-beta": "a Bayesian credible interval, Jeffreys priors on both rates; no assumption on the mechanism",
    "gdp": "exact limits for both rates, carried to this delta along a Gaussian mechanism's trade-off curve; valid "
           "when the mechanism's curve is (close to) a Gaussian one",
}


def epsilon_from_counts(tp: int, fn: int, fp: int, tn: int, *, delta: float, confidence: float = 0.95,
                        method: str = "clopper-pearson") -> Interval:
    """What an attack with these counts, over independently trained models, proves about epsilon.

    Parameters
    ----------
    tp, fn : int
        Members called members, and missed.
    fp, tn : int
        Non-members called members, and cleared. The rule that decides must not be chosen on the same guesses.
    delta : float
        In [0, 1) (in (0, 1) for ``"gdp"``).
    confidence : float
        Of each limit by itself. The two together hold with ``1 - 2 * (1 - confidence)``.
    method : {"clopper-pearson", "joint-beta", "gdp"}
        A key of ``METHODS``. ``"clopper-pearson"``: half of the error probability for each rate (Nasr et al. 2021;
        Jagielski, Ullman and Oprea 2020). ``"joint-beta"``: Zanella-Beguelin et al. 2023, section 4; tighter, and
        Bayesian: its coverage is an average over the prior. ``"gdp"``: Nasr et al. 2023, section 4.

    Returns
    -------
    Interval
        ``low``: the mechanism's epsilon is at least this. ``high`` limits what *this attack* would prove with
        unlimited models; a better attack may prove more. ``value`` takes the observed rates for the true ones.

    Examples
    --------
    The published case of Zanella-Beguelin et al.: nearly all models are called members, wrongly in half of them.

    >>> counts = dict(tp=487, fn=0, fp=512, tn=1)
    >>> print(epsilon_from_counts(**counts, delta=1e-5))
    inf [0.00, inf]
    >>> print(epsilon_from_counts(**counts, delta=1e-5, method="joint-beta"))
    inf [0.14, 6.42]
    """
    for name, count in (("tp", tp), ("fn", fn), ("fp", fp), ("tn", tn)):
        v.integer(name, count, low=0)
    if not (tp + fn and fp + tn):
        raise ValueError(f"tp + fn = {tp + fn}, fp + tn = {fp + tn}: needs members and non-members. Include both.")
    v.one_of("method", method, METHODS)
    v.number("delta", delta, low=0, high=1, open_low=method == "gdp", open_high=True)
    v.number("confidence", confidence, low=0.5, high=1, open_low=True, open_high=True)
    convert = gaussian_epsilon_from_rates if method == "gdp" else epsilon_from_rates
    value = float(convert(tp / (tp + fn), fp / (fp + tn), delta))
    if method == "joint-beta":
        return Interval(value, *_credible((tp, fn, fp, tn), delta, confidence))
    low, high = _limits(tp, fn, confidence), _limits(fp, tn, confidence)
    return Interval(value, float(convert(low[0], high[1], delta)), float(convert(low[1], high[0], delta)))


def epsilon_from_rates(tpr, fpr, delta: float) -> np.ndarray:
    """The least epsilon >= 0 that allows these rates; arrays go through entry by entry.

    >>> epsilon_from_rates([0.75, 0.5], [0.25, 0.5], 0.0).round(3).tolist()
    [1.099, 0.0]
    """
    tpr, fpr = np.asarray(tpr, float), np.asarray(fpr, float)
    return np.maximum(_log_ratio(tpr - delta, fpr), _log_ratio(1 - fpr - delta, 1 - tpr))


def gaussian_mu(tpr, fpr) -> np.ndarray:
    """The mu of the Gaussian trade-off curve through these rates: Phi^-1(TPR) - Phi^-1(FPR), at least 0."""
    with np.errstate(invalid="ignore"):  # inf - inf: both rates at the same end, which proves nothing
        return np.maximum(np.nan_to_num(norm.ppf(tpr) - norm.ppf(fpr), nan=0.0, posinf=np.inf, neginf=0.0), 0.0)


def gaussian_epsilon_from_rates(tpr, fpr, delta: float) -> float:
    """`gaussian_epsilon` of `gaussian_mu`."""
    return gaussian_epsilon(float(gaussian_mu(tpr, fpr)), delta)


def lower_limits(tp, fn, fp, tn, delta: float, confidence: float, *, gaussian: bool = False) -> np.ndarray:
    """The lower limits of many rules at once: epsilon, or mu where ``gaussian``."""
    tpr, fpr = _limits(tp, fn, confidence)[0], _limits(fp, tn, confidence)[1]
    return gaussian_mu(tpr, fpr) if gaussian else epsilon_from_rates(tpr, fpr, delta)


def _limits(successes, failures, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Clopper-Pearson limits, each wrong with half of the error probability: the other rate needs the other half."""
    successes, failures = np.asarray(successes, float), np.asarray(failures, float)
    tail = (1 - confidence) / 2
    low = np.where(successes > 0, beta.ppf(tail, np.maximum(successes, 1), failures + 1), 0.0)
    high = np.where(failures > 0, beta.isf(tail, successes + 1, np.maximum(failures, 1)), 1.0)
    return low, high


def _log_ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """log(above / below) where that is positive, else 0; infinite over 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(above > below, np.log(np.maximum(above, 0) / below), 0.0)


def _credible(counts: tuple[int, int, int, int], delta: float, confidence: float) -> tuple[float, float]:
    """Quantiles of epsilon when FNR and FPR are independent with Jeffreys posteriors, Beta(count + 1/2, ...)."""
    tp, fn, fp, tn = counts
    fpr = beta(fp + 0.5, tn + 0.5)
    fnr = beta(fn + 0.5, tp + 0.5).ppf((np.arange(20_000) + 0.5) / 20_000)  # integrates over the posterior's mass

    def mass_below(epsilon: float) -> float:
        """Posterior mass of the rates that epsilon allows, the attack's and (by symmetry) its opposite's."""
        e = np.exp(epsilon)
        least = np.maximum((1 - delta - fnr) / e, 1 - delta - e * fnr)
        most = 1 - np.maximum((fnr - delta) / e, 1 - delta - e * (1 - fnr))
        return float(np.maximum(fpr.cdf(np.minimum(most, 1)) - fpr.cdf(np.maximum(least, 0)), 0).mean())

    def quantile(share: float) -> float:
        if mass_below(0.0) >= share:
            return 0.0
        return float(brentq(lambda epsilon: mass_below(epsilon) - share, 0.0, 100.0)) if mass_below(100) > share \
            else float("inf")

    return quantile(1 - confidence), quantile(confidence)
