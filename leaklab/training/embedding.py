"""How the network of a gallery is trained: to tell many people apart by angles, and so others too."""

from collections.abc import Iterator

import tensorflow as tf

from leaklab.training.recipe import glorot
from leaklab.training.recipes import Network

layers = tf.keras.layers
FILTERS, WIDTH, SHARPNESS = (16, 32, 64, 64), 64, 16.0
PEOPLE, PHOTOGRAPHS, SEED = 400, 8, 2026
"""Whom the bundled network learned from: ``load_faces("synthetic", people=..., photographs=..., rng=SEED)``."""


def angular_body(shape: tuple[int, ...], seeds: Iterator[int]) -> list:
    """Convolutions, then a linear layer whose output is brought to one length, so that only its direction tells."""
    body = [layers.Reshape((*shape, 1))]
    for channels in FILTERS:
        body += [layers.Conv2D(channels, 3, padding="same", activation="relu", kernel_initializer=glorot(seeds)),
                 layers.AveragePooling2D()]
    return [*body, layers.Flatten(), layers.Dense(WIDTH, kernel_initializer=glorot(seeds)),
            layers.UnitNormalization(), layers.Rescaling(SHARPNESS)]


EMBEDDER = Network(body=angular_body, epochs=15, batch_size=32)
"""The recipe of the bundled network. Its last layer, which names the people it learned from, is not shipped."""
