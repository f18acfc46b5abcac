"""How much a recovered image is like the truth, and like this person rather than like anybody."""

import numpy as np
from scipy.ndimage import gaussian_filter

from leaklab._validate import array, fail


def correlation(image, truth) -> np.ndarray:
    """Pearson correlation of each image with its truth, shape (n,); 0 where one of them is flat.

    It flatters: any two faces correlate. See :func:`correlation_beyond`.

    Parameters
    ----------
    image, truth : array of float, shape (n, height, width)
    """
    image, truth = _pair(image, truth)
    a, b = (v.reshape(len(v), -1) - v.mean((1, 2))[:, None] for v in (image, truth))
    size = np.sqrt((a**2).sum(1) * (b**2).sum(1))
    flat = size < 1e-12 * a.shape[1]  # spreads below a millionth are rounding, and would correlate at random
    return np.where(flat, 0.0, (a * b).sum(1) / np.where(flat, 1, size))


def correlation_beyond(image, truth, mean) -> np.ndarray:
    """Likeness beyond the average face, shape (n,): correlation after subtracting the mean *public* face from both.

    The mean public face scores 0, and so on average does any face that has nothing of this person.

    Parameters
    ----------
    image, truth : array of float, shape (n, height, width)
    mean : array of float, shape (height, width)
        The mean face of people who are not in the model.

    Examples
    --------
    >>> truth = np.random.default_rng(0).random((1, 8, 8))
    >>> mean = np.full((8, 8), 0.5)
    >>> correlation_beyond(truth, truth, mean).round(6).tolist(), correlation_beyond(mean[None], truth, mean).tolist()
    ([1.0], [0.0])
    """
    image, truth = _pair(image, truth)
    mean = array("mean", mean, ndim=2, dtype=np.float64)
    if mean.shape != image.shape[1:]:
        raise ValueError(f"mean has shape {mean.shape}: must be that of one image, {image.shape[1:]}.")
    return correlation(image - mean, truth - mean)


def ssim(a, b) -> np.ndarray:
    """Mean structural similarity of each pair of images, shape (n,); 1 for equal images (Wang et al., 2004).

    Gaussian window of 11 x 11 pixels, sigma 1.5, only where it lies inside the image; K1 = 0.01, K2 = 0.03.

    Parameters
    ----------
    a, b : array of float, shape (n, height, width)
        In [0, 1]; at least 11 x 11 pixels.
    """
    a, b = _pair(a, b, names=("a", "b"))
    if min(a.shape[1:]) < 11:
        raise ValueError(f"a has shape {a.shape}: images must be at least 11 x 11 pixels, the size of the window.")
    for name, images in (("a", a), ("b", b)):
        if images.min() < -1e-6 or images.max() > 1 + 1e-6:
            fail(name, f"{images.min():.3g}..{images.max():.3g}", "must lie in [0, 1]", "Clip or rescale the images.")

    def local(v):
        return gaussian_filter(v, (0, 1.5, 1.5), truncate=3.5)[:, 5:-5, 5:-5]

    mean_a, mean_b = local(a), local(b)
    variances = local(a * a) - mean_a**2 + local(b * b) - mean_b**2
    covariance = local(a * b) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    alike = (2 * mean_a * mean_b + c1) * (2 * covariance + c2) / ((mean_a**2 + mean_b**2 + c1) * (variances + c2))
    return alike.mean((1, 2))


def _pair(a, b, names: tuple[str, str] = ("image", "truth")) -> tuple[np.ndarray, np.ndarray]:
    a, b = (array(name, value, ndim=3, dtype=np.float64) for name, value in zip(names, (a, b), strict=True))
    if a.shape != b.shape:
        raise ValueError(f"{names[0]} has shape {a.shape} and {names[1]} {b.shape}: must be the same.")
    return a, b
