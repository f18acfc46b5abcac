"""DP-SGD: clipping by hand, noise by its variance, sampling as accounted, and refusals."""

import numpy as np
import pytest
import tensorflow as tf

from leaklab._validate import Refused
from leaklab.privacy import Batches
from leaklab.training import CNN, DPSGD, MLP
from leaklab.training.private_step import private_step

PLAN, PEOPLE = Batches(32, 8, 8), Batches(4, 2, 3, unit="person")
NETWORKS = {  # the first is clipped by tensorflow-privacy's fast path, the second by its general one
    "dense": lambda: tf.keras.Sequential([tf.keras.layers.Input((6, 6)), tf.keras.layers.Flatten(),
                                          tf.keras.layers.Dense(5, activation="tanh"), tf.keras.layers.Dense(3)]),
    "convolution": lambda: tf.keras.Sequential([tf.keras.layers.Input((6, 6)), tf.keras.layers.Reshape((6, 6, 1)),
                                                tf.keras.layers.Conv2D(2, 3, activation="tanh"),
                                                tf.keras.layers.Flatten(), tf.keras.layers.Dense(3)]),
}


@pytest.fixture(params=NETWORKS)
def network(request):
    tf.keras.utils.set_random_seed(0)
    model = NETWORKS[request.param]()
    return tf.keras.Model(model.inputs, model.outputs)


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    return rng.normal(size=(12, 6, 6)).astype(np.float32), rng.integers(0, 3, 12)


def example_gradients(network, x, y):
    """Every example's own gradient, one at a time, flattened: (n, parameters)."""
    rows = []
    for i in range(len(x)):
        with tf.GradientTape() as tape:
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(y[i:i + 1], network(x[i:i + 1]))
        rows.append(flat(tape.gradient(loss, network.trainable_variables)))
    return np.stack(rows)


def flat(tensors):
    return np.concatenate([np.ravel(t) for t in tensors])


def units(x, y):
    """Each row a unit of its own."""
    return x[:, None], y[:, None], np.ones(len(x), int)


def update(network, x, y, dp, batch_size, seed=0):
    """How one private SGD step of learning rate 1 moves the weights."""
    before = flat(network.get_weights())
    private_step(network, tf.keras.optimizers.SGD(1.0), dp, batch_size, seed)(*units(x, y))
    return flat(network.get_weights()) - before


def test_without_noise_and_clipping_a_private_step_is_the_plain_step(network, batch):
    plain = -example_gradients(network, *batch).mean(axis=0)
    np.testing.assert_allclose(update(network, *batch, DPSGD(0.0, clip=1e6), batch_size=12), plain, atol=1e-6)


@pytest.mark.parametrize("clip", [0.3, 1.0])
def test_clipping_is_by_each_examples_own_norm(network, batch, clip):
    gradients = example_gradients(network, *batch)
    norms = np.linalg.norm(gradients, axis=1)
    assert (norms > clip).any()
    clipped = gradients * np.minimum(1, clip / norms)[:, None]
    moved = update(network, *batch, DPSGD(0.0, clip), batch_size=12)
    np.testing.assert_allclose(moved, -clipped.mean(axis=0), atol=1e-6)


def test_the_sum_is_divided_by_the_expected_batch_size(network, batch):
    """Else the size of a Poisson batch, which depends on who is in the data, would leak."""
    x, y = batch
    expected = -example_gradients(network, x, y).sum(axis=0) / 5
    np.testing.assert_allclose(update(network, x, y, DPSGD(0.0, clip=1e6), batch_size=5), expected, atol=1e-6)


@pytest.mark.parametrize("rows", [0, 12])
def test_noise_has_the_promised_scale(batch, rows):
    """At a point without gradients the update is pure noise: its deviation is noise * clip / batch_size, within 5
    standard errors of a sample deviation. An empty batch adds its noise too."""
    model = tf.keras.Sequential([tf.keras.layers.Input((6, 6)), tf.keras.layers.Flatten(), tf.keras.layers.Dense(400)])
    network = tf.keras.Model(model.inputs, model.outputs)
    x, y = np.zeros((rows, 6, 6), np.float32), np.zeros(rows, int)
    noise, clip, batch_size = 2.0, 0.5, 10
    moved = update(network, x, y, DPSGD(noise, clip, PLAN), batch_size)[:36 * 400]  # kernel: no gradient where x = 0
    scale = noise * clip / batch_size
    assert moved.std() == pytest.approx(scale, rel=5 / np.sqrt(2 * len(moved)))
    assert abs(moved.mean()) < 5 * scale / np.sqrt(len(moved))


def test_noise_is_fresh_at_every_step(network):
    dp, empty = DPSGD(1.0, batches=PLAN), units(np.zeros((0, 6, 6), np.float32), np.zeros(0, int))
    step = private_step(network, tf.keras.optimizers.SGD(1.0), dp, 4, seed=3)
    moves = []
    for _ in range(2):
        before = flat(network.get_weights())
        step(*empty)
        moves.append(flat(network.get_weights()) - before)
    assert abs(np.corrcoef(*moves)[0, 1]) < 5 / np.sqrt(len(moves[0]))


