"""Whatever the layers and the data: one unit moves a private step by at most the clipping norm, or it is refused."""

from functools import cache

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leaklab._validate import Refused
from leaklab.privacy import Batches
from leaklab.training import DPSGD, MLP, Network, SoftmaxRegression
from leaklab.training.private_step import private_step
from leaklab.training.stacked import _Job

layers = tf.keras.layers
CLIP, WIDTH, CASES = 0.5, 6, 25
ROUNDING = 2e-4  # relative, of sums of float32


@tf.keras.utils.register_keras_serializable("tests")
class Centred(layers.Layer):
    """A layer of one's own that mixes the rows it sees, in training and after."""

    def call(self, x):
        return x - tf.reduce_mean(x, axis=0, keepdims=True)


class Scaled(layers.Layer):
    """A layer of one's own, with weights and random numbers."""

    def build(self, shape):
        self.scale = self.add_weight("scale", (shape[-1],), initializer="ones")

    def call(self, x, training=None):
        return x * self.scale * (1 + tf.random.normal(tf.shape(x)) if training else 1)


class Hidden(layers.Layer):
    """A layer of one's own around another."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def call(self, x, training=None):
        return self.inner(x, training=training)


class Counting(layers.Layer):
    """A layer of one's own that writes down what it saw."""

    def build(self, shape):
        self.seen = self.add_weight("seen", (), trainable=False, initializer="zeros")

    def call(self, x, training=None):
        if training:
            self.seen.assign_add(tf.reduce_sum(x))
        return x


class Penalized(layers.Layer):
    """A layer of one's own with a loss of its own, in training alone."""

    def call(self, x, training=None):
        if training:
            self.add_loss(tf.reduce_mean(x**2))
        return x


PRIVATE = {  # layers from and to (rows, 6)
    "dense": lambda: layers.Dense(WIDTH, activation="relu"),
    "tanh": lambda: layers.Dense(WIDTH, activation="tanh"),
    "mixing activation": lambda: layers.Dense(WIDTH, activation=lambda x: x - tf.reduce_max(x, axis=0)),
    "dropout": lambda: layers.Dropout(0.8),
    "noise": lambda: layers.GaussianNoise(1.0),
    "gaussian dropout": lambda: layers.GaussianDropout(0.5),
    "layer norm": lambda: layers.LayerNormalization(),
    "unit norm": lambda: layers.UnitNormalization(),
    "convolution": lambda: tf.keras.Sequential([layers.Reshape((WIDTH, 1)), layers.Conv1D(2, 3, activation="relu"),
                                                layers.Flatten(), layers.Dense(WIDTH)]),
    "nested": lambda: tf.keras.Sequential([layers.Dense(WIDTH), layers.Dropout(0.5), layers.LayerNormalization()]),
    "mixing": Centred,
    "own, random": Scaled,
    "own, around": lambda: Hidden(layers.Dropout(0.5)),
    "frozen batch norm": lambda: layers.BatchNormalization(trainable=False),
}
REFUSED = {
    "batch norm": layers.BatchNormalization,
    "batch norm, nested": lambda: tf.keras.Sequential([layers.Dense(WIDTH), layers.BatchNormalization()]),
    "batch norm, in a layer of one's own": lambda: Hidden(layers.BatchNormalization()),
    "batch norm, twice nested": lambda: tf.keras.Sequential([Hidden(tf.keras.Sequential([
        layers.BatchNormalization()]))]),
    "spectral norm": lambda: layers.SpectralNormalization(layers.Dense(WIDTH)),
    "counting": Counting,
    "kernel regularizer": lambda: layers.Dense(WIDTH, kernel_regularizer="l2"),
    "activity regularizer": lambda: layers.Dense(WIDTH, activity_regularizer="l1"),
    "regularizer, nested": lambda: Hidden(tf.keras.Sequential([layers.Dense(WIDTH, bias_regularizer="l2")])),
    "loss of its own": Penalized,
}


def network(parts):
    """Layers by name, from (rows, 6) to three logits."""
    tf.keras.utils.set_random_seed(0)
    model = tf.keras.Sequential([layers.Input((WIDTH,)), *({**PRIVATE, **REFUSED}[name]() for name in parts),
                                 layers.Dense(3)])
    return tf.keras.Model(model.inputs, model.outputs)


def flat(tensors):
    return np.concatenate([np.ravel(t) for t in tensors])


class Mover:
    """One noiseless SGD step of learning rate 1 from the same weights, again and again."""

    def __init__(self, parts, most):
        self.logits = network(parts)
        self.start = self.logits.get_weights()
        self.step = private_step(self.logits, tf.keras.optimizers.SGD(1.0), DPSGD(0.0, CLIP), 1, 7, most)

    def __call__(self, x, y, used):
        self.logits.set_weights(self.start)
        self.step(x, y, used)
        moved = flat(self.start) - flat(self.logits.get_weights())
        frozen = {id(w) for w in self.logits.trainable_variables}
        for w, old in zip(self.logits.weights, self.start, strict=True):
            assert id(w) in frozen or np.array_equal(w.numpy(), old)
        return moved


