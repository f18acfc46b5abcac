"""RMIA, the robust attack: by how many other records is this one outdone in how much surer the model became?"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leaklab import _validate as v
from leaklab.access import Offers
from leaklab.attacks.floor import TINY, floored, signals_of, whole
from leaklab.attacks.knowledge import Shadows
from leaklab.attacks.membership import MembershipAttack, best_threshold
from leaklab.attacks.serving import serving, sums


def true_probability(p: np.ndarray, y: np.ndarray, floor: float = 0.0) -> np.ndarray:
    """The true class's probability, RMIA's signal; at least ``floor``, see `leaklab.attacks.floor.floor_of`."""
    return np.maximum(whole(p)[np.arange(len(y)), y], floor)


def rmia(target, signals, trained_on, *, population=None, gamma: float = 1.0, a: float = 0.3,
         online: bool = True) -> np.ndarray:
    """Scores (n,) of one target model: the share of the population that a record dominates.

    Parameters
    ----------
    target : float array (n,)
        The target's probability of the true class, p(x | target).
    signals : float array (k, n)
        The same of k reference models.
    trained_on : bool array (k, n)
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
    signals, trained_on = _checked(signals, trained_on, gamma, a)
    target = v.array("target", target, ndim=1, length=trained_on.shape[1], dtype=np.float64)
    own = _ratio(target[None], signals, trained_on, _all(trained_on), a, online)[0]
    if population is None:
        return _dominated(own, own, gamma)
    of_target, of_models = (np.asarray(p, np.float64) for p in population)
    others = _ratio(of_target[None], of_models, np.zeros(of_models.shape, bool), _all(trained_on), a, online)
    return _dominated(own, others[0], gamma)


def rmia_turns(signals, trained_on, *, population=None, gamma: float = 1.0, a: float = 0.3,
               online: bool = True) -> np.ndarray:
    """Scores (k, n): every model takes its turn as the target, all others being its reference models.

    Arguments are those of `rmia`; ``population``, where given, is (k, m). A model whose training set follows from the
    target's is not among its reference models: see `leaklab.attacks.serving`.
    """
    signals, trained_on = _checked(signals, trained_on, gamma, a)
    serves = serving(trained_on)
    others = ratio = _ratio(signals, signals, trained_on, serves, a, online)
    if population is not None:
        population = np.asarray(population, np.float64)
        others = _ratio(population, population, np.zeros(population.shape, bool), serves, a, online)
    return np.stack([_dominated(own, z, gamma) for own, z in zip(ratio, others, strict=True)])


@dataclass(frozen=True, kw_only=True)
class RMIA(MembershipAttack):
    """The robust membership inference attack (Zarifzadeh, Liu and Shokri 2024); needs `Shadows`.

    It scores the rows of the shadow models' table. The population is ``shadows.outsiders`` where the adversary has
    them, else the table itself. Where shadow models trained on some of the records, the threshold is learned from
    their turns as targets.

    Parameters
    ----------
    gamma, a, online
        See `rmia`.
    """

    needs: ClassVar[Offers] = Offers.SCORES
    knows: ClassVar[tuple[type, ...]] = (Shadows,)
    gamma: float = 1.0
    a: float = 0.3
    online: bool = True

    def __post_init__(self):
        _settings(self.gamma, self.a)

    def run(self, access, x, y, knowledge, rng, progress):
        knowledge.check_rows(access, x, y)
        asked, others = [(knowledge.beside(access, knowledge.x), y)], knowledge.outsiders
        if others is not None:
            z, label = others.asked(access)
            asked.append((knowledge.beside(access, z), label))
        measure = floored(true_probability, np.concatenate([answers for answers, _ in asked], axis=1))
        signals, *rest = (np.stack([measure(p, label) for p in answers]) for answers, label in asked)
        population = (rest[0][0], rest[0][1:]) if rest else None
        score = rmia(signals[0], signals[1:], knowledge.trained_on, population=population, **self._settings())
        if not knowledge.trained_on.any():
            return score, None
        turns = rmia_turns(signals[1:], knowledge.trained_on, population=population and population[1],
                           **self._settings())
        return score, best_threshold(turns.ravel(), knowledge.trained_on.ravel())

    def in_turns(self, answers, y, trained_on) -> np.ndarray:
        """Scores (k, n) from the recorded answers (k, n, classes) of models that take turns: see `rmia_turns`."""
        return rmia_turns(signals_of(true_probability, answers, y), trained_on, **self._settings())

    def _settings(self) -> dict:
        return {"gamma": self.gamma, "a": self.a, "online": self.online}


def _checked(signals, trained_on, gamma: float, a: float) -> tuple[np.ndarray, np.ndarray]:
    _settings(gamma, a)
    signals = v.array("signals", signals, ndim=2, dtype=np.float64)
    trained_on = v.mask("trained_on", trained_on, signals.shape)
    return signals, trained_on


def _settings(gamma: float, a: float) -> None:
    v.number("gamma", gamma, low=0, open_low=True)
    v.number("a", a, low=0, high=1)


def _all(trained_on: np.ndarray) -> np.ndarray:
    return np.ones((1, len(trained_on)), bool)


def _ratio(target, signals, trained_on, serves, a: float, online: bool) -> np.ndarray:
    """p(x | target) / p(x): float (t, n), for t targets, each with the reference models that serve in its turn."""
    return target / _marginal(*sums(np.stack([np.ones_like(signals), signals]), trained_on, serves), a, online)


def _marginal(inside: np.ndarray, outside: np.ndarray, a: float, online: bool) -> np.ndarray:
    """p(x), half from models that trained on x (or the linear guess at them), half from models that did not."""
    if outside[0].min() < 1:
        record = int(np.argwhere(outside[0] < 1)[0, -1])
        raise v.Refused(f"no reference model was trained without record {record}. Train more, each on a random half.")
    mean_out = outside[1] / outside[0]
    mean_in = a * mean_out + 1 - a
    if online:
        mean_in = np.where(inside[0] > 0, inside[1] / np.maximum(inside[0], 1), mean_in)
    return np.maximum((mean_in + mean_out) / 2, TINY)


def _dominated(x: np.ndarray, z: np.ndarray, gamma: float) -> np.ndarray:
    """The share of ratios z with x / z >= gamma, by sorting and searching."""
    return np.searchsorted(np.sort(z), x / gamma, side="right") / len(z)
