"""White-box access: a Keras model in the adversary's own hands."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from leaklab import _validate as v
from leaklab.access.base import Access, Offers


class WhiteBox(Access):
    """Everything: answers, gradients by the input, and the weights.

    Parameters
    ----------
    model : tensorflow.keras.Model
        Answers probabilities ``(n, classes)``. Where its last layer is a softmax, logarithms of probabilities are taken
        before it, so that confident answers keep their gradients.
    """

    def __init__(self, model: tf.keras.Model):
        if not isinstance(model, tf.keras.Model):
            v.fail("model", model, "must be a Keras model", "Use BlackBox for estimators and functions.")
        super().__init__(Offers.PARAMETERS, model.input_shape[1:], model.output_shape[-1])
        self._model = model
        self._log_probability = _log_probability(model)
        self._slope = tf.function(self._differentiate, autograph=False, reduce_retracing=True)
        self._norms = tf.function(self._parameter_norms, autograph=False, reduce_retracing=True)

    @classmethod
    def load(cls, path: str | Path) -> "WhiteBox":
        """A saved Keras model, file or folder. Load only what you trust: a saved model can hold code."""
        try:
            return cls(tf.keras.models.load_model(path, compile=False))
        except (OSError, ValueError) as error:
            first = str(error).split("\n")[0]
            raise ValueError(f"{path} cannot be loaded as a Keras model: {first}") from error

    def parameters(self) -> list[np.ndarray]:
        """Copies of the model's weights."""
        return self._model.get_weights()

    def loss_gradient_norm(self, x, y, *, batch: int = 128) -> np.ndarray:
        """Euclidean norm of the gradient of each record's loss, -log p_y, by the trainable parameters: float32 (n,).

        Parameters
        ----------
        x : array (n, *shape)
        y : array of int (n,)
        batch : int
            Records whose gradients are in memory at once. A record counts as one query.
        """
        x = self._checked(x)
        y = v.labels("y", y, length=len(x), classes=self.classes)
        batch = v.integer("batch", batch)
        norms = [self._norms(tf.constant(x[i:i + batch]), tf.constant(y[i:i + batch]))
                 for i in range(0, len(x), batch)]
        self._queries += len(x)
        return np.concatenate(norms)

    def _predict(self, x: np.ndarray):
        return tf.exp(self._log_probability(tf.constant(x)))

    def _gradient(self, x: np.ndarray, label: np.ndarray, of: str):
        value, gradient = (t.numpy() for t in self._slope(tf.constant(x), tf.constant(label)))
        if of == "log_probability":
            return value, gradient
        probability = np.exp(value)  # d p = p d(log p)
        return probability, gradient * probability.reshape(-1, *[1] * len(self.shape))

    def _differentiate(self, x, label):
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = tf.gather(self._log_probability(x), label, batch_dims=1)
        return value, tape.gradient(value, x)

    def _parameter_norms(self, x, y):
        parameters = self._model.trainable_variables

        def norm(record):
            one, label = record
            with tf.GradientTape() as tape:
                loss = -self._log_probability(one[None])[0, label]
            gradients = tape.gradient(loss, parameters, unconnected_gradients=tf.UnconnectedGradients.ZERO)
            return tf.sqrt(tf.add_n([tf.reduce_sum(gradient**2) for gradient in gradients]))

        return tf.vectorized_map(norm, (x, y))


PORTION = 32  # pictures whose activations stay in the processor's cache


def answer_pictures(model):
    """A Keras model of pictures as a compiled function, several times faster than a plain call; None for others."""
    if not isinstance(model, tf.keras.Model) or len(model.input_shape) < 3:
        return None  # for records, compiling would take longer than answering

    pictures = tf.TensorSpec([None, PORTION, *model.input_shape[1:]], tf.float32)

    @tf.function(autograph=False, input_signature=[pictures])  # traced once, for any number of portions
    def portions(x):
        return tf.map_fn(lambda part: model(part, training=False), x, parallel_iterations=2)

    def answer(x: np.ndarray) -> np.ndarray:
        full = len(x) // PORTION * PORTION
        parts = [portions(tf.constant(x[:full].reshape(-1, PORTION, *x.shape[1:])))] if full else []
        answers = [part.numpy().reshape(-1, part.shape[-1]) for part in parts]
        rest = [model(x[full:], training=False).numpy()] if full < len(x) else []
        return np.concatenate([*answers, *rest])

    return answer


def _log_probability(model: tf.keras.Model):
    """Log-probabilities of the model: by log-softmax of the logits where they can be had."""
    if isinstance(model.layers[-1], tf.keras.layers.Softmax):
        logits = tf.keras.Model(model.inputs, model.layers[-1].input)
        return lambda x: tf.nn.log_softmax(logits(x, training=False))
    return lambda x: tf.math.log(tf.maximum(model(x, training=False), 1e-30))
