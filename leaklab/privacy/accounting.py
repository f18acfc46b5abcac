"""How the losses of all steps add up: Google's ``dp_accounting``, and groups of units beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import dp_accounting
import numpy as np
from dp_accounting import NeighboringRelation
from dp_accounting.pld import PLDAccountant, pld_pmf
from dp_accounting.pld.privacy_loss_distribution import PrivacyLossDistribution
from dp_accounting.rdp import RdpAccountant
from scipy.special import logsumexp
from scipy.stats import binom, norm

from leaklab import _validate as v
from leaklab.privacy.batches import Batches

ACCOUNTANTS = {
    "pld": "privacy loss distributions",
    "rdp": "Renyi differential privacy",
    "rdp-2017": "Renyi differential privacy with the conversion of Mironov 2017, proposition 3",
}
GRID = 1e-4
"""Privacy losses are rounded up to multiples of this."""
TAIL = 1e-18
"""Of a group, more units than this likely are taken to join a batch all at once."""
LARGEST = 60.0
"""Above this epsilon (which promises nothing) losses need too fine a grid: there Renyi's bound serves."""
LEAST_NOISE, MOST_STEPS = 0.05, 1_000_000
"""With less noise a single step's losses fill gigabytes of that grid; more steps take minutes to compose."""


@dataclass(frozen=True, eq=False)
class Profile:
    """What a mechanism promises: ``epsilon(delta)``, and ``delta(epsilon)`` for one epsilon or rising ones (m,)."""

    epsilon: Callable[[float], float]
    delta: Callable[[np.ndarray], np.ndarray]


def accountant_for(noise: float, batches: Batches, delta: float, accountant: str | None) -> str:
    """The accountant named, or the tightest that supports the sampling within seconds.

    Raises
    ------
    ValueError
        Where the accountant named does not cover the sampling, or would take minutes and gigabytes.
    """
    if accountant is not None:
        v.one_of("accountant", accountant, ACCOUNTANTS)
    if batches.sampling == "fixed":
        if accountant == "pld":
            v.fail("accountant", accountant, "does not cover fixed batches", "Use accountant='rdp' or Poisson batches.")
        return accountant or "rdp"
    if accountant in (None, "pld") and noise > 0:
        roomy = (noise >= LEAST_NOISE and batches.steps <= MOST_STEPS
                 and epsilon_of(noise, batches, delta, "rdp") <= LARGEST)
        if accountant is None:
            return "pld" if roomy else "rdp"
        if not roomy:
            v.fail("accountant", accountant, f"cannot resolve so little privacy (noise multiplier {noise:g}, "
                   f"{batches.steps:,} steps)", "Use accountant='rdp', more noise or fewer steps.")
    return accountant or "pld"


@lru_cache(maxsize=4096)
def epsilon_of(noise: float, batches: Batches, delta: float, accountant: str, group: int = 1,
               grid: float = GRID) -> float:
    """Epsilon at ``delta`` for a group of ``group`` units."""
    if not noise:
        return float("inf")
    with np.errstate(over="ignore"):  # dp_accounting's, where epsilon is in the hundreds
        return float(profile(noise, batches, accountant, group, grid).epsilon(delta))


@lru_cache(maxsize=8)
def profile(noise: float, batches: Batches, accountant: str, group: int = 1, grid: float = GRID) -> Profile:
    """The privacy profile of the whole training."""
    if group > 1:
        losses = _group_losses(noise, batches, group)
        return Profile(losses.get_epsilon_for_delta, losses.get_delta_for_epsilon)
    if accountant == "pld":
        book = PLDAccountant(value_discretization_interval=grid)
    else:
        relation = NeighboringRelation.ADD_OR_REMOVE_ONE if batches.sampling == "poisson" \
            else NeighboringRelation.REPLACE_ONE
        book = RdpAccountant(neighboring_relation=relation)
    book.compose(dp_accounting.SelfComposedDpEvent(batches.event(noise), batches.steps))
    if accountant == "rdp-2017":
        orders, rdp = book._orders, book._rdp  # the curve itself has no public name
        return Profile(lambda delta: float(np.min(rdp + np.log(1 / delta) / (orders - 1))), np.vectorize(
            lambda epsilon: float(np.exp(min(0, np.min((orders - 1) * (rdp - epsilon)))))))
    return Profile(book.get_epsilon, book.get_delta if accountant == "pld" else np.vectorize(book.get_delta))


def _group_losses(noise: float, batches: Batches, group: int) -> PrivacyLossDistribution:
    """Privacy losses against a whole group (Ganesh 2024, arXiv 2401.10294).

    At each step b of the group's k units take part, b ~ Binomial(k, rate), and at worst all pull the same way: the sum
    is N(b, noise^2) in clipping norms, against N(0, noise^2) without the group.
    """
    least, most = (int(end) for end in (binom.ppf(TAIL, group, batches.rate), binom.isf(TAIL, group, batches.rate)))
    sizes = np.arange(least, most + 1)
    weights = binom.logpmf(sizes, group, batches.rate)
    weights[0] = binom.logcdf(least, group, batches.rate)  # what is left on either side is taken to join more often
    if most < group:
        sizes, weights = np.append(sizes, group), np.append(weights, binom.logsf(most, group, batches.rate))

    def mixed(each, values: np.ndarray) -> np.ndarray:
        """Log of the mixture over b of exp(each(values, b)), in portions that bound the memory."""
        portions = np.array_split(values, max(1, values.size * sizes.size // 2**22))
        return np.concatenate([logsumexp(weights + each(part[:, None]), axis=1) for part in portions])

    def deltas(epsilons: np.ndarray, *, removed: bool) -> np.ndarray:
        """P[loss > epsilon] - e^epsilon Q[loss > epsilon], as the loss grows with x."""
        side = 1 if removed else -1
        x = np.interp(side * epsilons, losses, points)  # where the loss reaches epsilon
        alone = norm.logsf(side * x / noise)
        joined = mixed(lambda x: norm.logsf(side * (x - sizes) / noise), x)
        first, second = (joined, alone) if removed else (alone, joined)
        found = np.clip(np.exp(first) - np.exp(np.minimum(epsilons + second, first)), 0, 1)
        return np.maximum.accumulate(found[::-1])[::-1]  # it falls with epsilon, but for rounding

    points = np.linspace(-9.0 * noise, most + 9.0 * noise, 100_000)
    losses = mixed(lambda x: (x * sizes - sizes**2 / 2) / noise**2, points)
    low, high = losses[0], losses[-1]
    grid = max(GRID, (high - low) / 30_000)
    pmfs = []
    for removed in (True, False):
        near, far = (low, high) if removed else (-high, -low)
        numbers = np.arange(int(np.floor(near / grid)), int(np.ceil(far / grid)) + 1)
        pmfs.append(pld_pmf.create_pmf_pessimistic_connect_dots(grid, numbers, deltas(numbers * grid, removed=removed)))
    return PrivacyLossDistribution(*pmfs).self_compose(batches.steps)
