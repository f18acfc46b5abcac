"""Calls a learner's function for a judge: with copies, and with a sentence for whatever goes wrong."""

import contextlib
import copy
import inspect
import io
import linecache
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from leaklab.course.judging import NotYet, described

PLAIN = {"ZeroDivisionError": "it divides by zero", "NameError": "it uses a name that is not defined",
         "UnboundLocalError": "it uses a name before giving it a value", "IndexError": "it reaches past the end",
         "KeyError": "it asks for a key that is not there", "RecursionError": "it calls itself without end",
         "AttributeError": "it asks a value for something that it does not have"}
"""What some errors mean; the others are told by their own message."""


def called(function: Any, *args: Any) -> Any:
    """What a learner's function returns for copies of these arguments.

    The notebook's own arrays stay as they are whatever the function does, and so do the judge's. What it prints is
    not shown, and warnings (a division by a zero that is replaced afterwards) do not count.

    Raises
    ------
    NotYet
        If it is no function, takes another number of arguments, stops with an error, returns nothing, or changes what
        it was given.

    Examples
    --------
    >>> called(lambda x: 2 * x, 3)
    6
    >>> called(lambda x: x.append(1), [])
    Traceback (most recent call last):
    ...
    leaklab.course.judging.NotYet: Your function returns nothing: its last line must be a return.
    """
    if not callable(function):
        raise NotYet(f"Hand in the function itself, its name without brackets; yours is {described(function)}.")
    _takes(function, args)
    given, said = [_copied(value) for value in args], io.StringIO()
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.redirect_stdout(said):
            warnings.simplefilter("ignore")
            found = function(*given)
    except NotYet:
        raise
    except Exception as error:
        raise NotYet(_stopped(error, function)) from error
    if found is None or found is ...:
        how = ("it prints its answer, and must return it" if said.getvalue().strip() else
               "its last line must be a return")
        raise NotYet(f"Your function returns nothing: {how}.")
    if any(not _same(before, after) for before, after in zip(args, given, strict=True)):
        raise NotYet("Your function changes what it is given, in place. Make a new array, and leave that one alone.")
    return found


def _takes(function: Callable, args: tuple) -> None:
    """Refuse a function that cannot be called with so many arguments."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*args)
    except TypeError:
        names = ", ".join(signature.parameters) or "nothing"
        raise NotYet(f"Your function must take {len(args)} argument{'s' * (len(args) != 1)}; it takes "
                        f"({names}).") from None


def _stopped(error: Exception, function: Callable) -> str:
    """What happened in a function that stopped, and where: the deepest of its own lines."""
    kind, own = type(error).__name__, getattr(inspect.unwrap(function), "__code__", None)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if own and frame.filename == own.co_filename]
    line = linecache.getline(frames[-1].filename, frames[-1].lineno or 0).strip() if frames else ""
    where = f" at the line `{line}`" if line else ""
    message = " ".join(str(error).split())[:160]
    plain = PLAIN.get(kind, "")
    detail = f"{plain}{f' ({message})' if message else ''}" if plain else message or "no more is known"
    return f"Your function stopped{where} with a {kind}: {detail}."


def _copied(value: Any) -> Any:
    try:
        return copy.deepcopy(value)
    except Exception:  # a model with a lock inside, say: it is handed over as it is
        return value


def _same(before: Any, after: Any) -> bool:
    """Whether a value is as before, as far as values can be compared; a random generator may move on."""
    if isinstance(before, np.ndarray):
        if before.shape != after.shape or before.dtype != after.dtype:
            return False
        return np.array_equal(before, after, equal_nan=before.dtype.kind in "fc")
    if isinstance(before, list | tuple):
        return len(before) == len(after) and all(_same(*pair) for pair in zip(before, after, strict=True))
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(_same(value, after[key]) for key, value in before.items())
    if hasattr(before, "equals"):  # pandas
        return bool(before.equals(after))
    return True
