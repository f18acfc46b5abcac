"""The hardening experiment: what each way of answering leaves to the attack, and to the honest."""

from collections.abc import Callable
from dataclasses import dataclass

from leaklab import _validate as v
from leaklab.access import Access, LabelOnly, Offers, Utility, utility
from leaklab.attacks import FaceInversion, Likeness, Recovered
from leaklab.experiments.faces import Stage


@dataclass(frozen=True, eq=False)
class HardenedStudy:
    """One way of answering, attacked and used.

    Attributes
    ----------
    recovered : dict of str to Recovered
        By how the attack felt its way: ``"scores"``, where there are any, and ``"labels"``. Whoever is given scores may
        look at the labels alone, and does so where scores mislead.
    likeness : dict of str to Likeness
    utility : Utility
        Of the same answers to honest users: accuracy and calibration on unseen photographs.
    """

    recovered: dict[str, Recovered]
    likeness: dict[str, Likeness]
    utility: Utility

    @property
    def best(self) -> str:
        """The way that the evaluator recognised more by: what an adversary who knows the hardening would choose."""
        return max(self.likeness, key=lambda way: (self.likeness[way].top1.value, self.likeness[way].beyond.mean()))


def study(stage: Stage, model: Access, harden: Callable[[Access], Access], *, queries: int = 1000,
          adaptive: bool = True, rng, progress: v.Progress | None = None) -> HardenedStudy:
    """Recover all private people's faces through ``harden(model)``, and ask it what the honest would ask.

    Parameters
    ----------
    model : Access
        The recogniser; trained on ``stage.train``.
    harden : callable
        Wraps an access; called once for each customer, so that each has a budget and noise of their own.
    queries : int
        A person; within the budget, where ``harden`` sets one.
    adaptive : bool
        Also attack by labels alone where scores are offered.
    rng : int or numpy.random.Generator
    progress : callable, optional
    """
    rng, recovered = v.generator(rng), {}
    seen = harden(model)
    ways = {"scores": lambda access: access, "labels": LabelOnly}
    if seen.offers == Offers.LABELS:
        del ways["scores"]
    elif not adaptive:
        del ways["labels"]
    for way, look in ways.items():
        recovered[way] = FaceInversion(queries=queries)(look(harden(model)), stage.people, public=stage.public.images,
                                                        rng=rng, progress=progress)
    likeness = {way: stage.judge(found.images) for way, found in recovered.items()}
    return HardenedStudy(recovered, likeness, utility(harden(model), stage.test.images, stage.test.person))
