"""A compiled Keras model of one's own trains like the recipes of the package: seeded, untouched, many at once."""

import numpy as np
import pytest
import tensorflow as tf
from sklearn.naive_bayes import GaussianNB

from leaklab.access import BlackBox
from leaklab.data import load_patients
from leaklab.experiments.turns import take_turns
from leaklab.training import Compiled

layers = tf.keras.layers
X = np.random.default_rng(0).normal(size=(90, 4)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)


def compiled(last, loss, width=4, optimizer="adam"):
    model = tf.keras.Sequential([layers.Input((width,)), layers.Dense(6, "relu"), layers.BatchNormalization(),
                                 layers.Dropout(0.1), *last])
    model.compile(optimizer, loss)
    return model


KINDS = {
    "sparse": ([layers.Dense(2, "softmax")], "sparse_categorical_crossentropy", "auto"),
    "one hot": ([layers.Dense(2, "softmax")], tf.keras.losses.CategoricalCrossentropy(), "auto"),
    "one unit": ([layers.Dense(1, "sigmoid")], "binary_crossentropy", "auto"),
    "logits": ([layers.Dense(2)], tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), "logits"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_learns_from_a_fresh_start_as_its_seed_says(kind):
    last, loss, answers = KINDS[kind]
    model = compiled(last, loss, optimizer=tf.keras.optimizers.Adam(0.02))
    before = model.get_weights()
    recipe = Compiled(model=model, epochs=15, batch_size=16, answers=answers)
    first, again, other = (recipe.fit(X, Y, rng=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(first.get_weights(), again.get_weights(), strict=True))
    assert not np.array_equal(first.get_weights()[0], other.get_weights()[0])
    assert float(first.optimizer.learning_rate) == pytest.approx(0.02)
    assert (BlackBox(first, answers=answers).labels(X) == Y).mean() > 0.85


def test_many_are_those_of_one_by_one():
    recipe = Compiled(model=compiled([layers.Dense(2)], KINDS["logits"][1]), epochs=2, answers="logits")
    trained_on = np.arange(90) % 3 != np.arange(3)[:, None]
    trained = recipe.fit_many(X, Y, trained_on, rng=5)
    alone = recipe.fit(X[trained_on[1]], Y[trained_on[1]], rng=np.random.default_rng(5).spawn(3)[1])
    np.testing.assert_allclose(trained.probabilities(X)[1], tf.nn.softmax(alone(X)), atol=1e-6)


def test_callbacks_are_copied_and_progress_may_stop():
    stop = tf.keras.callbacks.EarlyStopping(monitor="loss", patience=0, min_delta=10)
    recipe = Compiled(model=compiled(*KINDS["sparse"][:2]), epochs=50, callbacks=[stop])
    seen = []
    recipe.fit(X, Y, rng=0, progress=lambda done, total, message: seen.append((done, total)))
    assert seen == [(1, 50), (2, 50)] and stop.model is None

    def halt(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recipe.fit(X, Y, rng=0, progress=halt)


@pytest.mark.parametrize("make", [
    lambda width: Compiled(model=compiled(*KINDS["one unit"][:2], width=width), epochs=1),
    lambda width: compiled(*KINDS["sparse"][:2], width=width), lambda width: GaussianNB()],
    ids=["recipe", "model", "estimator"])
def test_whatever_trains_takes_turns(make):
    patients = load_patients("synthetic").sample(80, rng=0)
    assert take_turns(patients, make(patients.x.shape[1]), models=4, rng=0).scores("LiRA").shape == (4, 80)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: tf.keras.Sequential([layers.Dense(2)]), "must be a compiled Keras model"),
    (lambda: Compiled, "must be a compiled Keras model"),
    (lambda: _subclassed(), "a subclassed model cannot be cloned")])
def test_refusals(make, message):
    with pytest.raises(ValueError, match=message):
        Compiled(model=make())


def _subclassed():
    model = type("Mine", (tf.keras.Model,), {"call": lambda self, x: x})()
    model.compile("adam", "mse")
    return model
