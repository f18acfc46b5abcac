"""Honest traffic: photographs taken again."""

import numpy as np
import pytest

from leaklab.data import Faces
from leaklab.experiments.traffic import KINDS, honest_visit, retaken

FACES = Faces(np.repeat(np.linspace(0.2, 0.8, 6), 64).reshape(6, 8, 8), [0, 0, 1, 1, 2, 2], ("a", "b", "c"), "tests")


def test_retaken_is_near_and_never_the_same():
    again = retaken(FACES.images, rng=0)
    change = np.abs(again.mean(axis=(1, 2)) / FACES.images.mean(axis=(1, 2)) - 1)
    assert (change > 0).all() and (change < 0.17).all() and again.min() >= 0 and again.max() <= 1
    assert np.array_equal(again, retaken(FACES.images, rng=0))


@pytest.mark.parametrize("kind", KINDS)
def test_a_visit_has_as_many_photographs_as_asked_for(kind):
    visit = honest_visit(FACES, 50, kind=kind, rng=1)
    assert visit.shape == (50, 8, 8) and visit.dtype == np.float32
    brightness = visit.mean(axis=(1, 2))
    distinct = len(np.unique(brightness))
    assert (distinct < 40) if kind == "resent" else (distinct == 50)
    assert (np.ptp(brightness) < 0.4) == (kind == "one person")


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="kind"):
        honest_visit(FACES, 5, kind="robots", rng=0)
    with pytest.raises(ValueError, match="queries"):
        honest_visit(FACES, 0, rng=0)
