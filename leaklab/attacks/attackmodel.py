"""The attack model: a classifier that learned from shadow models what answers to members look like."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from leaklab import _validate as v
from leaklab.access import Offers
from leaklab.attacks.knowledge import Shadow, Shadows
from leaklab.attacks.membership import MembershipAttack


@dataclass(frozen=True, kw_only=True)
class AttackModel(MembershipAttack):
    """For every class, a classifier from a model's answer to "member" (Shokri et al. 2017).

    It learns from shadow models, one (``Shadow``) or many (``Shadows``), and scores any record: the log-odds of
    "member", so the verdict is calibrated. Here it is a small gradient boosting on the answer's logarithms, with
    members and non-members of equal weight.

    Parameters
    ----------
    trees, leaves : int
        Boosting rounds, and leaves of each tree.
    """

    needs: ClassVar[Offers] = Offers.SCORES
    knows: ClassVar[tuple[type, ...]] = (Shadow, Shadows)
    trees: int = 50
    leaves: int = 8

    def __post_init__(self):
        v.integer("trees", self.trees)
        v.integer("leaves", self.leaves, low=2)

    def run(self, access, x, y, knowledge, rng, progress):
        known, label, member = _answers(knowledge)
        seed = int(rng.integers(2**31))
        asked = _features(access.probabilities(x))
        score = np.empty(len(x))
        classes = np.unique(y)
        for done, c in enumerate(classes, start=1):
            mine = label == c
            if len(np.unique(member[mine])) < 2:
                v.fail("knowledge", f"{int(mine.sum())} records of class {c}",
                       "must hold members and non-members of every class asked about")
            model = HistGradientBoostingClassifier(max_iter=self.trees, max_leaf_nodes=self.leaves, random_state=seed,
                                                   class_weight="balanced", early_stopping=False)
            with threadpool_limits(1, user_api="openmp"):  # so small a fit only waits for busy cores
                score[y == c] = model.fit(known[mine], member[mine]).decision_function(asked[y == c])
            if progress:
                progress(done, len(classes), "learning from shadow models")
        return score, 0.0


def _answers(shadow: Shadow | Shadows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What shadow models answered, the true label, and whether the record was a member: a row for each answer."""
    if isinstance(shadow, Shadows):
        answers = shadow.models.probabilities(shadow.x)
        return (_features(answers.reshape(-1, answers.shape[-1])), np.tile(shadow.column, len(shadow)),
                shadow.trained_on.ravel())
    return _features(shadow.access.probabilities(shadow.x)), shadow.column, shadow.member


def _features(p: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(np.asarray(p, np.float64), 1e-30))
