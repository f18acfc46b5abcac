"""DP-SGD: clipping by hand, noise by its variance, sampling as accounted, and refusals."""

import numpy as np
import pytest
import tensorflow as tf

from leaklab._validate import Refused
from leaklab.training import CNN, DPSGD, MLP
from leaklab.training.dpsgd import draw, private_step, steps_of

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


def update(network, x, y, dp, batch_size, seed=0):
    """How one private SGD step of learning rate 1 moves the weights."""
    before = flat(network.get_weights())
    private_step(network, tf.keras.optimizers.SGD(1.0), dp, batch_size, seed)(x, y)
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
    moved = update(network, x, y, DPSGD(noise, clip), batch_size)[:36 * 400]  # kernel: no gradient where x = 0
    scale = noise * clip / batch_size
    assert moved.std() == pytest.approx(scale, rel=5 / np.sqrt(2 * len(moved)))
    assert abs(moved.mean()) < 5 * scale / np.sqrt(len(moved))


def test_noise_is_fresh_at_every_step(network):
    dp, empty = DPSGD(1.0), (np.zeros((0, 6, 6), np.float32), np.zeros(0, int))
    step = private_step(network, tf.keras.optimizers.SGD(1.0), dp, 4, seed=3)
    moves = []
    for _ in range(2):
        before = flat(network.get_weights())
        step(*empty)
        moves.append(flat(network.get_weights()) - before)
    assert abs(np.corrcoef(*moves)[0, 1]) < 5 / np.sqrt(len(moves[0]))


def test_poisson_batches_are_binomial_and_fixed_batches_fixed():
    rng = np.random.default_rng(0)
    sizes = np.array([len(draw(1000, 50, "poisson", rng)) for _ in range(2000)])
    assert sizes.mean() == pytest.approx(50, abs=5 * np.sqrt(47.5 / 2000))
    assert sizes.var() == pytest.approx(47.5, rel=5 * np.sqrt(2 / 2000))
    fixed = draw(1000, 50, "fixed", rng)
    assert len(fixed) == len(set(fixed)) == 50


@pytest.mark.parametrize("recipe", [
    MLP(hidden=(4,), epochs=2, batch_size=8, dp=DPSGD(1.0)),
    CNN(filters=(2,), dense=4, epochs=2, batch_size=8, dp=DPSGD(1.0, sampling="fixed")),
], ids=repr)
def test_same_rng_same_private_model(recipe):
    rng = np.random.default_rng(0)
    x, y = rng.random((32, 6, 6)).astype(np.float32), np.arange(32) % 3
    first, again, other = (recipe.fit(x, y, rng=seed).get_weights() for seed in (1, 1, 2))
    np.testing.assert_array_equal(flat(first), flat(again))
    assert not np.array_equal(flat(first), flat(other))


def test_no_global_seed_is_set():
    rng = np.random.default_rng(0)
    x, y = rng.random((32, 4)).astype(np.float32), np.arange(32) % 2
    draws = []
    for _ in range(2):
        MLP(hidden=(4,), epochs=1, batch_size=8, dp=DPSGD(1.0)).fit(x, y, rng=0)
        draws.append(tf.random.normal([8]).numpy())
    assert not np.array_equal(*draws)


def test_for_epsilon_plans_and_the_plan_is_held():
    dp = DPSGD.for_epsilon(2.0, delta=1e-5, records=2000, batch_size=256, epochs=20)
    recipe = MLP(epochs=20, batch_size=256, dp=dp)
    assert recipe.guarantee(2000).epsilon == pytest.approx(2.0, rel=0.01)
    assert recipe.guarantee(2000).steps == steps_of(2000, 256, 20) == 156
    x = np.zeros((1000, 4), np.float32)
    with pytest.raises(Refused, match="the noise was solved for"):
        recipe.fit(x, np.arange(1000) % 2, rng=0)
    with pytest.raises(Refused, match="the noise was solved for"):
        MLP(epochs=40, batch_size=256, dp=dp).guarantee(2000)


def test_batch_normalisation_is_refused():
    model = tf.keras.Sequential([tf.keras.layers.Input((4,)), tf.keras.layers.BatchNormalization(),
                                 tf.keras.layers.Dense(2)])
    with pytest.raises(Refused, match="BatchNormalization"):
        private_step(tf.keras.Model(model.inputs, model.outputs), tf.keras.optimizers.SGD(), DPSGD(1.0), 4, 0)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: DPSGD(-1.0), "noise_multiplier=-1.0"),
    (lambda: DPSGD(1.0, clip=0), "clip=0"),
    (lambda: DPSGD(1.0, sampling="shuffle"), "Shuffled epochs"),
    (lambda: MLP(dp=DPSGD(1.0), weight_decay=0.1), "not supported together with dp"),
    (lambda: MLP(dp=DPSGD(1.0), batch_size=64).fit(np.zeros((8, 2)), np.arange(8) % 2, rng=0), "batch_size=64"),
])
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
