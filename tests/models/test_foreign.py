"""Models that somebody else made: each is read rightly, or refused in one sentence that says what to do."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

from leaklab._validate import Refused
from leaklab.access import Access, BlackBox, LabelOnly, Offers, WhiteBox
from leaklab.attacks import GradientNorm, LabelOnlyMembership, LiRA, Shadow, Shadows, Threshold
from leaklab.models import Inputs, Model, Open, Trained, adapt
from leaklab.training import halves

layers = tf.keras.layers
RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4)).astype(np.float32)
Y = (X[:, 0] + 0.3 * RNG.normal(size=60) > 0).astype(int)


def network(*body, shape=(4,), dtype=None):
    return tf.keras.Sequential([layers.Input(shape, dtype=dtype), *body])


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# scikit-learn: DataFrames with text and gaps, labels of any kind

@pytest.fixture(scope="module")
def patients():
    table = pd.DataFrame({"sex": RNG.choice(["f", "m"], 60), "age": RNG.normal(50, 9, 60), "dose": X[:, 0]})
    table.loc[::7, "age"] = np.nan
    return table, np.where(Y, "ill", "healthy")


@pytest.fixture(scope="module")
def pipeline(patients):
    columns = make_column_transformer((OneHotEncoder(), ["sex"]), (SimpleImputer(), ["age", "dose"]))
    return make_pipeline(columns, LogisticRegression()).fit(*patients)


def test_a_pipeline_on_a_table_with_text_and_gaps(patients, pipeline):
    table, diagnosis = patients
    access = BlackBox(pipeline)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        p = access.probabilities(table[["dose", "age", "sex"]])
    np.testing.assert_array_equal(p, pipeline.predict_proba(table))
    score = Threshold()(access, table, diagnosis).score
    own = list(pipeline.classes_)
    np.testing.assert_allclose(score, np.log(p[np.arange(60), [own.index(label) for label in diagnosis]]))
    assert access.queries == 120 and access.classes == ("healthy", "ill")


@pytest.mark.parametrize(("labels", "unknown"), [
    (np.array(["healthy", "ill"]), "dead"), (np.array([1, 2]), 0), (np.array([0, 2]), 1), (np.array([False, True]), 2),
    (np.array([-1.0, 1.0]), 0.0), (np.array([0, 2, 5]), 1), (np.array(["b", "a"], dtype=object), "A")], ids=str)
def test_labels_are_matched_to_the_models_own(labels, unknown):
    y = labels[np.arange(60) % len(labels)]
    model = GaussianNB().fit(X + 3 * (np.arange(60) % len(labels))[:, None], y)
    access, p = BlackBox(model), model.predict_proba(X)
    for label in labels:  # also a slice that holds one class alone
        column = list(model.classes_).index(label)
        np.testing.assert_allclose(np.exp(Threshold()(access, X, [label] * 60).score), np.maximum(p[:, column], 1e-30))
    with pytest.raises(ValueError, match="is no label of this model, which knows"):
        Threshold()(access, X, [unknown] * 60)


@pytest.mark.parametrize("vectorizer", [TfidfVectorizer(), HashingVectorizer(n_features=64)], ids=["tfidf", "hashing"])
def test_a_pipeline_of_texts(vectorizer):
    words = np.array(["cough", "fever", "rash", "well", "fine", "tired"])
    notes = [" ".join(RNG.choice(words, 5)) for _ in range(60)]
    urgent = np.where(Y, "urgent", "not")
    trained_on = halves(9, 60, rng=0)
    models = [make_pipeline(vectorizer, LogisticRegression()).fit([n for n, r in zip(notes, rows, strict=True) if r],
                                                                  urgent[rows]) for rows in trained_on]
    access = BlackBox(models[0])
    np.testing.assert_array_equal(access.probabilities(notes), models[0].predict_proba(notes))
    found = LiRA()(access, pd.Series(notes), urgent, knowledge=Shadows(models[1:], notes, urgent, trained_on[1:]))
    assert found.calibrated and found.queries == 60
    with pytest.raises(Refused, match="are not the table of the shadow models"):
        LiRA()(access, notes[::-1], urgent[::-1], knowledge=Shadows(models[1:], notes, urgent, trained_on[1:]))
    assert np.isfinite(WhiteBox(models[0]).loss_gradient_norm(notes, urgent)).all()


def test_float64_features_are_not_cut():
    x = np.array([[1.0], [1.0 + 1e-9]] * 20)
    model = HistGradientBoostingClassifier(min_samples_leaf=1).fit(x, [0, 1] * 20)
    np.testing.assert_array_equal(BlackBox(model).probabilities(x), model.predict_proba(x))


def test_gaps_go_to_those_who_take_them():
    x = X.astype(float)
    x[::5, 1] = np.nan
    model = HistGradientBoostingClassifier().fit(x, Y)
    np.testing.assert_array_equal(BlackBox(model).probabilities(x), model.predict_proba(x))
    with pytest.raises(ValueError, match="x holds nan"):
        BlackBox(GaussianNB().fit(X, Y)).probabilities(x)


def test_pictures_to_an_estimator_of_pixels():
    pictures = RNG.random((40, 5, 6))
    model = GaussianNB().fit(pictures.reshape(40, 30), Y[:40])
    flat = pictures.reshape(40, 30)
    np.testing.assert_array_equal(BlackBox(model).probabilities(pictures), model.predict_proba(flat))


def test_the_models_own_label_where_it_is_not_the_likeliest():
    model = _Cautious().fit(X, Y)
    own = model.predict(X)
    assert (own != model.predict_proba(X).argmax(axis=1)).any()
    for access in (LabelOnly(BlackBox(model)), Access(model, Offers.LABELS), LabelOnly(LabelOnly(BlackBox(model)))):
        np.testing.assert_array_equal(access.probabilities(X), np.eye(2)[own])
        assert access.queries == 60
    told = LabelOnlyMembership(tries=1, scale=1e-6)(BlackBox(model), X, Y).score
    np.testing.assert_allclose(told == 1, own == Y)


class _Cautious(GaussianNB):
    """Calls ill whoever is ill with a probability of a tenth."""

    def predict(self, x):
        return self.classes_[(self.predict_proba(x)[:, 1] > 0.1).astype(int)]


def test_without_probabilities_there_are_labels():
    model = LinearSVC().fit(X, np.where(Y, "ill", "healthy"))
    access = BlackBox(model)
    assert access.offers == Offers.LABELS
    np.testing.assert_array_equal(np.array(access.classes)[access.labels(X)], model.predict(X))
    with pytest.raises(Refused, match="Threshold needs SCORES"):
        Threshold()(access, X, model.predict(X))


@pytest.mark.parametrize("model", [
    LogisticRegression(), LogisticRegression(fit_intercept=False),
    make_pipeline(StandardScaler(), LogisticRegression()),
    MLPClassifier((5,), activation="tanh", max_iter=2000, random_state=0)], ids=str)
@pytest.mark.parametrize("k", [2, 3])
def test_an_estimator_as_a_white_box(model, k):
    """The gradient's norm against differences of the loss, parameter by parameter."""
    x, y = X.astype(float), (np.arange(60) * 7 + Y) % k
    model = model.fit(x, y)
    last = model[-1] if hasattr(model, "steps") else model
    white = WhiteBox(model)
    found = white.loss_gradient_norm(x[:3], y[:3])
    weights = [last.coef_, last.intercept_] if hasattr(last, "coef_") else [*last.coefs_, *last.intercepts_]
    if getattr(last, "fit_intercept", True) is False:
        weights = weights[:1]
    total, h = np.zeros(3), 1e-6
    for w in weights:
        for where in np.ndindex(np.shape(w)):
            kept, loss = w[where], []
            for step in (h, -h):
                w[where] = kept + step
                loss.append(-np.log(model.predict_proba(x[:3])[np.arange(3), y[:3]]))
            w[where] = kept
            total += ((loss[0] - loss[1]) / (2 * h))**2
    if getattr(last, "fit_intercept", True):
        np.testing.assert_allclose(found, np.sqrt(total), rtol=1e-4)
    assert (found >= np.sqrt(total) - 1e-6).all()
    assert sum(w.size for w in white.parameters()) >= sum(np.size(w) for w in weights)


