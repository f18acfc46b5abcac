"""Model inversion: from a name to a face."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import ndimage

from leaklab import _validate as v
from leaklab.access import Access, Offers
from leaklab.attacks.adam import Adam
from leaklab.attacks.base import Attack
from leaklab.attacks.gradient_estimators import GradientEstimator, estimator_for
from leaklab.attacks.prior import Prior
from leaklab.attacks.recovered import Recovered, Trajectory


@dataclass(frozen=True, kw_only=True)
class Inversion(Attack):
    """Base of the face attacks: ``attack(access, people)`` recovers the faces of ``people``, all in one batch.

    ``people`` are the classes whose faces are wanted, one or several. When the access refuses in the middle (a spent
    budget) or cannot be reached, what was recovered so far is returned with ``complete=False``.

    An author of one writes `start_image` and `recover`.
    """

    def target(self, access, people):
        people = np.atleast_1d(people)
        return people, access.encode(people, "people")

    def run(self, access, people, columns, knowledge, rng, progress):
        if knowledge is None:
            start = np.repeat(self.start_image(access)[None], len(people), axis=0)
            trajectory = Trajectory(people, start)
        else:
            trajectory = knowledge.reopened(self, people)
        trajectory.progress = progress
        try:
            images = self.recover(access, columns, trajectory, rng)
            confidence = access.probabilities(images)[np.arange(len(columns)), columns]
        except (v.Refused, OSError) as stopped:  # OSError: the network
            return trajectory.interrupted(str(stopped))
        return trajectory.finished(images, confidence)

    def wrap(self, recovered: Recovered) -> Recovered:
        return recovered

    @abstractmethod
    def start_image(self, access: Access) -> np.ndarray:
        """The image that everybody's search starts from; refuse here what cannot be attacked."""

    @abstractmethod
    def recover(self, access: Access, people: np.ndarray, trajectory: Trajectory,
                rng: np.random.Generator) -> np.ndarray:
        """Return images of ``people`` (columns of the answers); call ``trajectory.add(...)`` on the way."""


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
    start : Prior, optional
        From the mean of whose examples to start, such as the public photographs of an `EigenfacePrior`. Without one,
        from an even middle of the range that the model states, or of [0, 1]: as one who knows nothing of faces.
    process : {"none", "denoise"}
        The Process step, applied to the image after every step: ``"denoise"`` is a 3 x 3 median filter followed by
        slight sharpening.
    """

    needs: ClassVar[Offers] = Offers.GRADIENTS
    max_steps: int = 1000
    patience: int = 100
    target_cost: float = 0.001
    step_size: float = 0.1
    start: Prior | None = None
    process: str = "none"

    def __post_init__(self):
        v.integer("max_steps", self.max_steps)
        v.integer("patience", self.patience)
        v.number("target_cost", self.target_cost, low=0, high=1)
        v.number("step_size", self.step_size, low=0, open_low=True)
        if self.start is not None:
            check_prior("start", self.start)
        v.one_of("process", self.process, PROCESS)

    def start_image(self, access):
        if self.start is None:
            if None in access.shape:
                v.fail("start", None, "the model takes inputs of any size", "Pass start=prior, which has one.")
            image = np.full(access.shape, np.mean(self._range(access)), np.float32)
        else:
            self.start.check(access, "start")
            image = self.start.examples()[0].mean(axis=0)
        if self.process == "denoise" and image.ndim < 2:
            v.fail("process", self.process, f"is for pictures, and this is an input of {image.shape}")
        return image

    def _range(self, access) -> tuple[float, float]:
        if self.start is not None:
            return self.start.low, self.start.high
        low, high = access.inputs.low, access.inputs.high
        return 0.0 if low is None else low, 1.0 if high is None else high

    def recover(self, access, people, trajectory, rng):
        image, (low, high) = trajectory.last[1].copy(), self._range(access)
        best, best_cost = image.copy(), np.full(len(people), np.inf)
        running = np.ones(len(people), bool)
        costs: list[np.ndarray] = []
        for step in range(self.max_steps + 1):
            probability, gradient = access.gradient(image[running], people[running], of="probability")
            cost = np.full(len(people), np.inf)
            cost[running] = 1 - probability
            better = cost < best_cost
            best[better], best_cost[better] = image[better], cost[better]
            trajectory.add(step, self.max_steps, best, 1 - best_cost)
            stalled = step >= self.patience and cost >= np.max(costs[-self.patience:], axis=0)
            moving = running & ~np.asarray(stalled) & (cost > self.target_cost)
            if step == self.max_steps or not moving.any():
                return best
            costs.append(cost)
            step_up = self.step_size * gradient.reshape(-1, *image.shape[1:])[moving[running]]
            moved = np.clip(image[moving] + step_up, low, high)
            image[moving] = np.clip(PROCESS[self.process](moved), low, high)
            running = moving
        return best


@dataclass(frozen=True, kw_only=True)
class FaceInversion(Inversion):
    """Maximum a posteriori face: log p(person | face) with a prior from *public* people.

    Ascends, over whitened eigenface coefficients z, log p(person | decode(z)) - penalty |z|^2 / 2, with Adam, for all
    people in one batch. The prior knows what faces look like; only the model knows what this person looks like.
    The gradient is exact, or estimated from scores or labels, as the access offers
    (`leaklab.attacks.gradient_estimators`). From scores people are not independent: each answer is evidence about all
    of them, so many faces cost fewer queries each than one. An interrupted result can be continued: see
    `Recovered.resume`.

    Parameters
    ----------
    prior : Prior
        What the adversary knows of faces: ``EigenfacePrior.fit(photographs of people who are not in the model)``.
    steps : int
        With gradients; else ``queries`` decides.
    learning_rate : float
        Of Adam, in standard deviations of the coefficients; an estimated gradient starts with three times as much and
        ends with a fifth of that.
    penalty : float
        Weight of the prior; times a hundred where the gradient is that of log-odds, which is larger.
    queries : int, optional
        At most so many for each person, where there are no gradients; 1,000 with scores and 20,000 with labels when
        left out.
    floor : float, optional
        With scores, what a smaller probability counts as: half the least answer above 0 when left out. Where answers
        are noisy, choose it near the noise, or the logarithm will magnify what means nothing.
    """

    needs: ClassVar[Offers] = Offers.LABELS
    knows: ClassVar[tuple[type, ...]] = (type(None), Recovered)
    prior: Prior
    steps: int = 150
    learning_rate: float = 0.1
    penalty: float = 0.001
    queries: int | None = None
    floor: float | None = None

    def __post_init__(self):
        check_prior("prior", self.prior)
        v.integer("steps", self.steps)
        v.number("learning_rate", self.learning_rate, low=0, open_low=True)
        v.number("penalty", self.penalty, low=0)
        if self.floor is not None:
            v.number("floor", self.floor, low=0, high=0.5, open_low=True)
        if self.queries is not None:
            v.integer("queries", self.queries, low=100, remedy="An estimated gradient takes dozens of queries.")

    def start_image(self, access):
        self.prior.check(access)
        return self.prior.center

    def recover(self, access, people, trajectory, rng):
        if trajectory.state is None:
            trajectory.attack = self
            trajectory.state = AscentState(estimator_for(
                access, people, self.prior, steps=self.steps, queries=self.queries, floor=self.floor, rng=rng))
        state, estimator = trajectory.state, trajectory.state.estimator
        if state.z is None:
            state.z = estimator.start(access)
        while state.step < estimator.steps:
            confidence, gradient = estimator(access, state.z, state.step)
            trajectory.found_start = estimator.found_start
            trajectory.add(state.step, estimator.steps, self.prior.decode(state.z), confidence)
            rate = self.learning_rate * estimator.step_scale(state.step)
            state.z = state.adam.ascend(state.z, gradient - self.penalty * estimator.prior_scale * state.z, rate)
            state.step += 1
        return self.prior.decode(state.z)


class AscentState:
    """Where an ascent is: all it takes to continue."""

    def __init__(self, estimator: GradientEstimator):
        self.estimator, self.adam, self.z, self.step = estimator, Adam(), None, 0


def check_prior(name: str, prior: Prior) -> None:
    if not isinstance(prior, Prior):
        v.fail(name, prior, "must be a Prior", "For faces: EigenfacePrior.fit(photographs of public people).")


def _denoise(images: np.ndarray) -> np.ndarray:
    channels = images.ndim - 3
    smooth = ndimage.median_filter(images, size=(1, 3, 3) + (1,) * channels)
    return smooth + 0.3 * (smooth - ndimage.gaussian_filter(smooth, sigma=(0, 1, 1) + (0,) * channels))


PROCESS = {"none": lambda images: images, "denoise": _denoise}
