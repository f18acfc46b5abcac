"""Any membership attack on many models of one table, each in its turn, from answers that were recorded once."""

from types import NoneType

import numpy as np

from leaklab import _validate as v
from leaklab.access import Access
from leaklab.attacks.knowledge import Shadow, Shadows
from leaklab.attacks.lira import LiRA
from leaklab.attacks.membership import MembershipAttack, Threshold
from leaklab.attacks.rmia import RMIA
from leaklab.attacks.serving import serving
from leaklab.models import Inputs, Model, Trained

ATTACKS: dict[str, MembershipAttack] = {
    "loss threshold": Threshold(),
    "LiRA": LiRA(),
    "LiRA, one variance": LiRA(variance="global"),
    "LiRA offline": LiRA(online=False, variance="global"),
    "RMIA": RMIA(),
}
"""By name, those that the membership experiments and benchmarks compare: an attack of one's own enters by one line."""


class Recorded(Model):
    """A model that is known by its answers (n, classes) to n records alone: it is asked for records by their number."""

    def __init__(self, answers: np.ndarray):
        self._answers = np.asarray(answers, np.float64)
        self.classes = tuple(range(answers.shape[1]))
        self.inputs = Inputs((1,), "int64", low=0, high=len(answers) - 1)

    def probabilities(self, x):
        return self._answers[x[:, 0]]


def scores_in_turns(attack: MembershipAttack, answers, y, trained_on, *, rng=0) -> np.ndarray:
    """Scores (k, n): row j attacks model j with the others as shadow models.

    An attack with a method ``in_turns`` scores all at once. Of any other, each model in its turn is the target, and
    what the attack must know is made of the others that may serve (`leaklab.attacks.serving`): all of them as
    `Shadows`, or one as `Shadow`.

    Parameters
    ----------
    attack : MembershipAttack
        One that asks about the records and about nothing else.
    answers : float array (k, n, classes)
    y : int array (n,)
    trained_on : bool array (k, n)

    Raises
    ------
    ValueError
        (``Refused``) where the attack asks about other inputs, or needs more than scores.
    """
    if hasattr(attack, "in_turns"):
        return attack.in_turns(answers, y, trained_on)
    models, numbers, scores = [Recorded(a) for a in answers], np.arange(len(y))[:, None], []
    for j, serves in enumerate(serving(trained_on)):
        others, knowledge = np.flatnonzero(serves), None
        if Shadows in attack.knows or (Shadow in attack.knows and NoneType not in attack.knows):
            shadows = Shadows(Trained([models[i] for i in others], trained_on[others]), numbers, y)
            knowledge = shadows if Shadows in attack.knows else shadows[0]
        try:
            scores.append(attack(Access(models[j]), numbers, y, knowledge=knowledge, rng=rng).score)
        except ValueError as error:
            raise v.Refused(f"{attack} cannot be scored in turns, from recorded answers: {error}") from error
    return np.stack(scores)
