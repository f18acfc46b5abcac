"""The promise of a private training, with everything that it depends on, in the units that people decide in."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from leaklab import _validate as v
from leaklab.privacy.accounting import accountant_for, epsilon_of, profile
from leaklab.privacy.batches import UNITS, Batches
from leaklab.privacy.gaussian import gaussian_mu_for

LEAST_DELTA = 1e-9
"""The profile is followed down to this delta; below, rounding blurs it."""


@dataclass(frozen=True)
class Guarantee:
    """The (epsilon, delta)-differential privacy of a training.

    Attributes
    ----------
    epsilon, delta : float
        For all neighbouring tables D, D' and all sets S of models: P[M(D) in S] <= e^epsilon P[M(D') in S] + delta.
    noise_multiplier : float
        Standard deviation of the noise on the summed gradients, in units of the clipping norm.
    batches : Batches
        The plan: what is drawn, from how many, how often; which tables are neighbours.
    accountant : {"pld", "rdp", "rdp-2017"}
        How losses are added up: a key of ``ACCOUNTANTS``.
    caveats : tuple of str
        What the promise does not cover, a sentence each. A delta that is too large adds its own.
    group : int
        Units that neighbours differ by: see `for_groups_of`.
    """

    epsilon: float
    delta: float
    noise_multiplier: float
    batches: Batches
    accountant: str
    caveats: tuple[str, ...] = ()
    group: int = 1

    def __post_init__(self):
        caveats, many = tuple(self.caveats), self.batches.units
        large = (f"delta = {self.delta:g} is not below 1 / {many:,}: publishing one whole {self.batches.unit} at "
                 "random would keep this promise too")
        if self.delta * many >= 1 and large not in caveats:
            caveats += (large,)
        object.__setattr__(self, "caveats", caveats)

    @property
    def neighbours(self) -> str:
        """Which two tables the guarantee compares."""
        if self.group == 1:
            return self.batches.neighbours
        return f"add or remove {self.group} {UNITS[self.batches.unit]} together"

    def for_groups_of(self, k: int) -> "Guarantee":
        """What the same training promises to ``k`` units together, such as the ``k`` records of one person.

        At the same delta, by the loss against the whole group at once (Ganesh 2024, arXiv 2401.10294); that is below
        what follows from epsilon and delta alone, by k-fold composition (Vadhan 2017, lemma 2.2).

        Raises
        ------
        ValueError
            (``Refused``) for fixed batches.

        Examples
        --------
        >>> visit = guarantee(Batches.over_epochs(2000, size=256, epochs=20), noise_multiplier=3.4, delta=1e-5)
        >>> round(visit.epsilon, 1), round(visit.for_groups_of(4).epsilon, 1)
        (2.0, 10.0)
        """
        k = v.integer("k", k)
        if self.batches.sampling != "poisson":
            raise v.Refused("sampling='fixed': groups are accounted for Poisson batches alone. Plan Poisson batches.")
        together = self.group * k
        if together == 1:
            return self
        epsilon = epsilon_of(self.noise_multiplier, self.batches, self.delta, "pld", together)
        return replace(self, epsilon=epsilon, accountant="pld", group=together)

    def delta_at(self, epsilon):
        """The delta of the same training at other epsilons (one, or rising (m,)): its privacy profile."""
        epsilon = np.asarray(epsilon, float)
        if not self.noise_multiplier:
            return np.ones(epsilon.shape)
        delta = profile(self.noise_multiplier, self.batches, self.accountant, self.group).delta
        return np.reshape(delta(np.atleast_1d(epsilon)), epsilon.shape)

    def tpr_at(self, fpr: float) -> float:
        """The highest TPR that any membership attack can reach at this FPR.

        From all epsilons at once: TPR <= min(e^epsilon FPR + delta, 1 - e^-epsilon (1 - delta - FPR)) (Wasserman and
        Zhou 2010; Dong, Roth and Su 2022, proposition 2.5). Far below what ``epsilon`` and ``delta`` alone allow.

        Parameters
        ----------
        fpr : float in [0, 1]

        Examples
        --------
        >>> round(guarantee(Batches(10, 10, 1), noise_multiplier=1.0, delta=1e-5).tpr_at(0.01), 3)  # Phi(1 - 2.326)
        0.092
        """
        fpr = v.number("fpr", fpr, low=0, high=1)
        if not self.noise_multiplier:
            return 1.0
        epsilons, deltas = self._curve
        below, above = np.exp(epsilons) * fpr + deltas, 1 - np.exp(-epsilons) * (1 - deltas - fpr)
        return float(np.clip(np.minimum(below, above).min(), fpr, 1))

    @property
    def advantage(self) -> float:
        """The highest TPR - FPR of any membership attack, in [0, 1]: delta at epsilon 0 (Kulynych and others 2024)."""
        return float(self.delta_at(0.0))

    @property
    def mu(self) -> float:
        """The training gives away no more than one Gaussian mechanism with a sensitivity of ``mu`` standard deviations.

        mu-Gaussian differential privacy (Dong, Roth and Su 2022), the smallest that bounds the whole profile down to a
        delta of 1e-9; ``inf`` without noise.
        """
        if not self.noise_multiplier:
            return float("inf")
        epsilons, deltas = self._curve
        # Between two points the profile lies below the first, the Gaussian's above its value at the second.
        return max(gaussian_mu_for(e, d) for e, d in zip(epsilons[1:], deltas[:-1], strict=True) if d > 0)

    def belief(self, prior: float) -> float:
        """The most that anybody may come to believe that a unit was in the data; see `belief`."""
        return belief(prior, self.epsilon)

    @property
    def _curve(self) -> tuple[np.ndarray, np.ndarray]:
        return _curve(self.noise_multiplier, self.batches, self.accountant, self.group)

    def __str__(self):
        text = (f"epsilon = {self.epsilon:.2f} at delta = {self.delta:g} (neighbours: {self.neighbours}; "
                f"{self.batches}, noise multiplier {self.noise_multiplier:.3g}; accountant: {self.accountant}; "
                "public: this plan, the classes, the scaling of the inputs)")
        return text + "".join(f"\n  Caveat: {caveat}." for caveat in self.caveats)


def guarantee(batches: Batches, *, noise_multiplier: float, delta: float, accountant: str | None = None,
              caveats: tuple[str, ...] = ()) -> Guarantee:
    """Epsilon of DP-SGD: compositions of the subsampled Gaussian mechanism.

    Parameters
    ----------
    batches : Batches
        ``sampling="poisson"``: neighbours differ by *adding or removing* one unit (Mironov, Talwar and Zhang 2019).
        ``"fixed"``: neighbours *replace* one unit (Wang, Balle and Kasiviswanathan 2019, theorem 27); that moves the
        sum of clipped gradients by up to two clipping norms, so the same noise protects half as strongly.
    noise_multiplier : float
        Noise standard deviation over the clipping norm; 0 gives epsilon = infinity.
    delta : float
        In (0, 1); should lie well below 1 / units, else the guarantee says so.
    accountant : {"pld", "rdp", "rdp-2017"}, optional
        The tightest that supports the sampling, within seconds, when left out: ``"pld"`` for Poisson batches, or
        ``"rdp"`` where epsilon is above 60; ``"rdp"`` for fixed batches. ``"rdp-2017"`` is what the DP-SGD tutorials of
        2019 to 2021 print.
    caveats : tuple of str
        What the promise does not cover, such as ``records.caveats``.

    Examples
    --------
    The published tutorial's epsilon of 3.01, and the same run counted more sharply:

    >>> plan = Batches.over_epochs(60_000, size=256, epochs=60)
    >>> old, new = (guarantee(plan, noise_multiplier=1.1, delta=1e-5, accountant=a) for a in ("rdp-2017", None))
    >>> round(old.epsilon, 2), round(new.epsilon, 2)
    (3.01, 2.38)
    """
    noise = v.number("noise_multiplier", noise_multiplier, low=0)
    delta = v.number("delta", delta, low=0, high=1, open_low=True, open_high=True)
    accountant = accountant_for(noise, batches, delta, accountant)
    return Guarantee(epsilon_of(noise, batches, delta, accountant), delta, noise, batches, accountant, caveats)


@lru_cache(maxsize=64)
def _curve(*settings) -> tuple[np.ndarray, np.ndarray]:
    """(epsilon, delta) from epsilon 0 to where delta is negligible."""
    whole = profile(*settings)
    epsilons = np.linspace(0, max(float(whole.epsilon(LEAST_DELTA)), 1e-3), 400)
    return epsilons, whole.delta(epsilons)


def belief(prior: float, epsilon: float) -> float:
    """The most an adversary may come to believe that somebody was in the data, delta aside: odds times e^epsilon.

    Parameters
    ----------
    prior : float in [0, 1]
        How likely they thought it before they saw the model.

    Examples
    --------
    >>> round(belief(0.5, 0.5), 2), round(belief(0.5, 2), 2), round(belief(0.01, 2), 2), belief(0.5, np.inf)
    (0.62, 0.88, 0.07, 1.0)
    """
    prior = v.number("prior", prior, low=0, high=1)
    return float(prior / (prior + (1 - prior) * np.exp(-epsilon))) if prior > 0 else 0.0
