"""Honest traffic: real photographs, retaken; of whom, and how often, as its kind says."""

import numpy as np
import pytest

from leaklab.course.traffic import KINDS, honest_visit, retaken
from leaklab.data import load_faces


@pytest.fixture(scope="module")
def faces():
    return load_faces("synthetic").split_people(4, rng=0)[0]


def nearest(asked, faces):
    """Whose photograph each question is most like, light and level aside."""
    flat, known = (images.reshape(len(images), -1) for images in (asked, faces.images))
    flat, known = ((a - a.mean(axis=1, keepdims=True)) / a.std(axis=1, keepdims=True) for a in (flat, known))
    return faces.person[(flat @ known.T).argmax(axis=1)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_visit_is_made_of_photographs_and_repeats_as_its_kind_says(faces, kind):
    asked = honest_visit(faces, 60, kind=kind, rng=0)
    assert asked.shape == (60, *faces.shape) and asked.dtype == np.float32
    assert asked.min() >= 0 and asked.max() <= 1
    people = np.unique(nearest(asked, faces))
    assert (len(people) <= 2) if kind == "one person" else (len(people) == 4)
    different = len(np.unique(asked.reshape(60, -1), axis=0))
    assert (20 <= different <= 40) if kind == "resent" else different == 60  # half, 4 standard deviations


def test_retaken_photographs_are_near_and_not_the_same(faces):
    again = retaken(faces.images[:20], 0)
    apart = np.abs(again - faces.images[:20]).mean(axis=(1, 2))
    assert (apart > 0.005).all() and (apart < 0.2).all()
    np.testing.assert_array_equal(again, retaken(faces.images[:20], 0))


def test_refusals(faces):
    with pytest.raises(ValueError, match="kind"):
        honest_visit(faces, 5, kind="robot", rng=0)
    with pytest.raises(ValueError, match="queries"):
        honest_visit(faces, 0, rng=0)
