"""The evaluator: an independent network that judges whose face a recovered picture shows."""

import numpy as np
import tensorflow as tf
from scipy import ndimage

from leaklab import _validate as v
from leaklab._kept import kept
from leaklab.training.recipes import CNN


def train_evaluator(images, person, *, rng, copies: int = 8, progress: v.Progress | None = None) -> tf.keras.Model:
    """Train a recogniser that no attack ever sees, on all photographs of the people in question.

    A deeper network than any victim's, from another start, on augmented copies (mirrored, shifted, blurred, brighter,
    darker, noisier), so that it answers for the person and not for one photograph's pixels.

    Parameters
    ----------
    images : float array (n, height, width)
        All photographs, also those no victim was trained on.
    person : int array (n,)
    copies : int
        Augmented copies of each photograph.

    Returns
    -------
    tensorflow.keras.Model
        Probabilities ``(n, people)``.

    Notes
    -----
    Where the variable ``LEAKLAB_KEPT`` names a folder, as in ``make present``, a trained evaluator is kept there, and
    taken from there when it is asked for again with the same photographs and the same state of ``rng``.
    """
    rng = v.generator(rng)
    images = v.array("images", images, ndim=3, remedy="The evaluator takes grey faces: load them with color=False.")
    person = v.labels("person", person, length=len(images))
    copies = v.integer("copies", copies)

    def train() -> tf.keras.Model:
        varied = np.concatenate([images, *(augment(images, rng=rng) for _ in range(copies))])
        recipe = CNN(filters=(16, 32, 64), dense=128, dropout=0.3, epochs=6, batch_size=32)
        return recipe.fit(varied, np.tile(person, copies + 1), rng=rng, progress=progress)

    return kept("evaluator", (images, person, copies), rng, train)


def augment(images: np.ndarray, *, rng) -> np.ndarray:
    """One varied copy of each image: mirrored by chance, shifted by up to 3 pixels, blurred, re-lit, noisy."""
    rng = v.generator(rng)
    return np.stack([_vary(image, rng) for image in images])


def _vary(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    image = image[:, ::-1] if rng.random() < 0.5 else image
    image = ndimage.shift(image, rng.uniform(-3, 3, size=2), order=1, mode="nearest")
    image = ndimage.gaussian_filter(image, rng.uniform(0, 1.5))
    image = (image - 0.5) * rng.uniform(0.7, 1.3) + 0.5 + rng.uniform(-0.1, 0.1)
    return np.clip(image + 0.02 * rng.normal(size=image.shape), 0, 1).astype(np.float32)
