"""The auditor's bench: choose a threshold on one half of the scores, then open the other half, once."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from leaklab import _validate as v
from leaklab.audit.bounds import epsilon_from_counts
from leaklab.audit.promise import AuditResult
from leaklab.audit.scores import _half
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
    nothing, and `valid` says so from then on for that trainer.

    Parameters
    ----------
    results : mapping of str to AuditResult
        Audits of many models, by name of the trainer.
    rng : int or numpy.random.Generator
        Draws the halves.

    Examples
    --------
    >>> from leaklab.audit import CanaryAudit, PlainTrainer
    >>> from leaklab.privacy import Batches
    >>> from leaklab.training import DPSGD, SoftmaxRegression
    >>> dp = DPSGD(2.0, batches=Batches(10, size=5, steps=4))
    >>> recipe = SoftmaxRegression(optimizer="sgd", learning_rate=0.01, dp=dp)
    >>> x, y = np.eye(10), np.arange(10) % 2
    >>> bench = Bench({"A": CanaryAudit(models=40)(PlainTrainer(), recipe, x, y, rng=0)}, rng=0)
    >>> bench.move(30), bench.valid, bench.open(), bench.valid, bench.move(31), bench.valid
    (None, False, None, True, None, False)
    """

    def __init__(self, results: Mapping[str, AuditResult], *, rng):
        self.results, rng = dict(results), v.generator(rng)
        if not self.results:
            v.fail("results", results, "must hold at least one audit")
        for name, result in self.results.items():
            if len(result.scores) == 1:
                v.fail(f"results[{name!r}]", result, "must be an audit of many models", "Audit with models=1000.")
        self._choosing = {name: _half(result.member[:, 0], rng) for name, result in self.results.items()}
        self._seen, self._spoiled = set(), set()
        self.percent = 50
        self.choose(next(iter(self.results)))

    def choose(self, trainer: str) -> None:
        """Lay out another trainer's scores, the half to choose on."""
        self.trainer, self.opened = v.one_of("trainer", trainer, tuple(self.results)), False

    def move(self, percent: int) -> None:
        """Call so many percent of the models, those of highest score on the choosing half, "with the canary"."""
        self.percent = v.integer("percent", percent, low=1, high=99)
        if self.trainer in self._seen:
            self._spoiled.add(self.trainer)

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
    def count(self) -> Count:
        """What the threshold finds on the half on show."""
        result, choosing = self.result, self._choosing[self.trainer]
        scores, member, measured = result.scores[:, 0], result.member[:, 0], result.measured
        said = scores >= np.quantile(scores[choosing], 1 - self.percent / 100)
        rows = choosing != self.opened
        tp, fp = int((said & member)[rows].sum()), int((said & ~member)[rows].sum())
        members, others = int(member[rows].sum()), int((~member)[rows].sum())
        epsilon = epsilon_from_counts(tp, members - tp, fp, others - fp, delta=measured.delta,
                                      confidence=measured.confidence)
        return Count(Rate(tp, members, measured.confidence), Rate(fp, others, measured.confidence), epsilon)

    @property
    def broken(self) -> bool:
        """Whether the count on show refutes the promise."""
        return self.valid and self.count.epsilon.low > self.result.owed.epsilon

    @property
    def most(self) -> float:
        """The most that a threshold which never errs would prove on the half on show."""
        count, measured = self.count, self.result.measured
        return epsilon_from_counts(count.tpr.trials, 0, 0, count.fpr.trials, delta=measured.delta,
                                   confidence=measured.confidence).low
