"""The classroom: exercises that answer at once, and the state of every game, form and dial, without a view."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leaklab.course.answer_forms import forms
    from leaklab.course.bench import Bench
    from leaklab.course.calling import called
    from leaklab.course.capstone import (
        BLUES,
        REDS,
        Arena,
        Challenge,
        Contest,
        Defense,
        Result,
        Rules,
        ShadowRed,
        Team,
        join,
        play,
        threshold_red,
    )
    from leaklab.course.card import Card
    from leaklab.course.choosing import choice, chosen, letters
    from leaklab.course.customers import Customers
    from leaklab.course.desk import Desk
    from leaklab.course.door import Door
    from leaklab.course.engine import Cases, Exercise, exercises
    from leaklab.course.form import Form, answers
    from leaklab.course.gallery import FaceLock
    from leaklab.course.game import Game
    from leaklab.course.inversion import InversionRun, attacks_with
    from leaklab.course.judging import NotYet, array_like, close, described, inside, number, several, whole
    from leaklab.course.lineup import Lineup
    from leaklab.course.person import Trial
    from leaklab.course.presentation import Step, Talk
    from leaklab.course.saved import Dial, Runs, saved_runs
    from leaklab.course.story import PrivacyStory
    from leaklab.course.survey import Survey, has_smoked, room
    from leaklab.course.theater import Theater
    from leaklab.course.traffic import KINDS, honest_visit, questions_asked

__all__ = ["BLUES", "KINDS", "REDS", "Arena", "Bench", "Card", "Cases", "Challenge", "Contest", "Customers",
           "Defense", "Desk", "Dial", "Door", "Exercise", "FaceLock", "Form", "Game", "InversionRun", "Lineup",
           "NotYet", "PrivacyStory", "Result", "Rules", "Runs", "ShadowRed", "Step", "Survey", "Talk", "Team",
           "Theater", "Trial", "answers", "array_like", "attacks_with", "called", "choice", "chosen", "close",
           "described", "exercises", "forms", "has_smoked", "honest_visit", "inside", "join", "letters", "number",
           "play", "questions_asked", "room", "saved_runs", "several", "threshold_red", "whole"]
MODULES = ("engine", "judging", "choosing", "calling", "answer_forms", "presentation", "survey", "bench",
           "card", "customers", "desk", "door", "form", "gallery", "game", "inversion", "lineup", "person", "saved",
           "story", "theater", "traffic", "capstone")


def __getattr__(name: str) -> Any:
    """Imported when asked for, the engine first: lesson 00 checks an answer without waiting for tensorflow."""
    if name in __all__:
        modules = (import_module(f"{__name__}.{module}") for module in MODULES)
        return next(getattr(module, name) for module in modules if name in vars(module))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