class Tempered(LogisticRegression):
    def predict_proba(self, x):
        return super().predict_proba(np.asarray(x) / 2)


def test_an_estimator_with_answers_of_its_own_has_no_twin():
    model = Tempered().fit(X, Y)
    np.testing.assert_array_equal(BlackBox(model).probabilities(X), model.predict_proba(X.astype(float)))
    with pytest.raises(Refused, match="WhiteBox needs GRADIENTS"):
        WhiteBox(model)


def test_unfitted_or_unable():
    with pytest.raises(ValueError, match=r"are of several outputs\. Wrap one of them in a function"):
        BlackBox(RandomForestClassifier(3).fit(X, np.stack([Y, 1 - Y], axis=1)))
    with pytest.raises(ValueError, match=r"is not fitted\. Call its fit first"):
        BlackBox(GaussianNB())
    with pytest.raises(ValueError, match="must be a Keras model, a fitted scikit-learn classifier, or a function"):
        BlackBox(LinearRegression().fit(X, Y))
    with pytest.raises(ValueError, match="the model cannot answer about x"):
        BlackBox(make_pipeline(OneHotEncoder(), LogisticRegression()).fit(X[:9], Y[:9])).probabilities(X)


# Keras: what the last layer tells, and what it does not

def test_one_sigmoid_unit():
    model = network(layers.Dense(1, activation="sigmoid"))
    z = (X @ model.get_weights()[0])[:, 0]
    for access in (BlackBox(model), WhiteBox(model)):
        np.testing.assert_allclose(access.probabilities(X), np.stack([sigmoid(-z), sigmoid(z)], 1), atol=1e-6)
        np.testing.assert_allclose(Threshold()(access, X, Y).score, np.log(sigmoid(np.where(Y, z, -z))), atol=1e-5)
    value, slope = WhiteBox(model).gradient(X, Y)
    np.testing.assert_allclose(value, np.log(sigmoid(np.where(Y, z, -z))), atol=1e-5)
    np.testing.assert_allclose(slope, (Y - sigmoid(z))[:, None] * model.get_weights()[0].T, atol=1e-5)
    model.set_weights([np.array([[400.0], [0], [0], [0]], np.float32), np.zeros(1, np.float32)])
    assert WhiteBox(model).gradient([[1.0, 0, 0, 0]], [0])[0][0] == pytest.approx(-400)  # of the logit, not of the p


