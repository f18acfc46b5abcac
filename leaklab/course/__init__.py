"""The classroom: exercises that answer at once, and the state of every game, form and dial, without a view."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leaklab.course.bench import Bench
    from leaklab.course.card import Card
    from leaklab.course.customers import Customers
    from leaklab.course.desk import Desk
    from leaklab.course.door import Door
    from leaklab.course.engine import Exercise, exercises
    from leaklab.course.form import Form
    from leaklab.course.gallery import Gallery
    from leaklab.course.game import Game
    from leaklab.course.inversion import InversionRun, attacks_with
    from leaklab.course.lineup import Lineup
    from leaklab.course.person import Trial
    from leaklab.course.presentation import Step, Talk
    from leaklab.course.response import RandomizedResponse, ShareEstimate
    from leaklab.course.saved import Dial, Runs, saved_runs
    from leaklab.course.story import PrivacyStory
    from leaklab.course.survey import Survey, has_smoked, room
    from leaklab.course.theater import Theater
    from leaklab.course.traffic import KINDS, honest_visit

__all__ = ["KINDS", "Bench", "Card", "Customers", "Desk", "Dial", "Door", "Exercise", "Form", "Gallery", "Game",
           "InversionRun", "Lineup", "PrivacyStory", "RandomizedResponse", "Runs", "ShareEstimate", "Step", "Survey",
           "Talk", "Theater", "Trial", "attacks_with", "exercises", "has_smoked", "honest_visit", "room",
           "saved_runs"]
MODULES = ("engine", "response", "survey", "presentation", "bench", "card", "customers", "desk", "door", "form",
           "gallery", "game", "inversion", "lineup", "person", "saved", "story", "theater",
           "traffic")


def __getattr__(name: str) -> Any:
    """Imported when asked for, the engine first: lesson 00 checks an answer without waiting for tensorflow."""
    if name in __all__:
        modules = (import_module(f"{__name__}.{module}") for module in MODULES)
        return next(getattr(module, name) for module in modules if name in vars(module))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
