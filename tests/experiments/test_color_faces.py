"""Faces in color: what works with them, and what says that it takes grey ones."""

import numpy as np
import pytest

from leaklab.access import WhiteBox
from leaklab.attacks import EigenfacePrior, FaceInversion
from leaklab.course.traffic import honest_visit
from leaklab.data import Faces
from leaklab.demo.faces import typical
from leaklab.evaluation import judge
from leaklab.experiments import faces as experiment
from leaklab.experiments.private import face_point
from leaklab.plots import portrait_grid
from leaklab.plots.private import faces_along
from leaklab.training import CNN, MLP, SoftmaxRegression


@pytest.fixture(scope="module")
def color():
    rng = np.random.default_rng(0)
    people = rng.random((6, 12, 12, 3))
    images = np.clip(people.repeat(4, axis=0) + rng.normal(0, 0.1, (24, 12, 12, 3)), 0, 1)
    return Faces(images, np.repeat(np.arange(6), 4), tuple("abcdef"), "tests")


def test_recognizers_without_convolutions_and_inversion_work_in_color(color):
    private, public = color.split_people(3, rng=0)
    for recipe in (SoftmaxRegression(epochs=40), MLP(hidden=(16,), epochs=40)):
        model = recipe.fit(private.images, private.person, rng=0)
        found = FaceInversion(prior=EigenfacePrior.fit(public.images), steps=5)(WhiteBox(model), [0, 1, 2], rng=0)
        assert found.images.shape == (3, 12, 12, 3)
    closest = typical(private)
    away = ((private.images - private.class_means()[private.person])**2).sum((1, 2, 3))
    assert np.array_equal(closest[1], private.images[private.person == 1][away[private.person == 1].argmin()])


@pytest.mark.parametrize("use", [
    lambda f: experiment.prepare(f, private=3, photographs=2, rng=0),
    lambda f: face_point(f, f, f, epsilon=2.0, evaluator=None, rng=0),
    lambda f: judge(f.class_means(), range(6), evaluator=None, truth=f.class_means(), average=f.mean_face()),
    lambda f: honest_visit(f, 3, rng=0),
], ids=["prepare", "face_point", "judge", "honest_visit"])
def test_what_takes_grey_faces_says_so(color, use):
    with pytest.raises(ValueError, match="color=False"):
        use(color)


@pytest.mark.parametrize("use", [
    lambda f: CNN().fit(f.images, f.person, rng=0),
    lambda f: portrait_grid({"them": f.class_means()}),
    lambda f: faces_along([1.0], f.class_means()[None], f.class_means()),
], ids=["CNN", "portrait_grid", "faces_along"])
def test_other_places_name_the_shape(color, use):
    with pytest.raises(ValueError, match=r"grey images|\(6, 12, 12, 3\): must have 3 dimension"):
        use(color)
