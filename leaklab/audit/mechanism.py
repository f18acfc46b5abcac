"""An audit of any mechanism, from samples of what it answers about two neighbouring inputs."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from leaklab import _validate as v
from leaklab.audit.outputs import Outputs, tellers
from leaklab.audit.promise import Promise
from leaklab.audit.scores import Measured, best_rule, measured_at
from leaklab.privacy import Guarantee, Mechanism, ReleaseGuarantee

LEARN, CHOOSE = 0.25, 0.25
"""Shares of the samples that scores are learned from, and that choose one of them and its threshold."""
LEAST = 200
"""Fewest samples of each input."""
CHUNK = 1000
"""So many samples are drawn between two calls of ``progress``."""


@dataclass(frozen=True, eq=False)
class MechanismAudit:
    """What samples of a mechanism's answers prove about its epsilon, held against what it promises.

    Attributes
    ----------
    measured : Measured
        ``measured.epsilon.low`` is proven at ``measured.confidence``; and the counts that prove it.
    promised : Guarantee, ReleaseGuarantee or Promise
    told_by : str
        What told the outputs apart best: "counts" of equal outputs, "number 1", "linear", "tree".
    event : str
        The outputs that prove most, in words: "the first input is guessed where ...".
    """

    measured: Measured
    promised: Guarantee | ReleaseGuarantee | Promise
    told_by: str
    event: str

    @property
    def epsilon(self) -> float:
        """The proven lower bound."""
        return self.measured.epsilon.low

    @property
    def caught(self) -> bool:
        """Whether more was measured than promised: then the promise is broken, at the stated confidence."""
        return self.epsilon > self.promised.epsilon

    @property
    def could_refute(self) -> bool:
        """Whether so many samples could have refuted this promise at all."""
        return self.measured.most > self.promised.epsilon

    def __str__(self) -> str:
        text = (f"{self.measured}; promised: {self.promised.epsilon:.2f}{': BROKEN' if self.caught else ''}; provable "
                f"at most: {self.measured.most:.2f}; {self.event}")
        if not self.could_refute:
            text += ". Nothing could have refuted this promise: take more samples"
        return text


def audit_mechanism(mechanism: Mechanism | Callable, on: Any, beside: Any, *,
                    promise: Guarantee | ReleaseGuarantee | Promise | None = None, samples: int = 20_000,
                    confidence: float = 0.95, rng, progress: v.Progress | None = None) -> MechanismAudit:
    """Let a mechanism answer many times about two neighbouring inputs, and prove how well its answers tell them apart.

    The answers are parted three ways: on one quarter several scores learn which input an answer came of; on another
    the score and the threshold are chosen that will prove most; one half is counted, once (Clopper-Pearson: exact
    limits for both rates, each with half of the error probability). Whatever was learned, the bound on the counted
    half is valid, for any mechanism; a poor score proves less, never too much. Compare StatDP (Ding and others 2018)
    and DP-Sniper (Bichsel and others 2021), which look for such events too.

    Parameters
    ----------
    mechanism : Mechanism or callable
        Something with ``release(value, rng=)``, or a function ``answer(value, rng)`` or ``answer(value)``. Each call
        must be an independent run, as if it were the first: an object that keeps a budget or draws its noise once is
        audited by a function that makes a new one. It may answer anything: a number, an array, a word, None.
    on, beside : any
        Two inputs that are neighbours by the promise: with one unit, and without it, or with another. The bound holds
        for whatever pair is given; a pair that the mechanism treats worst proves most.
    promise : Guarantee, ReleaseGuarantee or Promise, optional
        The mechanism's own where it has one (``mechanism.guarantee``).
    samples : int
        Answers about each input. 20,000 can prove an epsilon up to about 7.9, and tell 1.1 from 1.
    confidence : float
        Of the verdict: an honest mechanism is called broken with at most 1 - confidence.
    rng : int or numpy.random.Generator
    progress : callable, optional
        ``progress(done, total, message)``.

    Examples
    --------
    A coin that tells the truth more often than its owner says:

    >>> from leaklab.privacy import RandomizedResponse
    >>> promised = RandomizedResponse.of_truth(0.5).guarantee
    >>> audit = audit_mechanism(RandomizedResponse.of_truth(0.6), True, False, promise=promised, samples=4000, rng=0)
    >>> audit.caught, audit.could_refute, audit.told_by
    (True, True, 'counts')

    A function of one's own, which answers words:

    >>> def poll(voted, rng):
    ...     return "yes" if rng.random() < (0.7 if voted else 0.3) else "no"
    >>> audit_mechanism(poll, True, False, promise=Promise(1.0, 0.0), samples=4000, rng=0).caught
    False
    """
    promise = _promised(mechanism, promise)
    samples = v.integer("samples", samples, low=LEAST, remedy="Fewer prove nothing.")
    v.number("confidence", confidence, low=0.5, high=1, open_low=True, open_high=True)
    rng = v.generator(rng)
    answers: list = []
    for number, value in enumerate((on, beside)):
        answers += _sample(mechanism, value, samples, rng, number * samples, progress)
    first = np.arange(2 * samples) < samples
    part = np.tile(np.searchsorted([LEARN, LEARN + CHOOSE], np.arange(samples) / samples, side="right"), 2)
    outputs = Outputs.read(answers)
    scores = tellers(outputs, first, part == 0)
    chosen = {name: _choose(score[part == 1], first[part == 1], promise.delta, confidence)
              for name, score in scores.items()}
    name = max(chosen, key=lambda name: chosen[name][0])  # of equal ones the simplest
    threshold = chosen[name][1]
    measured = measured_at(threshold, scores[name], first, part == 2, delta=promise.delta, confidence=confidence,
                           method="clopper-pearson")
    return MechanismAudit(measured, promise, name, _event(outputs, scores[name] >= threshold, name))


def _promised(mechanism, promise):
    if promise is None:
        promise = getattr(mechanism, "guarantee", None)
    if not isinstance(promise, Guarantee | ReleaseGuarantee | Promise):
        v.fail("promise", promise, "must be a Guarantee, a ReleaseGuarantee or a Promise",
               "For example Promise(1.0, 0.0, says='its owner').")
    if not (callable(mechanism) or hasattr(mechanism, "release")):
        v.fail("mechanism", mechanism, "must be a function answer(value, rng), or have a method release(value, rng=)")
    return promise


def _sample(mechanism, value, samples: int, rng: np.random.Generator, done: int, progress) -> list:
    """So many independent answers about one input."""
    call = _asked(mechanism, rng)
    found: list = []
    while len(found) < samples:
        if progress is not None:
            progress(done + len(found), 2 * samples, "answers drawn")
        found += [call(value) for _ in range(min(CHUNK, samples - len(found)))]
    return found


def _asked(mechanism, rng: np.random.Generator) -> Callable:
    """A function of the value alone."""
    if hasattr(mechanism, "release"):
        return lambda value: mechanism.release(value, rng=rng)
    try:
        parameters = inspect.signature(mechanism).parameters.values()
    except (TypeError, ValueError):
        return mechanism
    if any(one.name == "rng" for one in parameters):
        return lambda value: mechanism(value, rng=rng)
    needed = [one for one in parameters if one.default is one.empty and one.kind in (
        one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    return (lambda value: mechanism(value, rng)) if len(needed) == 2 else mechanism


def _choose(scores: np.ndarray, first: np.ndarray, delta: float, confidence: float) -> tuple[float, float]:
    """A score's best threshold on the outputs that choose, after what it will prove on the others.

    With one error of each kind to spare: else some event that luck kept clean would be chosen, and disappoint.
    """
    threshold, proven = best_rule(scores, first, delta=delta, confidence=1 - (1 - confidence) / 10,
                                  grown=(1 - LEARN - CHOOSE) / CHOOSE, spare=1)
    return proven, threshold


def _event(outputs: Outputs, said: np.ndarray, name: str) -> str:
    """Which outputs speak for the first input, in words."""
    if name.startswith("number") and outputs.rows.shape[1] == 1:
        inside, outside = outputs.rows[said & outputs.numeric, 0], outputs.rows[~said & outputs.numeric, 0]
        if len(inside) and len(outside):
            above = inside.min() > outside.max()
            return (f"the first input is guessed where the output is {'at least' if above else 'at most'} "
                    f"{inside.min() if above else inside.max():.4g}"
                    f"{', or no number' if (said & ~outputs.numeric).any() else ''}")
    if name == "counts":
        codes = list(dict.fromkeys(outputs.codes[said].tolist()))
        return f"the first input is guessed for {v.listed([_plainly(outputs.names[code]) for code in codes], most=4)}"
    return f"the first input is guessed by a score ({name})"


def _plainly(name: Any) -> Any:
    return name[0] if isinstance(name, tuple) and len(name) == 1 else name
