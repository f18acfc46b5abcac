"""Thin views over plain state: every widget works, and is tested, without a browser."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leaklab.widgets.access import AccessDesk
    from leaklab.widgets.audit import AuditBench
    from leaklab.widgets.doctor import Doctor
    from leaklab.widgets.epsilon import EpsilonDial
    from leaklab.widgets.gallery import GalleryLock
    from leaklab.widgets.game import GuessingGame
    from leaklab.widgets.inversion import InversionStage
    from leaklab.widgets.lineup import LineupTest
    from leaklab.widgets.noise import NoiseBench
    from leaklab.widgets.patient import PatientForm
    from leaklab.widgets.person import PersonCard
    from leaklab.widgets.presentation import Presentation
    from leaklab.widgets.privacy import PrivacyDial
    from leaklab.widgets.theater import FaceTheater
    from leaklab.widgets.watch import Watch

__all__ = ["AccessDesk", "AuditBench", "Doctor", "EpsilonDial", "FaceTheater", "GalleryLock", "GuessingGame",
           "InversionStage", "LineupTest", "NoiseBench", "PatientForm", "PersonCard", "Presentation", "PrivacyDial",
           "Watch"]
MODULES = ("presentation", "access", "audit", "doctor", "epsilon", "gallery", "game", "inversion", "lineup", "noise",
           "patient", "person", "privacy", "theater", "watch")


def __getattr__(name: str) -> Any:
    """Imported when asked for, the stage first: a talk stands on the page before tensorflow is loaded."""
    if name in __all__:
        modules = (import_module(f"{__name__}.{module}") for module in MODULES)
        return next(getattr(module, name) for module in modules if name in vars(module))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
