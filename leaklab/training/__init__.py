"""How models are trained: recipes, plain or private, one model or hundreds, and the evaluator of recovered faces."""

from leaklab.training.compiled import Compiled
from leaklab.training.dpsgd import DPSGD
from leaklab.training.estimator import Estimator
from leaklab.training.halves import halves
from leaklab.training.many import fit_many
from leaklab.training.recipe import Recipe
from leaklab.training.recipes import CNN, MLP, Network, SoftmaxRegression
from leaklab.training.stacked import Stack, fit_stack

__all__ = ["CNN", "DPSGD", "MLP", "Compiled", "Estimator", "Network", "Recipe", "SoftmaxRegression", "Stack",
           "fit_many", "fit_stack", "halves"]
