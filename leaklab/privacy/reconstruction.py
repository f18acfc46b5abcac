"""How often a whole record may be reconstructed at most, under a guarantee."""

import numpy as np
from scipy.stats import norm

from leaklab import _validate as v
from leaklab.privacy.guarantee import Guarantee


def reconstruction_ceiling(guess: float, promise: Guarantee | float) -> float:
    """The highest success rate of any reconstruction, by who guesses rightly at rate ``guess`` without the model.

    "The reconstruction is good" is one event in the space of models. Trained without the record, the model knows
    nothing of it: then the event has at most the probability ``guess``. So, with the record, it has at most the
    true-positive rate that a membership test may reach at that false-positive rate (reconstruction robustness: Balle,
    Cherubin and Hayes 2022, arXiv 2201.04845; by the whole trade-off curve: Hayes, Mahloujifar and Balle 2023, arXiv
    2302.07225). For a Gaussian mechanism of sensitivity mu standard deviations that is ``Phi(Phi^-1(guess) + mu)``.

    Parameters
    ----------
    guess : float in [0, 1]
        Success without the model: 1 / k for one of k records that are equally likely.
    promise : Guarantee or float
        Of a training; or the ``mu`` of one Gaussian mechanism, neighbours with and without the record. 0 is no leak,
        ``inf`` no promise.

    Examples
    --------
    >>> [round(reconstruction_ceiling(0.1, mu), 2) for mu in (0.0, 1.0, 3.0, float("inf"))]
    [0.1, 0.39, 0.96, 1.0]
    """
    guess = v.number("guess", guess, low=0, high=1)
    if isinstance(promise, Guarantee):
        return promise.tpr_at(guess)
    if promise == np.inf:
        return 1.0
    mu = v.number("promise", promise, low=0, remedy="Or pass a Guarantee.")
    if guess in (0.0, 1.0):
        return guess  # what is impossible without the record has probability 0 with it, too
    return float(norm.cdf(norm.ppf(guess) + mu))
