"""What all recipes share: how a Keras network is built and trained, plain or private, as frozen settings."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import tensorflow as tf

from leaklab import _validate as v
from leaklab.models import Trained
from leaklab.privacy import Batches, Guarantee
from leaklab.training.dpsgd import DPSGD
from leaklab.training.many import fit_many
from leaklab.training.private_step import private_step
from leaklab.training.units import check_person, count_classes, unit_rows

layers = tf.keras.layers
OPTIMIZERS = {"adam": tf.keras.optimizers.Adam, "sgd": tf.keras.optimizers.SGD}


@dataclass(frozen=True, kw_only=True)
class Recipe(ABC):
    """Settings of a classifier and its training; `fit` trains a Keras model that answers class probabilities.

    Parameters
    ----------
    epochs, batch_size : int
        Passes over the data, and examples in a batch; 50 and 64 when left out. A private recipe's plan says both.
    learning_rate : float
    optimizer : {"adam", "sgd"}
    weight_decay : float
        Coefficient of the penalty on squared kernel weights, added to the loss.
    dropout : float
        Share of the last hidden activations dropped in training, in [0, 1).
    label_noise : float
        Share of the labels replaced by another class before training, in [0, 1).
    dp : DPSGD, optional
        Train privately. Then batches are drawn by the plan ``dp.batches``, instead of by shuffling.
    """

    # None until __post_init__ has read the plan; epochs stays None where the plan counts steps.
    epochs: int = None  # type: ignore[assignment]
    batch_size: int = None  # type: ignore[assignment]
    learning_rate: float = 1e-3
    optimizer: str = "adam"
    weight_decay: float = 0.0
    dropout: float = 0.0
    label_noise: float = 0.0
    dp: DPSGD | None = None

    def __post_init__(self):
        plan = self.dp.batches if self.dp else None
        if plan is None:
            object.__setattr__(self, "epochs", v.integer("epochs", 50 if self.epochs is None else self.epochs))
        size = plan.size if plan else 64
        object.__setattr__(self, "batch_size", v.integer(
            "batch_size", size if self.batch_size is None else self.batch_size))
        if plan:
            self._hold(plan)
        v.number("learning_rate", self.learning_rate, low=0, open_low=True)
        v.one_of("optimizer", self.optimizer, OPTIMIZERS)
        v.number("weight_decay", self.weight_decay, low=0)
        v.number("dropout", self.dropout, low=0, high=1, open_high=True)
        v.number("label_noise", self.label_noise, low=0, high=1, open_high=True)
        if self.dp is not None and self.weight_decay:
            v.fail("weight_decay", self.weight_decay, "is not supported together with dp", "Set weight_decay=0.")

    @abstractmethod
    def hidden_layers(self, shape: tuple[int, ...], seeds: Iterator[int]) -> list:
        """Keras layers from an input of ``shape`` to the last hidden activations."""

    @property
    def dense_only(self) -> tuple[tuple[int, ...], str] | None:
        """Widths and activation of the hidden layers, where all layers are dense: such models train as a stack."""
        return None

    def build(self, shape: tuple[int, ...], classes: int, *, rng) -> tf.keras.Model:
        """An untrained model, ``(n, *shape)`` to probabilities ``(n, classes)``; last layers 'logits' and 'softmax'."""
        seeds = _seeds(v.generator(rng))
        body = self.hidden_layers(shape, seeds)
        if self.dropout:
            body.append(layers.Dropout(self.dropout, seed=next(seeds)))
        head = layers.Dense(classes, name="logits", kernel_initializer=glorot(seeds), kernel_regularizer=self._decay())
        return tf.keras.Sequential([layers.Input(shape), *body, head, layers.Softmax(name="softmax")])

    def start(self, widths: tuple[int, ...], rng: np.random.Generator) -> list[np.ndarray]:
        """The weights that `build` starts from with the same ``rng``: kernels (in, out) and biases (1, out)."""
        seeds, weights = _seeds(rng), []
        for layer, shape in enumerate(pairwise(widths), start=2):
            if self.dropout and layer == len(widths):
                next(seeds)  # what the dropout layer takes
            weights += [glorot(seeds)(shape).numpy(), np.zeros((1, shape[1]), np.float32)]
        return weights

    def noisy_labels(self, y: np.ndarray, classes: int, rng: np.random.Generator) -> np.ndarray:
        """The labels trained on: each, with probability ``label_noise``, replaced by another class."""
        if not self.label_noise:
            return y
        return np.where(rng.random(len(y)) < self.label_noise, (y + rng.integers(1, classes, len(y))) % classes, y)

    def fit(self, x, y, *, rng, classes: int | None = None, person=None,
            progress: v.Progress | None = None) -> tf.keras.Model:
        """Train on ``x`` (n, ...) float and ``y`` (n,) whole numbers from 0.

        Parameters
        ----------
        x, y : array
            Inputs, and the class of each.
        rng : int or numpy.random.Generator
            Decides the start, the batches and the noise: the same ``rng`` gives the same model.
        classes : int, optional
            Number of classes; ``y.max() + 1`` when left out, which private training refuses.
        progress : callable, optional
            ``progress(step, steps, message)`` about once an epoch; it may raise to stop the training.

        person : array (n,), optional
            Whose row each is, where the plan's unit is a person; any values.

        Returns
        -------
        tensorflow.keras.Model
            Answers probabilities ``(n, classes)``.

        Raises
        ------
        ValueError
            On input that is empty, not finite or of unequal length, on private training without ``classes``, and
            (``Refused``) on what cannot be shown to be private.
        """
        x = v.array("x", x)
        y = v.labels("y", y, length=len(x), classes=classes)
        rng, classes = v.generator(rng), count_classes(y, classes, private=self.dp is not None)
        y = self.noisy_labels(y, classes, rng)
        model = self.build(x.shape[1:], classes, rng=rng)
        if self.dp:
            self._train_privately(model, self.dp, x, y, person, rng, progress)
        else:
            self._train(model, x, y, rng, progress)
        return model

    def fit_many(self, x, y, trained_on, *, rng, classes: int | None = None, person=None,
                 executor: Executor | None = None, progress: v.Progress | None = None) -> Trained:
        """Train a model on each subset of the records; see `leaklab.training.fit_many`."""
        return fit_many([self] * len(trained_on), x, y, trained_on, rng=rng, classes=classes, person=person,
                        executor=executor, progress=progress)

    def guarantee(self, *, delta: float = 1e-5, caveats: tuple[str, ...] = ()) -> Guarantee:
        """The differential privacy of `fit`, whatever table it is given; refused for a recipe without ``dp``.

        Parameters
        ----------
        delta : float
        caveats : tuple of str
            What the promise does not cover, such as ``records.caveats``, or a setting chosen by looking at the data.
        """
        if self.dp is None:
            raise v.Refused("dp=None: a recipe without DP-SGD guarantees nothing. Set dp=DPSGD(...).")
        return self.dp.guarantee(delta=delta, caveats=caveats)

    def check(self, y: np.ndarray, classes: int | None, person=None) -> None:
        """Refuse, before any training, a table on which `fit` would stop; `leaklab.training.fit_many` asks for all."""
        if self.dp:
            count_classes(y, classes, private=True)
            whose = check_person(len(y), person, self.dp.batches or Batches(1, 1, 1))
            self.plan(len(y) if whose is None else len(np.unique(whose)))

    def plan(self, units: int) -> Batches:
        """The batches of private training on a table that holds ``units`` units: as stated, whatever it holds."""
        plan = self.dp.batches if self.dp else None
        if plan is None:  # without noise: nothing is promised
            return Batches.over_epochs(units, size=min(self.batch_size, units), epochs=self.epochs)
        plan.check(units)
        return plan

    def _hold(self, plan: Batches) -> None:
        """Refuse settings that contradict the plan for which the noise was solved."""
        if self.batch_size != plan.size:
            raise v.Refused(f"batch_size={self.batch_size}: the plan draws batches of {plan.size}, so the promised "
                            "epsilon would not hold. Leave batch_size out, or plan again.")
        if self.epochs is not None and round(self.epochs * plan.units / plan.size) != plan.steps:
            raise v.Refused(f"epochs={self.epochs}: the plan has {plan.steps} steps, so the promised epsilon would not "
                            "hold. Leave epochs out, or plan again.")

    def _train(self, model: tf.keras.Model, x, y, rng: np.random.Generator, progress) -> None:
        step, n = self._plain_step(model), len(x)
        steps = -(-n // self.batch_size)
        for epoch in range(1, self.epochs + 1):
            order = rng.permutation(n)
            for i in range(0, n, self.batch_size):
                step(x[order[i:i + self.batch_size]], y[order[i:i + self.batch_size]])
            if progress:
                progress(epoch * steps, self.epochs * steps, "training")

    def _train_privately(self, model: tf.keras.Model, dp: DPSGD, x, y, person, rng: np.random.Generator,
                         progress) -> None:
        seed = int(rng.integers(2**31))
        rows, used = unit_rows(len(x), person, dp.batches or Batches(1, 1, 1), rng)
        plan, before = self.plan(len(rows)), model.get_weights()
        step = private_step(_logits(model), self._optimizer(), dp, plan.size, seed, rows.shape[1])
        for done in range(1, plan.steps + 1):
            drawn = plan.draw(rng, len(rows))
            step(x[rows[drawn]], y[rows[drawn]], used[drawn])
            if progress and (done % max(1, plan.steps // 20) == 0 or done == plan.steps):
                progress(done, plan.steps, "training")
        trained = {id(w) for w in model.trainable_variables}
        for w, old in zip(model.weights, before, strict=True):
            if id(w) not in trained and not np.array_equal(w.numpy(), old, equal_nan=True):
                raise v.Refused(f"training changed {w.name!r}, which no private step may write. Leave that layer out.")

    def _plain_step(self, model: tf.keras.Model) -> Callable:
        logits, optimizer = _logits(model), self._optimizer()
        loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        optimizer.build(logits.trainable_variables)

        @tf.function(input_signature=[tf.TensorSpec([None, *logits.input_shape[1:]], tf.float32),
                                      tf.TensorSpec([None], tf.int64)])
        def step(x, y):
            with tf.GradientTape() as tape:
                objective = tf.add_n([loss(y, logits(x, training=True)), *logits.losses])
            optimizer.apply_gradients(zip(tape.gradient(objective, logits.trainable_variables),
                                          logits.trainable_variables, strict=True))

        return step

    def _optimizer(self) -> tf.keras.optimizers.Optimizer:
        return OPTIMIZERS[self.optimizer](self.learning_rate)

    def _decay(self):
        return tf.keras.regularizers.L2(self.weight_decay) if self.weight_decay else None


def _logits(model: tf.keras.Model) -> tf.keras.Model:
    """The same model, same weights, up to the layer before the softmax."""
    return tf.keras.Model(model.inputs, model.get_layer("logits").output)


def _seeds(rng: np.random.Generator) -> Iterator[int]:
    while True:
        yield int(rng.integers(2**31))


def glorot(seeds: Iterator[int]) -> tf.keras.initializers.Initializer:
    """Keras's usual start of a layer, from the next seed."""
    return tf.keras.initializers.GlorotUniform(seed=next(seeds))
