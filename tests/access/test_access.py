"""Access objects: what they offer, what they answer, what they count, what they refuse."""

import numpy as np
import pytest
import tensorflow as tf
from sklearn.linear_model import LogisticRegression

from leaklab._validate import Refused
from leaklab.access import BlackBox, LabelOnly, Metered, Offers, WhiteBox
from leaklab.training import CNN, MLP, SoftmaxRegression


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, 4)).astype(np.float32)
    return x, np.argmax(x[:, :3], axis=1)


@pytest.fixture(scope="module")
def model(data):
    return MLP(hidden=(6,), epochs=5, activation="tanh").fit(*data, rng=0)


def test_a_watched_access_tells_of_every_question_and_counts_it_once(model, data):
    white, told, x = WhiteBox(model), [], data[0][:5]
    watched = white.watched(lambda x, answer: told.append((len(x), answer)))
    np.testing.assert_array_equal(watched.probabilities(x), told[-1][1])
    watched.gradient(x[:2], [0, 1])
    LabelOnly(watched).labels(x[:3])
    watched.only(Offers.LABELS).probabilities(x[:1])
    assert [len(np.shape(answer)) if not isinstance(answer, tuple) else 3 for _, answer in told] == [2, 3, 1, 1]
    assert [n for n, _ in told] == [5, 2, 3, 1] and white.queries == watched.queries == 11
    white.probabilities(x)
    assert len(told) == 4, "the access itself is not watched"


def test_who_watches_may_end_it_and_the_question_is_counted_once(model, data):
    def stop(x, answer):
        raise KeyboardInterrupt

    for access in (WhiteBox(model), Metered(BlackBox(model), 10), LabelOnly(BlackBox(model))):
        with pytest.raises(KeyboardInterrupt):
            access.watched(stop).probabilities(data[0][:4])
        assert access.queries == 4


def test_levels_are_ordered():
    assert Offers.LABELS < Offers.SCORES < Offers.GRADIENTS < Offers.PARAMETERS


def test_both_boxes_give_the_models_answers(model, data):
    for access in (WhiteBox(model), BlackBox(model)):
        np.testing.assert_allclose(access.probabilities(data[0]), model(data[0]), atol=1e-6)


def test_every_query_is_counted(model, data):
    white, x = WhiteBox(model), data[0]
    white.probabilities(x[:7])
    white.gradient(x[:5], np.zeros(5, int))
    assert white.queries == 12


def test_a_refused_question_is_not_counted(model, data):
    white = WhiteBox(model)
    with pytest.raises(ValueError, match="this model takes"):
        white.probabilities(data[0][:, :2])
    assert white.queries == 0


@pytest.mark.parametrize("of", ["log_probability", "probability"])
def test_gradients_are_finite_differences(model, data, of):
    white, x, label = WhiteBox(model), data[0][:6].astype(np.float64), data[1][:6]

    def value(x):
        p = white.probabilities(x)[np.arange(6), label]
        return np.log(p) if of == "log_probability" else p

    answered, gradient = white.gradient(x, label, of=of)
    np.testing.assert_allclose(answered, value(x), atol=1e-5)
    h = 1e-2
    for j in range(4):
        e = h * np.eye(4)[j]
        np.testing.assert_allclose(gradient[:, j], (value(x + e) - value(x - e)) / (2 * h), atol=2e-3)


def test_gradient_of_softmax_regression_in_closed_form(data):
    """d log p_k / dx = w_k - sum_j p_j w_j."""
    model = SoftmaxRegression(epochs=5).fit(*data, rng=0)
    w, p = model.get_layer("logits").kernel.numpy(), model(data[0]).numpy()
    _, gradient = WhiteBox(model).gradient(data[0], data[1])
    np.testing.assert_allclose(gradient, w[:, data[1]].T - p @ w.T, atol=1e-5)


