"""Model inversion: from a name to a face."""

from abc import abstractmethod
from copy import deepcopy
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import ndimage

from leaklab import _validate as v
from leaklab.access import Access, Offers
from leaklab.attacks.base import Attack
from leaklab.attacks.prior import EigenfacePrior
from leaklab.attacks.recovered import Recovered, Way
from leaklab.attacks.slopes import Slope, slope_for


@dataclass(frozen=True, kw_only=True)
class Inversion(Attack):
    """Base of the face attacks. An author of one writes `_run`."""

    def __call__(self, access: Access, people, *, public=None, rng=0, progress: v.Progress | None = None,
                 resume: Recovered | None = None) -> Recovered:
        """Recover the faces of ``people``, all in one batch.

        When the access refuses in the middle (a spent budget) or cannot be reached, what was recovered so far is
        returned with ``complete=False``; ``resume=`` it to go on from there, to the very end an uninterrupted run has.

        Parameters
        ----------
        access : Access
            The recogniser, as the adversary sees it.
        people : array of int
            The classes whose faces are wanted.
        public : float array (m, height, width), optional
            Photographs of people who are *not* in the model: what the adversary knows of faces in general.
        rng : int or numpy.random.Generator
        progress : callable, optional
        resume : Recovered, optional
            An incomplete result of the same attack on the same people; ``public`` and ``rng`` are remembered.

        Returns
        -------
        Recovered
        """
        self._check(access)
        if len(access.shape) != 2:
            v.fail("access", access, "must take grey images (n, height, width)", "This attack draws faces.")
        people = v.labels("people", np.atleast_1d(people), classes=access.classes)
        if public is not None:
            public = v.array("public", public, ndim=3)
            if public.shape[1:] != access.shape:
                raise ValueError(f"public has images of {public.shape[1:]}: the model takes {access.shape}.")
        way, before = self._way(people, resume), access.queries
        way.progress = progress
        try:
            images = self._run(access, people, public, v.generator(rng), way)
            confidence = access.probabilities(images)[np.arange(len(people)), people]
        except (v.Refused, OSError) as stopped:  # OSError: the network
            way.queries += access.queries - before
            if way.climb is None:
                raise
            return way.partial(str(stopped))
        way.queries += access.queries - before
        return way.recovered(images, confidence)

    def _way(self, people: np.ndarray, resume: Recovered | None) -> Way:
        if resume is None:
            return Way(people)
        if resume.complete or resume.way.attack != self or not np.array_equal(resume.people, people):
            v.fail("resume", resume.complete, "must be an incomplete result of this attack on these people",
                   "Leave it out to begin anew.")
        return deepcopy(resume.way)  # so that one result may be resumed twice

    @abstractmethod
    def _run(self, access, people, public, rng, way) -> np.ndarray:
        """Return images (n, height, width); call ``way.add(step, steps, images, confidence)`` on the way."""


@dataclass(frozen=True, kw_only=True)
class MIFace(Inversion):
    """MI-Face: gradient descent on 1 - p(person | image) (Fredrikson, Jha and Ristenpart 2015, Algorithm 1).

    Stops for a person when the cost is no lower than the highest of the ``patience`` costs before it, when it is at
    most ``target_cost``, or after ``max_steps``; answers the image of least cost.

    Parameters
    ----------
    max_steps : int
        alpha of Algorithm 1.
    patience : int
        beta of Algorithm 1.
    target_cost : float
        gamma of Algorithm 1.
    step_size : float
        lambda of Algorithm 1; the step is along the gradient itself, so its useful size depends on the model.
    start : {"grey", "public"}
        From an even grey, as one who knows nothing of faces, or from the mean of the ``public`` photographs.
    process : {"none", "denoise"}
        The Process step, applied to the image after every step: ``"denoise"`` is a 3 x 3 median filter followed by
        slight sharpening.
    """

    needs: ClassVar[Offers] = Offers.GRADIENTS
    max_steps: int = 1000
    patience: int = 100
    target_cost: float = 0.001
    step_size: float = 0.1
    start: str = "grey"
    process: str = "none"

    def __post_init__(self):
        v.integer("max_steps", self.max_steps)
        v.integer("patience", self.patience)
        v.number("target_cost", self.target_cost, low=0, high=1)
        v.number("step_size", self.step_size, low=0, open_low=True)
        v.one_of("start", self.start, ("grey", "public"))
        v.one_of("process", self.process, PROCESS)

    def _run(self, access, people, public, rng, way):
        if self.start == "public" and public is None:
            v.fail("public", None, "must be photographs of public people", "Or start from grey.")
        start = public.mean(axis=0) if self.start == "public" else np.full(access.shape, 0.5, np.float32)
        image = np.repeat(start[None], len(people), axis=0)
        best, best_cost = image.copy(), np.full(len(people), np.inf)
        running, costs = np.ones(len(people), bool), []
        for step in range(self.max_steps + 1):
            probability, slope = access.gradient(image[running], people[running], of="probability")
            cost = np.full(len(people), np.inf)
            cost[running] = 1 - probability
            better = cost < best_cost
            best[better], best_cost[better] = image[better], cost[better]
            way.add(step, self.max_steps, best, 1 - best_cost)
            stalled = step >= self.patience and cost >= np.max(costs[-self.patience:], axis=0)
            moving = running & ~np.asarray(stalled) & (cost > self.target_cost)
            if step == self.max_steps or not moving.any():
                return best
            costs.append(cost)
            moved = image[moving] + self.step_size * slope[moving[running]]
            image[moving] = PROCESS[self.process](np.clip(moved, 0, 1))
            running = moving
        return best


