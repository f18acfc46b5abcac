"""Auditing a trainer: train with and without a record made to be noticed, and see whether the models tell."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from leaklab import _validate as v
from leaklab.audit.adversary import WATCHERS
from leaklab.audit.bounds import METHODS
from leaklab.audit.onerun import OneRun, one_run
from leaklab.audit.scores import Measured, epsilon_lower_bound
from leaklab.privacy import Guarantee
from leaklab.training import Recipe, SoftmaxRegression

LABEL = 0  # of every canary


def plant(x, y, *, canaries: int = 1, value: float = 30.0) -> tuple[np.ndarray, np.ndarray]:
    """Append canaries: records that are zero everywhere but in a column of their own, where all others are zero.

    A canary's gradient lies almost wholly in its own column's weights, where nobody else's clipped gradient can hide
    it: the worst case that differential privacy promises to cover, made in the data alone.

    Parameters
    ----------
    x : float array (n, d)
    y : int array (n,)
    canaries : int
    value : float
        What stands in the column of its own; well above the clipping norm, so that clipping binds. Where the learning
        rate is large, the model learns the canary, whose gradient then falls below the norm: the audit sees less.

    Returns
    -------
    x : float32 array (n + canaries, d + canaries)
    y : int array (n + canaries,)
        Canaries have label 0.

    Examples
    --------
    >>> plant([[0.5], [0.25]], [0, 1], value=9.0)[0].tolist()
    [[0.5, 0.0], [0.25, 0.0], [0.0, 9.0]]
    """
    x = v.array("x", x, ndim=2)
    y = v.labels("y", y, length=len(x))
    v.integer("canaries", canaries)
    v.number("value", value, low=0, open_low=True)
    n, d = x.shape
    planted = np.zeros((n + canaries, d + canaries), np.float32)
    planted[:n, :d] = x
    planted[n:, d:] = value * np.eye(canaries)
    return planted, np.append(y, np.full(canaries, LABEL))


@dataclass(frozen=True, eq=False)
class AuditResult:
    """Measured against promised.

    Attributes
    ----------
    measured : Measured or OneRun
        The lower bound, with its counts.
    promised : Guarantee
        What the accounting promises for this training.
    scores, member : array (models, canaries)
        The adversary's score of each canary in each model, and whether it was in.
    """

    measured: Measured | OneRun
    promised: Guarantee
    scores: np.ndarray
    member: np.ndarray

    @property
    def epsilon(self) -> float:
        """The proven lower bound."""
        return self.measured.epsilon.low if isinstance(self.measured, Measured) else self.measured.low

    @property
    def caught(self) -> bool:
        """Whether more was measured than promised: then the promise is broken, at the stated confidence."""
        return self.epsilon > self.promised.epsilon

    def __str__(self) -> str:
        return f"{self.measured}; promised: {self.promised.epsilon:.2f}{': BROKEN' if self.caught else ''}"


@dataclass(frozen=True, kw_only=True)
class CanaryAudit:
    """Train models with and without canaries, attack them, and hold the measured epsilon against the promised.

    Parameters
    ----------
    models : int
        Models to train, each with the canary or without by the toss of a coin. With one model the bound is that of
        `one_run`, which wants many canaries.
    canaries : int
        More than one for a single model only.
    guesses : int, optional
        In one run: canaries to guess about; a quarter of them when left out.
    value : float
        See `plant`.
    adversary : {"steps", "file order", "loss"}
        What is held: ``"steps"``: the weights before and after every step (softmax regression by SGD); it expects
        Poisson batches. ``"file order"``: those too, but it expects every epoch to take the rows in their order.
        ``"loss"``: the answers of the finished model, as a customer sees them.
        What it expects decides how much it finds, never whether the bound holds.
    method : {"clopper-pearson", "joint-beta", "gdp"}
        How many models' counts become epsilon: see `epsilon_from_counts`.
    confidence : float

    Examples
    --------
    >>> CanaryAudit(models=500, adversary="loss").method
    'clopper-pearson'
    """

    models: int = 1000
    canaries: int = 1
    guesses: int | None = None
    value: float = 30.0
    adversary: str = "steps"
    method: str = "clopper-pearson"
    confidence: float = 0.95

    def __post_init__(self):
        v.integer("models", self.models)
        v.integer("canaries", self.canaries, low=8 if self.models == 1 else 1, high=None if self.models == 1 else 1,
                  remedy="One model and many canaries, or many models and one canary: canaries of one model are not "
                         "independent.")
        v.one_of("adversary", self.adversary, [*WATCHERS, "loss"])
        v.one_of("method", self.method, METHODS)
        if self.guesses is not None:
            v.integer("guesses", self.guesses, high=self.canaries)

    def __call__(self, trainer: Callable, recipe: Recipe, x, y, *, delta: float = 1e-5, rng,
                 progress: v.Progress | None = None) -> AuditResult:
        """Audit a trainer.

        Parameters
        ----------
        trainer : callable
            ``trainer(recipes, x, y, keep, *, rng, classes, progress, watch)``, as `leaklab.training.fit_stack`:
            trains a model on ``x[keep[j]]`` for every j, and tells ``watch(step, models, weights)`` of every step.
        recipe : Recipe
            Private, with Poisson batches.
        x, y : array (n, d), (n,)
            The records beside the canaries. Few will do: a guarantee must hold for every data set.
        delta : float
        rng : int or numpy.random.Generator
            Tosses the coins, trains, and draws the half that chooses the threshold.
        """
        self._check(recipe)
        rng = v.generator(rng)
        classes = int(v.labels("y", y).max()) + 1
        x, y = plant(x, y, canaries=self.canaries, value=self.value)
        n = len(x) - self.canaries
        member = rng.random((self.models, self.canaries)) < 0.5
        keep = np.hstack([np.ones((self.models, n), bool), member])
        recipe = replace(recipe, dp=replace(recipe.dp, plan=None))  # one record more or less is what we ask about
        promised = recipe.guarantee(int(keep.sum(axis=1).min()), delta=delta)
        watcher = None if self.adversary == "loss" else WATCHERS[self.adversary](
            recipe, promised, models=self.models, canaries=self.canaries, classes=classes, value=self.value,
            label=LABEL, rows_before=n)
        ensemble = trainer([recipe] * self.models, x, y, keep, rng=rng, classes=classes, progress=progress,
                           watch=watcher)
        scores = watcher.scores() if watcher else np.log(ensemble.scores(x[n:])[..., LABEL] + 1e-30)
        return AuditResult(self._measure(scores, member, delta, rng), promised, scores, member)

    def _measure(self, scores, member, delta, rng):
        if self.models == 1:
            guesses = self.guesses or self.canaries // 4
            return one_run(scores[0], member[0], guesses=guesses, delta=delta, confidence=self.confidence)
        return epsilon_lower_bound(scores[:, 0], member[:, 0], delta=delta, confidence=self.confidence,
                                   method=self.method, rng=rng)

    def _check(self, recipe: Recipe) -> None:
        if recipe.dp is None or not recipe.dp.noise_multiplier or recipe.dp.sampling != "poisson":
            v.fail("recipe.dp", recipe.dp, "must promise something, on Poisson batches",
                   "Set dp=DPSGD(noise_multiplier=...) with noise above 0 and sampling='poisson'.")
        if self.adversary != "loss" and not (isinstance(recipe, SoftmaxRegression) and recipe.optimizer == "sgd"):
            v.fail("recipe", recipe, f"adversary={self.adversary!r} reads the steps of softmax regression by SGD",
                   "Use SoftmaxRegression(optimizer='sgd', ...) or adversary='loss'.")