@cache
def movers(parts, most):
    """Two networks alike, down to their random numbers: as many calls to one as to the other."""
    return Mover(parts, most), Mover(parts, most)


def unruly(rng, shape):
    """Rows of very different size, now and then one too large for its gradient to be finite."""
    x = rng.normal(size=shape) * 10.0 ** rng.integers(-2, 4, shape[:-1])[..., None]
    x[rng.random(shape[:-1]) < 0.1] = 3e38
    return x.astype(np.float32)


@settings(max_examples=24, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(parts=st.lists(st.sampled_from(sorted(PRIVATE)), min_size=1, max_size=3).map(tuple),
       most=st.sampled_from([1, 3]))
def test_one_unit_moves_a_step_by_at_most_the_clip(parts, most):
    """24 networks, 25 cases of each: a step with a unit, and the same step without (its rows not counted)."""
    rng, (whole, without) = np.random.default_rng(len(parts)), movers(parts, most)
    for _ in range(CASES):
        x, y = unruly(rng, (5, most, WIDTH)), rng.integers(0, 3, (5, most))
        used = rng.integers(1, most + 1, 5)
        left = rng.integers(5)
        difference = whole(x, y, used) - without(x, y, np.where(np.arange(5) == left, 0, used))
        assert np.isfinite(difference).all()
        assert np.linalg.norm(difference) <= CLIP * (1 + ROUNDING) + 1e-5


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_shown_to_be_private_is_refused(name):
    with pytest.raises(Refused, match=r"writes state in training|adds a loss of its own|cannot be traced"):
        Mover((name,), 1)


@pytest.mark.parametrize("name", REFUSED)
def test_recipes_refuse_it_too(name):
    def body(shape, seeds):
        return [({**PRIVATE, **REFUSED})[name]()]

    recipe = Network(body=body, dp=DPSGD(1.0, batches=Batches(12, 4, 2)))
    with pytest.raises(Refused):
        recipe.fit(np.zeros((12, WIDTH)), np.arange(12) % 2, classes=2, rng=0)


def test_state_written_behind_the_graphs_back_is_noticed():
    """By a Python function that the traced program only calls: found when the weights are compared after training."""
    def body(shape, seeds):
        counter = Counting()
        counter.build(shape)
        outer = layers.Lambda(lambda x: tf.ensure_shape(tf.py_function(
            lambda row: counter.seen.assign_add(1.0) * 0 + row, [x], tf.float32), x.shape))
        holder = Hidden(outer)
        holder.counter = counter
        return [holder]

    recipe = Network(body=body, optimizer="sgd", dp=DPSGD(1.0, batches=Batches(12, 12, 2)))
    with pytest.raises(Refused, match="training changed 'seen"):
        recipe.fit(np.zeros((12, WIDTH)), np.arange(12) % 2, classes=2, rng=0)


# The stack -----------------------------------------------------------------------------------------------------------

STACKS = {  # recipe settings, rows a person
    "softmax": (SoftmaxRegression, {}, 1),
    "relu": (MLP, {"hidden": (5,)}, 1),
    "tanh, two layers": (MLP, {"hidden": (5, 4), "activation": "tanh"}, 1),
    "sigmoid, dropout": (MLP, {"hidden": (8,), "activation": "sigmoid", "dropout": 0.8}, 1),
    "softmax, people": (SoftmaxRegression, {}, 3),
    "relu, dropout, people": (MLP, {"hidden": (6,), "dropout": 0.5}, 4),
}


@pytest.mark.parametrize("name", STACKS)
def test_one_unit_moves_a_stacked_step_by_at_most_the_clip(name):
    """100 pairs of models a kind: all of some units in one batch, and the same without the last of them."""
    kind, chosen, most = STACKS[name]
    rng, pairs, units = np.random.default_rng(1), 100, 12
    x, y = unruly(rng, (units * most, WIDTH)), rng.integers(0, 3, units * most)
    person = np.repeat(np.arange(units), most) if most > 1 else None
    whole = rng.random((pairs, units)) < 0.6
    whole[:, 0] = whole[:, 1] = True
    last = whole & (np.cumsum(whole[:, ::-1], axis=1)[:, ::-1] == 1)
    trained_on = np.stack([whole, whole & (np.cumsum(last, axis=1) == 0)], axis=1).reshape(2 * pairs, units)
    trained_on = np.repeat(trained_on, most, axis=1)
    plan = Batches(units, units, 1, unit="person" if most > 1 else "record")
    recipe = kind(**chosen, optimizer="sgd", learning_rate=1.0, dp=DPSGD(0.0, CLIP, plan))
    seen = {}
    job = _Job((recipe,) * (2 * pairs), x, y, trained_on, 3, [np.random.default_rng(i // 2) for i in range(2 * pairs)],
               lambda step, models, weights: seen.setdefault((step, models.start), (models, weights)),
               person)
    job.run(50, None)
    moved = np.zeros((2 * pairs, sum(w[0].size for w in seen[0, 0][1])))
    for (step, _), (models, weights) in seen.items():
        moved[models] += (1 if step == 0 else -1) * np.concatenate([w.reshape(len(w), -1) for w in weights], axis=1)
    moved *= units  # a step is the sum over the size of the batch
    assert np.isfinite(moved).all() and (np.abs(moved) > 0).any()
    assert np.linalg.norm(moved[::2] - moved[1::2], axis=1).max() <= CLIP * (1 + ROUNDING) + 1e-5


# Oracles -------------------------------------------------------------------------------------------------------------


def jacobian(logits, x, y):
    """Each row's own gradient, one at a time: (n, parameters)."""
    rows = []
    for i in range(len(x)):
        with tf.GradientTape() as tape:
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(y[i:i + 1], logits(x[i:i + 1]))
        rows.append(flat(tape.gradient(loss, logits.trainable_variables)))
    return np.stack(rows)


@pytest.mark.parametrize("parts", [("tanh",), ("convolution", "layer norm")], ids=str)
def test_a_persons_whole_pull_is_clipped(parts):
    """Against the Jacobian: rows summed by person first, then clipped; some people pull less than the clip."""
    rng, move = np.random.default_rng(0), Mover(parts, 4)
    x, y = rng.normal(size=(9, 4, WIDTH)).astype(np.float32), rng.integers(0, 3, (9, 4))
    used = rng.integers(0, 5, 9)
    x *= np.float32(10.0 ** rng.integers(-2, 2, 9))[:, None, None]
    logits = network(parts)
    total, norms = 0, []
    for rows, labels, count in zip(x, y, used, strict=True):
        pull = jacobian(logits, rows[:count], labels[:count]).sum(axis=0) if count else 0 * move.start[0].sum()
        norms.append(np.linalg.norm(pull))
        total = total + pull * min(1, CLIP / max(norms[-1], 1e-30))
    assert min(norms) < CLIP < max(norms)
    np.testing.assert_allclose(move(x, y, used), total, atol=1e-5)


def test_people_in_fit_and_in_the_stack_alike():
    """Rows of unequal number, at most two of each person's, in any order: the same models to rounding."""
    rng = np.random.default_rng(0)
    person = rng.permutation(np.repeat([f"id {i}" for i in range(20)], rng.integers(1, 5, 20)))
    x = rng.normal(size=(len(person), WIDTH)).astype(np.float32)
    y, trained_on = rng.integers(0, 2, len(person)), np.ones((2, len(person)), bool)
    for most in (None, 2):
        plan = Batches.over_epochs(20, size=6, epochs=4, unit="person", most=most)
        recipe = MLP(hidden=(5,), optimizer="sgd", learning_rate=0.5, dp=DPSGD(0.0, CLIP, plan))
        stack = recipe.fit_many(x, y, trained_on, classes=2, person=person, rng=np.random.default_rng(3))
        for own, rngs in zip(stack, np.random.default_rng(3).spawn(2), strict=True):
            alone = recipe.fit(x, y, classes=2, person=person, rng=rngs)
            np.testing.assert_allclose(flat(own.get_weights()), flat(alone.get_weights()), atol=1e-5)


def test_the_step_of_one_record_with_dropout_is_at_most_its_clip():
    """Clipping by the norm of one pass what another pass with another mask gives moved it by up to 0.74."""
    recipe = MLP(hidden=(64,), dropout=0.9, optimizer="sgd", learning_rate=1.0, epochs=1, batch_size=1,
                 dp=DPSGD(0.0, clip=0.1))
    for seed in range(5):
        rng = np.random.default_rng(seed)
        x, start = rng.normal(size=(1, 20)), recipe.build((20,), 2, rng=np.random.default_rng(seed)).get_weights()
        moved = flat(recipe.fit(x, [0], classes=2, rng=seed).get_weights()) - flat(start)
        assert np.linalg.norm(moved) <= 0.1 * (1 + ROUNDING)


@pytest.mark.parametrize("value", [3e38, -3e38, 1e25])
@pytest.mark.parametrize("recipe", [
    SoftmaxRegression, MLP, lambda **named: MLP(dropout=0.5, **named),
    lambda **named: Network(body=lambda shape, seeds: [layers.LayerNormalization()], **named)],
    ids=["softmax", "dense", "dropout", "network"])
def test_a_gradient_that_is_not_finite_counts_as_nothing(recipe, value):
    """One wild record among twenty: the weights stay finite in fit and in the stack, as they are without it."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 4)).astype(np.float32), np.arange(20) % 2
    x[7] = value
    private = recipe(optimizer="sgd", dp=DPSGD(10.0, batches=Batches(20, 10, 4)))
    models = [private.fit(x, y, classes=2, rng=0),
              private.fit_many(x, y, np.ones((1, 20), bool), classes=2, rng=0)[0]]
    for model in models:
        assert np.isfinite(flat(model.get_weights())).all()
