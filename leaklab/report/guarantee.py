"""Epsilon promised, and measured: with canaries where training can be repeated, else from this model's scores alone."""

import numpy as np

from leaklab.audit import CanaryAudit, Promise, hold
from leaklab.privacy import Guarantee
from leaklab.report.budget import Budget
from leaklab.report.findings import Finding, Measure
from leaklab.report.membership import EXPOSED_BY
from leaklab.report.sample import Sample
from leaklab.training import Recipe

FEWEST, MOST = 40, 400
"""Models with and without a canary: fewer prove next to nothing."""


def keep_promise(promise: Promise | Guarantee, recipe, sample: Sample, column: np.ndarray, scores, budget: Budget, *,
                 seconds: float, rng) -> list[Finding]:
    """Hold a promise against what is measured.

    Parameters
    ----------
    recipe : object or None
        What trains such models; canaries are planted where it is a recipe for tables of numbers.
    scores : dict of str to float array (units,)
        Of the membership attacks on the brought model.
    seconds : float
        What one model takes to train.
    """
    said = [Finding("guarantee", "promised", "information", f"Promised: {promise}.")]
    name = EXPOSED_BY if EXPOSED_BY in scores else next(iter(scores))
    said.append(_from_scores(promise, scores[name], sample, name, rng))
    models = int(min(MOST, budget.left() / 2 / max(seconds, 1e-3)))
    if not isinstance(recipe, Recipe) or hasattr(sample.x, "columns") or sample.x.ndim != 2:
        why = "training is not known as a recipe for tables of numbers: pass fit="
    elif models < FEWEST:
        why = f"it takes {FEWEST} models, and there was time for {models}"
    else:
        return [*said, _with_canaries(promise, recipe, sample, column, models, budget, rng)]
    return [*said, Finding("guarantee", "measured with canaries", "untested", f"Not tested: {why}.")]


def _from_scores(promise, scores: np.ndarray, sample: Sample, name: str, rng) -> Finding:
    title = "measured from this model's scores"
    try:
        found = hold(promise, scores, sample.member[sample.first], rng=rng)
    except ValueError as error:
        return Finding("guarantee", title, "untested", f"Not tested: {error}")
    says = (f"{found}. From {name} on this one model, whose records are not independent of one another: more than was "
            "promised is a reason to look for the fault, less proves nothing.")
    measure = Measure("epsilon, lower bound", found.epsilon, found.epsilon, found.most)
    return Finding("guarantee", title, "leak" if found.caught else "information", says, measures=(measure,))


def _with_canaries(promise, recipe, sample: Sample, column, models: int, budget: Budget, rng) -> Finding:
    title = "measured with canaries"
    budget.tell(f"{models} models with and without a canary")
    x, y = sample.x[sample.member], column[sample.member]
    try:
        found = CanaryAudit(models=models, adversary="loss")(recipe, promise, x, y, rng=rng)
    except ValueError as error:
        return Finding("guarantee", title, "untested", f"Not tested: {error}")
    power = "" if found.could_refute else " So many models could not have refuted the promise, whatever they did."
    measure = Measure("epsilon, lower bound", found.epsilon, found.epsilon, found.most)
    return Finding("guarantee", title, "leak" if found.caught else "clean" if found.could_refute else "information",
                   f"{found}.{power}", measures=(measure,))
