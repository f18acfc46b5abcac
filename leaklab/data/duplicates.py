"""Which photographs are copies of one another: saved again, as another format, in another size."""

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

SIDE = 8
ALIKE = 0.05
"""Root mean square difference of two thumbnails, as a share of their contrast, up to which they show one photograph.

Measured on the 400 photographs of AT&T (92 x 112, and the 64 x 64 of scikit-learn): saved again as JPEG of quality 60,
or at half the size, a photograph moves by at most 0.031; two photographs of one person are at least 0.079 apart."""
GREY = np.array([0.299, 0.587, 0.114])
FAINT = 1e-3  # less contrast than a quarter of an 8-bit step
AXES, PORTION = 12, 1_000_000  # of the search, and candidates compared at once


def copies(images: np.ndarray) -> np.ndarray:
    """Group numbers (n,), in order of first appearance: equal for copies of one photograph.

    Compared are grey thumbnails of 8 x 8, so that what another format or size changes does not count. The contrast is
    the standard deviation within a thumbnail. A flat picture is a copy only of its equals.

    Parameters
    ----------
    images : float array (n, height, width) or (n, height, width, 3)

    Examples
    --------
    >>> picture, other = np.random.default_rng(0).random((2, 32, 32))
    >>> copies(np.stack([picture, other, picture.round(2)]))
    array([0, 1, 0])
    """
    small, back = np.unique(thumbnails(images), axis=0, return_inverse=True)
    contrast = small.std(axis=1)
    # Two that are alike differ by at most 2 x ALIKE once each has mean 0 and contrast 1, and by no more along the axes
    # in which all vary most: a tree of these few finds every candidate.
    level = (small - small.mean(axis=1, keepdims=True)) / np.maximum(contrast, FAINT)[:, None]
    axes = np.linalg.eigh(level.T @ level)[1][:, -AXES:]
    reach = 2 * ALIKE * np.sqrt(small.shape[1]) * (1 + 1e-6)
    pairs = cKDTree(level @ axes).query_pairs(reach, output_type="ndarray")
    for start in range(0, len(pairs), PORTION):
        a, b = pairs[start:start + PORTION].T
        away = np.sqrt(((small[a] - small[b])**2).mean(axis=1))
        pairs[start:start + PORTION, 1] = np.where(away <= ALIKE * (contrast[a] + contrast[b]) / 2, b, a)
    link = coo_matrix((np.ones(len(pairs), bool), pairs.T), shape=(len(small),) * 2)
    return pd.factorize(connected_components(link, directed=False)[1][back.ravel()])[0]


def thumbnails(images: np.ndarray) -> np.ndarray:
    """Grey means over 8 x 8 fields (fewer where there are fewer pixels), float64 (n, fields)."""
    for axis in (1, 2):
        size = images.shape[axis]
        fields = min(SIDE, size)
        edges = np.arange(fields) * size // fields
        images = np.add.reduceat(images, edges, axis=axis)
        wide = np.diff(edges, append=size).astype(np.float64)
        images = images / wide.reshape(-1, *[1] * (images.ndim - axis - 1))
    grey = images @ GREY if images.ndim == 4 else images
    return grey.reshape(len(grey), -1)
