"""RMIA, the robust attack: by how many other records is this one outdone in how much surer the model became?"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leaklab import _validate as v
from leaklab.access import Offers
from leaklab.attacks.membership import MembershipAttack, best_threshold
from leaklab.attacks.shadows import Shadows, wanted

_TINY = 1e-30


def true_probability(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The true class's probability, RMIA's signal."""
    return p[np.arange(len(y)), y]


def rmia(target, signals, keep, *, population=None, gamma: float = 1.0, a: float = 0.3,
         online: bool = True) -> np.ndarray:
    """Scores (n,) of one target model: the share of the population that a record dominates.

    Parameters
    ----------
    target : float array (n,)
        The target's probability of the true class, p(x | target).
    signals : float array (k, n)
        The same of k reference models.
    keep : bool array (k, n)
        Which reference model trained on which record.
    population : tuple of float array (m,) and (k, m), optional
        The target's and the reference models' probabilities for records z in none of them. Without it the records
        themselves serve, members or not: the adversary then need not know anybody to be an outsider.
    gamma : float
        z is dominated where ratio_x / ratio_z >= gamma, ratio_x being p(x | target) / p(x).
    a : float
        Where no reference model trained on x, their mean is taken to be a * (mean of those that did not) + (1 - a):
        the linear correction of the offline attack. The paper tunes it for each data set; 1 corrects nothing.
    online : bool
        Whether reference models that trained on x are used: p(x) is the mean of the in and the out mean.

    Examples
    --------
    The first record gained most over the reference models, and outdoes both others (and equals itself):

    >>> rmia([0.9, 0.5, 0.2], [[0.3, 0.5, 0.4]], np.zeros((1, 3), bool), a=1.0).round(2)
    array([1.  , 0.67, 0.33])
    """
    signals, keep = _checked(signals, keep, gamma, a)
    target = v.array("target", target, ndim=1, length=keep.shape[1], dtype=np.float64)
    own = target / _marginal(*_sums(signals, keep), a, online)
    if population is None:
        return _dominated(own, own, gamma)
    of_target, of_models = (np.asarray(p, np.float64) for p in population)
    nobody = np.zeros(of_models.shape, bool)
    return _dominated(own, of_target / _marginal(*_sums(of_models, nobody), a, online), gamma)


def rmia_turns(signals, keep, *, population=None, gamma: float = 1.0, a: float = 0.3,
               online: bool = True) -> np.ndarray:
    """Scores (k, n): every model takes its turn as the target, all others being its reference models.

    Arguments are those of `rmia`; ``population``, where given, is (k, m). A turn only subtracts its own share.
    """
    signals, keep = _checked(signals, keep, gamma, a)
    ratio = _ratio_turns(signals, keep, a, online)
    others = ratio
    if population is not None:
        population = np.asarray(population, np.float64)
        others = _ratio_turns(population, np.zeros(population.shape, bool), a, online)
    return np.stack([_dominated(own, z, gamma) for own, z in zip(ratio, others, strict=True)])


@dataclass(frozen=True, kw_only=True)
class RMIA(MembershipAttack):
    """The robust membership inference attack (Zarifzadeh, Liu and Shokri 2024); needs ``shadow=Shadows(...)``.

    It scores the rows of the shadow models' table. The population is ``shadow.outsiders`` where the adversary has
    them, else the table itself. Where shadow models trained on some of the records, the threshold is learned from
    their turns as targets.

    Parameters
    ----------
    gamma, a, online
        See `rmia`.
    """

    needs: ClassVar[Offers] = Offers.SCORES
    gamma: float = 1.0
    a: float = 0.3
    online: bool = True

    def __post_init__(self):
        _settings(self.gamma, self.a)

    def _run(self, access, x, y, shadow, rng, progress):
        wanted("RMIA", shadow, Shadows).check_rows(x, y)
        settings = {"gamma": self.gamma, "a": self.a, "online": self.online}
        target, signals = true_probability(access.predict(x), y), shadow.signals(true_probability)
        population = of_models = None
        if (z := shadow.outsiders) is not None:
            of_models = shadow.signals(true_probability, z.x, z.y)
            population = true_probability(access.predict(z.x), z.y), of_models
        score = rmia(target, signals, shadow.keep, population=population, **settings)
        if not shadow.keep.any():
            return score, None
        turns = rmia_turns(signals, shadow.keep, population=of_models, **settings)
        return score, best_threshold(turns.ravel(), shadow.keep.ravel())


def _checked(signals, keep, gamma: float, a: float) -> tuple[np.ndarray, np.ndarray]:
    _settings(gamma, a)
    signals = v.array("signals", signals, ndim=2, dtype=np.float64)
    keep = np.asarray(keep)
    if keep.dtype != bool or keep.shape != signals.shape:
        raise ValueError(f"keep has type {keep.dtype} and shape {keep.shape}: must be bool {signals.shape}.")
    return signals, keep


def _settings(gamma: float, a: float) -> None:
    v.number("gamma", gamma, low=0, open_low=True)
    v.number("a", a, low=0, high=1)


def _sums(signals: np.ndarray, keep: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count and sum over the models that kept a record, and over the others: each (2, n)."""
    return tuple(np.stack([side.sum(axis=0), (side * signals).sum(axis=0)]) for side in (keep, ~keep))


def _ratio_turns(signals: np.ndarray, keep: np.ndarray, a: float, online: bool) -> np.ndarray:
    share = np.stack([np.ones_like(signals), signals])  # (2, k, n)
    inside, outside = (sums[:, None] - side * share
                       for sums, side in zip(_sums(signals, keep), (keep, ~keep), strict=True))
    return signals / _marginal(inside, outside, a, online)


def _marginal(inside: np.ndarray, outside: np.ndarray, a: float, online: bool) -> np.ndarray:
    """p(x), half from models that trained on x (or the linear guess at them), half from models that did not."""
    if outside[0].min() < 1:
        record = int(np.argwhere(outside[0] < 1)[0, -1])
        raise v.Refused(f"record {record} is out of none of the reference models. Train more, each on a random half.")
    mean_out = outside[1] / outside[0]
    mean_in = a * mean_out + 1 - a
    if online:
        mean_in = np.where(inside[0] > 0, inside[1] / np.maximum(inside[0], 1), mean_in)
    return np.maximum((mean_in + mean_out) / 2, _TINY)


def _dominated(x: np.ndarray, z: np.ndarray, gamma: float) -> np.ndarray:
    """The share of ratios z with x / z >= gamma, by sorting and searching."""
    return np.searchsorted(np.sort(z), x / gamma, side="right") / len(z)
