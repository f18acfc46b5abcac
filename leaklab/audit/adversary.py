"""The adversary who sees the weights before and after every step, and knows the canary's gradient at each.

In a step of DP-SGD the canary's column of weights moves by -learning_rate / batch size times (the clipped gradients of
those of its units that take part + noise). A canary of m rows is m units where records are protected, each of which
takes part on its own, and one unit, clipped as a whole, where people are. Along the gradient's direction, in units of
the clipping norm, this is z ~ N(j length, noise_multiplier^2) if j units take part; no other record has a part in it.
The score is the log-likelihood ratio of "in" against "out" over all steps, the best test there is (Neyman and Pearson
1933), for the way of drawing batches that the adversary expects.
"""

from abc import ABC, abstractmethod

import numpy as np
from scipy.special import logsumexp, softmax
from scipy.stats import binom

from leaklab import _validate as v
from leaklab.training import Recipe

LABEL = 0  # of every canary
CALL = "Call watch(step, models, weights) with step 0 before the first step, and after every step with its number."


class Watcher(ABC):
    """A ``watch=`` for a trainer of softmax regressions whose last columns are canaries; `scores` at the end.

    Parameters
    ----------
    audit : CanaryAudit
        Says how many models and canaries, how many rows a canary, and their value.
    recipe : Recipe
        Its plan, learning rate, clipping norm and noise are what the trainer claims to use.
    before : int
        Units (records or people) that stand before the canaries in the table.
    features, classes : int
        Shape of a model's kernel.
    """

    def __init__(self, audit, recipe: Recipe, *, before: int, features: int, classes: int):
        dp = recipe.dp
        if dp is None or dp.batches is None:
            v.fail("recipe.dp", dp, "must be DPSGD with a plan: what is watched is its steps")
        self.dp, self.plan, self.learning_rate, self.before = dp, dp.batches, recipe.learning_rate, before
        self.value, self.canaries = audit.value, audit.canaries
        self.units, self.rows = audit.rows, 1  # of a canary, and of a unit
        if self.plan.unit == "person":
            self.units, self.rows = 1, min(audit.rows, self.plan.most or audit.rows)
        self.shape = features, classes
        self.told = np.zeros(audit.models, int)  # how often watch was called about each model
        self.kernel = np.zeros((audit.models, audit.canaries, classes))
        self.direction = np.zeros_like(self.kernel)
        self.length, self.total = np.zeros((2, audit.models, audit.canaries))

    def __call__(self, step: int, models: slice, weights: list[np.ndarray]) -> None:
        """Take note of the weights [kernel (g, inputs, classes), bias (g, classes)] after ``step`` steps."""
        kernel, bias = self._checked(step, models, weights)
        if step:
            summed = (self.kernel[models] - kernel) * self.plan.size / self.learning_rate
            z = (summed * self.direction[models]).sum(axis=-1) / self.dp.clip
            self.total[models] += self.evidence(step, z, self.length[models])
        self.kernel[models] = kernel
        self.direction[models], self.length[models] = self._gradient(kernel, bias)
        self.told[models] += 1

    def scores(self) -> np.ndarray:
        """Log-likelihood ratios (models, canaries), higher when the canary was in; refused if a step was not seen."""
        least, needed = int(self.told.min()), self.plan.steps + 1
        if least < needed:
            raise v.Refused(f"the trainer called watch {least} times about model {int(self.told.argmin())}, whose plan "
                            f"has {self.plan.steps} steps: must be {needed} times about every model; an audit that "
                            f"does not look finds nothing. {CALL} Or audit the finished models with adversary='loss'.")
        return self.total

    @abstractmethod
    def evidence(self, step: int, z: np.ndarray, length: np.ndarray) -> np.ndarray:
        """Log-likelihood ratio (g, canaries) of this step's ``z``, if a unit's clipped gradient is of this length."""

    def _ratio(self, z, length):
        """log N(z; length) - log N(z; 0)."""
        return (z - length / 2) * length / self.dp.noise_multiplier**2

    def _checked(self, step, models, weights):
        kernel, bias = (np.asarray(w, float) for w in weights)
        told = self.told[models]
        if kernel.shape != (len(told), *self.shape) or bias.shape != (len(told), self.shape[1]):
            raise ValueError(f"weights have shapes {kernel.shape} and {bias.shape}: must be a kernel ({len(told)}, "
                             f"{self.shape[0]}, {self.shape[1]}) and a bias ({len(told)}, {self.shape[1]}).")
        if (told != step).any():
            v.fail("step", step, f"{told[told != step][0]} is due for one of these models", CALL)
        return kernel[:, -self.canaries:], bias

    def _gradient(self, kernel: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Direction and length, over the clipping norm, of a unit's clipped gradient on its canary's own column."""
        error = softmax(self.value * kernel + bias[:, None], axis=-1)
        error[..., LABEL] -= 1  # the gradient with respect to the logits
        size = np.linalg.norm(error, axis=-1)
        summed = self.rows * size  # of the unit's rows, which are all alike
        length = self.value * summed / np.maximum(summed * np.hypot(self.value, 1), self.dp.clip)
        return error / np.maximum(size, 1e-30)[..., None], length


class EveryStep(Watcher):
    """Expects Poisson batches: at each step each unit of the canary takes part with the sampling rate, on its own."""

    def evidence(self, step, z, length):
        takes_part = np.arange(self.units + 1)
        chance = binom.logpmf(takes_part, self.units, self.plan.rate)
        return logsumexp(chance + self._ratio(z[..., None], takes_part * length[..., None]), axis=-1)


class FileOrder(Watcher):
    """Expects batches in the order of the file, over and over: a unit takes part at one known step of every epoch."""

    def evidence(self, step, z, length):
        count = self.canaries * self.units
        turn = (self.before + np.arange(count).reshape(self.canaries, self.units)) // self.plan.size
        per_epoch = -(-(self.before + count) // self.plan.size)
        return self._ratio(z, (turn == (step - 1) % per_epoch).sum(axis=1) * length)


WATCHERS = {"steps": EveryStep, "file order": FileOrder}
