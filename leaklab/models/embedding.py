"""The embedding of a recognizer: what it computes of a photograph just before it names anybody."""

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from leaklab import _validate as v
from leaklab.models.inputs import Inputs

TINY = float(np.finfo(np.float32).tiny)


class Embedding:
    """A Keras classifier without its last dense layer: a photograph becomes a vector of length 1.

    The classes that it was trained on are gone with that layer, so it serves for people whom it never saw, who are told
    apart by the angle between their vectors.

    Parameters
    ----------
    model : tensorflow.keras.Model
        Sequential or functional, such as a recipe's ``fit`` returns, with at least one hidden layer that has weights.

    Attributes
    ----------
    inputs : Inputs
        What it takes.
    width : int
        Numbers in a vector.
    """

    def __init__(self, model: Any):
        import tensorflow as tf  # so that who needs no embedding does not wait for it

        if not isinstance(model, tf.keras.Model) or not getattr(model, "inputs", None):
            v.fail("model", type(model).__name__, "must be a Keras model that was built, sequential or functional",
                   "For example MLP().fit(x, y, rng=0).")
        dense = [layer for layer in model.layers if isinstance(layer, tf.keras.layers.Dense)]
        if not dense:
            v.fail("model", model.name, "has no dense layer to take off")
        self._take(tf.keras.Model(model.inputs, dense[-1].input))
        if not self._body.weights:
            v.fail("model", model.name, "has no hidden layer, so the vector would be the photograph itself",
                   "Take a recipe with hidden layers, such as MLP.")

    def _take(self, body: Any) -> None:
        self._body = body
        self.inputs = Inputs(tuple(body.inputs[0].shape[1:]), body.inputs[0].dtype.name)
        self.width = int(np.prod(body.output_shape[1:]))

    def __call__(self, images: Any) -> np.ndarray:
        """Vectors of length 1 (n, width), float32; of length 0 where no unit of the layer answers."""
        images = self.inputs.check(images, "images")
        return unit(self._body.predict_on_batch(images).reshape(len(images), -1))

    def template(self, images: Any) -> np.ndarray:
        """What stands for a person: the mean of the vectors of some photographs, at length 1 again; (width,)."""
        return unit(self(images).mean(axis=0))

    def gradient(self, images: Any, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How near each photograph is to a vector of its own, and how to change it to come nearer.

        Parameters
        ----------
        images : array (n, *shape)
        targets : array (n, width)
            Of any length, which scales both answers.

        Returns
        -------
        similarity : float32 (n,)
            The inner product of the photograph's vector with its target: the cosine, where that has length 1.
        gradient : float32 (n, *shape)
        """
        images = self.inputs.check(images, "images")
        targets = v.array("targets", targets, ndim=2, length=len(images))
        if targets.shape[1] != self.width:
            raise ValueError(f"targets has shape {targets.shape}: must be (n, {self.width}).")
        similarity, gradient = self._slope(images, targets)
        return similarity.numpy(), gradient.numpy()

    @cached_property
    def _slope(self):
        import tensorflow as tf

        batch = tf.TensorSpec([None, *self.inputs.shape], self.inputs.dtype)

        @tf.function(autograph=False, input_signature=[batch, tf.TensorSpec([None, self.width], tf.float32)])
        def slope(images, targets):
            with tf.GradientTape() as tape:
                tape.watch(images)
                found = tf.reshape(self._body(images, training=False), [-1, self.width])
                similarity = tf.reduce_sum(tf.math.l2_normalize(found, axis=1) * targets, axis=1)
            return similarity, tape.gradient(similarity, images)

        return slope

    def with_templates(self, templates: np.ndarray, temperature: float) -> Any:
        """A Keras model: softmax over the similarities to ``templates`` (k, width), divided by ``temperature``."""
        import tensorflow as tf

        layers = tf.keras.layers
        head = layers.Dense(len(templates), use_bias=False, name="logits")
        stack = [layers.Flatten(), layers.UnitNormalization(), head, layers.Softmax(name="softmax")]
        model = tf.keras.Sequential([layers.Input(self.inputs.shape), self._body, *stack])
        head.set_weights([np.asarray(templates, np.float32).T / temperature])
        return model

    def parameters(self) -> list[np.ndarray]:
        """Copies of the weights: all that a file of it holds."""
        return self._body.get_weights()

    @property
    def digest(self) -> str:
        """SHA-256 of the weights: the same digest, the same weights."""
        found = hashlib.sha256()
        for weights in self.parameters():
            found.update(weights.tobytes())
        return found.hexdigest()

    def save(self, path: str | Path) -> None:
        """Write it as an ``.npz`` without pickles: layers as JSON, weights in 16 bits; the same bytes each time."""
        from leaklab.models.embedding_file import write

        write(Path(path), self._body)

    @classmethod
    def load(cls, path: str | Path) -> "Embedding":
        """What `save` wrote; a file with any other kind of layer, which might run code, is refused."""
        from leaklab.models.embedding_file import read

        loaded = cls.__new__(cls)
        loaded._take(read(Path(path)))
        return loaded


def unit(vectors: np.ndarray) -> np.ndarray:
    """Each (..., width) at length 1; zeros stay.

    >>> unit(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), TINY)
