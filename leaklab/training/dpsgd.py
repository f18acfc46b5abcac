"""Private training: DP-SGD (Abadi et al. 2016) with tensorflow-privacy, on batches drawn as they are accounted."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from tensorflow_privacy.privacy.fast_gradient_clipping import layer_registry
from tensorflow_privacy.privacy.keras_models.dp_keras_model import DPModel

from leaklab import _validate as v
from leaklab.privacy import SAMPLING, Guarantee, guarantee, noise_for_epsilon


@dataclass(frozen=True)
class DPSGD:
    """Per-example clipping and Gaussian noise, for a recipe's ``dp=``.

    Parameters
    ----------
    noise_multiplier : float
        Standard deviation of the noise on the summed gradients, over ``clip``. 0: no noise, and no guarantee.
    clip : float
        Clipping norm: an example's whole gradient is scaled down to at most this Euclidean length.
    sampling : {"poisson", "fixed"}
        How a batch is drawn; decides the accounting and what neighbours are (see `leaklab.privacy.guarantee`).
    plan : tuple of (int, int, int), optional
        ``(records, batch_size, steps)`` for which the noise was solved. A recipe that would draw other batches than
        these refuses to train. Set by `for_epsilon`.
    """

    noise_multiplier: float
    clip: float = 1.0
    sampling: str = "poisson"
    plan: tuple[int, int, int] | None = None

    def __post_init__(self):
        v.number("noise_multiplier", self.noise_multiplier, low=0)
        v.number("clip", self.clip, low=0, open_low=True)
        v.one_of("sampling", self.sampling, SAMPLING, "Shuffled epochs have no such accounting.")

    @classmethod
    def for_epsilon(cls, epsilon: float, *, delta: float, records: int, batch_size: int, epochs: int,
                    clip: float = 1.0, sampling: str = "poisson") -> "DPSGD":
        """The least noise that guarantees ``epsilon`` at ``delta`` for this many records, batch size and epochs."""
        steps = steps_of(records, batch_size, epochs)
        noise = noise_for_epsilon(epsilon, records=records, batch_size=batch_size, steps=steps, delta=delta,
                                  sampling=sampling)
        return cls(noise, clip, sampling, (records, batch_size, steps))

    def guarantee(self, *, records: int, batch_size: int, epochs: int, delta: float) -> Guarantee:
        """What training on ``records`` in this way guarantees."""
        self.check_plan(records, batch_size, epochs)
        return guarantee(noise_multiplier=self.noise_multiplier, records=records, batch_size=batch_size,
                         steps=steps_of(records, batch_size, epochs), delta=delta, sampling=self.sampling)

    def check_plan(self, records: int, batch_size: int, epochs: int) -> None:
        """Refuse batches other than those the noise was solved for."""
        drawn = (records, batch_size, steps_of(records, batch_size, epochs))
        if self.plan is not None and drawn != self.plan:
            raise v.Refused(f"(records, batch_size, steps)={drawn}: the noise was solved for {self.plan}, so the "
                            "promised epsilon would not hold. Solve again with DPSGD.for_epsilon for this training.")


def steps_of(records: int, batch_size: int, epochs: int) -> int:
    """Batches that show ``epochs * records`` examples (expected, for Poisson batches); at least one."""
    return max(1, round(epochs * records / batch_size))


def draw(records: int, batch_size: int, sampling: str, rng: np.random.Generator) -> np.ndarray:
    """The rows of one batch, drawn as ``sampling`` says; a Poisson batch varies in size and may be empty."""
    if sampling == "poisson":
        return np.flatnonzero(rng.random(records) < batch_size / records)
    return rng.choice(records, batch_size, replace=False)


def private_step(logits: tf.keras.Model, optimizer: tf.keras.optimizers.Optimizer, dp: DPSGD, batch_size: int,
                 seed: int) -> Callable[[np.ndarray, np.ndarray], None]:
    """A function ``step(x, y)`` that trains ``logits`` by one DP-SGD step of tensorflow-privacy's ``DPModel``.

    The update uses (sum of clipped gradients + noise) / batch_size with the *expected* batch size, so that it does
    not tell how many records a Poisson batch drew. Where all layers are dense, ``DPModel`` clips without storing
    per-example gradients.
    """
    refuse_shared_statistics(logits)
    model = DPModel(inputs=logits.inputs, outputs=logits.outputs, l2_norm_clip=dp.clip,
                    noise_multiplier=dp.noise_multiplier, use_xla=False,
                    layer_registry=layer_registry.make_default_layer_registry())
    model.compile(optimizer=_rescaled(optimizer, batch_size),
                  loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    spec = [tf.TensorSpec([None, *logits.input_shape[1:]], tf.float32), tf.TensorSpec([None], tf.int64),
            tf.TensorSpec([None], tf.float32)]

    @tf.function(input_signature=spec, autograph=False)
    def run(x, y, weight):
        tf.random.set_seed(seed)  # while tracing: seeds the noise of this function alone
        model.optimizer.rows.assign(tf.cast(tf.shape(y)[0], tf.float32))
        model.train_step((x, y, weight))

    def step(x: np.ndarray, y: np.ndarray) -> None:
        weight = np.ones(len(y), np.float32)
        if len(y) == 0:  # an empty Poisson batch still adds its noise: pass one row of weight 0
            x, y, weight = (np.zeros((1, *a.shape[1:]), a.dtype) for a in (x, y, weight))
        run(x, y, weight)

    return step


def refuse_shared_statistics(model: tf.keras.Model) -> None:
    """Refuse layers that mix the examples of a batch: clipping one example's gradient would not bound its influence."""
    for layer in model.layers:
        if isinstance(layer, tf.keras.layers.BatchNormalization):
            raise v.Refused(f"layer {layer.name!r} is a BatchNormalization: it mixes the examples of a batch, so "
                            "DP-SGD cannot bound one example's influence. Use LayerNormalization or none.")


def _rescaled(optimizer: tf.keras.optimizers.Optimizer, batch_size: int) -> tf.keras.optimizers.Optimizer:
    """The optimizer, for gradients that ``DPModel`` divided by the rows it got instead of by ``batch_size``."""

    class Rescaled(type(optimizer)):
        def apply_gradients(self, grads_and_vars, *args, **kwargs):
            scale = self.rows / batch_size
            return super().apply_gradients([(scale * g, var) for g, var in grads_and_vars], *args, **kwargs)

    rescaled = Rescaled.from_config(optimizer.get_config())
    rescaled.rows = tf.Variable(float(batch_size), trainable=False)
    return rescaled
