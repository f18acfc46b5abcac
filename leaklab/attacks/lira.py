"""LiRA, the likelihood-ratio attack: is the model as sure of this record as models that trained on it are?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leaklab import _validate as v
from leaklab.access import Offers
from leaklab.attacks.floor import TINY, floored, signals_of, whole
from leaklab.attacks.knowledge import Shadows
from leaklab.attacks.membership import MembershipAttack, best_threshold
from leaklab.attacks.serving import serving, sums

OWN = {"auto": 4.0, "per_record": 0.0, "global": np.inf}
"""How many models' worth of the pooled variance is added to a record's own, for each `variance`."""
_LEAST, _SHARE = 1e-12, 0.1  # of a variance; of the pooled one


def logit(p: np.ndarray, y: np.ndarray, floor: float = TINY) -> np.ndarray:
    """Logit scaling: log p_y minus the log of the sum of the other p (Carlini et al. 2022).

    The others are summed, not taken as 1 - p_y, so that sure answers are not rounded away. Either is at least
    ``floor``, see `leaklab.attacks.floor.floor_of`.

    >>> logit(np.array([[0.2, 0.8], [1.0, 1e-20]]), np.array([1, 0])).round(3)
    array([ 1.386, 46.052])
    """
    row = np.arange(len(y))
    others = np.array(whole(p), np.float64)
    true = others[row, y].copy()
    others[row, y] = 0
    return np.log(np.maximum(true, floor)) - np.log(np.maximum(others.sum(axis=1), floor))


def lira(target, signals, trained_on, *, online: bool = True, variance: str = "auto") -> np.ndarray:
    """Scores (n,) of one target model, from its signals and those of k shadow models.

    The target's training set must have been drawn apart from theirs, as a stranger's is. For one of many models that
    share a table see `lira_turns`.

    Parameters
    ----------
    target : float array (n,) or (n, q)
        The target's signal on each record; q queries a record where it was asked on versions of it.
    signals : float array (k, n) or (k, n, q)
        The shadow models' signals.
    trained_on : bool array (k, n)
        Which shadow model trained on which record.
    online : bool
        Whether models that trained on the record are used. Then the score is the log of the likelihood ratio
        (algorithm 1), averaged over queries. Else it is a one-sided test against the models that did
        not train on it (their offline attack): how many deviations the target lies above their mean.
    variance : {"auto", "per_record", "global"}
        Each record's own variances, which takes two models on each side and means little below several dozen (none is
        taken to be below a tenth of the pooled one: where answers are rounded, all may be equal); or one variance for
        all records that were in and one for all that were out, each pooled about the records' own means. "auto": own
        and pooled together, as if each record had four more models on each side, of pooled variance.

    Raises
    ------
    ValueError
        (``Refused``) where a record has too few models on a side.

    Examples
    --------
    Out: -1 and 1; in: 3 and 5. Deviations are 1, so the target at 4 scores (4**2 - 0**2) / 2:

    >>> lira([4.0], [[-1.0], [1.0], [3.0], [5.0]], np.array([[False], [False], [True], [True]]))
    array([8.])
    """
    signals, trained_on = _checked(signals, trained_on, variance)
    target = np.asarray(target, np.float64).reshape(signals.shape[1:])
    centre = signals.mean(axis=0)  # centred, sums of squares lose no digits
    every = np.ones((1, len(trained_on)), bool)
    return _score((target - centre)[None], signals - centre, trained_on, every, online, variance)[0]


def lira_turns(signals, trained_on, *, online: bool = True, variance: str = "auto") -> np.ndarray:
    """Scores (k, n): every model takes its turn as the target, all others being its shadow models.

    Arguments are those of `lira`. A model whose training set follows from the target's, such as that of the opposite
    half, is not among its shadow models: see `leaklab.attacks.serving`. What is refused, `check_turns` tells from
    ``trained_on`` alone, before any training.
    """
    signals, trained_on = _checked(signals, trained_on, variance)
    signals, serves = signals - signals.mean(axis=0), serving(trained_on)
    turns = max(1, 2**20 // signals[0].size)  # at once, which bounds the memory
    return np.concatenate([_score(signals[j:j + turns], signals, trained_on, serves[j:j + turns], online, variance)
                           for j in range(0, len(trained_on), turns)])


def check_turns(trained_on, *, online: bool = True, variance: str = "auto") -> None:
    """Refuse a design for which `lira_turns` has too few shadow models, so that it is known before they are trained.

    Parameters
    ----------
    trained_on : bool array (k, n)
    online, variance
        See `lira`.

    Raises
    ------
    ValueError
        (``Refused``) where in some model's turn a record has too few shadow models on a side.

    Examples
    --------
    >>> from leaklab.training import halves
    >>> check_turns(halves(4, 100, rng=0))
    >>> check_turns(halves(4, 100, rng=0), variance="per_record")
    Traceback (most recent call last):
        ...
    leaklab._validate.Refused: record 0 is out of 1 of the shadow models, and variance='per_record' needs at least 2. \
