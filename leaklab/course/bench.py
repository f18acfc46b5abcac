"""The auditor's bench: choose a threshold on one half of the scores, then open the other half, once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np

from leaklab import _validate as v
from leaklab.audit.bounds import epsilon_from_counts
from leaklab.audit.promise import AuditResult
from leaklab.audit.scores import Measured
from leaklab.metrics import Interval, Rate


@dataclass(frozen=True)
class Count:
    """What one threshold finds on one half of the scores: the two rates, and what they prove about epsilon."""

    tpr: Rate
    fpr: Rate
    epsilon: Interval


class Bench:
    """Audits laid out for a reader's own hand: which trainer, which threshold, which half of the scores.

    A threshold that was moved after the counting half had been opened was chosen by peeking: its number proves
    nothing, and `valid` says so from then on for that trainer. The halves are those of the audit.

    Parameters
    ----------
    results : mapping of str to AuditResult
        Audits of many models, by name of the trainer.

    Examples
    --------
    >>> from leaklab.audit import CanaryAudit, PlainTrainer
    >>> from leaklab.privacy import Batches
    >>> from leaklab.training import DPSGD, SoftmaxRegression
    >>> dp = DPSGD(2.0, batches=Batches(10, size=5, steps=4))
    >>> recipe = SoftmaxRegression(optimizer="sgd", learning_rate=0.01, dp=dp)
    >>> x, y = np.eye(10), np.arange(10) % 2
    >>> bench = Bench({"A": CanaryAudit(models=40)(PlainTrainer(), recipe, x, y, rng=0)})
    >>> bench.move(30), bench.valid, bench.open(), bench.valid, bench.move(31), bench.valid
    (None, False, None, True, None, False)
    """

    def __init__(self, results: Mapping[str, AuditResult]):
        self.results = dict(results)
        if not self.results:
            v.fail("results", results, "must hold at least one audit")
        for name, result in self.results.items():
            if not isinstance(result.measured, Measured):
                v.fail(f"results[{name!r}]", str(result), "must be an audit of many models", "Audit with models=1000.")
        self._counted: tuple[tuple[str, float, bool], Count] | None = None
        self.reset()

    def reset(self) -> None:
        """A fresh bench: what was seen and moved is forgotten, as if another auditor came."""
        self._seen: set[str] = set()
        self._spoiled: set[str] = set()
        self.percent = 50
        self.choose(next(iter(self.results)))

    def choose(self, trainer: str) -> None:
        """Lay out another trainer's scores, the half to choose on."""
        self.trainer, self.opened = v.one_of("trainer", trainer, tuple(self.results)), False
        self._at_percent()

    def move(self, percent: int) -> None:
        """Guess that so many percent of the models saw the canary: those of highest score on the choosing half."""
        self.percent = v.integer("percent", percent, low=1, high=99)
        self._at_percent()
        if self.trainer in self._seen:
            self._spoiled.add(self.trainer)

    def as_measured(self) -> None:
        """Take the threshold that the audit chose on this half: counted on the other, it reads the audit's figure."""
        self.threshold = self.measured.threshold
        said = self.result.scores[~self.measured.counted] >= self.threshold
        self.percent = int(np.clip(round(100 * said.mean()), 1, 99))

    def _at_percent(self) -> None:
        choosing = self.result.scores[~self.measured.counted, 0]
        self.threshold = float(np.quantile(choosing, 1 - self.percent / 100))

    def open(self) -> None:
        """Count on the other half."""
        self.opened = True
        self._seen.add(self.trainer)

    def close(self) -> None:
        """Go back to the half to choose on; what was seen stays seen."""
        self.opened = False

    @property
    def valid(self) -> bool:
        """Whether the count on show proves what it says: on the other half, at a threshold chosen before."""
        return self.opened and self.trainer not in self._spoiled

    @property
    def result(self) -> AuditResult:
        """The audit on the bench."""
        return self.results[self.trainer]

    @property
    def measured(self) -> Measured:
        """What it measured, of many models."""
        return cast(Measured, self.result.measured)

    @property
    def count(self) -> Count:
        """What the threshold finds on the half on show; counted once, however often it is asked for."""
        at = (self.trainer, self.threshold, self.opened)
        if self._counted is None or self._counted[0] != at:
            self._counted = at, self._count()
        return self._counted[1]

    @property
    def verdict(self) -> str:
        """What the number on show is worth."""
        most, proven = f"{self.result.most:.2f}", f"epsilon is at least {self.count.epsilon.low:.2f}"
        if not self.opened:
            return "Not yet evidence: choose a threshold on this half, then count on the other."
        if not self.valid:
            return "Spoiled: the threshold moved after this half had been seen. This number proves nothing any more."
        if self.broken:
            return f"The promise is broken: {proven}, {self.result.owed.epsilon:.2f} was promised."
        if not self.result.could_refute:
            return f"Not refuted, nor could it be: so few models prove epsilon {most} at most."
        return f"Not refuted: {proven}, no more than promised. (So many models could have proven epsilon {most}.)"

    @property
    def broken(self) -> bool:
        """Whether the count on show refutes the promise."""
        return self.valid and self.count.epsilon.low > self.result.owed.epsilon

    def _count(self) -> Count:
        result, measured = self.result, self.measured
        said, member, rows = result.scores[:, 0] >= self.threshold, result.member[:, 0], measured.counted == self.opened
        tp, fp = int((said & member)[rows].sum()), int((said & ~member)[rows].sum())
        members, others = int(member[rows].sum()), int((~member)[rows].sum())
        epsilon = epsilon_from_counts(tp, members - tp, fp, others - fp, delta=measured.delta,
                                      confidence=measured.confidence, method=measured.method)
        return Count(Rate(tp, members, measured.confidence), Rate(fp, others, measured.confidence), epsilon)
