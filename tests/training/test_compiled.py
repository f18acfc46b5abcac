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


def pictures():
    model = tf.keras.Sequential([layers.Input((6, 6, 1)), layers.RandomFlip(seed=3), layers.RandomRotation(0.1),
                                 layers.Rescaling(1 / 255), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(2)])
    model.compile("adam", tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def test_augmented_pictures_train_as_the_seed_says():
    x, recipe = np.random.default_rng(0).uniform(0, 255, (20, 6, 6, 1)), Compiled(model=pictures(), epochs=2)
    for a, b in zip(*(recipe.fit(x, Y[:20], rng=1).get_weights() for _ in range(2)), strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_training_does_not_change_is_kept():
    norm, inner = layers.Normalization(), tf.keras.Sequential([layers.Input((4,)), layers.Dense(5), layers.Dense(3)])
    norm.adapt(X * 9 + 50)
    inner.trainable = False
    model = tf.keras.Sequential([layers.Input((4,)), norm, inner, layers.Dense(2), layers.Dense(2, trainable=False)])
    model.compile("adam", KINDS["logits"][1])
    recipe = Compiled(model=model, epochs=1, answers="logits")
    fresh, trained = recipe.build((4,), 2, rng=0), recipe.fit(X, Y, rng=0)
    for own, new, after in zip(model.layers, fresh.layers, trained.layers, strict=True):
        frozen = own is norm or not own.trainable
        assert frozen == all(np.array_equal(a, b) for a, b in zip(own.get_weights(), after.get_weights(), strict=True))
        assert new.trainable == own.trainable and len(after.trainable_weights) == len(own.trainable_weights)
    assert not np.array_equal(model.layers[2].get_weights()[0], fresh.layers[2].get_weights()[0])
    assert len(recipe.fit_many(X, Y, np.ones((2, 90), bool), rng=0)) == 2


# The recipe of a trained model

@pytest.mark.parametrize("optimizer", ["adam", tf.keras.optimizers.legacy.SGD(), tf.keras.optimizers.SGD(
    tf.keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5), momentum=0.9)], ids=["adam", "legacy", "schedule"])
@pytest.mark.parametrize(("epochs", "size"), [(1, 90), (4, 32), (7, 16)])
def test_the_epochs_of_a_trained_model_are_counted(optimizer, epochs, size):
    model = compiled(*KINDS["sparse"][:2], optimizer=type(optimizer).from_config(optimizer.get_config()) if hasattr(
        optimizer, "get_config") else optimizer)
    model.fit(X, Y, batch_size=size, epochs=epochs, verbose=0)
    recipe = Compiled.like(model, 90, size)
    assert (recipe.epochs, recipe.batch_size) == (epochs, size) and "rounded" not in recipe.assumed
    assert f"epochs={epochs}: the model has seen {int(model.optimizer.iterations)} batches" in recipe.assumed
    clone = recipe.fit(X, Y, rng=0)
    assert int(clone.optimizer.iterations) == int(model.optimizer.iterations), "a fresh start, of the same length"
    assert "rounded" in Compiled.like(model, 10**6, size).assumed


def test_like_refuses_what_nobody_knows():
    model = compiled(*KINDS["sparse"][:2])
    with pytest.raises(ValueError, match=r"iterations=0: does not say how long.*epochs="):
        Compiled.like(model, 90)
    model.fit(X, Y, verbose=0)
    for wrong in ({"rows": 0}, {"rows": 9.5}, {"rows": 90, "batch_size": 0}):
        with pytest.raises(ValueError, match=f"{list(wrong)[-1]}="):
            Compiled.like(model, **wrong)


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
    (lambda: Compiled, "must be a compiled Keras model"), (lambda: _restored(), "must be a compiled Keras model"),
    (lambda: _subclassed(), "a subclassed model cannot be cloned")])
def test_refusals(make, message):
    with pytest.raises(ValueError, match=message):
        Compiled(model=make())


def _subclassed():
    model = type("Mine", (tf.keras.Model,), {"call": lambda self, x: x})()
    model.compile("adam", "mse")
    return model


def _restored():
    """What Keras makes of a SavedModel that it does not compile: an optimizer, and no loss."""
    model = tf.keras.Sequential([layers.Input((2,)), layers.Dense(2)])
    model.optimizer = tf.keras.optimizers.Adam()
    return model