@pytest.mark.parametrize("recipe", [
    MLP(hidden=(4,), dp=DPSGD(1.0, batches=PLAN)),
    CNN(filters=(2,), dense=4, dp=DPSGD(1.0, batches=Batches(32, 8, 8, "fixed"))),
], ids=repr)
def test_same_rng_same_private_model(recipe):
    rng = np.random.default_rng(0)
    x, y = rng.random((32, 6, 6)).astype(np.float32), np.arange(32) % 3
    first, again, other = (recipe.fit(x, y, classes=3, rng=seed).get_weights() for seed in (1, 1, 2))
    np.testing.assert_array_equal(flat(first), flat(again))
    assert not np.array_equal(flat(first), flat(other))


def test_no_global_seed_is_set():
    rng = np.random.default_rng(0)
    x, y = rng.random((32, 4)).astype(np.float32), np.arange(32) % 2
    draws = []
    for _ in range(2):
        MLP(hidden=(4,), dp=DPSGD(1.0, batches=PLAN)).fit(x, y, classes=2, rng=0)
        draws.append(tf.random.normal([8]).numpy())
    assert not np.array_equal(*draws)


def test_the_plan_is_stated_beforehand_and_held():
    dp = DPSGD.for_epsilon(2.0, Batches.over_epochs(2000, size=256, epochs=20), delta=1e-5)
    recipe = MLP(epochs=20, batch_size=256, dp=dp)
    assert recipe.guarantee().epsilon == pytest.approx(2.0, rel=0.01)
    assert recipe.plan(1999) == recipe.plan(2001) == dp.batches and dp.batches.steps == 156
    assert MLP(dp=dp).batch_size == 256
    for wrong in ({"epochs": 40}, {"batch_size": 128}):
        with pytest.raises(Refused, match="the promised epsilon would not hold"):
            MLP(**wrong, dp=dp)


def test_a_training_is_as_long_for_one_record_more():
    """Steps read off the table told ten records from eleven: with the plan, both trainings are of 200 steps."""
    recipe = MLP(hidden=(2,), dp=DPSGD(10.0, batches=Batches.over_epochs(10, size=1, epochs=20)))
    calls = []
    for n in (10, 11):
        recipe.fit(np.zeros((n, 4)), np.arange(n) % 2, classes=2, rng=0, progress=lambda *call: calls.append(call))
        assert calls[-1][:2] == (200, 200)


def test_what_the_promise_does_not_cover_is_printed_with_it():
    recipe = MLP(dp=DPSGD(1.0, batches=PLAN))
    assert "Caveat: tuned here." in str(recipe.guarantee(caveats=("tuned here",)))


def test_batch_normalisation_is_refused():
    model = tf.keras.Sequential([tf.keras.layers.Input((4,)), tf.keras.layers.BatchNormalization(),
                                 tf.keras.layers.Dense(2)])
    with pytest.raises(Refused, match="BatchNormalization"):
        private_step(tf.keras.Model(model.inputs, model.outputs), tf.keras.optimizers.SGD(), DPSGD(0.0), 4, 0)


def fit(plan, **more):
    recipe = MLP(hidden=(2,), dp=DPSGD(1.0, batches=plan))
    return recipe.fit(np.zeros((8, 2)), np.arange(8) % 2, classes=2, rng=0, **more)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: DPSGD(-1.0), "noise_multiplier=-1.0"),
    (lambda: DPSGD(1.0, clip=0), "clip=0"),
    (lambda: DPSGD(1.0), "states its plan before it sees the table"),
    (lambda: DPSGD(1.0, batches=(32, 8, 8)), "must be a Batches"),
    (lambda: DPSGD(0.0).guarantee(delta=1e-5), "without noise and plan there is no guarantee"),
    (lambda: MLP(dp=DPSGD(1.0, batches=PLAN), weight_decay=0.1), "not supported together with dp"),
    (lambda: MLP(dp=DPSGD(1.0, batches=PLAN)).fit(np.zeros((8, 2)), np.zeros(8), rng=0),
     "classes=None: must be stated"),
    (lambda: MLP(dp=DPSGD(1.0, batches=PLAN)).fit_many(np.zeros((8, 2)), np.zeros(8), np.ones((2, 8), bool), rng=0),
     "classes=None: must be stated"),
    (lambda: CNN(dp=DPSGD(1.0, batches=PLAN)).fit_many(np.zeros((8, 9, 9)), np.zeros(8), np.ones((2, 8), bool), rng=0),
     "classes=None: must be stated"),
    (lambda: fit(PLAN, person=np.arange(8)), "the plan protects records"),
    (lambda: fit(PEOPLE), "person=None: is needed"),
    (lambda: fit(PEOPLE, person=[1, 2]), "must say whose row each of the 8 is"),
    (lambda: fit(Batches(9, 3, 4, "fixed")), "the table holds 8: fixed batches"),
])
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_private_models_that_cannot_be_trained_are_refused_before_the_first_is():
    """A fixed plan for 40 records, a second model of 30: known from trained_on, so no model is trained."""
    rng, trained_on = np.random.default_rng(0), np.zeros((2, 60), bool)
    trained_on[0, :40], trained_on[1, :30] = True, True
    recipe, calls = CNN(filters=(2,), dense=4, dp=DPSGD(1.0, batches=Batches(40, 8, 4, "fixed"))), []
    with pytest.raises(Refused, match="the table holds 30"):
        recipe.fit_many(rng.random((60, 8, 8)), np.arange(60) % 2, trained_on, classes=2, rng=0,
                        progress=lambda *call: calls.append(call))
    assert calls == []
