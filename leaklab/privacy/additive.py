"""Noise on counts and other numbers: Laplace's for epsilon alone, Gauss's for epsilon and delta."""

from dataclasses import dataclass
from math import isfinite

import numpy as np
from dp_accounting.pld import privacy_loss_distribution as pld
from scipy.stats import norm

from leaklab import _validate as v
from leaklab.metrics import Interval
from leaklab.metrics.rates import check_confidence
from leaklab.privacy.accounting import GRID
from leaklab.privacy.gaussian import gaussian_epsilon, gaussian_mu_for
from leaklab.privacy.release import FLOATS, Mechanism, ReleaseGuarantee, check_neighbours


@dataclass(frozen=True, kw_only=True)
class LaplaceNoise(Mechanism):
    """Laplace noise on each number of an answer (Dwork, McSherry, Nissim and Smith 2006, proposition 1).

    ``epsilon = sensitivity / scale``, and delta is 0.

    Parameters
    ----------
    scale : float
        Of the noise: its density is exp(-|z| / scale) / (2 scale), its standard deviation sqrt(2) scale.
    sensitivity : float
        How far one unit can move the whole answer, in the sum of absolute values (L1). It is stated, never read off
        the data: 1 for a count; the number of counts where one unit takes part in each of several.
    unit, change : str
        Who is protected, and what its change is: see `ReleaseGuarantee`. The sensitivity must be that of this change.

    Examples
    --------
    >>> noise = LaplaceNoise.for_epsilon(0.5, sensitivity=1)
    >>> noise.scale, noise.guarantee.epsilon
    (2.0, 0.5)
    >>> round(noise.release(120, rng=0), 1)
    120.6
    """

    scale: float
    sensitivity: float
    unit: str = "record"
    change: str = "add or remove"

    def __post_init__(self):
        v.number("scale", self.scale, low=0, open_low=True)
        v.number("sensitivity", self.sensitivity, low=0, open_low=True)
        check_neighbours(self.unit, self.change)

    @classmethod
    def for_epsilon(cls, epsilon: float, *, sensitivity: float, unit: str = "record",
                    change: str = "add or remove") -> "LaplaceNoise":
        """The least noise that keeps this epsilon."""
        epsilon = v.number("epsilon", epsilon, low=0, open_low=True)
        sensitivity = v.number("sensitivity", sensitivity, low=0, open_low=True)
        return cls(scale=sensitivity / epsilon, sensitivity=sensitivity, unit=unit, change=change)

    @property
    def guarantee(self) -> ReleaseGuarantee:
        """What one release promises."""
        return ReleaseGuarantee(self.sensitivity / self.scale, 0.0, self.unit, self.change, caveats=(FLOATS,))

    def release(self, value, *, rng):
        """A number, or an array of any shape, with independent noise on each entry."""
        return _noisy(value, v.generator(rng).laplace, self.scale)

    def interval(self, released: float, *, confidence: float = 0.95) -> Interval:
        """Where the true number lies: the noise is public.

        >>> print(LaplaceNoise(scale=2.0, sensitivity=1).interval(121.0))
        121.00 [115.01, 126.99]
        """
        half = -self.scale * float(np.log1p(-check_confidence(confidence)))
        return Interval(float(released), float(released) - half, float(released) + half)

    def losses(self) -> pld.PrivacyLossDistribution:
        """The exact distribution of the privacy loss, for one number that moves by the whole sensitivity."""
        return pld.from_laplace_mechanism(self.scale / self.sensitivity, value_discretization_interval=GRID)


@dataclass(frozen=True, kw_only=True)
class GaussianNoise(Mechanism):
    """Gaussian noise on each number of an answer, accounted exactly (Balle and Wang 2018, theorem 8).

    Parameters
    ----------
    deviation : float
        Standard deviation of the noise.
    sensitivity : float
        How far one unit can move the whole answer, in Euclidean length (L2). It is stated, never read off the data.
    delta : float
        At which epsilon is told; in (0, 1), well below 1 / (number of units).
    unit, change : str
        As for `LaplaceNoise`.

    Examples
    --------
    The textbook's rule sqrt(2 ln(1.25 / delta)) / epsilon would take a standard deviation of 4.84:

    >>> noise = GaussianNoise.for_epsilon(1.0, sensitivity=1, delta=1e-5)
    >>> round(noise.deviation, 2), round(noise.guarantee.epsilon, 2)
    (3.73, 1.0)
    """

    deviation: float
    sensitivity: float
    delta: float
    unit: str = "record"
    change: str = "add or remove"

    def __post_init__(self):
        v.number("deviation", self.deviation, low=0, open_low=True)
        v.number("sensitivity", self.sensitivity, low=0, open_low=True)
        v.number("delta", self.delta, low=0, high=1, open_low=True, open_high=True)
        check_neighbours(self.unit, self.change)

    @classmethod
    def for_epsilon(cls, epsilon: float, *, sensitivity: float, delta: float, unit: str = "record",
                    change: str = "add or remove") -> "GaussianNoise":
        """The least noise that keeps this epsilon at this delta (their analytic Gaussian mechanism, algorithm 1)."""
        epsilon = v.number("epsilon", epsilon, low=0, open_low=True)
        delta = v.number("delta", delta, low=0, high=1, open_low=True, open_high=True)
        sensitivity = v.number("sensitivity", sensitivity, low=0, open_low=True)
        mu = gaussian_mu_for(epsilon, delta) * (1 - 1e-9)  # on the safe side of the root
        return cls(deviation=sensitivity / mu, sensitivity=sensitivity, delta=delta, unit=unit, change=change)

    @property
    def mu(self) -> float:
        """The sensitivity in standard deviations: what `gaussian_epsilon` takes."""
        return self.sensitivity / self.deviation

    @property
    def guarantee(self) -> ReleaseGuarantee:
        """What one release promises."""
        epsilon = gaussian_epsilon(self.mu, self.delta)
        return ReleaseGuarantee(epsilon, self.delta, self.unit, self.change, caveats=(FLOATS,))

    def release(self, value, *, rng):
        """A number, or an array of any shape, with independent noise on each entry."""
        return _noisy(value, v.generator(rng).normal, self.deviation)

    def interval(self, released: float, *, confidence: float = 0.95) -> Interval:
        """Where the true number lies: the noise is public."""
        half = self.deviation * float(norm.ppf((1 + check_confidence(confidence)) / 2))
        return Interval(float(released), float(released) - half, float(released) + half)

    def losses(self) -> pld.PrivacyLossDistribution:
        """The exact distribution of the privacy loss."""
        return pld.from_gaussian_mechanism(1 / self.mu, value_discretization_interval=GRID)


def _noisy(value, draw, width: float):
    if isinstance(value, int | float) and isfinite(value):  # one number: an audit asks for thousands
        return value + draw(0.0, width)
    true = v.array("value", value, dtype=np.float64)
    noisy = true + draw(0.0, width, true.shape)
    return noisy if true.ndim else float(noisy)
