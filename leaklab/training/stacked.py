"""Hundreds of small networks trained as one tensor program: weights (g, in, out), batched products, XLA.

The models of a stack are independent. They share an architecture and a batch size, and differ in their records, start,
batches, noise and, if asked, in learning rate, epochs, weight decay, clipping norm and noise multiplier. Each comes out
as if trained alone by ``recipe.fit``.
"""

import math
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import tensorflow as tf

from leaklab import _validate as v
from leaklab.models import Inputs, Trained
from leaklab.privacy import Batches
from leaklab.training.halves import check_rows
from leaklab.training.stack_plan import Plan
from leaklab.training.stack_step import STACKABLE, compiled, tune_xla
from leaklab.training.units import check_person, count_classes

ROWS = 1024
"""Batch rows worked on at a time by one thread: about what its cache holds."""
FEED = ("rows", "labels", "rate", "noise")
Watch = Callable[[int, slice, list[np.ndarray]], None]


class Stack:
    """Models of one architecture, their weights stacked: kernel (k, in, out), bias (k, out), layer by layer.

    ``stack[j]`` makes a Keras model of the j-th; ``len(stack)`` is k.

    Attributes
    ----------
    recipes : tuple of Recipe
    weights : list of float32 arrays
        As `tensorflow.keras.Model.get_weights` gives them, with a leading axis for the models.
    inputs : leaklab.models.Inputs
    classes : tuple of int
    """

    def __init__(self, recipes: Sequence, weights: list[np.ndarray], inputs: Inputs):
        self.recipes, self.weights, self.inputs = tuple(recipes), weights, inputs
        self.classes = tuple(range(weights[-1].shape[-1]))

    def __len__(self) -> int:
        return len(self.recipes)

    def __getitem__(self, j: int) -> tf.keras.Model:
        model = self.recipes[j].build(self.inputs.shape, len(self.classes), rng=0)
        model.set_weights([w[j] for w in self.weights])
        return model

    def probabilities(self, x: np.ndarray) -> np.ndarray:
        """Every model's probabilities for checked inputs: float32 (k, n, classes)."""
        flat = x.reshape(len(x), -1)
        out = np.empty((len(self), len(x), len(self.classes)), np.float32)
        answer = compiled(self.recipes[0].dense_only[1]).answer
        for a in range(0, len(self), 16):
            for b in range(0, len(x), 4096):
                out[a:a + 16, b:b + 4096] = answer(flat[b:b + 4096], [w[a:a + 16] for w in self.weights])
        return out


def fit_stack(recipes: Sequence, x, y, trained_on, *, rng, classes: int | None = None, person=None, budget: float = 1.0,
              progress: v.Progress | None = None, watch: Watch | None = None) -> Trained:
    """Train one model a row of ``trained_on``, all as one program.

    Parameters
    ----------
    recipes : sequence of k recipes
        `MLP` or `SoftmaxRegression`, alike in layers, batch size, optimizer and dropout; all private or none.
    x, y : array (n, ...), (n,)
        The table: model j sees the rows where ``trained_on[j]``.
    trained_on : bool array (k, n)
    rng : int or numpy.random.Generator
        Spawns a generator a model: model j is the one that ``recipe.fit(x[trained_on[j]], y[trained_on[j]],
        rng=spawned[j])`` trains (dropout and privacy noise aside, which are other draws of the same distribution).
    classes : int, optional
        ``y.max() + 1`` when left out, which private training refuses.
    person : array (n,), optional
        Whose row each is, where private recipes protect people. A person's rows are worked through together, so one
        with many costs time and memory for all: ``Batches(most=...)`` limits them, and what is left out is not learned.
    budget : float
        Gigabytes of working memory, at most; the models are worked through in groups that fit.
    progress : callable, optional
        ``progress(steps, of_steps, message)``; it may raise to stop the training.
    watch : callable, optional
        ``watch(step, models, weights)`` before the first and after every step, with the weights of a group of models
        (a slice of their numbers): what an auditor sees. Costs speed.

    Raises
    ------
    ValueError
        When recipes cannot be stacked; (``Refused``) when private batches are not those accounted for.

    Notes
    -----
    The first stack of a process has XLA read its flags, with ``--xla_cpu_multi_thread_eigen=false`` before those in
    ``XLA_FLAGS``; the environment is put back. All that XLA compiles for the CPU in this process then works a product
    on one thread. It changes nothing where XLA has compiled before, where ``XLA_FLAGS`` sets that flag, or where it
    names a file: put the flag there yourself, or stacks train more slowly.
    """
    columns = getattr(x, "columns", None)
    x, recipes = v.array("x", x), tuple(recipes)
    y = v.labels("y", y, length=len(x), classes=classes)
    _check(recipes)
    trained_on = check_rows(trained_on, len(recipes), len(x))
    classes = count_classes(y, classes, private=recipes[0].dp is not None)
    job = _Job(recipes, x.reshape(len(x), -1), y, trained_on, classes, v.generator(rng).spawn(len(trained_on)), watch,
               _numbered(recipes, person, len(x)))
    size = _group_size(job, v.number("budget", budget, low=0, open_low=True))
    return Trained(Stack(recipes, job.run(size, progress), Inputs(x.shape[1:], columns=columns)), trained_on)