@pytest.mark.parametrize("body", [
    (layers.Dense(2),), (layers.Dense(3), layers.Activation("linear")), (layers.Dense(1),)],
    ids=["dense", "activation", "one"])
def test_logits_are_refused_until_they_are_said_to_be_logits(body):
    model = network(layers.Dense(3), *body)
    for access in (BlackBox, WhiteBox):
        with pytest.raises(ValueError, match=r'Say which they are: answers="logits" or answers="probabilities"'):
            access(model)
    white = WhiteBox(model, answers="logits")
    z = model(X).numpy().astype(float)
    z = np.hstack([0 * z, z]) if z.shape[1] == 1 else z
    np.testing.assert_allclose(white.probabilities(X), np.exp(z) / np.exp(z).sum(axis=1, keepdims=True), atol=1e-6)
    if model.output_shape[1] > 1:
        twin = WhiteBox(network(model, layers.Softmax()))
        np.testing.assert_allclose(GradientNorm()(white, X, Y).score, GradientNorm()(twin, X, Y).score, atol=1e-5)
        np.testing.assert_allclose(white.gradient(X, Y)[1], twin.gradient(X, Y)[1], atol=1e-6)


class Subclassed(tf.keras.Model):
    def __init__(self, activation):
        super().__init__()
        self.hidden, self.last = layers.Dense(5, "relu"), layers.Dense(3, activation)

    def call(self, x):
        return self.last(self.hidden(x))


