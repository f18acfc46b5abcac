"""DP-SGD for many softmax regressions at once, in plain numpy, right or with a bug planted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from leaklab import _validate as v
from leaklab.training import SoftmaxRegression
from leaklab.training.dpsgd import steps_of

BUGS = {
    "unnoised layer": "noise goes to the biases alone; the kernel is forgotten",
    "noise over batch twice": "noise is added to the mean instead of the sum, already divided by the batch, and again",
    "clip the average": "the batch's mean gradient is clipped, instead of every example's own",
    "file order": "every epoch takes the rows in their order, batch by batch; accounted as Poisson",
}


@dataclass(frozen=True, eq=False)
class Regressions:
    """Trained models: ``kernel`` (k, inputs, classes) and ``bias`` (k, 1, classes)."""

    kernel: np.ndarray
    bias: np.ndarray

    def scores(self, x) -> np.ndarray:
        """Probabilities (k, n, classes)."""
        return softmax(np.asarray(x) @ self.kernel + self.bias, axis=-1)


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

    def __call__(self, recipes: Sequence[SoftmaxRegression], x, y, keep, *, rng, classes: int | None = None,
                 progress: v.Progress | None = None, watch: Callable | None = None) -> Regressions:
        """Train a model on ``x[keep[j]]`` for every j; all recipes alike."""
        if any(recipe != recipes[0] for recipe in recipes):
            v.fail("recipes", recipes, "must all be alike", "Call once for every recipe.")
        recipe, rng, x = recipes[0], v.generator(rng), v.array("x", x, ndim=2)
        keep = v.array("keep", keep, ndim=2, length=len(recipes), dtype=bool)
        classes = classes or int(np.max(y)) + 1
        onehot = np.eye(classes, dtype=np.float32)[v.labels("y", y, length=len(x), classes=classes)]
        records = int(keep.sum(axis=1).min())
        steps = steps_of(records, recipe.batch_size, recipe.epochs)
        model = Regressions(np.zeros((len(keep), x.shape[1], classes), np.float32),
                            np.zeros((len(keep), 1, classes), np.float32))
        batches = self._batches(keep, records, recipe.batch_size, steps, rng)
        for step in range(steps + 1):
            if watch:
                watch(step, slice(0, len(keep)), [model.kernel, model.bias[:, 0]])
            if step < steps:
                self._step(model, recipe, x, onehot, next(batches), rng)
            if progress:
                progress(step, steps, "training")
        return model

    def _batches(self, keep, records, batch_size, steps, rng):
        """Bool (k, n) for every step: who takes part."""
        if self.bug != "file order":
            for _ in range(steps):
                yield keep & (rng.random(keep.shape, np.float32) < batch_size / records)
            return
        turn = np.arange(keep.shape[1]) // batch_size
        for step in range(steps):
            yield keep & (turn == step % (turn[-1] + 1))

    def _step(self, model, recipe, x, onehot, batch, rng):
        dp, size = recipe.dp, recipe.batch_size
        rows = batch.any(axis=0)  # those that no model drew cost nothing
        x, onehot, batch = x[rows], onehot[rows], batch[:, rows]
        error = model.scores(x) - onehot
        norm = np.linalg.norm(error, axis=-1) * np.sqrt((x**2).sum(axis=1) + 1)  # of each example's whole gradient
        weight = batch if self.bug == "clip the average" else batch * np.minimum(1, dp.clip / np.maximum(norm, 1e-12))
        error = error * weight[..., None]
        gradients = [x.T @ error / size, error.sum(axis=1, keepdims=True) / size]
        if self.bug == "clip the average":
            norm = np.sqrt(sum((g**2).sum(axis=(1, 2), keepdims=True) for g in gradients))
            gradients = [g * np.minimum(1, dp.clip / np.maximum(norm, 1e-12)) for g in gradients]
        scale = dp.noise_multiplier * dp.clip / size
        scales = [scale / size if self.bug == "noise over batch twice" else scale] * 2
        if self.bug == "unnoised layer":
            scales[0] = 0.0
        for weights, gradient, deviation in zip((model.kernel, model.bias), gradients, scales, strict=True):
            noise = rng.standard_normal(weights.shape, np.float32)
            weights -= recipe.learning_rate * (gradient + deviation * noise).astype(np.float32)


def curtain(*, rng) -> dict[str, PlainTrainer]:
    """Trainers A to D in random order: an honest one, and those whose bug an adversary at every step can see.

    >>> sorted(str(trainer.bug) for trainer in curtain(rng=0).values())
    ['None', 'clip the average', 'noise over batch twice', 'unnoised layer']
    """
    bugs = [None, *(bug for bug in BUGS if bug != "file order")]
    return {name: PlainTrainer(bugs[i]) for name, i in zip("ABCD", v.generator(rng).permutation(4), strict=True)}
