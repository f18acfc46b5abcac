"""Many models of one table, every one taking its turn as the target of all others: the membership experiment."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from leaklab import _validate as v
from leaklab.attacks.floor import floored
from leaklab.attacks.lira import check_turns, lira_turns, logit
from leaklab.attacks.membership import loss
from leaklab.attacks.rmia import rmia_turns
from leaklab.data import Records
from leaklab.experiments.patients import VICTIM
from leaklab.training import Recipe, halves


@dataclass(frozen=True, eq=False)
class Turns:
    """What k models, each trained on a random half of a table, answer about the whole table.

    Attributes
    ----------
    keep : bool (k, n)
        Who was in which model's training data.
    label : int (n,)
    answers : float32 (k, n, classes)
    """

    keep: np.ndarray
    label: np.ndarray
    answers: np.ndarray

    def signals(self, signal: Callable) -> np.ndarray:
        """A signal of each model's answer on each record, float (k, n), such as `leaklab.attacks.lira.logit`."""
        signal = floored(signal, self.answers)
        return np.stack([signal(answer, self.label) for answer in self.answers])

    def take(self, rows) -> "Turns":
        """The same models asked about these records alone: positions, or a bool mask of length n."""
        return Turns(self.keep[:, rows], self.label[rows], self.answers[:, rows])

    def scores(self, attack: str) -> np.ndarray:
        """Membership scores (k, n) by an attack of ``ATTACKS``: row j attacks model j with the others as shadows."""
        return ATTACKS[v.one_of("attack", attack, ATTACKS)](self)

    def accuracy(self) -> tuple[float, float]:
        """Mean share of right answers: about the models' own records, and about the others."""
        right = self.answers.argmax(axis=2) == self.label
        return float(right[self.keep].mean()), float(right[~self.keep].mean())


ATTACKS: dict[str, Callable[[Turns], np.ndarray]] = {
    "loss threshold": lambda t: t.signals(loss),
    "LiRA": lambda t: lira_turns(t.signals(logit), t.keep),
    "LiRA, one variance": lambda t: lira_turns(t.signals(logit), t.keep, variance="global"),
    "LiRA offline": lambda t: lira_turns(t.signals(logit), t.keep, online=False, variance="global"),
    "RMIA": lambda t: rmia_turns(np.exp(t.signals(loss)), t.keep),
}


def take_turns(records: Records, recipe: Recipe = VICTIM, *, models: int = 65, keep=None, rng,
               progress: v.Progress | None = None) -> Turns:
    """Train ``models`` models, each on a random half of ``records`` (or as ``keep`` says), and ask each about all."""
    rng = v.generator(rng)
    keep = halves(models, len(records), rng=rng) if keep is None else keep
    check_turns(keep)
    ensemble = recipe.fit_many(records.x, records.label, keep, classes=len(records.classes), rng=rng, progress=progress)
    return Turns(keep, records.label, ensemble.scores(records.x))
