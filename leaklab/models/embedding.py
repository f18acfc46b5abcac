"""The embedding of a recognizer: what it computes of a photograph just before it names anybody."""

import hashlib
from typing import Any

import numpy as np

from leaklab import _validate as v
from leaklab.models.inputs import Inputs


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
        self._body = tf.keras.Model(model.inputs, dense[-1].input)
        if not self._body.weights:
            v.fail("model", model.name, "has no hidden layer, so the vector would be the photograph itself",
                   "Take a recipe with hidden layers, such as MLP.")
        self.inputs = Inputs(tuple(model.inputs[0].shape[1:]), model.inputs[0].dtype.name)
        self.width = int(np.prod(self._body.output_shape[1:]))

    def __call__(self, images: Any) -> np.ndarray:
        """Vectors of length 1 (n, width), float32; of length 0 where no unit of the layer answers."""
        images = self.inputs.check(images, "images")
        found = self._body.predict_on_batch(images).reshape(len(images), -1)
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), np.finfo(np.float32).tiny)

    def parameters(self) -> list[np.ndarray]:
        """Copies of the weights: all that a file of it holds."""
        return self._body.get_weights()

    @property
    def digest(self) -> str:
        """SHA-256 of the weights: the same digest, the same file."""
        found = hashlib.sha256()
        for weights in self.parameters():
            found.update(weights.tobytes())
        return found.hexdigest()
