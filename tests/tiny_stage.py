"""A stage small enough for tests: six people of twelve by twelve pixels, and a recogniser that is its own judge."""

import numpy as np

from leaklab.access import BlackBox, WhiteBox
from leaklab.data import Faces
from leaklab.experiments.faces import Stage
from leaklab.training import SoftmaxRegression

NAMES = ("Ada", "Bo", "Cy", "Dee", "Eli", "Fay")


def tiny_stage() -> tuple[Stage, WhiteBox]:
    rng = np.random.default_rng(0)
    means = rng.random((len(NAMES), 12, 12))
    person = np.repeat(np.arange(len(NAMES)), 6)

    def photographs(noise):
        images = np.clip(means[person] + noise * rng.normal(size=(len(person), 12, 12)), 0, 1)
        return Faces(images, person, NAMES, "tests")

    train, test = photographs(0.05), photographs(0.05)
    public = Faces(rng.random((30, 12, 12)), np.repeat(np.arange(10), 3), tuple("abcdefghij"), "tests")
    recipe = SoftmaxRegression(epochs=80, batch_size=9, learning_rate=0.01)
    model = recipe.fit(train.images, train.person, rng=0)
    return Stage(train, test, public, BlackBox(model)), WhiteBox(model)
