"""The property experiment: do models of a table give away how large a group is in it?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.attacks import Share, worlds
from leaklab.attacks.properties import Meta, seen_of
from leaklab.data import Records
from leaklab.metrics import Rate, Spread
from leaklab.training.compiled import as_recipe


@dataclass(frozen=True, eq=False)
class PropertyStudy:
    """Models whose training data hold a group in known shares, and what the attack says of each.

    Attributes
    ----------
    truth : float (k,)
        The share in each model's training data.
    found : tuple of Share
        What the attack says, model by model.
    told : Rate
        How often the attack tells rightly whether the share lies above or below the middle: 0.5 is a coin. Models just
        in the middle do not count.
    error : Spread
        Of the estimated share, without sign.
    held : Rate
        How often the interval holds the truth.
    guess : float
        The mean error of who always says the middle of the shares.
    """

    truth: np.ndarray
    found: tuple[Share, ...]
    told: Rate
    error: Spread
    held: Rate
    guess: float
    __repr__ = summary

    @classmethod
    def of(cls, truth: np.ndarray, found: Sequence[Share]) -> "PropertyStudy":
        """From the true shares and what was found."""
        middle = (truth.min() + truth.max()) / 2
        right = [(one.above > 0.5) == (share > middle) for one, share in zip(found, truth, strict=True)
                 if not np.isclose(share, middle)]
        held = [one.low <= share <= one.high for one, share in zip(found, truth, strict=True)]
        error = np.abs([one.share for one in found] - truth)
        return cls(truth, tuple(found), Rate(sum(right), len(right)), Spread.of(error), Rate(sum(held), len(held)),
                   float(np.abs(truth - middle).mean()))


def infer_shares(own: Records, theirs: Records, groups: tuple[Any, Any], recipe: Any, shares: Sequence[float], *,
                 size: int, models: int = 64, by: str = "answers", asked: int = 200, rng,
                 progress: v.Progress | None = None) -> PropertyStudy:
    """Train models on people in worlds that differ by a group's share, and read the share off each.

    The adversary's shadow models and the models under attack are trained in the same way on records of their own: the
    two tables must have nobody in common.

    Parameters
    ----------
    own, theirs : Records
        The adversary's records, and those of the models under attack.
    groups : (bool (n,), bool (m,))
        Who of either table belongs to the group.
    recipe : Recipe, Estimator, or a scikit-learn classifier
    shares : sequence of float
        At least two, taken in turn by the models.
    size : int
        Records a model is trained on.
    models : int
        Shadow models; as many are attacked. At least 20.
    by : {"answers", "parameters"}
        See `leaklab.attacks.PropertyInference`.
    asked : int
        How many of the adversary's records the models are asked about. These train no model: of who is in some and in
        others not, answers tell the rows instead of the share, and the interval would not hold.
    """
    rng, recipe, models = v.generator(rng), as_recipe(recipe), v.integer("models", models, low=20)
    truth = np.resize(v.array("shares", shares, ndim=1, dtype=np.float64), models)
    if not 0 <= truth.min() < truth.max() <= 1:
        v.fail("shares", shares, "must be at least two different ones in [0, 1]")
    members = [v.mask(f"groups[{i}]", groups[i], (len(table),)) for i, table in enumerate((own, theirs))]
    aside, seen = rng.permutation(len(own))[:v.integer("asked", asked, high=len(own) // 2)], []
    questions, left = own.x[aside], np.setdiff1d(np.arange(len(own)), aside)
    for records, group in ((own.take(left), members[0][left]), (theirs, members[1])):
        trained_on = worlds(group, truth, size, rng=rng)
        used = trained_on.any(axis=0)
        trained = recipe.fit_many(records.x[used], records.label[used], trained_on[:, used],
                                  classes=len(own.classes), rng=rng, progress=progress)
        seen.append(seen_of(trained, questions, by))
    return PropertyStudy.of(truth, Meta.learn(seen[0], truth).read(seen[1]))
