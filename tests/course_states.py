"""States of the classroom that a test of the state and a test of its view both start from."""

from contextlib import contextmanager
from functools import cache

import numpy as np

from leaklab.access import BlackBox, RemoteApi, WhiteBox
from leaklab.attacks import EigenfacePrior, FaceInversion, MIFace
from leaklab.course.door import Door
from leaklab.course.inversion import GREY, PRIOR, InversionRun
from leaklab.data import Faces
from leaklab.experiments.turns import Turns
from leaklab.models import Embedding
from leaklab.server import serve
from leaklab.training import MLP, SoftmaxRegression

NAMES = ("Ada", "Bo", "Cy")
LONELY = np.arange(200) < 20
"""Whom the models of `lonely_turns` know by heart."""


def three_people():
    """A recogniser of three people of eight by eight pixels."""
    rng = np.random.default_rng(0)
    means = rng.random((3, 8, 8)).astype("f4")
    x = np.clip(np.repeat(means, 6, axis=0) + 0.05 * rng.normal(size=(18, 8, 8)), 0, 1)
    recipe = SoftmaxRegression(epochs=60, batch_size=9, learning_rate=0.01)
    return recipe.fit(x, np.repeat(range(3), 6), rng=0)


def inversion_run(model) -> InversionRun:
    rng = np.random.default_rng(1)
    truth, prior = rng.random((3, 8, 8)), EigenfacePrior.fit(rng.random((12, 8, 8)))
    attacks = {GREY: MIFace(step_size=1.0, max_steps=50), PRIOR: FaceInversion(prior=prior, steps=30)}
    return InversionRun(WhiteBox(model), names=NAMES, truth=truth, attacks=attacks)


class Counts:
    """A detector that finds every query after the tenth suspicious."""

    def suspicion(self, sketches):
        return np.arange(1, len(sketches) + 1) / 10.5


@contextmanager
def asked_server():
    """A server that a quiet customer and a busy one have asked."""
    model = BlackBox(lambda x: np.full((len(x), 2), 0.5), inputs=(4, 4), classes=2)
    with serve(model) as running:
        for name, queries in (("quiet <b>", 5), ("busy", 30)):
            with RemoteApi(running.url, running.keys.add(name)) as api:
                api.probabilities(np.zeros((queries, 4, 4)))
        yield running


def lonely_turns(apart=6.0) -> Turns:
    """Models that know the lonely by heart: their humps are so far apart."""
    rng = np.random.default_rng(1)
    trained_on = rng.random((65, 200)) < 0.5
    ill = 1 / (1 + np.exp(-rng.normal(np.where(LONELY, apart, 0) * trained_on, 1)))
    return Turns(trained_on, np.ones(200, int), np.stack([1 - ill, ill], axis=2))


def tiny_faces(people=40, photographs=6, *, seed=0) -> Faces:
    """People of eight by eight pixels who are easy to tell apart, with odd names."""
    rng, person = np.random.default_rng(seed), np.repeat(np.arange(people), photographs)
    images = rng.random((people, 8, 8))[person] + 0.05 * rng.normal(size=(len(person), 8, 8))
    return Faces(np.clip(images, 0, 1), person, tuple(f"<b>{i}</b>" for i in range(people)), "tests")


@cache
def tiny_network() -> Embedding:
    """Learned thirty people of `tiny_faces`, and nobody of another seed."""
    others = tiny_faces(30, 6, seed=5)
    recipe = MLP(hidden=(48,), activation="tanh", epochs=15, batch_size=12, learning_rate=0.003)
    return Embedding(recipe.fit(others.images, others.person, rng=0))


def emptied(door: Door) -> Door:
    """The same lock with an empty gallery, the first visitor before it."""
    for name in door.lock.names:
        door.lock.erase(name)
    door.come(door.names[0])
    return door


def tiny_door() -> Door:
    """A lock whose network is a matter of a second; six people come to its door."""
    recipe = MLP(hidden=(48,), activation="tanh", epochs=15, batch_size=12, learning_rate=0.003)
    return Door.of(tiny_faces(), recipe, visitors=6, choosing=12, photographs=3, rng=0)
