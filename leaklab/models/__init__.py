"""What a model takes and answers, stated once; whatever answers, adapted to it; many trained models as one object."""

from leaklab.models.adapt import adapt
from leaklab.models.base import Differentiable, Model, Offers, Open
from leaklab.models.embedding import Embedding
from leaklab.models.gallery import Gallery, erased_between, load_recognizer
from leaklab.models.inputs import Inputs
from leaklab.models.load import load_model
from leaklab.models.protection import (
    HashedTemplates,
    NoisyTemplates,
    PlainTemplates,
    RoundedTemplates,
    TemplateProtection,
)
from leaklab.models.trained import Trained

__all__ = ["Differentiable", "Embedding", "Gallery", "HashedTemplates", "Inputs", "Model", "NoisyTemplates", "Offers",
           "Open", "PlainTemplates", "RoundedTemplates", "TemplateProtection", "Trained", "adapt", "erased_between",
           "load_model", "load_recognizer"]
