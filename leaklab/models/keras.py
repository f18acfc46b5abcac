"""Keras models, whatever their kind; logarithms of probabilities are taken before the softmax wherever that can be."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from leaklab import _validate as v
from leaklab.models.base import Open, check_classes, read
from leaklab.models.inputs import Inputs

BUDGET = 2**28
"""Bytes of activations, and of gradients by the parameters, that are in memory at once."""
PORTION = 32  # pictures whose activations stay in the processor's cache
MOST = 128  # records whose gradients by the parameters are computed side by side
TINY = 1e-30
layers = tf.keras.layers
Function = Callable[[tf.Tensor], tf.Tensor]


class Keras(Open):
    """A Keras model with one input and one output of ``(n, classes)``, or of one unit for two classes.

    Parameters
    ----------
    model : tensorflow.keras.Model
        Sequential, functional or subclassed.
    inputs, classes : optional
        Where the model does not tell.
    answers : {"auto", "probabilities", "logits"}
        What the model answers. "auto" reads it off the last layer: a softmax, or a sigmoid of one unit. A last layer
        without an activation is refused, for its answers may be logits. What cannot be read is taken for probabilities,
        and every answer is checked to be such.
    """

    def __init__(self, model: tf.keras.Model, *, inputs: Inputs | None = None, classes: Any = None,
                 answers: str = "auto"):
        v.one_of("answers", answers, ("auto", "probabilities", "logits"))
        self._model, self.answers = model, answers
        self.inputs, self._dtype = _inputs(model, inputs)
        self._whole = np.issubdtype(self.inputs.dtype, np.integer)
        width = self._width()
        self.classes = check_classes(max(2, width) if classes is None else classes)
        if len(self.classes) != max(2, width):
            v.fail("classes", classes, f"must be {max(2, width)} labels, one for each of the model's answers",
                   "Give all that it was trained on (of photographs the people), and no others.")
        self._logits = _head(model, answers, width)
        if self._logits and answers != "logits" and not self._agrees():
            self._logits = None  # a `call` of its own: what the layers say is not what the model does
        self._bytes = 12 * _activations(model)  # values, and their derivatives on the way back
        batch = tf.TensorSpec([None, *self.inputs.shape], self._dtype)
        labels = tf.TensorSpec([None], tf.int64)
        self._slope = tf.function(self._differentiate, autograph=False, input_signature=[batch, labels])
        self._norms = tf.function(self._parameter_norms, autograph=False, input_signature=[batch, labels])
        self._pictures = self._in_portions() if len(self.inputs.shape) > 1 else None

    def __reduce__(self):
        return _made_again, (self._model, self.inputs, self.classes, self.answers)  # compiled functions do not travel

    @property
    def original(self):
        return self._model

    def probabilities(self, x):
        full, parts = 0, []
        if self._pictures and len(x) >= PORTION:
            full = len(x) // PORTION * PORTION
            parts = [self._pictures(self._tensor(x[:full].reshape(-1, PORTION, *x.shape[1:])))]
        parts += [self._answer(self._tensor(x[rows])) for rows in self._rows(full, len(x), self._bytes)]
        return np.concatenate([part.numpy().reshape(-1, part.shape[-1]) for part in parts])

    def input_gradient(self, x, label):
        if self._whole:
            raise v.Refused("the inputs of this model are whole numbers: there is no derivative by them.")
        log_p, gradient = self._worked(self._slope, x, label, self._bytes)
        return log_p[np.arange(len(x)), label], gradient

    def loss_gradient_norm(self, x, y):
        each = max(self._bytes + 4 * self._model.count_params(), BUDGET // MOST)
        return self._worked(self._norms, x, y, each)[1]

    def parameters(self):
        return self._model.get_weights()

    def _worked(self, function, x, label, each: int) -> tuple[np.ndarray, np.ndarray]:
        """Log-probabilities (n, classes), and what else ``function`` gives, portion by portion."""
        label = np.asarray(label, np.int64)
        parts = [function(self._tensor(x[rows]), tf.constant(label[rows])) for rows in self._rows(0, len(x), each)]
        log_p, rest = (np.concatenate([t.numpy() for t in side]) for side in zip(*parts, strict=True))
        if self._logits is None:
            read(np.exp(log_p), len(x), len(self.classes))
        return log_p, rest

    def _rows(self, start: int, stop: int, each: int) -> Iterator[slice]:
        size = max(1, BUDGET // max(each, 1))
        return (slice(i, i + size) for i in range(start, stop, size))

    def _tensor(self, x) -> tf.Tensor:
        return tf.cast(tf.constant(x), self._dtype)

    def _width(self) -> int:
        """Columns of the model's answer, by asking about zeros."""
        zeros = tf.zeros([1, *(8 if n is None else n for n in self.inputs.shape)], self._dtype)
        try:
            answers = tf.nest.flatten(self._model(zeros, training=False))
        except (ValueError, TypeError, tf.errors.OpError) as error:
            first = str(error).strip().split("\n")[0]
            raise ValueError(f"the model cannot answer inputs of shape {self.inputs.shape}: {first}. Pass "
                             "inputs=(...), the shape of one input.") from error
        if len(answers) != 1:
            _wrap(self._model, f"gives {len(answers)} outputs", "lambda x: model(x)[0].numpy()")
        if answers[0].shape.rank not in (1, 2):
            shape = ('n', *answers[0].shape[1:])
            _wrap(self._model, f"answers with shape {shape}", "lambda x: model(x)[:, -1].numpy()")
        self._float = tf.float64 if answers[0].dtype == tf.float64 else tf.float32
        return 1 if answers[0].shape.rank == 1 else answers[0].shape[1]

    def _agrees(self) -> bool:
        """Whether the logits that were found give the model's own answers, to a few random inputs."""
        rng, shape = np.random.default_rng(0), [8 if n is None else n for n in self.inputs.shape]
        low, high = self.inputs.low or 0, self.inputs.high or 1
        x = self._tensor(rng.integers(int(low), int(high), (3, *shape), endpoint=True) if self._whole else
                         rng.uniform(low, high, (3, *shape)))
        return bool(np.allclose(self._answer(x), self._forward(x), atol=1e-2))

    def _forward(self, x) -> tf.Tensor:
        answer = tf.nest.flatten(self._model(x, training=False))[0]
        answer = tf.cast(answer[:, None] if answer.shape.rank == 1 else answer, self._float)
        return tf.concat([1 - answer, answer], axis=1) if answer.shape[1] == 1 else answer

    def _log_probability(self, x) -> tf.Tensor:
        if self._logits is None:
            return tf.math.log(tf.maximum(self._forward(x), TINY))
        z = tf.cast(self._logits(x), self._float)
        return tf.nn.log_softmax(tf.concat([tf.zeros_like(z), z], axis=1) if z.shape[1] == 1 else z)

    def _answer(self, x) -> tf.Tensor:
        return self._forward(x) if self._logits is None else tf.exp(self._log_probability(x))

    def _in_portions(self):
        """All pictures as one compiled program: several times faster than a plain call (for records it is slower)."""
        pictures = tf.TensorSpec([None, PORTION, *self.inputs.shape], self._dtype)

        @tf.function(autograph=False, input_signature=[pictures])  # traced once, for any number of portions
        def portions(x):
            return tf.map_fn(self._answer, x, parallel_iterations=2,
                             fn_output_signature=tf.TensorSpec(None, self._float))

        return portions

    def _differentiate(self, x, label):
        with tf.GradientTape() as tape:
            tape.watch(x)
            log_p = self._log_probability(x)
            value = tf.gather(log_p, label, batch_dims=1)
        return log_p, tape.gradient(value, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)

    def _parameter_norms(self, x, y):
        parameters = self._model.trainable_variables or self._model.weights  # of a frozen model, all

        def norm(record):
            one, label = record
            with tf.GradientTape() as tape:
                log_p = self._log_probability(one[None])[0]
                loss = -log_p[label]
            gradients = tape.gradient(loss, parameters, unconnected_gradients=tf.UnconnectedGradients.ZERO)
            squares = [tf.reduce_sum(tf.cast(tf.convert_to_tensor(g), log_p.dtype)**2) for g in gradients]
            return log_p, tf.sqrt(tf.add_n(squares))

        if any(isinstance(layer, layers.RNN) for layer in self._model._flatten_layers()):
            return tf.map_fn(norm, (x, y), fn_output_signature=(self._float,) * 2)  # its loop cannot be vectorized
        return tf.vectorized_map(norm, (x, y))


