"""One optimiser step of a group of stacked networks, written out so that XLA compiles it whole."""

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace

import tensorflow as tf

STACKABLE = {  # activation: (function, its slope as a function of its value)
    "relu": (tf.nn.relu, lambda h: tf.cast(h > 0, h.dtype)),
    "tanh": (tf.nn.tanh, lambda h: 1 - h * h),
    "sigmoid": (tf.nn.sigmoid, lambda h: h * (1 - h)),
    "linear": (tf.identity, tf.ones_like),
}
SMALL = "--xla_cpu_multi_thread_eigen=false"
"""The flag with which XLA computes a product on the thread that asks: fastest for small ones, side by side."""
ANNOUNCED = (b"All log messages before absl::InitializeLog()", b"Compiled cluster using XLA!")
_lock = threading.Lock()


@cache
def tune_xla() -> None:
    """Have XLA read its flags now, `SMALL` and those of the environment, which is left as it was found.

    XLA reads ``XLA_FLAGS`` once a process, when it first compiles; where a flag stands twice the later counts, here the
    user's. The name of a file of flags is left alone.
    """
    with _lock:
        found = os.environ.get("XLA_FLAGS")
        if (found or "").lstrip()[:1] not in ("", "-"):
            return
        os.environ["XLA_FLAGS"] = f"{SMALL} {found or ''}"
        try:
            with _unannounced():
                tf.function(tf.identity, jit_compile=True)(tf.constant(0.0))
        finally:
            del os.environ["XLA_FLAGS"]
            if found is not None:
                os.environ["XLA_FLAGS"] = found


