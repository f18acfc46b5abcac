"""What a model takes and answers, stated once; whatever answers, adapted to it; many trained models as one object."""

from leaklab.models.adapt import adapt
from leaklab.models.base import Differentiable, Model, Offers, Open
from leaklab.models.embedding import Embedding
from leaklab.models.inputs import Inputs
from leaklab.models.load import load_model
from leaklab.models.trained import Trained

__all__ = ["Differentiable", "Embedding", "Inputs", "Model", "Offers", "Open", "Trained", "adapt", "load_model"]
