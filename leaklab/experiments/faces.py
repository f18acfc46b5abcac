"""The face experiment: train a recogniser on private people, recover their faces, judge them beside baselines."""

import time
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.access import Access, BlackBox, WhiteBox
from leaklab.attacks import EigenfacePrior, FaceInversion, Inversion, Recovered
from leaklab.data import Faces
from leaklab.evaluation import Likeness, accuracy, judge, train_evaluator
from leaklab.metrics import Rate
from leaklab.training import CNN, MLP, Recipe, SoftmaxRegression

VICTIMS: dict[str, Recipe] = {
    "softmax": SoftmaxRegression(epochs=60, batch_size=32),
    "MLP": MLP(hidden=(512,), epochs=60, batch_size=32, weight_decay=1e-4),
    "CNN": CNN(filters=(16, 32), dense=128, epochs=40, batch_size=32, weight_decay=2e-3),
}
"""The recognisers under attack."""


@dataclass(frozen=True, eq=False)
class Stage:
    """Who is private, who is public, and the judge.

    Attributes
    ----------
    train, test : Faces
        The private people's photographs: those the recogniser learns from, and unseen ones.
    public : Faces
        Other people: what the adversary knows of faces.
    evaluator : Access
        An independent recogniser of the private people, which no attack sees.
    """

    train: Faces
    test: Faces
    public: Faces
    evaluator: Access
    __repr__ = summary

    @property
    def people(self) -> np.ndarray:
        return np.arange(self.train.people)

    @cached_property
    def prior(self) -> EigenfacePrior:
        """What the public photographs teach the adversary of faces."""
        return EigenfacePrior.fit(self.public.images)

    def judge(self, images, people=None) -> Likeness:
        """How much ``images``, one for each private person or for each of ``people``, resemble them."""
        people = self.people if people is None else people
        return judge(images, people, evaluator=self.evaluator, truth=self.train.class_means(),
                     average=self.public.mean_face())


@dataclass(frozen=True, eq=False)
class FaceStudy:
    """One recogniser attacked.

    Attributes
    ----------
    accuracy : Rate
        Of the recogniser, on unseen photographs.
    recovered : Recovered
    likeness : Likeness
    fit_seconds, attack_seconds : float
        Wall-clock seconds of the training, and of the attack on all people.
    """

    accuracy: Rate
    recovered: Recovered
    likeness: Likeness
    fit_seconds: float
    attack_seconds: float
    __repr__ = summary


def prepare(faces: Faces, *, private: int = 20, photographs: int = 7, rng,
            progress: v.Progress | None = None) -> Stage:
    """Split people and photographs, and train the evaluator on all of the private people's photographs."""
    rng = v.generator(rng)
    inside, public = faces.split_people(private, rng=rng)
    train, test = inside.split_photographs(photographs, rng=rng)
    evaluator = train_evaluator(inside.images, inside.person, rng=rng, progress=progress)
    return Stage(train, test, public, BlackBox(evaluator))


def study(stage: Stage, recipe: Recipe, *, attack: Inversion | None = None, rng,
          progress: v.Progress | None = None) -> FaceStudy:
    """Train ``recipe`` on the private people and recover all their faces in one call, white box."""
    rng, attack = v.generator(rng), attack or FaceInversion(prior=stage.prior)
    start = time.perf_counter()
    model = recipe.fit(stage.train.images, stage.train.person, classes=stage.train.people, rng=rng, progress=progress)
    trained = time.perf_counter()
    recovered = attack(WhiteBox(model), stage.people, rng=rng, progress=progress)
    done = time.perf_counter()
    right = accuracy(BlackBox(model), stage.test.images, stage.test.person)
    return FaceStudy(right, recovered, stage.judge(recovered.images), trained - start, done - trained)


def average_face(stage: Stage) -> np.ndarray:
    """Baseline: the mean public face, "recovered" for everybody."""
    return np.repeat(stage.public.mean_face()[None], len(stage.people), axis=0)


def never_trained(stage: Stage, recipe: Recipe, *, attack: Inversion | None = None, rng) -> np.ndarray:
    """Baseline: faces "recovered" for names the recogniser has, but no photographs of.

    Every private person takes a turn at being enrolled without photographs: two recognisers, each trained on one half
    of the people, are asked for the other half.
    """
    rng, attack = v.generator(rng), attack or FaceInversion(prior=stage.prior)
    images = np.empty((len(stage.people), *stage.train.shape), np.float32)
    for half in np.array_split(rng.permutation(stage.people), 2):
        seen = ~np.isin(stage.train.person, half)
        model = recipe.fit(stage.train.images[seen], stage.train.person[seen], classes=len(stage.people), rng=rng)
        images[half] = attack(WhiteBox(model), half, rng=rng).images
    return images