def stackable(recipe) -> bool:
    """Whether a recipe is a network of dense layers, with an activation whose slope follows from its value."""
    dense = getattr(recipe, "dense_only", None)
    return dense is not None and dense[1] in STACKABLE


def _numbered(recipes, person, n: int) -> np.ndarray | None:
    """Whose row each is, as numbers; None where units are records."""
    first = recipes[0]
    if first.dp and first.dp.batches:
        return check_person(n, person, first.dp.batches)
    return None if person is None else check_person(n, person, Batches(1, 1, 1))


def _check(recipes) -> None:
    first = recipes[0]
    for recipe in recipes:
        if not stackable(recipe):
            v.fail("recipes", recipe, "cannot be stacked", "Use recipe.fit_many, which then trains one by one.")
        for name in ("dense_only", "batch_size", "optimizer", "dropout"):
            if getattr(recipe, name) != getattr(first, name):
                v.fail("recipes", recipe, f"must be alike in {name} to stack")
        if (recipe.dp is None) != (first.dp is None):
            v.fail("recipes", recipe, "must be all private or none", "Train the two kinds in two stacks.")
        if _protects(recipe) != _protects(first):
            v.fail("recipes", recipe, "must protect the same unit to stack", "Train the two kinds in two stacks.")


def _protects(recipe) -> tuple:
    plan = recipe.dp.batches if recipe.dp else None
    return (plan.unit, plan.most) if plan else ("record", None)


