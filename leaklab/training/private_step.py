"""One step of DP-SGD for any Keras network: no unit moves the weights by more than the clipping norm."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf
from tensorflow_privacy.privacy.fast_gradient_clipping import clip_grads, layer_registry

from leaklab import _validate as v
from leaklab.training.dpsgd import DPSGD

FLOATS = 2**26
"""So many numbers of units' own gradients are held at a time, at most: 256 MB."""
SIMPLE = tuple(getattr(tf.keras.activations, name) for name in ("linear", "relu", "tanh", "sigmoid", "softmax", "elu"))
"""Activations that take each example by itself."""


def private_step(logits: tf.keras.Model, optimizer: tf.keras.optimizers.Optimizer, dp: DPSGD, size: int, seed: int,
                 most: int = 1) -> Callable[[np.ndarray, np.ndarray, np.ndarray], None]:
    """A function ``step(x, y, used)`` that moves ``logits`` by (sum of clipped gradients + noise) / size.

    Each unit goes through the network by itself, with its own random numbers, so its gradient and the norm that clips
    it are of one pass, and no layer can mix it with another. A gradient that is not finite counts as nothing. Dense
    layers without random numbers, one row a unit, are clipped from tensorflow-privacy's gradient norms instead, which
    stores no unit's gradient.

    Parameters
    ----------
    logits : tensorflow.keras.Model
        From inputs to logits.
    optimizer : tensorflow.keras.optimizers.Optimizer
    dp : DPSGD
    size : int
        The *expected* units in a batch: dividing by the actual number would tell how many a Poisson batch drew.
    seed : int
        Of the noise, and of layers that draw random numbers without a seed of their own.
    most : int
        Rows of a unit, m.

    Returns
    -------
    callable
        ``x`` float32 (units, m, ...), ``y`` int (units, m), ``used`` (units,): how many of a unit's m rows count.

    Raises
    ------
    ValueError
        (``Refused``) for a network whose step cannot be shown to be private: see `check_private`.
    """
    check_private(logits)
    variables, by_norms = logits.trainable_variables, most == 1 and _dense_only(logits)
    at_once = FLOATS // (1 if by_norms else sum(int(np.prod(w.shape)) for w in variables)) or 1
    optimizer.build(variables)
    spec = [tf.TensorSpec([None, most, *logits.input_shape[1:]], tf.float32), tf.TensorSpec([None, most], tf.int64),
            tf.TensorSpec([None], tf.int64)]

    @tf.function(input_signature=spec, autograph=False)
    def clipped_sum(x, y, used):
        tf.random.set_seed(seed + 1)  # while tracing: seeds this function alone, apart from the noise
        if by_norms:
            return _by_norms(logits, x[:, 0], y[:, 0], dp.clip)
        return _by_units(logits, x, y, used, dp.clip)

    @tf.function(autograph=False)
    def move(total):
        tf.random.set_seed(seed)
        scale = dp.noise_multiplier * dp.clip
        optimizer.apply_gradients([((g + scale * tf.random.normal(g.shape) if scale else g) / size, w)
                                   for g, w in zip(total, variables, strict=True)])

    def step(x: np.ndarray, y: np.ndarray, used: np.ndarray) -> None:
        total = [tf.zeros(w.shape) for w in variables]  # of an empty batch, which adds its noise all the same
        for i in range(0, len(x), at_once):
            rows = slice(i, i + at_once)
            total = [a + b for a, b in zip(total, clipped_sum(x[rows], y[rows], used[rows]), strict=True)]
        move(total)

    return step


def check_private(logits: tf.keras.Model) -> None:
    """Refuse a network that trains on more than its units' own clipped gradients.

    That is: a regularizer, or another loss of its own, which would be left out of the clipping; and state that a
    forward pass in training writes (batch normalization's moving averages, counters), which would be released without
    noise. The traced program is read, so it does not matter how deep a layer sits, or who wrote it.
    """
    spec = tf.TensorSpec([None, *logits.input_shape[1:]], tf.float32)
    losses = []

    def forward(x):
        out = logits(x, training=True)
        losses.extend(logits.losses)
        return out

    try:
        graph = tf.function(forward, autograph=False).get_concrete_function(spec).graph.as_graph_def()
    except Exception as error:  # whatever a layer of somebody's own may raise
        raise v.Refused(f"the network cannot be traced in training, so nothing can be shown of it ({error}). Use "
                        "layers that are made of TensorFlow operations.") from error
    if losses or logits.losses:
        raise v.Refused("the network adds a loss of its own (a regularizer, or add_loss), which is not clipped. Leave "
                        "it out, or train without dp.")
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    for node in nodes:
        if node.op.startswith(("Assign", "ResourceScatter")):
            raise v.Refused(f"{node.name!r} writes state in training, as BatchNormalization does with what it saw of a "
                            "batch: it would be released without noise. Use LayerNormalization, or freeze the layer "
                            "(trainable=False).")


def _by_units(logits: tf.keras.Model, x, y, used, clip: float) -> list:
    """The sum over units of each one's clipped gradient, a tensor a variable."""
    variables = logits.trainable_variables

    def of_unit(unit):
        rows, labels, count = unit
        weight = tf.cast(tf.range(tf.shape(labels)[0], dtype=tf.int64) < count, tf.float32)
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(weight * _losses(labels, logits(rows, training=True)))
        slopes = [tf.convert_to_tensor(g) for g in tape.gradient(
            loss, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)]
        norm = tf.sqrt(tf.add_n([tf.reduce_sum(tf.square(g)) for g in slopes]))
        return [tf.where(tf.math.is_finite(norm), g * tf.minimum(1.0, clip / norm), 0.0) for g in slopes]

    return [tf.reduce_sum(g, axis=0) for g in tf.vectorized_map(of_unit, (x, y, used))]


def _by_norms(logits: tf.keras.Model, x, y, clip: float) -> list:
    """The same for one row a unit and plain dense layers: a second pass, each loss weighted by min(1, clip / norm)."""
    norms = clip_grads.compute_gradient_norms(
        logits, layer_registry.make_default_layer_registry(), x, y,
        per_example_loss_fn=lambda labels, out, weight: _losses(labels, out))
    finite = tf.math.is_finite(norms)
    x = tf.where(tf.reshape(finite, [-1, *[1] * (len(x.shape) - 1)]), x, 0.0)  # 0 * infinity would not be 0
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.where(finite, tf.minimum(1.0, clip / norms), 0.0) * _losses(y, logits(x)))
    return tape.gradient(loss, logits.trainable_variables)


def _losses(labels, out):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, tf.cast(out, tf.float32))


def _dense_only(logits: tf.keras.Model) -> bool:
    """Whether all layers are plain dense ones in a row, which neither draw random numbers nor mix examples."""
    keras = tf.keras.layers

    def plain(layer) -> bool:
        if type(layer) in (keras.InputLayer, keras.Flatten):
            return True
        return (type(layer) is keras.Dense and len(layer.input_shape) == 2 and len(layer.inbound_nodes) == 1
                and layer.trainable and layer.activation in SIMPLE)

    return all(plain(layer) for layer in logits.layers)
