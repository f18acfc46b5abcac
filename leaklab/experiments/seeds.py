"""One epsilon, many seeds: how far accuracy, the membership attack and the case of single people spread."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.attacks import LiRA, logit
from leaklab.data import Records
from leaklab.experiments.private import private_mlp
from leaklab.experiments.turns import take_turns
from leaklab.metrics import auc
from leaklab.training import halves


@dataclass(frozen=True, eq=False)
class Victim:
    """One person's case: what models with and without them answer, and what an attacker makes of it.

    Attributes
    ----------
    inside, outside : float arrays
        Logit of the true outcome's probability, by the models that were trained with this person and without.
    belief : float
        In [0, 1]: how sure LiRA is, who thought 1 in 2 before, of a model that was trained with the person; the mean
        over such models.
    """

    inside: np.ndarray
    outside: np.ndarray
    belief: float
    __repr__ = summary


@dataclass(frozen=True, eq=False)
class SeedsPoint:
    """Models of random halves of one pool at one epsilon.

    Attributes
    ----------
    epsilon : float
        ``inf`` without privacy.
    accuracy : float (k,)
        Of each model, about the people it was not trained on.
    auc : float (k,)
        Of LiRA against each model, with the others as its shadow models.
    victims : dict of str to Victim
    """

    epsilon: float
    accuracy: np.ndarray
    auc: np.ndarray
    victims: dict[str, Victim]
    __repr__ = summary


def seeds_point(pool: Records, epsilon: float, victims: Mapping[str, int], *, models: int = 17, rng,
                progress: v.Progress | None = None) -> SeedsPoint:
    """Train ``models`` of `private_mlp` on halves of ``pool``, side by side, and let each take its turn as the target.

    Parameters
    ----------
    pool : Records
    epsilon : float
        Of one record, for each model by itself: the models together promise less.
    victims : mapping of str to int
        Names -> positions in ``pool``.
    models : int
        At least 8, so that everybody is in and out of some.
    """
    v.integer("models", models, low=8, remedy="Fewer tell nothing of single people.")
    for name, row in victims.items():
        v.integer(f"victims[{name!r}]", row, low=0, high=len(pool) - 1)
    rng = v.generator(rng)
    trained_on = halves(models, len(pool), rng=rng)
    turns = take_turns(pool, private_mlp(epsilon, int(trained_on.sum(axis=1).max())), trained_on=trained_on, rng=rng,
                       progress=progress)
    right = turns.answers.argmax(axis=2) == turns.label
    scores, phi = turns.scores(LiRA()), turns.signals(logit)
    return SeedsPoint(
        float(epsilon), np.array([right[j, ~kept].mean() for j, kept in enumerate(trained_on)]),
        np.array([auc(scores[j], kept).value for j, kept in enumerate(trained_on)]),
        {name: Victim(phi[trained_on[:, row], row], phi[~trained_on[:, row], row],
                      float((1 / (1 + np.exp(-scores[trained_on[:, row], row]))).mean()))
         for name, row in victims.items()})
