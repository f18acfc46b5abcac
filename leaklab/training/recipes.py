"""Recipes: how a model is trained, as frozen settings. The victim's recipe also serves the adversary."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import tensorflow as tf

from leaklab import _validate as v
from leaklab.privacy import Guarantee
from leaklab.training.dpsgd import DPSGD, draw, private_step, steps_of
from leaklab.training.ensemble import Ensemble
from leaklab.training.many import fit_many

layers = tf.keras.layers
OPTIMIZERS = {"adam": tf.keras.optimizers.Adam, "sgd": tf.keras.optimizers.SGD}


@dataclass(frozen=True, kw_only=True)
class Recipe(ABC):
    """Settings of a classifier and its training; `fit` trains a Keras model that answers class probabilities.

    Parameters
    ----------
    epochs, batch_size : int
        Passes over the data, and examples in a batch.
    learning_rate : float
    optimizer : {"adam", "sgd"}
    weight_decay : float
        Coefficient of the penalty on squared kernel weights, added to the loss.
    dropout : float
        Share of the last hidden activations dropped in training, in [0, 1).
    label_noise : float
        Share of the labels replaced by another class before training, in [0, 1).
    dp : DPSGD, optional
        Train privately. Then batches are drawn as ``dp.sampling`` says, instead of by shuffling.
    """

    epochs: int = 50
    batch_size: int = 64
    learning_rate: float = 1e-3
    optimizer: str = "adam"
    weight_decay: float = 0.0
    dropout: float = 0.0
    label_noise: float = 0.0
    dp: DPSGD | None = None

    def __post_init__(self):
        v.integer("epochs", self.epochs)
        v.integer("batch_size", self.batch_size)
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
        head = layers.Dense(classes, name="logits", kernel_initializer=_start(seeds), kernel_regularizer=self._decay())
        return tf.keras.Sequential([layers.Input(shape), *body, head, layers.Softmax(name="softmax")])

    def start(self, widths: tuple[int, ...], rng: np.random.Generator) -> list[np.ndarray]:
        """The weights that `build` starts from with the same ``rng``: kernels (in, out) and biases (1, out)."""
        seeds, weights = _seeds(rng), []
        for layer, shape in enumerate(pairwise(widths), start=2):
            if self.dropout and layer == len(widths):
                next(seeds)  # what the dropout layer takes
            weights += [_start(seeds)(shape).numpy(), np.zeros((1, shape[1]), np.float32)]
        return weights

    def noisy_labels(self, y: np.ndarray, classes: int, rng: np.random.Generator) -> np.ndarray:
        """The labels trained on: each, with probability ``label_noise``, replaced by another class."""
        if not self.label_noise:
            return y
        return np.where(rng.random(len(y)) < self.label_noise, (y + rng.integers(1, classes, len(y))) % classes, y)

    def fit(self, x, y, *, rng, classes: int | None = None, progress: v.Progress | None = None) -> tf.keras.Model:
        """Train on ``x`` (n, ...) float and ``y`` (n,) whole numbers from 0.

        Parameters
        ----------
        x, y : array
            Inputs, and the class of each.
        rng : int or numpy.random.Generator
            Decides the start, the batches and the noise: the same ``rng`` gives the same model.
        classes : int, optional
            Number of classes when some have no example; ``y.max() + 1`` when left out.
        progress : callable, optional
            ``progress(step, steps, message)`` about once an epoch; it may raise to stop the training.

        Returns
        -------
        tensorflow.keras.Model
            Answers probabilities ``(n, classes)``.

        Raises
        ------
        ValueError
            On input that is empty, not finite or of unequal length, and (``Refused``) when private training would draw
            other batches than its noise was solved for.
        """
        x = v.array("x", x)
        y = v.labels("y", y, length=len(x), classes=classes)
        rng, classes = v.generator(rng), classes or int(y.max()) + 1
        y = self.noisy_labels(y, classes, rng)
        model = self.build(x.shape[1:], classes, rng=rng)
        step = self._private_step(model, len(x), rng) if self.dp else self._plain_step(model)
        if self.dp:
            steps = steps_of(len(x), self.batch_size, self.epochs)
        else:
            steps = self.epochs * -(-len(x) // self.batch_size)
        every = max(1, steps // self.epochs)
        for done, rows in enumerate(self._batches(len(x), steps, rng), start=1):
            step(x[rows], y[rows])
            if progress and (done % every == 0 or done == steps):
                progress(done, steps, "training")
        return model

    def fit_many(self, x, y, keep, *, rng, classes: int | None = None, executor: Executor | None = None,
                 progress: v.Progress | None = None) -> Ensemble:
        """Train a model on each subset of the records; see `leaklab.training.fit_many`."""
        return fit_many([self] * len(keep), x, y, keep, rng=rng, classes=classes, executor=executor, progress=progress)

    def guarantee(self, records: int, *, delta: float = 1e-5) -> Guarantee:
        """The differential privacy of `fit` on this many records; refused for a recipe without ``dp``."""
        if self.dp is None:
            raise v.Refused("dp=None: a recipe without DP-SGD guarantees nothing. Set dp=DPSGD(...).")
        return self.dp.guarantee(records=records, batch_size=self.batch_size, epochs=self.epochs, delta=delta)

    def _batches(self, n: int, steps: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
        if self.dp:
            for _ in range(steps):
                yield draw(n, self.batch_size, self.dp.sampling, rng)
            return
        for _ in range(self.epochs):
            order = rng.permutation(n)
            yield from (order[i:i + self.batch_size] for i in range(0, n, self.batch_size))

    def _private_step(self, model: tf.keras.Model, n: int, rng: np.random.Generator) -> Callable:
        v.integer("batch_size", self.batch_size, high=n, remedy="A private batch is drawn from the records.")
        self.dp.check_plan(n, self.batch_size, self.epochs)
        return private_step(_logits(model), self._optimizer(), self.dp, self.batch_size, int(rng.integers(2**31)))

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


@dataclass(frozen=True, kw_only=True)
class SoftmaxRegression(Recipe):
    """Multinomial logistic regression: one dense layer from the pixels or features to the classes."""

    @property
    def dense_only(self):
        return (), "linear"

    def hidden_layers(self, shape, seeds):
        return [layers.Flatten()]


@dataclass(frozen=True, kw_only=True)
class MLP(Recipe):
    """Dense hidden layers of the given widths.

    Parameters
    ----------
    hidden : tuple of int
        Width of each hidden layer.
    activation : str
        A Keras activation, such as ``"relu"`` or ``"tanh"``.
    """

    hidden: tuple[int, ...] = (64, 64)
    activation: str = "relu"

    @property
    def dense_only(self):
        return tuple(self.hidden), self.activation

    def hidden_layers(self, shape, seeds):
        return [layers.Flatten(), *(
            layers.Dense(v.integer("hidden", width), activation=self.activation, kernel_initializer=_start(seeds),
                         kernel_regularizer=self._decay()) for width in self.hidden)]


@dataclass(frozen=True, kw_only=True)
class CNN(Recipe):
    """Convolutions of 3 x 3 with 2 x 2 average pooling, then a dense layer, for grey images ``(height, width)``.

    Parameters
    ----------
    filters : tuple of int
        Channels of each convolution.
    dense : int
        Width of the dense layer after them.
    """

    filters: tuple[int, ...] = (16, 32)
    dense: int = 128

    def hidden_layers(self, shape, seeds):
        if len(shape) != 2:
            v.fail("shape", shape, "a CNN takes grey images (n, height, width)")
        body = [layers.Reshape((*shape, 1))]
        for channels in self.filters:
            body += [layers.Conv2D(channels, 3, padding="same", activation="relu", kernel_initializer=_start(seeds),
                                   kernel_regularizer=self._decay()), layers.AveragePooling2D()]
        return [*body, layers.Flatten(), layers.Dense(self.dense, activation="relu", kernel_initializer=_start(seeds),
                                                      kernel_regularizer=self._decay())]


@dataclass(frozen=True, kw_only=True)
class Network(Recipe):
    """A Keras network of any shape: your layers, then the logits.

    Parameters
    ----------
    body : callable
        ``body(shape, seeds) -> list of Keras layers``; take ``next(seeds)`` for each initializer that wants a seed.
        Define it in a module if models are to be trained in other processes.
    """

    body: Callable

    def hidden_layers(self, shape, seeds):
        return list(self.body(shape, seeds))


def _logits(model: tf.keras.Model) -> tf.keras.Model:
    """The same model, same weights, up to the layer before the softmax."""
    return tf.keras.Model(model.inputs, model.get_layer("logits").output)


def _seeds(rng: np.random.Generator) -> Iterator[int]:
    while True:
        yield int(rng.integers(2**31))


def _start(seeds: Iterator[int]) -> tf.keras.initializers.Initializer:
    return tf.keras.initializers.GlorotUniform(seed=next(seeds))
