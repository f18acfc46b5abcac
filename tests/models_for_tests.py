"""Models that more than one test asks."""

import numpy as np

from leaklab.access import Access, Offers
from leaklab.models import Inputs, Model


class Labels(Model):
    """Class 1 where ``inside(x)`` is true, else 0; labels alone."""

    classes, offers = (0, 1), Offers.LABELS

    def __init__(self, inside, *shape):
        self.inside, self.inputs = inside, Inputs(shape)

    def probabilities(self, x):
        return np.eye(2)[self.inside(x).astype(int)]


def half_space(d):
    """Labels: whether the first of d coordinates is positive."""
    return Access(Labels(lambda x: x[:, 0] > 0, d))
