"""The hardening experiment: what each way of answering leaves to the attack, and to legitimate users."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.access import Access, LabelOnly, Metered, Offers
from leaklab.attacks import FaceInversion, Recovered
from leaklab.evaluation import Likeness, Utility, utility
from leaklab.experiments.faces import Stage
from leaklab.metrics import Rate

Harden = Callable[[Access], Access]

NOISY_FLOOR = 0.05  # for answers that are noisy: what is smaller counts as this


@dataclass(frozen=True, eq=False)
class HardenedStudy:
    """One way of answering, attacked and used.

    Attributes
    ----------
    recovered : dict of str to Recovered
        By how the attack estimated its gradient: from ``"scores"``, where there are any; from ``"labels"``; and
        ``"floored"``, from scores of which small ones are taken for noise. Whoever is given scores may look at the
        labels alone, and does so where scores mislead.
    likeness : dict of str to Likeness
    utility : Utility
        Of the same answers to legitimate users: accuracy and calibration on unseen photographs.
    """

    recovered: dict[str, Recovered]
    likeness: dict[str, Likeness]
    utility: Utility
    __repr__ = summary

    @property
    def as_given(self) -> Likeness:
        """Of the attack that takes the answers as they come: from scores where there are any, else from labels."""
        return self.likeness["scores" if "scores" in self.likeness else "labels"]

    @property
    def best(self) -> str:
        """The way by which the evaluator recognised most: an adversary who knows the hardening would choose it.

        Chosen by the outcome, so its rate flatters the attack a little: an upper figure for these ways.
        """
        return max(self.likeness, key=lambda way: (self.likeness[way].top1.value, self.likeness[way].beyond.mean()))


@dataclass(frozen=True, eq=False)
class Climb:
    """What the evaluator says of an attack's faces on the way, frame by frame; the adversary could not ask it.

    Attributes
    ----------
    queries : float (frames,)
        About how many were spent a person by the end of a frame's step: the whole, shared out evenly from the start on,
        for a logarithmic axis has no 0.
    top1 : list of Rate
        How often the evaluator names the person.
    beyond : float (frames,)
        Likeness beyond the average face, the mean over people.
    """

    queries: np.ndarray
    top1: list[Rate]
    beyond: np.ndarray
    __repr__ = summary


def climb(stage: Stage, recovered: Recovered) -> Climb:
    """Judge every frame of ``recovered.path``: the first one is where the attack started."""
    judged = [stage.judge(images, recovered.people) for images in recovered.path]
    part = (recovered.path_steps + 1) / (recovered.path_steps[-1] + 1)
    return Climb(part * recovered.queries / len(recovered.people), [one.top1 for one in judged],
                 np.array([one.beyond.mean() for one in judged]))


def study(stage: Stage, model: Access, harden: Harden, *, queries: int = 1000,
          adaptive: bool = True, rng, progress: v.Progress | None = None) -> HardenedStudy:
    """Recover all private people's faces through ``harden(model)``, and ask it what legitimate users would ask.

    Parameters
    ----------
    model : Access
        The recogniser; trained on ``stage.train``.
    harden : callable
        Wraps an access; called once for each customer, so that each has a budget and noise of their own: first for the
        legitimate ones. ``parse_hardening(..., rng=0)`` makes wrappers whose noise is the same in every run.
    queries : int
        A person; fewer where ``harden`` sets a budget, which the adversary knows and plans with.
    adaptive : bool
        Also attack by labels alone, and by floored scores, where scores are offered.
    rng : int or numpy.random.Generator
    progress : callable, optional
    """
    rng, recovered = v.generator(rng), {}
    used = utility(harden(model), stage.test.images, stage.test.person)
    for way, (look, floor) in _ways(harden(model), adaptive).items():
        seen = look(harden(model))
        each = max(100, min(queries, _left(seen) // len(stage.people)))
        attack = FaceInversion(prior=stage.prior, queries=each, floor=floor)
        recovered[way] = attack(seen, stage.people, rng=rng, progress=progress)
    likeness = {way: stage.judge(found.images) for way, found in recovered.items()}
    return HardenedStudy(recovered, likeness, used)


def study_many(stage: Stage, model: Access, hardenings: Mapping[str, Harden], *, queries: int = 1000,
               rng, progress: v.Progress | None = None) -> dict[str, HardenedStudy]:
    """`study` each of the named hardenings, adaptively; ``progress`` is called after each."""
    rng, found = v.generator(rng), {}
    for done, (name, harden) in enumerate(hardenings.items(), 1):
        found[name] = study(stage, model, harden, queries=queries, rng=rng)
        if progress:
            progress(done, len(hardenings), name)
    return found


def _ways(seen: Access, adaptive: bool) -> dict[str, tuple[Harden, float | None]]:
    if seen.offers == Offers.LABELS:
        return {"labels": (LabelOnly, None)}
    every = {"scores": (lambda access: access, None), "labels": (LabelOnly, None),
             "floored": (lambda access: access, NOISY_FLOOR)}
    return every if adaptive else {"scores": every["scores"]}


def _left(access: Access) -> int:
    """The least that any layer's budget leaves."""
    left = 10**9
    while True:
        left = min(left, access.left) if isinstance(access, Metered) else left
        if not hasattr(access, "access"):
            return left
        access = access.access
