"""Recipes: how a model is trained, as frozen settings. The victim's recipe also serves the adversary."""

from collections.abc import Callable
from dataclasses import dataclass

import tensorflow as tf

from leaklab import _validate as v
from leaklab.training.recipe import Recipe, glorot

layers = tf.keras.layers


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
            layers.Dense(v.integer("hidden", width), activation=self.activation, kernel_initializer=glorot(seeds),
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
            body += [layers.Conv2D(channels, 3, padding="same", activation="relu", kernel_initializer=glorot(seeds),
                                   kernel_regularizer=self._decay()), layers.AveragePooling2D()]
        return [*body, layers.Flatten(), layers.Dense(self.dense, activation="relu", kernel_initializer=glorot(seeds),
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
