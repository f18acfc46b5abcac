"""The embedding is the model's own last hidden layer, and refuses what has none."""

import numpy as np
import pytest
import tensorflow as tf

from leaklab.models import Embedding
from leaklab.training import CNN, MLP, SoftmaxRegression

RNG = np.random.default_rng(0)
IMAGES = RNG.random((12, 8, 8)).astype("f4")
PERSON = np.arange(12) % 3


def fit(recipe):
    return recipe.fit(IMAGES, PERSON, rng=0)


@pytest.mark.parametrize("recipe, width", [
    (MLP(hidden=(9, 7), activation="tanh", epochs=2), 7), (CNN(filters=(4,), dense=5, epochs=2), 5),
    (MLP(hidden=(6,), dropout=0.5, epochs=2), 6)], ids=["MLP", "CNN", "dropout"])
def test_it_is_what_the_last_layer_reads(recipe, width):
    model = fit(recipe)
    embedding = Embedding(model)
    found = embedding(IMAGES)
    assert embedding.width == width and found.shape == (12, width) and embedding.inputs.shape == (8, 8)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    kernel, bias = model.get_layer("logits").get_weights()
    hidden = tf.keras.Model(model.inputs, model.get_layer("logits").input)(IMAGES).numpy()
    assert np.allclose(tf.nn.softmax(hidden @ kernel + bias), model(IMAGES), atol=1e-5)
    assert np.allclose(found, hidden / np.linalg.norm(hidden, axis=1, keepdims=True), atol=1e-5)
    assert sum(w.size for w in embedding.parameters()) == model.count_params() - kernel.size - bias.size


def test_by_hand():
    model = tf.keras.Sequential([tf.keras.layers.Input((2,)), tf.keras.layers.Dense(2, "relu"),
                                 tf.keras.layers.Dense(3, "softmax")])
    model.layers[0].set_weights([np.array([[3.0, 0], [0, 4]]), np.zeros(2)])
    assert np.allclose(Embedding(model)([[1, 1], [-1, -1]]), [[0.6, 0.8], [0, 0]]), "no unit answers: no direction"


def test_the_digest_tells_one_network_from_another():
    recipe = MLP(hidden=(6,), epochs=1)
    one, again, other = (Embedding(recipe.fit(IMAGES, PERSON, rng=seed)) for seed in (0, 0, 1))
    assert one.digest == again.digest != other.digest and len(one.digest) == 64


@pytest.mark.parametrize("make, told", [
    (lambda: Embedding(fit(SoftmaxRegression(epochs=1))), "no hidden layer"),
    (lambda: Embedding(lambda x: x), "must be a Keras model"),
    (lambda: Embedding(tf.keras.Sequential([tf.keras.layers.Input((2,)), tf.keras.layers.Softmax()])), "no dense"),
    (lambda: Embedding(fit(MLP(hidden=(6,), epochs=1)))(np.zeros((2, 9, 9))), "images"),
    (lambda: Embedding(fit(MLP(hidden=(6,), epochs=1)))(np.zeros((0, 8, 8))), "images"),
])
def test_refusals(make, told):
    with pytest.raises(ValueError, match=told):
        make()