def _made_again(model, inputs: Inputs, classes, answers: str) -> Keras:
    return Keras(model, inputs=inputs, classes=classes, answers=answers)


def dense_network(weights: list[np.ndarray], activation: str) -> Keras:
    """A network of dense layers with these kernels and biases, in double precision."""
    kernels = weights[::2]
    model = tf.keras.Sequential([layers.Input((len(kernels[0]),), dtype="float64")])
    for kernel in kernels[:-1]:
        model.add(layers.Dense(kernel.shape[1], activation, dtype="float64"))
    width = kernels[-1].shape[1]
    model.add(layers.Dense(width, "sigmoid" if width == 1 else "softmax", dtype="float64"))
    model.set_weights(weights)
    return Keras(model)


def _inputs(model, given: Inputs | None) -> tuple[Inputs, tf.DType]:
    """What the model takes, and the type of its tensor."""
    specs = tf.nest.flatten(getattr(model, "inputs", None) or [])
    if not specs and model.save_spec() is not None:  # subclassed, and called before
        specs = tf.nest.flatten(model.save_spec()[0])
    if len(specs) > 1:
        _wrap(model, f"takes {len(specs)} inputs", "lambda x: model([x[:, :3], x[:, 3:]]).numpy()")
    if given is not None:
        return given, specs[0].dtype if specs else tf.as_dtype(given.dtype)
    if not specs:
        v.fail("model", type(model).__name__, "has not been built, so the shape of its inputs is unknown",
               "Call it once on data, or pass inputs=(...), the shape of one input.")
    shape, dtype = tuple(specs[0].shape[1:]), specs[0].dtype
    first = next((layer for layer in getattr(model, "layers", []) if not isinstance(layer, layers.InputLayer)), None)
    if isinstance(first, layers.Embedding):
        return Inputs(shape, "int64", low=0, high=first.input_dim - 1), dtype
    return Inputs(shape, dtype.name), dtype


