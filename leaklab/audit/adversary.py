"""The adversary who sees the weights before and after every step, and knows the canary's gradient at each.

In a step of DP-SGD the canary's column of weights moves by -learning_rate / batch_size times (the canary's clipped
gradient, if it takes part, + noise). Along that gradient's direction, in units of the clipping norm, this is
z ~ N(length, noise_multiplier^2) if it takes part, and N(0, noise_multiplier^2) if not; no other record has a part in
it. The score is the log-likelihood ratio of "in" against "out" over all steps, the best test there is (Neyman and
Pearson 1933), for the way of drawing batches that the adversary expects.
"""

from abc import ABC, abstractmethod

import numpy as np
from scipy.special import softmax

from leaklab.privacy import Guarantee
from leaklab.training import Recipe


class Watcher(ABC):
    """A ``watch=`` for a trainer of softmax regressions whose last columns are canaries; `scores` at the end."""

    def __init__(self, recipe: Recipe, promised: Guarantee, *, models: int, canaries: int, classes: int, value: float,
                 label: int, rows_before: int):
        self.recipe, self.promised, self.canaries, self.value, self.label = recipe, promised, canaries, value, label
        self.rows_before = rows_before  # the canaries are the rows after these
        self.rows = np.zeros((models, canaries, classes))
        self.direction = np.zeros((models, canaries, classes))
        self.length = np.zeros((models, canaries))

    def __call__(self, step: int, models: slice, weights: list[np.ndarray]) -> None:
        """Take note of the weights [kernel (g, inputs, classes), bias (g, classes)] after ``step`` steps."""
        rows, bias = np.asarray(weights[0], float)[:, -self.canaries:], np.asarray(weights[1], float)
        if step:
            summed = (self.rows[models] - rows) * self.promised.batch_size / self.recipe.learning_rate
            z = (summed * self.direction[models]).sum(axis=-1) / self.recipe.dp.clip
            length = self.length[models]
            self._note(step, models, (z - length / 2) * length / self.promised.noise_multiplier**2)
        self.rows[models] = rows
        self.direction[models], self.length[models] = self._gradient(rows, bias)

    def _gradient(self, rows: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Direction and length, over the clipping norm, of the canaries' clipped gradients on their own columns."""
        error = softmax(self.value * rows + bias[:, None], axis=-1)
        error[..., self.label] -= 1  # the gradient with respect to the logits
        size = np.linalg.norm(error, axis=-1)
        whole = size * np.hypot(self.value, 1)  # with the bias's part
        length = self.value * size / np.maximum(whole, self.recipe.dp.clip)
        return error / np.maximum(size, 1e-30)[..., None], length

    @abstractmethod
    def _note(self, step: int, models: slice, ratio: np.ndarray) -> None:
        """Take note of log N(z; length) - log N(z; 0) (g, canaries) at this step."""

    @abstractmethod
    def scores(self) -> np.ndarray:
        """Log-likelihood ratios (models, canaries); higher when the canary was in."""


class EveryStep(Watcher):
    """Expects Poisson batches: at each step the canary takes part with the sampling rate, on its own."""

    def __init__(self, *settings, **named):
        super().__init__(*settings, **named)
        self.total = np.zeros_like(self.length)

    def _note(self, step, models, ratio):
        rate = self.promised.batch_size / self.promised.records
        with np.errstate(divide="ignore"):  # at rate 1 there is no staying out
            self.total[models] += np.logaddexp(np.log1p(-rate), np.log(rate) + ratio)

    def scores(self):
        return self.total


class FileOrder(Watcher):
    """Expects batches in the order of the rows, over and over: a canary takes part at one known step of every epoch."""

    def __init__(self, *settings, **named):
        super().__init__(*settings, **named)
        size = self.promised.batch_size
        rows = self.rows_before + np.arange(self.canaries)
        self.turn, self.per_epoch = rows // size, -(-(self.rows_before + self.canaries) // size)
        self.total = np.zeros_like(self.length)

    def _note(self, step, models, ratio):
        self.total[models] += ratio * (self.turn == (step - 1) % self.per_epoch)

    def scores(self):
        return self.total


WATCHERS = {"steps": EveryStep, "file order": FileOrder}
