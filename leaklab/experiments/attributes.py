"""The attribute experiment: does a model give away what its patients kept to themselves?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.access import Access, BlackBox
from leaklab.attacks import AttributeInversion, Population
from leaklab.data import Records
from leaklab.metrics import Interval, Spread, difference_of, mean_of
from leaklab.training import Recipe

Prior = Callable[[Records], np.ndarray]
"""From n records to the probability of each of k values, (n, k)."""


@dataclass(frozen=True)
class Sensitive:
    """A feature to infer: its name, the value that stands for each class, and where classes begin.

    Examples
    --------
    >>> SENSITIVE["BMI"].classes(np.array([19.0, 25.0, 41.0])).tolist()
    [0, 1, 2]
    """

    name: str
    values: tuple[float, ...]
    edges: tuple[float, ...]

    def classes(self, column: np.ndarray) -> np.ndarray:
        return np.digitize(column, self.edges)


SENSITIVE = {s.name: s for s in (Sensitive("Smoker", (0, 1), (0.5,)), Sensitive("HvyAlcoholConsump", (0, 1), (0.5,)),
                                 Sensitive("BMI", (22, 27, 34), (25, 30)))}
"""Smoker, heavy drinker, and BMI below 25, below 30, or obese."""


@dataclass(frozen=True)
class AttributeStudy:
    """One attribute inferred, in balanced accuracy: the mean over its values of the share guessed rightly.

    A rare value counts as much as a common one; guessing the commonest value for everybody, or at random, gives
    ``chance``, whatever the shares.

    Attributes
    ----------
    chance : float
    without, members, others : Interval
        A classifier the adversary trained on public records, asked about the members without the model; the attack on
        members; the attack on others.
    gain, gain_others : Interval
        What the model adds to that classifier, for the same members, and for the same others (paired).
    leak : Interval
        ``gain - gain_others``: what comes of having been in the training data, and not of what the model teaches about
        everybody.
    """

    chance: float
    without: Interval
    members: Interval
    others: Interval
    gain: Interval
    gain_others: Interval
    leak: Interval


def study(members: Records, others: Records, public: Records, recipe: Recipe, sensitive: Sensitive, *,
          rng) -> AttributeStudy:
    """Train ``recipe`` on ``members``; infer the attribute of members and others, with scores alone.

    Parameters
    ----------
    public : Records
        Records of other people, complete, from which the adversary learns what goes with the attribute: a gradient
        boosting classifier from the other features and the label. Its probabilities are the attack's prior.
    """
    access = BlackBox(recipe.fit(members.x, members.label, classes=len(members.classes), rng=v.generator(rng)))
    return infer(access, members, others, prior_from(public, sensitive), sensitive)


def prior_from(public: Records, sensitive: Sensitive) -> Prior:
    """P(attribute | other features, label), learnt from ``public``, every value taken for equally common."""
    known = HistGradientBoostingClassifier(class_weight="balanced", random_state=0)
    with threadpool_limits(1, user_api="openmp"):  # so small a fit only waits for busy cores
        known.fit(_known(public, sensitive), _truth(public, sensitive))
    return lambda records: known.predict_proba(_known(records, sensitive))


def infer(access: Access, members: Records, others: Records, prior: Prior, sensitive: Sensitive) -> AttributeStudy:
    """Infer the attribute of both groups by a model that was trained on one."""
    found = []
    for records in (members, others):
        truth, before = _truth(records, sensitive), prior(records)
        right, alone = _right(access, records, before, sensitive), before.argmax(axis=1) == truth
        found.append([balanced_mean(score, truth) for score in (right, alone, right.astype(int) - alone)])
    (attacked, without, gain), (attacked_others, _, gain_others) = found
    return AttributeStudy(1 / len(sensitive.values), without, attacked, attacked_others, gain, gain_others,
                          difference_of(gain, gain_others))


@dataclass(frozen=True, eq=False)
class Guesses:
    """Who was guessed rightly, in the data of a model or not: every record by every one of several models.

    Attributes
    ----------
    truth : int (n,)
        The value that each record has.
    alone : bool (n,)
        Whether the classifier without the model was right.
    right, trained_on : bool (k, n)
        Whether the attack on model j was right, and whether the record was in its training data.
    values : int
        How many there are to choose from.
    """

    truth: np.ndarray
    alone: np.ndarray
    right: np.ndarray
    trained_on: np.ndarray
    values: int
    __repr__ = summary

    def study(self, rows=slice(None)) -> AttributeStudy:
        """Of some records: positions, or a bool mask. Each is a member in some models, and another in the rest.

        Intervals cover the drawing of the people, for these models.
        """
        truth, alone = self.truth[rows], self.alone[rows]
        right, trained_on = self.right[:, rows], self.trained_on[:, rows]
        inside, outside = (right * side for side in (trained_on, ~trained_on))
        inside, outside = inside.sum(axis=0) / trained_on.sum(axis=0), outside.sum(axis=0) / (~trained_on).sum(axis=0)
        scores = (alone, inside, outside, inside - alone, outside - alone, inside - outside)
        return AttributeStudy(1 / self.values, *(balanced_mean(score, truth) for score in scores))


def infer_turns(models: Sequence[Access], trained_on, records: Records, prior: Prior, sensitive: Sensitive) -> Guesses:
    """Infer the attribute of everybody by each of many models, of which each was trained on some of the records.

    Parameters
    ----------
    trained_on : bool array (k, n)
        Model j was trained on the records where ``trained_on[j]``. Every record must be in some models and out of
        others.
    """
    trained_on = v.mask("trained_on", trained_on, (len(models), len(records)))
    if trained_on.all(axis=0).any() or not trained_on.any(axis=0).all():
        raise ValueError("trained_on has a record that is in all of the models, or in none: must be in some and out of "
                         "others. Take a half and what it left over.")
    truth, before = _truth(records, sensitive), prior(records)
    right = np.stack([_right(model, records, before, sensitive) for model in models])
    return Guesses(truth, before.argmax(axis=1) == truth, right, trained_on, len(sensitive.values))


def _right(access: Access, records: Records, before: np.ndarray, sensitive: Sensitive) -> np.ndarray:
    """Whether the attack finds each record's value."""
    column = records.features.columns.get_loc(sensitive.name)
    values = tuple(float((value - records.center[column]) / records.scale[column]) for value in sensitive.values)
    attack = AttributeInversion(column=column, values=values)
    return attack(access, records.x, records.label, knowledge=Population(before)).guess == _truth(records, sensitive)


def balanced_mean(score: np.ndarray, truth: np.ndarray) -> Interval:
    """The mean over the values of ``truth`` (n,) of the mean ``score`` (n,) of those who have it."""
    return mean_of([Spread.of(score[truth == value]) for value in np.unique(truth)])


def _truth(records: Records, sensitive: Sensitive) -> np.ndarray:
    return sensitive.classes(records.features[sensitive.name].to_numpy())


def _known(records: Records, sensitive: Sensitive) -> np.ndarray:
    return np.column_stack([records.features.drop(columns=sensitive.name).to_numpy(np.float64), records.label])