def test_a_subclassed_model():
    model = Subclassed("softmax")
    with pytest.raises(ValueError, match=r"has not been built.*pass inputs=\(...\)"):
        WhiteBox(model)
    unbuilt = WhiteBox(model, inputs=(4,))
    known = WhiteBox(model)  # it was called meanwhile
    for white in (unbuilt, known):
        np.testing.assert_allclose(white.probabilities(X), model(X), atol=1e-6)
        assert white.gradient(X, [2] * 60)[1].shape == X.shape
    logits = Subclassed(None)
    white = WhiteBox(logits, inputs=(4,))
    for call in (white.probabilities, lambda x: white.gradient(x, [0] * 60), lambda x: white.loss_gradient_norm(x, Y)):
        with pytest.raises(ValueError, match='Then say answers="logits"'):
            call(X)
    assert white.queries == 0
    right = WhiteBox(logits, answers="logits")
    np.testing.assert_allclose(right.probabilities(X), tf.nn.softmax(logits(X)), atol=1e-6)


class Turned(tf.keras.Sequential):
    """Its layers say one thing, and its `call` does another."""

    def call(self, x, training=False):
        return super().call(x, training=training)[:, ::-1]


class Halved(layers.Dense):
    def call(self, x):
        return super().call(x / 2)


@pytest.mark.parametrize("model", [
    Turned([layers.Input((4,)), layers.Dense(3, "softmax")]), network(Halved(3, "softmax")),
    network(layers.Dense(3, activation=layers.Softmax())), network(layers.Dense(3), layers.Softmax())],
    ids=["model", "layer", "activation", "plain"])
def test_what_the_model_does_counts_and_not_what_its_layers_say(model):
    x = 3 * X
    p = model(x).numpy()
    white = WhiteBox(model)
    np.testing.assert_allclose(white.probabilities(x), p, atol=1e-6)
    value, slope = white.gradient(x, [1] * 60)
    np.testing.assert_allclose(value, np.log(p[:, 1]), atol=1e-4)
    with tf.GradientTape() as tape:
        tape.watch(x := tf.constant(x))
        own = tf.math.log(model(x)[:, 1])
    np.testing.assert_allclose(slope, tape.gradient(own, x), atol=1e-3)


@pytest.mark.parametrize("body", [(layers.Conv2D(2, 3), layers.GlobalAveragePooling2D()),
                                  (layers.Reshape((8, 8)), layers.LSTM(3))], ids=["pictures", "recurrent"])
def test_a_model_that_computes_in_double_precision_inside(body):
    body = [type(layer).from_config({**layer.get_config(), "dtype": "float64"}) for layer in body]
    white = WhiteBox(network(*body, layers.Dense(2, "softmax", dtype="float64"), shape=(8, 8, 1)))
    pictures = RNG.random((40, 8, 8, 1)).astype(np.float32)
    assert white.probabilities(pictures).shape == (40, 2)
    assert np.isfinite(white.loss_gradient_norm(pictures, [1] * 40)).all()


def test_a_sure_and_wrong_softmax_inside_the_last_dense():
    model = network(layers.Dense(2, activation="softmax", use_bias=False), shape=(1,))
    model.set_weights([np.array([[0.0, 1.0]], np.float32)])
    white = WhiteBox(model)
    assert white.loss_gradient_norm([[200.0]], [0])[0] == pytest.approx(200 * np.sqrt(2), rel=1e-5)
    assert white.gradient([[200.0]], [0])[0][0] == pytest.approx(-200)