def _wrap(model, what: str, how: str) -> None:
    v.fail("model", type(model).__name__, what, "Leaklab asks for one array and one answer: wrap it in a function, "
           f"BlackBox({how}, inputs=(...), classes=...).")


def _head(model, answers: str, width: int) -> Function | None:
    """The function from inputs to logits, where the model has logits; None where it answers probabilities."""
    before, activation = _last_layer(model)
    if answers == "logits":
        if activation in ("softmax", "sigmoid"):
            v.fail("answers", answers, f"is not what the model gives: its last layer is a {activation}",
                   "Leave answers out.")
        return lambda x: tf.nest.flatten(model(x, training=False))[0]
    if activation == "sigmoid" and width > 1:
        v.fail("model", type(model).__name__, f"ends in {width} sigmoids, each an answer of its own",
               "Wrap one of them: BlackBox(lambda x: model(x)[:, 0].numpy(), inputs=(...), classes=2).")
    if activation in ("softmax", "sigmoid"):
        return before
    if activation == "linear" and answers == "auto":
        v.fail("model", type(model).__name__, "ends in a layer without an activation, so its answers may be logits",
               "Say which they are: answers=\"logits\" or answers=\"probabilities\".")
    return None


def _last_layer(model) -> tuple[Function | None, str | None]:
    """What comes before the last activation, as a function of the input, and that activation's name."""
    outputs = getattr(model, "outputs", None)
    history = getattr(outputs[0], "_keras_history", None) if outputs else None
    if history is None:
        return None, None
    before = history.layer.get_input_at(history.node_index)
    if isinstance(before, list | tuple | dict):
        return None, None
    layer, features = history.layer, tf.keras.Model(model.inputs, before)

    def hidden(x):
        return features(x, training=False)

    if isinstance(layer, layers.Softmax):
        return hidden, "softmax"
    if isinstance(layer, layers.Activation):
        return hidden, getattr(layer.activation, "__name__", None)
    if isinstance(layer, layers.Dense):
        return (lambda x: _dense(layer, hidden(x))), getattr(layer.activation, "__name__", None)
    if isinstance(layer, tf.keras.Model):
        inner, name = _last_layer(layer)
        return inner and (lambda x: inner(hidden(x))), name
    return None, None


def _dense(layer, x: tf.Tensor) -> tf.Tensor:
    z = tf.matmul(tf.cast(x, layer.kernel.dtype), layer.kernel)
    return z if layer.bias is None else z + layer.bias


def _activations(model) -> int:
    """Numbers that the layers make of one input, as far as they tell; a thousand otherwise."""
    total = 0
    for layer in model._flatten_layers(include_self=False):
        try:
            outputs = tf.nest.flatten(layer.output)
        except (AttributeError, RuntimeError):  # not called, or several times
            continue
        total += sum(int(np.prod([64 if n is None else n for n in t.shape[1:]])) for t in outputs)
    return max(total, 1000)
