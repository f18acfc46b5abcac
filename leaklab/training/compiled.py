"""A compiled Keras model of one's own as a recipe: its layers, optimizer, loss and callbacks."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf

from leaklab import _validate as v
from leaklab.models import Trained
from leaklab.training.estimator import Estimator
from leaklab.training.many import fit_many


@dataclass(frozen=True, kw_only=True, eq=False)
class Compiled:
    """A recipe around a compiled Keras model; each model is trained by ``fit`` from a fresh start.

    Parameters
    ----------
    model : tensorflow.keras.Model
        Sequential or functional, compiled. It is cloned, and its own weights are left alone; clones start anew but for
        what training does not change: frozen layers, and what Normalization layers were adapted to.
    epochs, batch_size : int
    callbacks : sequence of tensorflow.keras.callbacks.Callback
        Each training gets its own copies.
    answers : {"auto", "probabilities", "logits"}
        What the model answers, where its last layer does not tell: see `leaklab.models.adapt`.
    assumed : str
        What `like` could not know, as sentences.

    Examples
    --------
    >>> layers = tf.keras.layers
    >>> model = tf.keras.Sequential([layers.Input((2,)), layers.Dense(1, "sigmoid")])
    >>> model.compile("adam", "binary_crossentropy")
    >>> trained = Compiled(model=model, epochs=2).fit_many(np.eye(2), [0, 1], np.ones((3, 2), bool), rng=0)
    >>> trained.probabilities(np.eye(2)).shape
    (3, 2, 2)
    """

    model: tf.keras.Model
    epochs: int = 10
    batch_size: int = 32
    callbacks: Sequence = ()
    answers: str = "auto"
    assumed: str = ""

    def __post_init__(self):
        if not isinstance(self.model, tf.keras.Model) or None in (self.model.optimizer, self.model.compiled_loss):
            v.fail("model", type(self.model).__name__, "must be a compiled Keras model", "Call its compile first.")
        if not self.model.inputs:
            v.fail("model", type(self.model).__name__, "must be Sequential or functional, and built: a subclassed "
                   "model cannot be cloned", "Write a recipe around what makes it: Network(body=...).")
        v.integer("epochs", self.epochs)
        v.integer("batch_size", self.batch_size)

    @classmethod
    def like(cls, model: tf.keras.Model, rows: int, batch_size: int = 32, *, answers: str = "auto") -> "Compiled":
        """The recipe of a trained model, such as `load_model` gives with ``compiled=True``.

        Parameters
        ----------
        model : tensorflow.keras.Model
            ``optimizer.iterations`` is the number of batches that it was trained on.
        rows : int
            How many records it was trained on.
        batch_size : int
        answers : str
            See `Compiled`.
        """
        recipe = cls(model=model, batch_size=batch_size, answers=answers)
        batches = int(model.optimizer.iterations)
        if not batches:
            v.fail("model.optimizer.iterations", batches, "does not say how long the model was trained",
                   "State it: Compiled(model=model, epochs=..., batch_size=...).")
        epochs = batches / -(-v.integer("rows", rows) // batch_size)
        whole = max(1, round(epochs))
        rounded = "" if whole == epochs else (f" That is {epochs:.2f} epochs, rounded, so the batch size or the number "
                                              "of records was probably another.")
        return replace(recipe, epochs=whole, assumed=(
            f"epochs={whole}: the model has seen {batches:,} batches, taken to be of {batch_size} of {rows:,} records."
            f"{rounded} Its training is taken to have begun with random weights, except in frozen layers, and to have "
            "had no callbacks."))

    def build(self, shape: tuple[int, ...], classes: int, *, rng) -> tf.keras.Model:
        """An untrained clone; whatever has a seed in its layers is given one of ``rng``."""
        rng = v.generator(rng)
        clone = tf.keras.models.clone_model(self.model, clone_function=lambda layer: type(layer).from_config(
            _seeded(layer.get_config(), rng)))
        for own, new in zip(self.model._flatten_layers(include_self=False), clone._flatten_layers(include_self=False),
                            strict=True):
            new.trainable = own.trainable  # which the settings of a model within a model leave out
            if not own.trainable or isinstance(own, tf.keras.layers.Normalization):
                new.set_weights(own.get_weights())
        clone.compile(type(self.model.optimizer).from_config(self.model.optimizer.get_config()), self.model.loss)
        return clone

    def fit(self, x, y, *, rng, classes: int | None = None, progress: v.Progress | None = None) -> tf.keras.Model:
        """Train on ``x`` (n, ...) and ``y`` (n,), whole numbers from 0; the same ``rng`` gives the same model."""
        x = v.array("x", x, dtype=self.model.inputs[0].dtype.as_numpy_dtype)
        y, rng = v.labels("y", y, length=len(x), classes=classes), v.generator(rng)
        model = self.build(x.shape[1:], classes or int(y.max()) + 1, rng=rng)
        target = np.eye(model.output_shape[-1], dtype=np.float32)[y] if _one_hot(self.model.loss) else y
        callbacks = [deepcopy(callback) for callback in self.callbacks]
        if progress:
            callbacks.append(tf.keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: progress(epoch + 1, self.epochs, "training")))
        model.fit(_Shuffled(x, target, self.batch_size, rng), epochs=self.epochs, callbacks=callbacks, shuffle=False,
                  verbose=0)
        return model

    def fit_many(self, x, y, trained_on, *, rng, classes: int | None = None, executor=None,
                 progress: v.Progress | None = None) -> Trained:
        """Train a model on each subset of the records; see `leaklab.training.fit_many`."""
        return fit_many([self] * len(trained_on), x, y, trained_on, rng=rng, classes=classes, executor=executor,
                        progress=progress)


class _Shuffled(tf.keras.utils.Sequence):
    """Batches in an order that ``rng`` draws anew for each epoch, and no global seed."""

    def __init__(self, x, y, size, rng):
        self._x, self._y, self._size, self._rng = x, y, size, rng
        self.on_epoch_end()

    def __len__(self):
        return -(-len(self._x) // self._size)

    def __getitem__(self, step):
        rows = self._order[step * self._size:(step + 1) * self._size]
        return self._x[rows], self._y[rows]

    def on_epoch_end(self):
        self._order = self._rng.permutation(len(self._x))


def _seeded(config: Any, rng: np.random.Generator) -> Any:
    """A layer's settings with every ``seed``, at any depth, drawn from ``rng``."""
    if isinstance(config, dict):
        return {key: int(rng.integers(2**31)) if key == "seed" else _seeded(value, rng)
                for key, value in config.items()}
    return [_seeded(value, rng) for value in config] if isinstance(config, list) else config


def _one_hot(loss: Any) -> bool:
    name = loss if isinstance(loss, str) else getattr(loss, "name", getattr(loss, "__name__", ""))
    return name in ("categorical_crossentropy", "CategoricalCrossentropy")


def as_recipe(trainer: Any) -> Any:
    """A recipe as it is; of a compiled Keras model, or a scikit-learn classifier, the recipe around it.

    Of a finished search for settings (``GridSearchCV``) the settings that it found are taken; models are trained with
    these, and none searches again.
    """
    if isinstance(trainer, tf.keras.Model):
        return Compiled(model=trainer)
    trainer = getattr(trainer, "best_estimator_", trainer)
    return Estimator(estimator=trainer) if hasattr(trainer, "fit") and hasattr(trainer, "predict") else trainer