@dataclass(frozen=True, kw_only=True)
class FaceInversion(Inversion):
    """Maximum a posteriori face: log p(person | face) with a prior from *public* people.

    Ascends, over whitened eigenface coefficients z, log p(person | decode(z)) - penalty |z|^2 / 2, with Adam, for all
    people in one batch. The prior knows what faces look like; only the model knows what this person looks like.
    The slope is felt by what the access offers: gradients, scores, or labels (`leaklab.attacks.slopes`). From scores
    people are not independent: each answer tells about all of them, so many faces cost fewer queries each than one.

    Parameters
    ----------
    steps : int
        With gradients; else ``queries`` decides.
    learning_rate : float
        Of Adam, in standard deviations of the coefficients; a slope that is only estimated begins with three times as
        much and ends with a fifth of that.
    penalty : float
        Weight of the prior: how much an unlikely face is disliked; times a hundred where the slope is that of log-odds,
        which is steeper.
    components : int
        Number of eigenfaces, at most.
    mirror : bool
        Also learn from the public photographs' mirror images: faces are nearly symmetric, and the adversary knows it.
    queries : int, optional
        At most so many for each person, where there are no gradients; 1,000 with scores and 20,000 with labels when
        left out.
    floor : float, optional
        With scores, what a smaller probability counts as: half the least answer above 0 when left out. Where answers
        are noisy, choose it near the noise, or the logarithm will magnify what means nothing.
    """

    needs: ClassVar[Offers] = Offers.LABELS
    steps: int = 150
    learning_rate: float = 0.1
    penalty: float = 0.001
    components: int = 150
    mirror: bool = True
    queries: int | None = None
    floor: float | None = None

    def __post_init__(self):
        v.integer("steps", self.steps)
        v.number("learning_rate", self.learning_rate, low=0, open_low=True)
        v.number("penalty", self.penalty, low=0)
        v.integer("components", self.components)
        if self.floor is not None:
            v.number("floor", self.floor, low=0, high=0.5, open_low=True)
        if self.queries is not None:
            v.integer("queries", self.queries, low=100, remedy="An estimated slope takes dozens of queries.")

    def _run(self, access, people, public, rng, way):
        if way.climb is None:
            way.attack, way.climb = self, self._begin(access, people, public, rng)
        climb, slope = way.climb, way.climb.slope
        if climb.z is None:
            climb.z = slope.start(access, climb.public)
        while climb.step < slope.steps:
            confidence, gradient = slope(access, climb.z, climb.step)
            way.add(climb.step, slope.steps, slope.prior.decode(climb.z), confidence, slope.reached)
            rate = self.learning_rate * slope.pace(climb.step)
            climb.z = climb.adam.ascend(climb.z, gradient - self.penalty * slope.hold * climb.z, rate)
            climb.step += 1
        return slope.prior.decode(climb.z)

    def _begin(self, access, people, public, rng) -> "_Climb":
        if public is None:
            v.fail("public", None, "must be photographs of public people", "They teach the attack what a face is.")
        known = np.concatenate([public, public[:, :, ::-1]]) if self.mirror else public
        prior = EigenfacePrior.fit(known, self.components)
        slope = slope_for(access, people, prior, steps=self.steps, queries=self.queries, public=len(public),
                          floor=self.floor, rng=rng)
        return _Climb(slope, public)


class _Climb:
    """Where an ascent stands: all it takes to go on."""

    def __init__(self, slope: Slope, public: np.ndarray):
        self.slope, self.public, self.adam, self.z, self.step = slope, public, _Adam(), None, 0


class _Adam:
    """Adam (Kingma and Ba 2015, Algorithm 1), upwards."""

    def __init__(self):
        self.t, self.m, self.s = 0, 0.0, 0.0

    def ascend(self, z: np.ndarray, gradient: np.ndarray, rate: float) -> np.ndarray:
        self.t += 1
        self.m = 0.9 * self.m + 0.1 * gradient
        self.s = 0.999 * self.s + 0.001 * gradient**2
        m, s = self.m / (1 - 0.9**self.t), self.s / (1 - 0.999**self.t)
        return z + rate * m / (np.sqrt(s) + 1e-8)


def _denoise(images: np.ndarray) -> np.ndarray:
    smooth = ndimage.median_filter(images, size=(1, 3, 3))
    sharper = smooth + 0.3 * (smooth - ndimage.gaussian_filter(smooth, sigma=(0, 1, 1)))
    return np.clip(sharper, 0, 1)


PROCESS = {"none": lambda images: images, "denoise": _denoise}
