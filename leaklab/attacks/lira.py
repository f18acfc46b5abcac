"""LiRA, the likelihood-ratio attack: is the model as sure of this record as models that trained on it are?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leaklab import _validate as v
from leaklab.access import Offers
from leaklab.attacks.membership import MembershipAttack, best_threshold
from leaklab.attacks.shadows import Shadows, wanted

VARIANCES = ("auto", "per_record", "global")
ENOUGH = 64
"""From this many shadow models on, "auto" trusts each record's own deviation (advice of Carlini et al. 2022)."""
_TINY, _LEAST = 1e-30, 1e-12  # of a probability; of a variance


def logit(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Logit scaling: log p_y minus the log of the sum of the other p (Carlini et al. 2022).

    The others are summed, not taken as 1 - p_y, so that sure answers are not rounded away.

    >>> logit(np.array([[0.2, 0.8], [1.0, 1e-20]]), np.array([1, 0])).round(3)
    array([ 1.386, 46.052])
    """
    row = np.arange(len(y))
    others = np.array(p, np.float64)
    true = others[row, y].copy()
    others[row, y] = 0
    return np.log(np.maximum(true, _TINY)) - np.log(np.maximum(others.sum(axis=1), _TINY))


def lira(target, signals, keep, *, online: bool = True, variance: str = "auto") -> np.ndarray:
    """Scores (n,) of one target model, from its signals and those of k shadow models.

    Parameters
    ----------
    target : float array (n,) or (n, q)
        The target's signal on each record; q queries a record where it was asked on versions of it.
    signals : float array (k, n) or (k, n, q)
        The shadow models' signals.
    keep : bool array (k, n)
        Which shadow model trained on which record.
    online : bool
        Whether models that trained on the record are used. Then the score is the log of the likelihood ratio
        (algorithm 1), averaged over queries. Else it is a one-sided test against the models that did
        not train on it (their offline attack): how many deviations the target lies above their mean.
    variance : {"auto", "per_record", "global"}
        Each record's own deviations, which takes two models on each side and means little below several dozen; or one
        deviation for all records that were in and one for all that were out, each pooled about the records' own means.
        "auto": per record from 64 models on.

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
    signals, keep = _checked(signals, keep, variance)
    target = np.asarray(target, np.float64).reshape(signals.shape[1:])
    centre = signals.mean(axis=0)  # centred, sums of squares lose no digits
    return _score(target - centre, *_sums(signals - centre, keep), online, _variance(variance, len(keep)))


def lira_turns(signals, keep, *, online: bool = True, variance: str = "auto") -> np.ndarray:
    """Scores (k, n): every model takes its turn as the target, all others being its shadow models.

    Arguments are those of `lira`. Sums over all models are made once; a turn only subtracts its own share.
    """
    signals, keep = _checked(signals, keep, variance)
    signals = signals - signals.mean(axis=0)
    inside, outside = _sums(signals, keep)
    variance = _variance(variance, len(keep) - 1)
    scores = np.empty(keep.shape)
    for j, own in enumerate(signals):
        kept = keep[j, :, None]
        share = np.stack([np.ones_like(own), own, own**2])
        scores[j] = _score(own, inside - kept * share, outside - ~kept * share, online, variance)
    return scores


@dataclass(frozen=True, kw_only=True)
class LiRA(MembershipAttack):
    """The likelihood-ratio attack (Carlini et al. 2022); needs ``shadow=Shadows(...)`` and scores its table's rows.

    Where the shadow models trained on some of the records, the threshold is learned from them: each takes its turn as
    the target of all others.

    Parameters
    ----------
    online : bool
        Use the shadow models that trained on a record, too. See `lira`.
    variance : {"auto", "per_record", "global"}
    augment : callable, optional
        ``x -> [x, another version of x, ...]``: ask about versions of each record, such as mirrored images.
    """

    needs: ClassVar[Offers] = Offers.SCORES
    online: bool = True
    variance: str = "auto"
    augment: Callable | None = None

    def __post_init__(self):
        v.one_of("variance", self.variance, VARIANCES)

    def _run(self, access, x, y, shadow, rng, progress):
        wanted("LiRA", shadow, Shadows).check_rows(x, y)
        versions = self.augment(x) if self.augment else [x]
        target = np.stack([logit(access.predict(version), y) for version in versions], axis=-1)
        signals = np.stack([shadow.signals(logit, version, y) for version in versions], axis=-1)
        score = lira(target, signals, shadow.keep, online=self.online, variance=self.variance)
        if not shadow.keep.any():
            return score, None
        turns = lira_turns(signals, shadow.keep, online=self.online, variance=self.variance)
        return score, best_threshold(turns.ravel(), shadow.keep.ravel())


def _checked(signals, keep, variance: str) -> tuple[np.ndarray, np.ndarray]:
    v.one_of("variance", variance, VARIANCES)
    signals = v.array("signals", signals, dtype=np.float64)
    keep = np.asarray(keep)
    if signals.ndim not in (2, 3) or keep.dtype != bool or keep.shape != signals.shape[:2]:
        raise ValueError(f"signals has shape {signals.shape}, keep {keep.shape} and type {keep.dtype}: must be "
                         "(k, n) or (k, n, q), and bool (k, n).")
    return signals.reshape(*keep.shape, -1), keep


def _variance(variance: str, models: int) -> str:
    return variance if variance != "auto" else "per_record" if models >= ENOUGH else "global"


def _sums(signals: np.ndarray, keep: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count, sum and sum of squares over the models that kept a record, and over the others: each (3, n, q)."""
    powers = (np.ones_like(signals), signals, signals**2)
    return tuple(np.stack([np.einsum("kn,knq->nq", side.astype(float), power) for power in powers])
                 for side in (keep, ~keep))


def _score(target, inside, outside, online: bool, variance: str) -> np.ndarray:
    mean, spread = _gaussian(outside, variance, "out of")
    z_out = (target - mean) / np.sqrt(spread)
    if not online:
        return z_out.mean(axis=1)
    mean, spread_in = _gaussian(inside, variance, "in")
    z_in = (target - mean) / np.sqrt(spread_in)
    return ((z_out**2 - z_in**2 + np.log(spread / spread_in)) / 2).mean(axis=1)


def _gaussian(sums, variance: str, side: str) -> tuple[np.ndarray, np.ndarray | float]:
    count, total, squares = sums
    least = 2 if variance == "per_record" else 1
    if count.min() < least:
        raise v.Refused(f"record {int(count.min(axis=1).argmin())} is {side} {int(count.min())} of the shadow models, "
                        f"and variance={variance!r} needs at least {least}. Train more, each on a random half.")
    mean = total / count
    within = np.maximum(squares - total * mean, 0)  # squares about the record's own mean
    pooled = within / count if variance == "per_record" else within.sum() / count.sum()
    return mean, np.maximum(pooled, _LEAST)