@pytest.mark.parametrize("wrap", [
    lambda m: tf.keras.Sequential([layers.Input((1,)), m]),
    lambda m: tf.keras.Model(m.inputs, layers.Activation("softmax")(layers.Activation("linear")(m.layers[0].output))),
    lambda m: tf.keras.Model(m.inputs, layers.Softmax()(m.layers[0].output))], ids=["nested", "activation", "softmax"])
def test_wherever_the_softmax_is(wrap):
    dense = layers.Dense(2, use_bias=False)
    inner = network(dense, layers.Softmax(), shape=(1,))
    dense.set_weights([np.array([[0.0, 1.0]], np.float32)])
    assert WhiteBox(wrap(inner)).gradient([[200.0]], [0])[0][0] == pytest.approx(-200)


def test_two_inputs_two_outputs_many_sigmoids_and_sequences_are_refused_with_the_way_on():
    a, b = layers.Input((2,)), layers.Input((2,))
    two = tf.keras.Model([a, b], layers.Dense(2, "softmax")(layers.Concatenate()([a, b])))
    with pytest.raises(ValueError, match=r"takes 2 inputs. .*wrap it in a function, BlackBox\(lambda x: model\(\[x"):
        WhiteBox(two)
    wrapped = BlackBox(lambda x: two([x[:, :2], x[:, 2:]]).numpy(), inputs=(4,), classes=2)
    np.testing.assert_allclose(wrapped.probabilities(X), two([X[:, :2], X[:, 2:]]))
    out = tf.keras.Model(a, [layers.Dense(2, "softmax")(a), layers.Dense(1)(a)])
    with pytest.raises(ValueError, match=r"gives 2 outputs. .*lambda x: model\(x\)\[0\]"):
        BlackBox(out)
    with pytest.raises(ValueError, match="ends in 3 sigmoids, each an answer of its own"):
        BlackBox(network(layers.Dense(3, "sigmoid")))
    with pytest.raises(ValueError, match=r"answers with shape \('n', 5, 2\)"):
        BlackBox(network(layers.Dense(2, "softmax"), shape=(5, 4)))
    with pytest.raises(ValueError, match="its last layer is a softmax"):
        BlackBox(network(layers.Dense(2, "softmax")), answers="logits")


def _norm(model, one, label):
    with tf.GradientTape() as tape:
        loss = -tf.math.log(model(one)[0, label])
    gradients = tape.gradient(loss, model.trainable_variables)
    return np.sqrt(sum(float(tf.reduce_sum(tf.convert_to_tensor(g)**2)) for g in gradients))


def test_a_frozen_model_has_its_parameters_still():
    model = network(layers.BatchNormalization(), layers.Dense(2, "softmax"))
    norms = WhiteBox(model).loss_gradient_norm(X, Y)
    model.trainable = False
    assert (WhiteBox(model).loss_gradient_norm(X, Y) >= norms - 1e-5).all()  # the moving averages are among them


