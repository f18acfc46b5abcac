"""How others do the same work: plain loops and, where they are installed, other projects. Used by the benchmarks."""

import importlib.util
import time

import numpy as np
import tensorflow as tf

FLOP = 6 * (21 * 64 + 64 * 64 + 64 * 2) - 2 * 21 * 64
"""Of one example on the MLP 21-64-64-2, forwards and backwards; the first layer's input needs no derivative."""


def matrix_product_rate():
    """This machine's best, FLOP a second: float32, 1,024 x 1,024, all cores."""
    a = tf.random.normal((1024, 1024))
    best = np.inf
    for _ in range(20):
        start = time.perf_counter()
        tf.matmul(a, a).numpy()
        best = min(best, time.perf_counter() - start)
    return 2 * 1024**3 / best


def network(shape):
    return tf.keras.Sequential([tf.keras.layers.Input(shape), tf.keras.layers.Dense(64, "relu"),
                                tf.keras.layers.Dense(64, "relu"), tf.keras.layers.Dense(2, "softmax")])


def keras_loop(x, y, trained_on):
    """What a tutorial does: a fresh Keras model, compile, fit, one after the other."""
    answers = []
    for rows in trained_on:
        model = network(x.shape[1:])
        model.compile(tf.keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy")
        model.fit(x[rows], y[rows], batch_size=64, epochs=50, verbose=0)
        answers.append(model.predict(x, batch_size=1024, verbose=0))
        tf.keras.backend.clear_session()
    return answers


def sklearn_loop(x, y, trained_on):
    """scikit-learn's MLP, what SACRO-ML's shadow models are made of."""
    from sklearn.neural_network import MLPClassifier
    return [MLPClassifier((64, 64), alpha=0, batch_size=64, max_iter=50, tol=0, n_iter_no_change=51).fit(
        x[rows], y[rows]).predict_proba(x) for rows in trained_on]


def art_loop(x, y, trained_on):
    """The shadow models of the Adversarial Robustness Toolbox, as its TensorFlow classifier trains them."""
    from art.estimators.classification import TensorFlowV2Classifier
    answers = []
    for rows in trained_on:
        model = network(x.shape[1:])
        art = TensorFlowV2Classifier(model, nb_classes=2, input_shape=x.shape[1:],
                                     loss_object=tf.keras.losses.CategoricalCrossentropy(),
                                     optimizer=tf.keras.optimizers.Adam(1e-3))
        art.fit(x[rows], np.eye(2)[y[rows]], batch_size=64, nb_epochs=50)
        answers.append(art.predict(x))
    return answers


PEERS = {"plain Keras loop": keras_loop, "scikit-learn MLP loop": sklearn_loop}
if importlib.util.find_spec("art"):
    PEERS["ART"] = art_loop
