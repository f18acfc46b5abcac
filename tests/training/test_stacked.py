"""The stack: each model as if trained alone; private steps by an independent oracle; groups, budgets, refusals."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_privacy.privacy.keras_models.dp_keras_model import DPModel

from leaklab._validate import Refused
from leaklab.privacy import Batches
from leaklab.training import CNN, DPSGD, MLP, SoftmaxRegression, fit_many, fit_stack, halves, stacked
from leaklab.training.stack_plan import drawn

PLAIN = [
    MLP(hidden=(16, 8), epochs=4, batch_size=16, weight_decay=1e-3),
    MLP(hidden=(12,), activation="tanh", optimizer="sgd", learning_rate=0.1, epochs=4, batch_size=16, label_noise=0.2),
    SoftmaxRegression(epochs=4, batch_size=16, learning_rate=0.01),
]


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(160, 6)).astype(np.float32)
    return x, (x[:, 0] + rng.normal(size=160) > 0).astype(int) + (x[:, 1] > 1)


def uneven(k=5):
    trained_on = halves(k, 160, rng=1)
    trained_on[1] = np.arange(160) < 70  # another number of batches an epoch, and a short last batch
    return trained_on


@pytest.mark.parametrize("recipe", PLAIN, ids=repr)
def test_each_model_is_the_one_that_keras_trains_alone(recipe, table):
    """Same start, same batches, same optimiser: equal weights after 20 steps."""
    (x, y), trained_on = table, uneven()
    assert recipe.epochs * -(-trained_on.sum(axis=1).min() // 16) >= 20
    trained = recipe.fit_many(x, y, trained_on, rng=3)
    for j, rng in enumerate(np.random.default_rng(3).spawn(len(trained_on))):
        alone = recipe.fit(x[trained_on[j]], y[trained_on[j]], rng=rng, classes=3)
        for expected, found in zip(alone.get_weights(), trained[j].get_weights(), strict=True):
            np.testing.assert_allclose(found, expected, atol=1e-5)


def test_scores_are_the_models_own_answers(table):
    x, y = table
    trained = PLAIN[0].fit_many(x, y, uneven(), rng=0)
    scores = trained.probabilities(x)
    assert scores.shape == (5, 160, 3) and scores.dtype == np.float32
    for j, model in enumerate(trained):
        np.testing.assert_allclose(scores[j], model(x), atol=1e-6)


def test_how_the_work_is_grouped_changes_nothing(table, monkeypatch):
    x, y = table
    recipe = MLP(hidden=(8,), dp=DPSGD(1.0, batches=Batches(80, 32, 8)))
    trained_on, results = halves(7, 160, rng=0), []
    for rows in (32, 96, 1024):
        monkeypatch.setattr(stacked, "ROWS", rows)
        results.append(fit_stack([recipe] * 7, x, y, trained_on, classes=3, rng=5).models.weights)
    for other in results[1:]:
        for a, b in zip(results[0], other, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-5)


def test_settings_may_differ_from_model_to_model(table):
    (x, y), trained_on = table, halves(4, 160, rng=0)
    base = PLAIN[0]
    recipes = [base, replace(base, learning_rate=0.01), replace(base, epochs=1), replace(base, weight_decay=0.1)]
    together = fit_stack(recipes, x, y, trained_on, rng=0)
    for j, rng in enumerate(np.random.default_rng(0).spawn(4)):
        alone = recipes[j].fit(x[trained_on[j]], y[trained_on[j]], rng=rng, classes=3)
        np.testing.assert_allclose(together.models.weights[0][j], alone.get_weights()[0], atol=1e-5)


def test_dropout_drops_its_share_and_keeps_the_mean():
    """A linear network of ones, no step: the average over many masks of what the logits receive."""
    from leaklab.training.stack_step import _masks
    weights = [tf.ones((2, 3, 500)), None, tf.ones((2, 500, 2)), None]
    (mask,) = _masks(weights, tf.zeros((2, 40), tf.int32), 0.3, tf.constant([1, 2]), 0)
    assert float(tf.reduce_mean(tf.cast(mask == 0, tf.float32))) == pytest.approx(0.3, abs=5 * np.sqrt(0.21 / 40_000))
    assert float(tf.reduce_mean(mask)) == pytest.approx(1, abs=5 * np.sqrt(0.21 / 40_000) / 0.7)
    assert not np.array_equal(mask[0], mask[1])


def test_dropout_trains(table):
    x, y = table
    recipe = MLP(hidden=(32,), dropout=0.5, epochs=30, batch_size=16, learning_rate=0.01)
    scores = recipe.fit_many(x, y, np.ones((2, 160), bool), rng=0).probabilities(x)
    assert (scores.argmax(axis=2) == y).mean() > 0.75


# Private

@pytest.mark.parametrize("hidden", [(), (5,), (6, 4)], ids=str)
@pytest.mark.parametrize("clip", [0.3, 1e6])
def test_a_private_step_without_noise_is_tensorflow_privacys(hidden, clip, table):
    x, y = table
    recipe = MLP(hidden=hidden, activation="tanh", optimizer="sgd", learning_rate=1.0,
                 dp=DPSGD(0.0, clip, Batches(160, 160, 1)))
    trained = fit_stack([recipe] * 2, x, y, np.ones((2, 160), bool), classes=3, rng=0)
    for j, rng in enumerate(np.random.default_rng(0).spawn(2)):
        model = recipe.build((6,), 3, rng=rng)
        private = DPModel(inputs=model.inputs, outputs=model.get_layer("logits").output, l2_norm_clip=clip,
                          noise_multiplier=0.0, use_xla=False)
        private.compile(tf.keras.optimizers.SGD(1.0), tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        private.train_step((tf.constant(x), tf.constant(y)))
        for expected, found in zip(model.get_weights(), trained[j].get_weights(), strict=True):
            np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_norms_are_those_of_each_examples_gradient(table):
    from leaklab.training.stack_step import STACKABLE, _clipped, _errors
    x, y = (a[:9] for a in table)
    model = MLP(hidden=(5, 4), activation="tanh").build((6,), 3, rng=0)
    logits = tf.keras.Model(model.inputs, model.get_layer("logits").output)
    with tf.GradientTape() as tape:
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits(x))
    rows = [tf.reshape(j, (9, -1)) for j in tape.jacobian(losses, logits.trainable_variables)]
    norms = np.linalg.norm(np.concatenate(rows, axis=1), axis=1)
    weights = [w[None] if w.ndim == 2 else w[None, None] for w in model.get_weights()]
    inputs, errors = _errors(tf.constant(x[None]), tf.constant(y[None]), [tf.constant(w) for w in weights],
                             [None, None], *STACKABLE["tanh"], each=1.0)
    clipped = _clipped(inputs, errors, tf.ones((1, 9, 1), bool), tf.constant([0.01]), 1)[1]
    np.testing.assert_allclose(0.01 * errors[0][0, :, 0] / clipped[0][0, :, 0], norms, rtol=1e-5)


def test_noise_has_the_promised_scale_in_every_layer_and_model():
    """No gradient reaches a first kernel where x = 0; there one SGD step of rate 1 is pure noise. The last layer's
    gradients are clipped to nothing. Each deviation within 5 standard errors; each model by its own multiplier."""
    n, batch = 64, 16
    x, y = np.zeros((n, 50), np.float32), np.arange(n) % 2
    plan = Batches.over_epochs(n, size=batch, epochs=1)
    recipes = [MLP(hidden=(40,), optimizer="sgd", learning_rate=1.0, dp=DPSGD(noise / 1e-6, 1e-6, plan))
               for noise in (1.0, 3.0)]
    trained = fit_stack(recipes, x, y, np.ones((2, n), bool), classes=2, rng=0)
    for j, rng in enumerate(np.random.default_rng(0).spawn(2)):
        start = recipes[j].start((50, 40, 2), rng)
        steps = n // batch
        for before, after in zip(start[::2], trained.models.weights[::2], strict=True):
            moved = np.ravel(after[j] - before)
            scale = (1.0, 3.0)[j] * np.sqrt(steps) / batch
            assert moved.std() == pytest.approx(scale, rel=5 / np.sqrt(2 * moved.size))
            assert abs(moved.mean()) < 5 * scale / np.sqrt(moved.size)


def test_poisson_batches_are_binomial():
    recipe = MLP(dp=DPSGD(1.0, batches=Batches(1000, 50, 800)))
    sizes = np.concatenate([(drawn(recipe, None, 1000, 1, rng) >= 0).sum(axis=1)
                            for rng in np.random.default_rng(0).spawn(3)])
    assert sizes.mean() == pytest.approx(50, abs=5 * np.sqrt(47.5 / len(sizes)))
    assert sizes.var() == pytest.approx(47.5, rel=5 * np.sqrt(2 / len(sizes)))


def test_the_plan_is_used_whatever_the_table_holds(table):
    """Models of 40 to 100 rows by a plan for 80: as many steps, at the same rate (5 standard errors of the mean)."""
    x, y = table
    recipe = MLP(hidden=(4,), dp=DPSGD.for_epsilon(4.0, Batches(80, 16, 60), delta=1e-3))
    steps = {}
    def watch(step, models, weights):
        steps.setdefault(models.start, []).append(step)
    recipe.fit_many(x, y, uneven(), classes=3, rng=0)
    fit_stack([recipe] * 5, x, y, uneven(), classes=3, rng=0, watch=watch)
    assert all(seen == list(range(61)) for seen in steps.values())
    for n in (79, 80, 81):
        mean = np.mean((drawn(recipe, None, n, 1, np.random.default_rng(n)) >= 0).sum(axis=1))
        assert mean == pytest.approx(n / 5, abs=5 * np.sqrt(n * 0.16 / 60))


def test_fixed_batches_want_the_planned_number_of_records(table):
    recipe = MLP(hidden=(4,), dp=DPSGD(1.0, batches=Batches(80, 16, 6, "fixed")))
    recipe.fit_many(*table, halves(2, 160, rng=0), classes=3, rng=0)
    with pytest.raises(Refused, match="the number of units is public"):
        recipe.fit_many(*table, uneven(), classes=3, rng=0)


# Around it

def test_a_watcher_sees_every_step_of_every_model(table):
    x, y = table
    recipe = SoftmaxRegression(epochs=2, batch_size=40, optimizer="sgd", learning_rate=0.1)
    seen = {}
    def watch(step, models, weights):
        seen.setdefault(models.start, []).append((step, [w.copy() for w in weights]))
    trained = fit_stack([recipe] * 3, x, y, halves(3, 160, rng=0), rng=0, watch=watch)
    assert sum(len(steps[0][1][0]) for steps in seen.values()) == 3
    for first, steps in seen.items():
        assert [step for step, _ in steps] == [0, 1, 2, 3, 4]
        for last, whole in zip(steps[-1][1], trained.models.weights, strict=True):
            np.testing.assert_array_equal(last, whole[first:first + len(last)])


def test_progress_counts_all_steps_and_can_stop(table):
    x, y = table
    calls = []
    PLAIN[0].fit_many(x, y, uneven(), rng=0, progress=lambda *a: calls.append(a))
    assert calls[-1][0] == calls[-1][1] == sum(4 * -(-n // 16) for n in uneven().sum(axis=1))
    def stop(done, total, message):
        raise KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        replace(PLAIN[0], epochs=100).fit_many(x, y, uneven(), rng=0, progress=stop)


def test_memory_decides_the_size_of_a_group(table, monkeypatch):
    x, y = table
    monkeypatch.setattr(stacked, "_cores", lambda: 2)
    job = stacked._Job((MLP(hidden=(512, 512), batch_size=16),) * 64, x, y, np.ones((64, 160), bool), 3, [], None)
    assert stacked._group_size(job, 0.05) < stacked._group_size(job, 1.0) <= 64
    with pytest.raises(ValueError, match=r"budget=0.0001: must hold one model"):
        stacked._group_size(job, 1e-4)


@pytest.mark.parametrize(("recipes", "message"), [
    ([PLAIN[0], PLAIN[1]], "must be alike in dense_only"),
    ([PLAIN[0], replace(PLAIN[0], batch_size=8)], "must be alike in batch_size"),
    ([PLAIN[2], replace(PLAIN[2], epochs=None, dp=DPSGD(1.0, batches=Batches(80, PLAIN[2].batch_size, 5)))],
     "all private or none"),
    ([CNN(), CNN()], "cannot be stacked"),
    ([MLP(activation="elu")] * 2, "cannot be stacked"),
    ([PLAIN[0]], "trained_on has shape"),
])
def test_refusals(recipes, message, table):
    with pytest.raises(ValueError, match=message):
        fit_stack(recipes, *table, np.ones((2, 160), bool), rng=0)


@pytest.mark.parametrize(("trained_on", "message"), [
    (np.ones((2, 160)) / 2, "trained_on=0.5"), (np.ones((2, 10), bool), "trained_on has shape"),
    (np.zeros((2, 160), bool), "at least one record"),
])
def test_a_bad_mask_is_refused(trained_on, message, table):
    with pytest.raises(ValueError, match=message):
        fit_many([PLAIN[0]] * 2, *table, trained_on, rng=0)