@pytest.mark.parametrize("dtype", ["int32", None])
def test_tokens(dtype):
    body = [layers.Embedding(9, 3), layers.GlobalAveragePooling1D(), layers.Dense(2, "softmax")]
    model = network(*body, shape=(None,), dtype=dtype)
    white, tokens = WhiteBox(model), RNG.integers(9, size=(10, 6))
    np.testing.assert_allclose(white.probabilities(tokens), model(tokens), atol=1e-6)
    one = tokens[:1]
    assert white.loss_gradient_norm(one, [1])[0] == pytest.approx(_norm(model, one, 1), rel=1e-4)
    recurrent = network(layers.Embedding(9, 3, mask_zero=True), layers.LSTM(4), layers.Dense(2, "softmax"),
                        shape=(None,), dtype=dtype)
    assert WhiteBox(recurrent).loss_gradient_norm(one, [1])[0] == pytest.approx(_norm(recurrent, one, 1), rel=1e-3)
    with pytest.raises(ValueError, match=r"x holds 9 at index \(0, 0\): must lie in \[0, 8\]"):
        white.probabilities([[9, 0]])
    with pytest.raises(ValueError, match="must be whole numbers"):
        white.probabilities([[0.5, 0]])
    with pytest.raises(Refused, match="no derivative by them"):
        white.gradient(one, [1])


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_other_precisions(dtype):
    model = tf.keras.Sequential([layers.Input((4,), dtype=dtype), layers.Dense(300, "softmax", dtype=dtype)])
    white = WhiteBox(model)
    p = white.probabilities(X)
    assert p.dtype == np.float64
    np.testing.assert_allclose(p, model(X.astype(dtype)), atol=2e-3 if dtype == "float16" else 1e-12)
    for found in (white.gradient(X, [7] * 60)[1], white.loss_gradient_norm(X, [7] * 60)):
        assert np.isfinite(found).all()


@pytest.mark.parametrize("shape", [(8, 8, 1), (8, 8, 3), (100, 100, 1)])
def test_pictures_of_any_kind(shape):
    model = network(layers.Conv2D(2, 3), layers.GlobalAveragePooling2D(), layers.Dense(3, "softmax"), shape=shape)
    white, pictures = WhiteBox(model), RNG.random((40, *shape)).astype(np.float32)
    np.testing.assert_allclose(white.probabilities(pictures), model(pictures), atol=1e-6)
    assert white.gradient(pictures, [1] * 40)[1].shape == pictures.shape
    if shape[2] == 1:
        np.testing.assert_array_equal(white.probabilities(pictures[..., 0]), white.probabilities(pictures))


def test_many_pictures_are_worked_through_within_the_budget(monkeypatch):
    """No call of the first layer sees more than the budget pays for, and the answers are those of one call."""
    seen = []

    class Watch(layers.Layer):
        def call(self, x):
            tf.py_function(lambda n: seen.append(int(n)), [tf.shape(x)[0]], [])
            return x

    model = network(Watch(), layers.Conv2D(16, 3, padding="same"), layers.GlobalAveragePooling2D(),
                    layers.Dense(3, "softmax"), shape=(32, 32, 1))
    pictures = RNG.random((700, 32, 32, 1)).astype(np.float32)
    monkeypatch.setattr("leaklab.models.keras.BUDGET", 2**23)
    white = WhiteBox(model)
    expected = model(pictures).numpy()
    seen.clear()
    np.testing.assert_allclose(white.probabilities(pictures), expected, atol=1e-6)
    np.testing.assert_allclose(white.gradient(pictures, [1] * 700)[0], np.log(expected[:, 1]), atol=1e-5)
    assert 0 < max(seen) <= 2**23 / (12 * 32 * 32 * 17)
    assert white.loss_gradient_norm(pictures[:70], [1] * 70).shape == (70,)


# Answers that are nearly probabilities, and those that are none

@pytest.mark.parametrize(("answers", "fine"), [
    (np.full((1, 20), 0.05), True), (np.array([[0.04] * 20]), False), (np.array([[0.06] * 18 + [0.0] * 2]), True),
    (np.array([[0.0, *[0.05] * 18, 0.0]]), True),
    (np.array([[0.3, 0.3, 0.3]]), True), (np.array([[0.3, 0.3, 0.2]]), False), (np.array([[0.301, 0.299, 0.3]]), False),
    (np.array([[2.0, -1.0]]), False), (np.array([[0.0, 0.0]]), False)])
def test_the_tolerance_follows_classes_and_digits(answers, fine):
    access = BlackBox(lambda x: answers.repeat(len(x), axis=0), inputs=(1,), classes=answers.shape[1])
    if fine:
        np.testing.assert_array_equal(access.probabilities([[0.0]]), answers)
        return
    with pytest.raises(ValueError, match="are not probabilities"):
        access.probabilities([[0.0]])


