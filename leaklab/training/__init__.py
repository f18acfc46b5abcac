"""How models are trained: recipes, plain or private, and the evaluator that judges recovered faces."""

from leaklab.training.dpsgd import DPSGD
from leaklab.training.evaluator import train_evaluator
from leaklab.training.recipes import CNN, MLP, Recipe, SoftmaxRegression

__all__ = ["CNN", "DPSGD", "MLP", "Recipe", "SoftmaxRegression", "train_evaluator"]
