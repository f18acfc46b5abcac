"""How good is a recovered face? Measured by an independent evaluator and against the average face, never by eye."""

from dataclasses import dataclass

import numpy as np

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.access import Access
from leaklab.metrics import Rate, correlation_beyond, ssim


@dataclass(frozen=True, eq=False)
class Likeness:
    """How much recovered faces resemble the people they are meant to show.

    Attributes
    ----------
    top1, top5 : Rate
        How often the evaluator's first answer, or one of its first five, is the person; with 95% intervals.
    chance : float
        What ``top1`` would be by guessing.
    beyond : float (n,)
        Likeness beyond the average face: the correlation with the person's mean photograph after subtracting the mean
        public face from both. Plain correlation flatters: the average face alone correlates with everybody.
    ssim : float (n,)
        Structural similarity with the person's mean photograph.
    """

    top1: Rate
    top5: Rate
    chance: float
    beyond: np.ndarray
    ssim: np.ndarray
    __repr__ = summary

    def __str__(self):
        return (f"evaluator top-1 {self.top1}, top-5 {self.top5} (chance {self.chance:.2f}); "
                f"beyond the average face {np.mean(self.beyond):.2f}; SSIM {np.mean(self.ssim):.2f}")


def judge(images, people, *, evaluator: Access, truth, average) -> Likeness:
    """Judge recovered faces.

    Parameters
    ----------
    images : float array (n, height, width)
        Recovered faces.
    people : int array (n,)
        Whom each is meant to show.
    evaluator : Access
        An independent recogniser of these people (`leaklab.training.train_evaluator`), as a ``BlackBox``.
    truth : float array (classes, height, width)
        Every person's mean photograph.
    average : float array (height, width)
        The mean public face.
    """
    images = v.array("images", images, ndim=3, remedy="Faces are judged in grey: load them with color=False.")
    people = evaluator.encode(people, "people", len(images))
    truth = v.array("truth", truth, ndim=3, length=len(evaluator.classes))
    scores = evaluator.probabilities(images)
    own = scores[np.arange(len(people)), people][:, None]
    rank = (scores >= own).sum(axis=1) - 1  # a tie counts against the attack
    top1, top5 = (Rate(int((rank < k).sum()), len(people)) for k in (1, 5))
    return Likeness(top1, top5, 1 / len(evaluator.classes), correlation_beyond(images, truth[people], average),
                    ssim(images, truth[people]))