@dataclass(frozen=True, eq=False)
class _Job:
    """All that the groups of a stack share."""

    recipes: tuple
    x: np.ndarray
    y: np.ndarray
    trained_on: np.ndarray
    classes: int
    rngs: list
    watch: Watch | None
    person: np.ndarray | None = None

    @property
    def widths(self) -> tuple[int, ...]:
        return self.x.shape[1], *self.recipes[0].dense_only[0], self.classes

    @property
    def activation(self) -> str:
        return self.recipes[0].dense_only[1]

    @property
    def most(self) -> int:
        """Rows of a unit, at most."""
        if self.person is None:
            return 1
        return int(min(np.bincount(self.person).max(), self.recipes[0].dp.batches.most or np.inf))

    def owner(self, rows: np.ndarray) -> np.ndarray | None:
        """Whose these rows are."""
        return None if self.person is None else self.person[rows]

    def units(self, j: int) -> int:
        """Units in model j's training data."""
        return int(self.trained_on[j].sum() if self.person is None else len(np.unique(self.person[self.trained_on[j]])))

    def run(self, size: int, progress) -> list[np.ndarray]:
        """Train in groups of ``size``, side by side; report and stop from the calling thread."""
        tune_xla()
        starts = range(0, len(self.recipes), size)
        groups = [_Group(self, range(a, min(a + size, len(self.recipes))), size) for a in starts]
        stop, total = threading.Event(), sum(self.steps)
        with ThreadPoolExecutor(1 if self.watch else _cores()) as pool:
            futures = [pool.submit(group.train, stop) for group in groups]
            try:
                waiting = set(futures)
                while waiting:
                    done, waiting = wait(waiting, timeout=0.2, return_when="FIRST_EXCEPTION")
                    for future in done:
                        future.result()
                    if progress:
                        progress(min(total, sum(g.done for g in groups)), total, f"training {len(self.recipes)} models")
            finally:
                stop.set()
        return _plain([np.concatenate(parts) for parts in zip(*(g.weights for g in groups), strict=True)])

    @property
    def steps(self) -> list[int]:
        return [r.plan(self.units(j)).steps if r.dp else r.epochs * -(-self.units(j) // r.batch_size)
                for j, r in enumerate(self.recipes)]


class _Group:
    """A few models trained together by one thread, filled up to ``size`` with copies of the last."""

    def __init__(self, job: _Job, models: range, size: int):
        self.job, self.models, self.size, self.done = job, models, size, 0
        self.weights: list[np.ndarray] = []

    def train(self, stop: threading.Event) -> None:
        job, plans = self.job, [Plan.of(self.job, j) for j in self.models]
        first, longest = plans[0].recipe, max(len(p.rows) for p in plans)
        weights = self._stack([p.start for p in plans])
        state = [weights, *([np.zeros_like(w) for w in weights] for _ in range(2 if first.optimizer == "adam" else 0))]
        program = compiled(job.activation, first.optimizer, first.dp is not None, any(p.decay for p in plans),
                           first.dropout, job.most)
        settings = {name: self._fill_array([getattr(p, name) for p in plans], np.float32) for name in ("decay", "clip")}
        seeds = self._fill_array([p.seed for p in plans], np.int32)
        chunk = 1 if job.watch else min(64 if first.dp else 256, longest)
        width, table = max(p.rows.shape[1] for p in plans), tf.constant(job.x)
        self._show(0, weights)
        for begin in range(0, longest, chunk):
            if stop.is_set():
                return
            feed = dict(zip(FEED, self._stack([p.feed(begin, chunk, width) for p in plans], axis=1), strict=True))
            state = program.train(table, state, feed, settings, seeds, begin, min(chunk, longest - begin),
                                  float(first.batch_size))
            self.done += sum(len(p.rows[begin:begin + chunk]) for p in plans)
            self._show(begin + 1, state[0])
        self.weights = [np.asarray(w)[:len(plans)] for w in state[0]]

    def _fill(self, items: list) -> list:
        return items + items[-1:] * (self.size - len(items))

    def _fill_array(self, items: list, kind: type) -> np.ndarray:
        return np.array(self._fill(items), kind)

    def _stack(self, parts: list, axis: int = 0) -> list[np.ndarray]:
        return [np.stack(arrays, axis=axis) for arrays in zip(*self._fill(parts), strict=True)]

    def _show(self, step: int, weights) -> None:
        if self.job.watch:
            real = len(self.models)
            self.job.watch(step, slice(self.models[0], self.models[0] + real),
                           _plain([np.asarray(w)[:real] for w in weights]))


def _plain(weights: list[np.ndarray]) -> list[np.ndarray]:
    """Biases (g, 1, out) as (g, out)."""
    return [w[:, 0] if i % 2 else w for i, w in enumerate(weights)]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _group_size(job: _Job, budget: float) -> int:
    """How many models a thread takes at once: what its cache and the budget hold, and what leaves no thread idle."""
    widths, batch, k = job.widths, job.recipes[0].batch_size * job.most, len(job.recipes)
    parameters = sum(a * b + b for a, b in pairwise(widths))
    private = 64 if job.recipes[0].dp else 0
    bytes_each = 4 * (parameters * (8 + private) + 4 * batch * sum(widths) + 256 * 2 * batch)
    fits = int(budget * 2**30 / _cores() / bytes_each)
    if fits < 1:
        v.fail("budget", budget, f"must hold one model on each of {_cores()} cores: about "
               f"{_cores() * bytes_each / 2**30:.2g} GB")
    most = max(1, min(fits, k, ROWS // batch))
    return min(range(math.ceil(most / 2), most + 1), key=lambda g: (math.ceil(math.ceil(k / g) / _cores()) * g, -g))