@pytest.mark.parametrize("recipe", [MLP(hidden=(6,), epochs=3), CNN(filters=(3,), dense=5, epochs=2)], ids=repr)
def test_loss_gradient_norms_are_those_of_a_tape_for_each_record(recipe, data):
    x, y = data[0][:9], data[1][:9]
    if isinstance(recipe, CNN):
        x = np.random.default_rng(1).random((9, 8, 8)).astype(np.float32)
    model = recipe.fit(x, y, rng=0, classes=3)
    white = WhiteBox(model)
    found = white.loss_gradient_norm(x, y)
    for one, label, norm in zip(x, y, found, strict=True):
        with tf.GradientTape() as tape:
            loss = -tf.math.log(model(one[None])[0, label])
        gradients = tape.gradient(loss, model.trainable_variables)
        assert norm == pytest.approx(np.sqrt(sum(float((g.numpy()**2).sum()) for g in gradients)), rel=1e-3)
    assert white.queries == 9


def test_loss_gradient_norm_of_softmax_regression_in_closed_form(data):
    """d loss / d (w, b) = (x, 1) outer (p - one-hot): the norm is the product of the two norms."""
    model = SoftmaxRegression(epochs=5).fit(*data, rng=0)
    residual = model(data[0]).numpy() - np.eye(3)[data[1]]
    expected = np.sqrt(1 + (data[0]**2).sum(axis=1)) * np.linalg.norm(residual, axis=1)
    np.testing.assert_allclose(WhiteBox(model).loss_gradient_norm(*data), expected, rtol=1e-4)


def test_confident_answers_keep_their_gradients():
    """At a logit difference of 200 the probability is 1 in float32, yet log p still has its slope."""
    model = tf.keras.Sequential([tf.keras.layers.Input((1,)), tf.keras.layers.Dense(2, use_bias=False, name="logits"),
                                 tf.keras.layers.Softmax()])
    model.set_weights([np.array([[0.0, 1.0]], np.float32)])
    value, gradient = WhiteBox(model).gradient(np.array([[200.0]]), np.array([0]))
    assert value[0] == pytest.approx(-200)
    assert gradient[0, 0] == pytest.approx(-1)


def test_a_softmax_inside_the_last_dense_layer_serves_too(data):
    model = tf.keras.Sequential([tf.keras.layers.Input((4,)), tf.keras.layers.Dense(3, activation="softmax")])
    white = WhiteBox(model)
    np.testing.assert_allclose(white.probabilities(data[0]), model(data[0]), atol=1e-6)
    assert white.gradient(data[0], data[1])[1].shape == data[0].shape


def test_scikit_learn_estimators_and_functions(data):
    x, y = data
    estimator = LogisticRegression().fit(x, y)
    np.testing.assert_allclose(BlackBox(estimator).probabilities(x), estimator.predict_proba(x), rtol=1e-5)
    positive = BlackBox(lambda x: np.full(len(x), 0.2), inputs=(4,), classes=2)
    np.testing.assert_allclose(positive.probabilities(x[:2]), [[0.8, 0.2]] * 2)


def test_parameters_are_copies(model):
    white = WhiteBox(model)
    white.parameters()[0][:] = 0
    assert np.any(white.parameters()[0])


@pytest.mark.parametrize(("call", "message"), [
    (lambda m, x: BlackBox(m).gradient(x, [0] * len(x)), "gradient needs GRADIENTS; this access offers SCORES"),
    (lambda m, x: BlackBox(3), "must be a Keras model, a fitted scikit-learn classifier, or a function"),
    (lambda m, x: BlackBox(lambda x: x), r"Pass inputs=\(...\) and classes="),
    (lambda m, x: WhiteBox(lambda x: x, inputs=(4,), classes=3), "WhiteBox needs GRADIENTS; this access offers SCORES"),
    (lambda m, x: WhiteBox(m).probabilities(np.full((1, 4), np.nan)), "x holds nan"),
    (lambda m, x: WhiteBox(m).gradient(x[:1], [3]), "label=3: is no label of this model, which knows 0, 1, 2"),
    (lambda m, x: WhiteBox(m).gradient(x[:1], [0], of="loss"), "of='loss': must be one of"),
    (lambda m, x: BlackBox(lambda x: 3 * x[:, :2], inputs=(4,), classes=2).probabilities(x), "are not probabilities"),
    (lambda m, x: BlackBox(lambda x: x, inputs=(4,), classes=2).probabilities(x), "a probability for every class"),
])
def test_refusals(model, data, call, message):
    with pytest.raises(ValueError, match=message):
        call(model, data[0])


def test_refusal_has_its_own_type(model, data):
    with pytest.raises(Refused):
        BlackBox(model).gradient(data[0], data[1])
