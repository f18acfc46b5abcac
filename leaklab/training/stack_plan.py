"""What one model of a stack will be trained on: its start, batches and noise, drawn from its own generator."""

import math
from dataclasses import dataclass

import numpy as np

from leaklab.training.dpsgd import draw, steps_of


@dataclass(frozen=True, eq=False)
class Plan:
    """One model's start, batches and noise, drawn from its own generator in the order of ``recipe.fit``."""

    recipe: object
    start: list[np.ndarray]
    rows: np.ndarray
    size: np.ndarray
    y: np.ndarray
    rng: np.random.Generator
    seed: int

    @classmethod
    def of(cls, job, j: int) -> "Plan":
        recipe, rng, own = job.recipes[j], job.rngs[j], np.flatnonzero(job.keep[j])
        y = job.y.copy()
        y[own] = recipe.noisy_labels(job.y[own], job.classes, rng)
        start = recipe.start(job.widths, rng)
        seed = int(rng.integers(2**31)) if recipe.dp or recipe.dropout else 0
        rows, size = (poisson_or_fixed if recipe.dp else shuffled)(recipe, len(own), rng)
        return cls(recipe, start, own[rows].astype(np.int32), size, y, rng, seed)

    @property
    def decay(self) -> float:
        return self.recipe.weight_decay

    @property
    def clip(self) -> float:
        return self.recipe.dp.clip if self.recipe.dp else np.inf

    def feed(self, begin: int, chunk: int, width: int) -> tuple[np.ndarray, ...]:
        """The next ``chunk`` steps' rows, labels (chunk, width), counts, learning rates (chunk,) and noise; the
        learning rate is 0 after the model's last step: it stands still."""
        known = self.rows[begin:begin + chunk]
        steps = len(known)
        rows = np.zeros((chunk, width), np.int32)
        rows[:steps, :known.shape[1]] = known
        count, rate = np.zeros(chunk, np.int32), np.zeros(chunk, np.float32)
        count[:steps], rate[:steps] = self.size[begin:begin + chunk], self.recipe.learning_rate
        return rows, self.y[rows].astype(np.int32), count, rate, self._noise(chunk)

    def _noise(self, chunk: int) -> np.ndarray:
        """Gaussian, float32 (chunk, parameters), of deviation noise_multiplier * clip."""
        if not self.recipe.dp:
            return np.zeros((chunk, 0), np.float32)
        scale = np.float32(self.recipe.dp.noise_multiplier * self.recipe.dp.clip)
        return scale * self.rng.standard_normal((chunk, sum(w.size for w in self.start)), np.float32)


def shuffled(recipe, n: int, rng) -> tuple[np.ndarray, np.ndarray]:
    """Epochs of shuffled batches: row numbers (steps, batch_size), and how many of each row count."""
    batch = min(recipe.batch_size, n)
    steps = -(-n // batch)
    rows = np.zeros((recipe.epochs, steps * batch), np.int64)
    for epoch in rows:
        epoch[:n] = rng.permutation(n)
    size = np.full(steps, batch)
    size[-1] = n - (steps - 1) * batch
    return rows.reshape(-1, batch), np.tile(size, recipe.epochs)


def poisson_or_fixed(recipe, n: int, rng) -> tuple[np.ndarray, np.ndarray]:
    """Batches drawn as ``dp.sampling`` says, padded to a width that few runs exceed: one width, one compilation."""
    drawn = [draw(n, recipe.batch_size, recipe.dp.sampling, rng)
             for _ in range(steps_of(n, recipe.batch_size, recipe.epochs))]
    size = np.array([len(d) for d in drawn])
    usual = recipe.batch_size
    if recipe.dp.sampling == "poisson":
        usual += 4.5 * np.sqrt(usual * (1 - usual / n))
    rows = np.zeros((len(drawn), 16 * math.ceil(max(usual, size.max()) / 16)), np.int64)
    rows[np.arange(rows.shape[1]) < size[:, None]] = np.concatenate(drawn)
    return rows, size