@contextmanager
def _unannounced() -> Iterator[None]:
    """XLA announces its first compilation on file descriptor 2, at any level of the log; the rest is passed on."""
    with tempfile.TemporaryFile() as kept:
        before = os.dup(2)
        os.dup2(kept.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(before, 2)
            os.close(before)
            kept.seek(0)
            lines = [line for line in kept if not any(words in line for words in ANNOUNCED)]
            if lines:
                os.write(2, b"".join(lines))


@cache
def compiled(activation: str, optimizer: str = "sgd", private: bool = False, decays: bool = False,
             dropout: float = 0.0, most: int = 1) -> SimpleNamespace:
    """The programs ``train`` and ``answer`` for stacks of one kind.

    Weights are [kernel (g, in, out), bias (g, 1, out), ...]; a batch is (g, rows, ...), its rows -1 where there is
    none. A private unit has ``most`` rows, one after the other.
    """
    act, slope = STACKABLE[activation]
    move = {"sgd": _sgd, "adam": _adam}[optimizer]

    def step(x, state, now, settings, seeds, t, batch_size):
        weights, real = state[0], (now["rows"] >= 0)[:, :, None]
        counted = tf.cast(real, tf.float32)
        masks = _masks(weights, now["rows"], dropout, seeds, t)
        inputs, errors = _errors(tf.gather(x, tf.maximum(now["rows"], 0)), now["labels"], weights, masks, act, slope,
                                 each=1.0 if private else counted / tf.maximum(tf.reduce_sum(counted, 1, True), 1))
        if private:
            inputs, errors = _clipped(inputs, errors, real, settings["clip"], most)
            errors = [error / batch_size for error in errors]
        slopes = []
        for h, error in zip(inputs, errors, strict=True):
            slopes += [tf.matmul(h, error, transpose_a=True), tf.reduce_sum(error, axis=1, keepdims=True)]
        if private:
            slopes = [g + z / batch_size for g, z in zip(slopes, _like(now["noise"], weights), strict=True)]
        elif decays:
            slopes = [g + 2 * settings["decay"][:, None, None] * w if i % 2 == 0 else g
                      for i, (g, w) in enumerate(zip(slopes, weights, strict=True))]
        return move(state, slopes, now["rate"][:, None, None], tf.cast(t + 1, tf.float32))

    @tf.function(jit_compile=True, autograph=False)
    def train(x, state, feed, settings, seeds, begin, steps, batch_size):
        def body(i, state):
            now = tf.nest.map_structure(lambda a: a[i], feed)
            return i + 1, step(x, state, now, settings, seeds, begin + i, batch_size)

        return tf.while_loop(lambda i, _: i < steps, body, (0, state))[1]

    @tf.function(autograph=False, reduce_retracing=True)
    def answer(x, weights):
        h = x[None]
        pairs = list(zip(weights[::2], weights[1::2], strict=True))
        for i, (kernel, bias) in enumerate(pairs):
            h = tf.matmul(h, kernel) + bias[:, None]
            h = act(h) if i + 1 < len(pairs) else tf.nn.softmax(h)
        return h

    return SimpleNamespace(
        train=lambda x, state, feed, settings, seeds, begin, steps, batch_size: train(
            x, state, feed, settings, seeds, tf.constant(begin), tf.constant(steps), tf.constant(batch_size)),
        answer=answer)


def _errors(x, labels, weights, masks, act, slope, each):
    """Each layer's inputs (g, rows, in), and ``each`` example's share of the loss differentiated by the layer's sums
    (g, rows, out)."""
    kernels, inputs = weights[::2], [x]
    for kernel, bias, mask in zip(kernels[:-1], weights[1:-1:2], masks, strict=True):
        h = act(tf.matmul(inputs[-1], kernel) + bias)
        inputs.append(h if mask is None else h * mask)
    logits = tf.matmul(inputs[-1], kernels[-1]) + weights[-1]
    errors = [(tf.nn.softmax(logits) - tf.one_hot(labels, logits.shape[-1])) * each]
    for kernel, h, mask in zip(kernels[:0:-1], inputs[:0:-1], masks[::-1], strict=True):
        back = _times_transposed(errors[0], kernel)
        if mask is None:
            errors.insert(0, back * slope(h))
        else:  # the value before the mask; where the mask is 0 the slope does not matter
            errors.insert(0, back * mask * slope(tf.math.divide_no_nan(h, mask)))
    return inputs, errors


def _times_transposed(error, kernel):
    """error @ kernel^T; written out where the classes are few, which is faster than a thin product."""
    classes = kernel.shape[-1]
    if classes > 4:
        return tf.matmul(error, kernel, transpose_b=True)
    return tf.add_n([error[:, :, c:c + 1] * kernel[:, None, :, c] for c in range(classes)])


def _clipped(inputs, errors, real, clip, most):
    """Inputs and errors that give each unit's clipped gradient; 0 for rows that are none, and where it is not finite.

    A dense layer's gradient is a sum of outer products over the unit's rows r, so its squared norm is the sum over r, s
    of (input_r . input_s + 1) (error_r . error_s), the 1 for the bias (Goodfellow 2015; Lee and Kifer 2021), and none
    is ever stored.
    """
    if most > 1:
        inputs, errors = ([tf.where(real, a, 0.0) for a in arrays] for arrays in (inputs, errors))
    squared = tf.add_n([_squared(h, e, most) for h, e in zip(inputs, errors, strict=True)])
    factor = tf.minimum(1.0, clip[:, None, None] * tf.math.rsqrt(tf.maximum(squared, 1e-30)))
    use = tf.math.is_finite(squared)
    if most > 1:
        factor, use = tf.repeat(factor, most, axis=1), tf.repeat(use, most, axis=1)
    use &= real
    return [tf.where(use, h, 0.0) for h in inputs], [tf.where(use, factor * e, 0.0) for e in errors]


def _squared(h, e, most):
    """A layer's part of each unit's squared gradient norm, (g, units, 1)."""
    if most == 1:
        return (tf.reduce_sum(h * h, axis=2, keepdims=True) + 1) * tf.reduce_sum(e * e, axis=2, keepdims=True)
    h, e = (tf.reshape(a, (a.shape[0], -1, most, a.shape[2])) for a in (h, e))
    products = (tf.matmul(h, h, transpose_b=True) + 1) * tf.matmul(e, e, transpose_b=True)
    return tf.reduce_sum(products, axis=(2, 3))[:, :, None]


def _masks(weights, rows, dropout, seeds, t):
    """Inverted dropout of the last hidden layer: each model's mask from its own seed."""
    masks = [None] * (len(weights) // 2 - 1)
    if dropout and masks:
        shape = (rows.shape[1], weights[-2].shape[1])
        draws = tf.map_fn(lambda seed: tf.random.stateless_uniform(shape, [seed, t]), seeds,
                          fn_output_signature=tf.float32)  # a loop: as many draws written out compile for seconds
        masks[-1] = tf.cast(draws >= dropout, tf.float32) / (1 - dropout)
    return masks


def _like(flat, weights):
    """Cut (g, parameters) into the shapes of the weights."""
    cut = tf.split(flat, [w.shape[1] * w.shape[2] for w in weights], axis=1)
    return [tf.reshape(piece, w.shape) for piece, w in zip(cut, weights, strict=True)]


def _sgd(state, slopes, rate, t):
    return [[w - rate * g for w, g in zip(state[0], slopes, strict=True)]]


def _adam(state, slopes, rate, t):
    """Keras's Adam: beta 0.9 and 0.999, epsilon 1e-7 added to the uncorrected root."""
    weights, first, second = state
    first = [0.9 * m + 0.1 * g for m, g in zip(first, slopes, strict=True)]
    second = [0.999 * s + 0.001 * g * g for s, g in zip(second, slopes, strict=True)]
    rate = rate * tf.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    weights = [w - rate * m / (tf.sqrt(s) + 1e-7) for w, m, s in zip(weights, first, second, strict=True)]
    return [weights, first, second]
