"""What one model of a stack will be trained on: its start, batches and noise, drawn from its own generator."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from leaklab.privacy import Batches
from leaklab.training.units import unit_rows

if TYPE_CHECKING:  # recipes import stacks
    from leaklab.training.recipe import Recipe


@dataclass(frozen=True, eq=False)
class Plan:
    """One model's start, batches and noise, drawn from its own generator in the order of ``recipe.fit``."""

    recipe: "Recipe"
    start: list[np.ndarray]
    rows: np.ndarray
    y: np.ndarray
    rng: np.random.Generator
    seed: int

    @classmethod
    def of(cls, job, j: int) -> "Plan":
        recipe, rng, own = job.recipes[j], job.rngs[j], np.flatnonzero(job.trained_on[j])
        y = job.y.copy()
        y[own] = recipe.noisy_labels(job.y[own], job.classes, rng)
        start = recipe.start(job.widths, rng)
        seed = int(rng.integers(2**31)) if recipe.dp or recipe.dropout else 0
        rows = drawn(recipe, job.owner(own), len(own), job.most, rng) if recipe.dp else shuffled(recipe, len(own), rng)
        return cls(recipe, start, np.where(rows < 0, -1, own[rows]).astype(np.int32), y, rng, seed)

    @property
    def decay(self) -> float:
        return self.recipe.weight_decay

    @property
    def clip(self) -> float:
        return self.recipe.dp.clip if self.recipe.dp else np.inf

    def feed(self, begin: int, chunk: int, width: int) -> tuple[np.ndarray, ...]:
        """The next ``chunk`` steps' rows (-1: none) and labels (chunk, width), learning rates (chunk,) and noise; the
        learning rate is 0 after the model's last step: it stands still."""
        known = self.rows[begin:begin + chunk]
        rows, rate = np.full((chunk, width), -1, np.int32), np.zeros(chunk, np.float32)
        rows[:len(known), :known.shape[1]], rate[:len(known)] = known, self.recipe.learning_rate
        return rows, self.y[rows].astype(np.int32), rate, self._noise(chunk)

    def _noise(self, chunk: int) -> np.ndarray:
        """Gaussian, float32 (chunk, parameters), of deviation noise_multiplier * clip."""
        if not self.recipe.dp:
            return np.zeros((chunk, 0), np.float32)
        scale = np.float32(self.recipe.dp.noise_multiplier * self.recipe.dp.clip)
        return scale * self.rng.standard_normal((chunk, sum(w.size for w in self.start)), np.float32)


def shuffled(recipe, n: int, rng) -> np.ndarray:
    """Epochs of shuffled batches: row numbers (steps, batch_size), -1 where the last batch of an epoch is short."""
    batch = min(recipe.batch_size, n)
    steps = -(-n // batch)
    rows = np.full((recipe.epochs, steps * batch), -1)
    for epoch in rows:
        epoch[:n] = rng.permutation(n)
    return rows.reshape(-1, batch)


def drawn(recipe, person, n: int, most: int, rng) -> np.ndarray:
    """Batches by the recipe's plan, ``most`` rows a unit, -1 where there is none; padded to a width that few runs
    exceed: one width, one compilation."""
    rows, used = unit_rows(n, person, recipe.dp.batches or Batches(1, 1, 1), rng)
    table = np.full((len(rows) + 1, most), -1)  # the last is nobody
    table[:-1, :rows.shape[1]] = np.where(np.arange(rows.shape[1]) < used[:, None], rows, -1)
    plan = recipe.plan(len(rows))
    batches = [plan.draw(rng, len(rows)) for _ in range(plan.steps)]
    size = np.array([len(batch) for batch in batches])
    usual = plan.size
    if plan.sampling == "poisson":
        usual += 4.5 * np.sqrt(usual * (1 - plan.rate))
    units = np.full((plan.steps, 16 * math.ceil(max(usual, size.max()) / 16)), -1)
    units[np.arange(units.shape[1]) < size[:, None]] = np.concatenate(batches)
    return table[units].reshape(plan.steps, -1)
