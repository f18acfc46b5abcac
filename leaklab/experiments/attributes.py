"""The attribute experiment: does a model give away what its patients kept to themselves?"""

from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from leaklab import _validate as v
from leaklab.access import Access, BlackBox
from leaklab.attacks import AttributeInversion
from leaklab.data import Records
from leaklab.metrics import Interval, Spread, difference_of, mean_of
from leaklab.training import Recipe


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
    queries : int
    """

    chance: float
    without: Interval
    members: Interval
    others: Interval
    gain: Interval
    gain_others: Interval
    leak: Interval
    queries: int


def study(members: Records, others: Records, public: Records, recipe: Recipe, sensitive: Sensitive, *, rng,
          ) -> AttributeStudy:
    """Train ``recipe`` on ``members``; infer the attribute of members and others, with scores alone.

    Parameters
    ----------
    public : Records
        Records of other people, complete, from which the adversary learns what goes with the attribute: a gradient
        boosting classifier from the other features and the label. Its probabilities are the attack's prior.
    """
    access = BlackBox(recipe.fit(members.x, members.label, rng=v.generator(rng)))
    return infer(access, members, others, prior_from(public, sensitive), sensitive)


def prior_from(public: Records, sensitive: Sensitive):
    """A function from records to P(attribute | other features, label), (n, k), every value equally common."""
    known = HistGradientBoostingClassifier(class_weight="balanced", random_state=0)
    known.fit(_known(public, sensitive), _truth(public, sensitive))
    return lambda records: known.predict_proba(_known(records, sensitive))


def infer(access: Access, members: Records, others: Records, prior, sensitive: Sensitive) -> AttributeStudy:
    """Infer the attribute of both groups by a model that was trained on one."""
    column = members.features.columns.get_loc(sensitive.name)
    values = tuple(float((value - members.center[column]) / members.scale[column]) for value in sensitive.values)
    attack, before, found = AttributeInversion(column=column, values=values), access.queries, []
    for records in (members, others):
        truth, before_model = _truth(records, sensitive), prior(records)
        guess = attack(access, records.x, records.label, prior=before_model).guess
        right, alone = guess == truth, before_model.argmax(axis=1) == truth
        found.append([_balanced(right, truth), _balanced(alone, truth),
                      _balanced(right.astype(int) - alone, truth)])
    (attacked, without, gain), (attacked_others, _, gain_others) = found
    return AttributeStudy(1 / len(values), without, attacked, attacked_others, gain, gain_others,
                          difference_of(gain, gain_others), access.queries - before)


def _balanced(score: np.ndarray, truth: np.ndarray) -> Interval:
    return mean_of([Spread.of(score[truth == value]) for value in np.unique(truth)])


def _truth(records: Records, sensitive: Sensitive) -> np.ndarray:
    return sensitive.classes(records.features[sensitive.name].to_numpy())


def _known(records: Records, sensitive: Sensitive) -> np.ndarray:
    return np.column_stack([records.features.drop(columns=sensitive.name).to_numpy(np.float64), records.label])
