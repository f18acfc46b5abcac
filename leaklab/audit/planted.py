"""DP-SGD for many softmax regressions at once, in plain numpy, right or with a bug planted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from leaklab import _validate as v
from leaklab.models import Inputs, Trained
from leaklab.training import SoftmaxRegression, Stack
from leaklab.training.units import check_person

BUGS = {
    "unnoised layer": "noise goes to the biases alone; the kernel is forgotten",
    "noise over batch twice": "noise is added to the mean instead of the sum, already divided by the batch, and again",
    "clip the average": "the batch's mean gradient is clipped, instead of every example's own",
    "file order": "every epoch takes the rows in their order, batch by batch; accounted as Poisson",
    "clip rows": "every row is clipped by itself, where the plan promises to protect people",
}


@dataclass(frozen=True)
class PlainTrainer:
    """A trainer to audit: `leaklab.training.fit_stack` for softmax regression, as short as it can be.

    Parameters
    ----------
    bug : str, optional
        A key of ``BUGS``; None: correct DP-SGD (Abadi et al. 2016, algorithm 1).
    """

    bug: str | None = None

    def __post_init__(self):
        v.one_of("bug", self.bug, [None, *BUGS])

    def __call__(self, recipes: Sequence[SoftmaxRegression], x, y, trained_on, *, rng, classes: int | None = None,
                 person=None, progress: v.Progress | None = None, watch: Callable | None = None) -> Trained:
        """Train a model on ``x[trained_on[j]]`` for every j; all recipes alike."""
        if any(recipe != recipes[0] for recipe in recipes):
            v.fail("recipes", recipes, "must all be alike", "Call once for every recipe.")
        recipe, rng, x = recipes[0], v.generator(rng), v.array("x", x, ndim=2)
        plan, trained_on = getattr(recipe.dp, "batches", None), v.mask("trained_on", trained_on, (len(recipes), len(x)))
        if plan is None:
            v.fail("recipes", recipe, "must be private, with a plan", "Set dp=DPSGD(noise, batches=...).")
        if plan.most:
            v.fail("most", plan.most, "is not supported here", "Use fit_stack.")
        classes, unit = classes or int(np.max(y)) + 1, check_person(len(x), person, plan)
        onehot = np.eye(classes, dtype=np.float32)[v.labels("y", y, length=len(x), classes=classes)]
        kernel = np.zeros((len(trained_on), x.shape[1], classes), np.float32)
        bias = np.zeros((len(trained_on), 1, classes), np.float32)
        batches = self._batches(trained_on, np.arange(len(x)) if unit is None else unit, plan, rng)
        for step in range(plan.steps + 1):
            if watch:
                watch(step, slice(0, len(trained_on)), [kernel, bias[:, 0]])
            if step < plan.steps:
                self._step((kernel, bias), recipe, x, onehot, next(batches), unit, rng)
            if progress:
                progress(step, plan.steps, "training")
        return Trained(Stack(recipes, [kernel, bias[:, 0]], Inputs(x.shape[1:])), trained_on)

    def _batches(self, trained_on, unit, plan, rng):
        """Bool (k, n) for every step: who takes part."""
        units = unit.max() + 1
        turn = np.arange(units) // plan.size
        for step in range(plan.steps):
            if self.bug == "file order":
                drawn = np.broadcast_to(turn == step % (turn[-1] + 1), (len(trained_on), units))
            else:
                drawn = rng.random((len(trained_on), units), np.float32) < plan.rate
            yield trained_on & drawn[:, unit]

    def _step(self, model, recipe, x, onehot, batch, unit, rng):
        dp, size = recipe.dp, recipe.batch_size
        rows = batch.any(axis=0)  # those that no model drew cost nothing
        x, onehot, unit = x[rows], onehot[rows], None if unit is None or self.bug == "clip rows" else unit[rows]
        error = (softmax(x @ model[0] + model[1], axis=-1) - onehot) * batch[:, rows, None]
        if self.bug != "clip the average":
            error = error * np.minimum(1, dp.clip / np.maximum(_norms(x, error, unit), 1e-12))[..., None]
        gradients = [x.T @ error / size, error.sum(axis=1, keepdims=True) / size]
        if self.bug == "clip the average":
            norm = np.sqrt(sum((g**2).sum(axis=(1, 2), keepdims=True) for g in gradients))
            gradients = [g * np.minimum(1, dp.clip / np.maximum(norm, 1e-12)) for g in gradients]
        scale = dp.noise_multiplier * dp.clip / size
        scales = [scale / size if self.bug == "noise over batch twice" else scale] * 2
        if self.bug == "unnoised layer":
            scales[0] = 0.0
        for weights, gradient, deviation in zip(model, gradients, scales, strict=True):
            noise = rng.standard_normal(weights.shape, np.float32)
            weights -= recipe.learning_rate * (gradient + deviation * noise).astype(np.float32)


def _norms(x, error, unit) -> np.ndarray:
    """Length (k, n) of the whole gradient of each row's unit; a row's is the outer product of (x, 1) and its error."""
    if unit is None:
        return np.linalg.norm(error, axis=-1) * np.sqrt((x**2).sum(axis=1) + 1)
    same = unit[:, None] == unit
    products = (error @ error.transpose(0, 2, 1)) * (x @ x.T + 1)  # of the gradients of every two rows
    return np.sqrt(np.maximum((products * same).sum(axis=-1) @ same, 0))


def curtain(*, rng) -> dict[str, PlainTrainer]:
    """Trainers A to D in random order: an honest one, and three whose bug any adversary at every step can see.

    >>> sorted(str(trainer.bug) for trainer in curtain(rng=0).values())
    ['None', 'clip the average', 'noise over batch twice', 'unnoised layer']
    """
    bugs = [None, "unnoised layer", "noise over batch twice", "clip the average"]
    return {name: PlainTrainer(bugs[i]) for name, i in zip("ABCD", v.generator(rng).permutation(4), strict=True)}