Train more, each on a random half.
    """
    lira_turns(np.zeros(np.shape(trained_on)), trained_on, online=online, variance=variance)


@dataclass(frozen=True, kw_only=True)
class LiRA(MembershipAttack):
    """The likelihood-ratio attack (Carlini et al. 2022); needs `Shadows` and scores its table's rows.

    Where the shadow models trained on some of the records, the threshold is learned from them: each takes its turn as
    the target of all others.

    Parameters
    ----------
    online : bool
        Use the shadow models that trained on a record, too. See `lira`.
    variance : {"auto", "per_record", "global"}
        See `lira`.
    augment : callable, optional
        ``x -> [x, another version of x, ...]``: ask about versions of each record, such as mirrored images.
    """

    needs: ClassVar[Offers] = Offers.SCORES
    knows: ClassVar[tuple[type, ...]] = (Shadows,)
    online: bool = True
    variance: str = "auto"
    augment: Callable | None = None

    def __post_init__(self):
        v.one_of("variance", self.variance, OWN)

    def run(self, access, x, y, knowledge, rng, progress):
        knowledge.check_rows(access, x, y)
        x = knowledge.x
        asked = [knowledge.beside(access, version) for version in (self.augment(x) if self.augment else [x])]
        measure = floored(logit, np.concatenate(asked, axis=1))
        signals = np.stack([[measure(p, y) for p in answers] for answers in asked], axis=-1)
        target, signals = signals[0], signals[1:]
        score = lira(target, signals, knowledge.trained_on, online=self.online, variance=self.variance)
        if not knowledge.trained_on.any():
            return score, None
        turns = lira_turns(signals, knowledge.trained_on, online=self.online, variance=self.variance)
        return score, best_threshold(turns.ravel(), knowledge.trained_on.ravel())

    def in_turns(self, answers, y, trained_on) -> np.ndarray:
        """Scores (k, n) from the recorded answers (k, n, classes) of models that take turns: see `lira_turns`."""
        return lira_turns(signals_of(logit, answers, y), trained_on, online=self.online, variance=self.variance)


def _checked(signals, trained_on, variance: str) -> tuple[np.ndarray, np.ndarray]:
    v.one_of("variance", variance, OWN)
    signals = v.array("signals", signals, dtype=np.float64)
    if signals.ndim not in (2, 3):
        raise ValueError(f"signals has shape {signals.shape}: must be (k, n) or (k, n, q).")
    trained_on = v.mask("trained_on", trained_on, signals.shape[:2])
    return signals.reshape(*trained_on.shape, -1), trained_on


def _score(target, signals, trained_on, serves, online: bool, variance: str) -> np.ndarray:
    """Scores (t, n) of targets (t, n, q), each with the shadow models that serve in its turn."""
    flat = signals.reshape(len(trained_on), -1)
    powers = np.stack([np.ones_like(flat), flat, flat**2])
    inside, outside = (total.reshape(3, *target.shape)
                       for total in sums(powers, trained_on.repeat(signals.shape[2], axis=1), serves))
    mean, spread = _gaussian(outside, variance, "out of")
    z_out = (target - mean) / np.sqrt(spread)
    if not online:
        return z_out.mean(axis=-1)
    mean, spread_in = _gaussian(inside, variance, "in")
    z_in = (target - mean) / np.sqrt(spread_in)
    return ((z_out**2 - z_in**2 + np.log(spread / spread_in)) / 2).mean(axis=-1)


def _gaussian(powers, variance: str, side: str) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of a side's signals, (t, n, q), from their count, sum and sum of squares."""
    count, total, squares = powers
    least = 2 if variance == "per_record" else 1
    if count.min() < least:
        record = int(np.unravel_index(count.argmin(), count.shape)[1])
        raise v.Refused(f"record {record} is {side} {int(count.min())} of the shadow models, "
                        f"and variance={variance!r} needs at least {least}. Train more, each on a random half.")
    mean = total / count
    within = np.maximum(squares - total * mean, 0)  # squares about the record's own mean
    pooled = within.sum(axis=(1, 2), keepdims=True) / count.sum(axis=(1, 2), keepdims=True)
    own = pooled if variance == "global" else (within + OWN[variance] * pooled) / (count + OWN[variance])
    return mean, np.maximum(own, np.maximum(_SHARE * pooled, _LEAST))