def test_a_function_with_one_column_or_logits():
    for answer in (lambda x: sigmoid(x[:, 0]), lambda x: sigmoid(x[:, :1])):
        access = BlackBox(answer, inputs=(4,), classes=["no", "yes"])
        np.testing.assert_allclose(access.probabilities(X)[:, 1], sigmoid(X[:, 0]))
    access = BlackBox(lambda x: x, inputs=(4,), classes=4, answers="logits")
    np.testing.assert_allclose(access.probabilities(X), np.exp(X) / np.exp(X).sum(1, keepdims=True), rtol=1e-5)


# Models of one's own

class Bell(Open):
    """p(class 1) falls with the distance from the parameter."""

    inputs, classes = Inputs((1,)), ("far", "near")

    def __init__(self, at):
        self.at = at

    def probabilities(self, x):
        near = np.exp(-(x[:, 0] - self.at)**2)
        return np.stack([1 - near, near], axis=1)

    def input_gradient(self, x, label):
        p = self.probabilities(x)
        slope = -2 * (x[:, 0] - self.at) * p[:, 1] * np.where(label, 1, -1) / p[np.arange(len(x)), label]
        return np.log(p[np.arange(len(x)), label]), slope[:, None]

    def loss_gradient_norm(self, x, y):
        return np.abs(self.input_gradient(x, y)[1][:, 0])

    def parameters(self):
        return [np.array([self.at])]


def test_an_open_model_of_ones_own_serves_every_attack():
    x, y = np.linspace(0.1, 2, 20)[:, None], np.array(["near", "far"] * 10)
    white = WhiteBox(Bell(0.0))
    member = np.arange(20) < 10
    shadow = Shadow(WhiteBox(Bell(0.5)), x, y, member)
    for attack in (GradientNorm(), Threshold()):
        found = attack(white, x, y, knowledge=shadow)
        assert found.calibrated and found.queries == 20
    np.testing.assert_allclose(GradientNorm()(white, x, y).score, -np.log(Bell(0.0).loss_gradient_norm(
        x.astype(np.float32), white.encode(y))), rtol=1e-5)


def test_less_of_an_access_counts_on_the_same_meter():
    white = WhiteBox(Bell(0.0))
    lower = white.only(Offers.SCORES)
    lower.probabilities([[0.0]])
    assert (white.queries, lower.queries) == (1, 1)
    for call in (lower.parameters, lambda: lower.gradient([[0.0]], ["near"])):
        with pytest.raises(Refused):
            call()
    with pytest.raises(ValueError, match="is more than the model can give, SCORES"):
        Access(adapt(lambda x: x, inputs=(1,), classes=2), Offers.GRADIENTS)
    with pytest.raises(ValueError, match="is an access object already"):
        BlackBox(white)


def test_models_of_different_classes_are_not_one_object():
    models = [GaussianNB().fit(X, Y), GaussianNB().fit(X, Y + 1)]
    with pytest.raises(ValueError, match=r"models\[1\].classes=\(1, 2\): must be those of the first model"):
        Trained(models, np.ones((2, 60), bool))


def test_a_model_needs_its_probabilities():
    with pytest.raises(TypeError, match="abstract"):
        Model()


def test_a_keras_model_travels_as_a_pickle():
    """A talk keeps its trained models on disk; what is compiled is made again."""
    model = tf.keras.Sequential([layers.Input((4,)), layers.Dense(3, "softmax")])
    access = WhiteBox(model, classes=["low", "mid", "high"])
    access.probabilities(X)
    again = pickle.loads(pickle.dumps(access))
    assert list(again.classes) == ["low", "mid", "high"]
    assert np.array_equal(again.probabilities(X), access.probabilities(X))
    assert np.allclose(again.gradient(X, ["mid"] * 60)[1], access.gradient(X, ["mid"] * 60)[1], atol=1e-6)
