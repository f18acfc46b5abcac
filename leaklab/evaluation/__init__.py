"""How good it is: recovered faces by an independent evaluator, answers for those who use a model as it is meant."""

from leaklab.evaluation.evaluator import train_evaluator
from leaklab.evaluation.likeness import Likeness, judge
from leaklab.evaluation.utility import Utility, accuracy, utility

__all__ = ["Likeness", "Utility", "accuracy", "judge", "train_evaluator", "utility"]
