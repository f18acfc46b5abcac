"""What a hardening costs legitimate users: accuracy and calibration of the answers that are given."""

from dataclasses import dataclass

import numpy as np

from leaklab import _validate as v
from leaklab.access.base import Access
from leaklab.metrics import Rate
from leaklab.models import Offers


@dataclass(frozen=True)
class Utility:
    """How useful an access is to its legitimate users.

    Attributes
    ----------
    accuracy : Rate
        How often the first answer is right.
    calibration_error : float or None
        Expected calibration error, in [0, 1]: how far stated confidence and accuracy lie apart (Guo et al. 2017,
        equation 3). It can fall where answers become worse and state less; the Brier score cannot. None where the
        access offers labels alone: it states no probability that could be right or wrong.
    brier : float or None
        Mean squared distance of the answer from the truth, summed over classes, in [0, 2] (Brier 1950); or None, too.
    """

    accuracy: Rate
    calibration_error: float | None
    brier: float | None

    def __str__(self):
        if self.calibration_error is None or self.brier is None:
            return f"accuracy {self.accuracy}, states no probability"
        return (f"accuracy {self.accuracy}, calibration error {self.calibration_error:.3f}, "
                f"Brier score {self.brier:.3f}")

    @property
    def stated(self) -> str:
        """How good the stated probabilities are, in few words."""
        return "states no probability" if self.brier is None else f"Brier score {self.brier:.2f}"


def accuracy(access: Access, x, y) -> Rate:
    """How often the label that an access gives is right; each record costs a query.

    Parameters
    ----------
    access : Access
    x : array (n, *shape) or DataFrame
    y : array (n,)
        Labels, of the kind in ``access.classes``.
    """
    x = access.inputs.check(x)
    return Rate(int((access.labels(x) == access.encode(y, length=len(x))).sum()), len(x))


def utility(access: Access, x, y, *, bins: int = 15) -> Utility:
    """Ask ``access`` about labelled data; each record costs a query.

    Parameters
    ----------
    access : Access
    x : float array (n, *shape)
    y : array (n,)
        Labels, of the kind in ``access.classes``.
    bins : int
        Bins of equal width of the stated confidence, for the calibration error.

    Examples
    --------
    >>> from leaklab.access import BlackBox
    >>> sure = BlackBox(lambda x: np.tile([0.9, 0.1], (len(x), 1)), inputs=(1,), classes=2)
    >>> print(utility(sure, np.zeros((4, 1)), [0, 0, 0, 1]))
    accuracy 0.75 [0.19, 0.99], calibration error 0.150, Brier score 0.420
    """
    x = access.inputs.check(x)
    y = access.encode(y, length=len(x))
    bins = v.integer("bins", bins)
    answers = access.probabilities(x)
    confidence, right = answers.max(axis=1), answers.argmax(axis=1) == y
    where = np.minimum((confidence * bins).astype(int), bins - 1)
    rate = Rate(int(right.sum()), len(y))
    if access.offers == Offers.LABELS:
        return Utility(rate, None, None)
    gaps = np.bincount(where, weights=confidence - right, minlength=bins)
    brier = ((answers - np.eye(answers.shape[1])[y])**2).sum(axis=1).mean()
    return Utility(rate, float(np.abs(gaps).sum() / len(y)), float(brier))
