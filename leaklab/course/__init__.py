"""The classroom: exercises that answer at once, games, the line-up, the audit bench, runs made beforehand."""

from importlib import import_module

_MODULES = {"Bench": "bench", "Exercise": "engine", "Game": "game", "KINDS": "traffic", "Lineup": "lineup",
            "Runs": "saved", "Trial": "person", "exercises": "engine", "honest_visit": "traffic", "saved_runs": "saved"}

__all__ = ["KINDS", "Bench", "Exercise", "Game", "Lineup", "Runs", "Trial", "exercises", "honest_visit",
           "saved_runs"]


def __getattr__(name: str):
    """Imported when asked for: lesson 00 checks an answer without waiting for tensorflow."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
