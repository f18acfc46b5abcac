"""Exercises that answer at once: ``check``, ``hint`` and ``solution`` for the cells of a lesson.

A lesson's exercises live beside it, in ``lessons/NN_topic/exercises.py``, as a list ``EXERCISES``. In the notebook:

>>> from leaklab.course import exercises
>>> check, hint, solution = exercises("01")
"""

import ast
import inspect
import re
import runpy
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from leaklab._bundled import bundled

__all__ = ["Exercise", "exercises"]

LESSONS = bundled("lessons")
TRIES = 3
"""A solution opens by itself after this many answers that were not yet right."""

# Icon and border; the words keep the page's own colour, and so read in a dark theme too.
_ICONS = {"correct": ("✔", "#009e73"), "not yet": ("↻", "#d55e00"), "not attempted": ("○", "#808080"),
          "hint": ("➜", "#0072b2"), "solution": ("☰", "#0072b2")}


@dataclass(frozen=True)
class Exercise:
    """One exercise and how an answer to it is judged.

    Parameters
    ----------
    id : str
        Lesson's number and exercise's, e.g. ``"1.2"``.
    judge : callable
        ``judge(answer)``, or ``judge(answer, given)`` when the notebook calls ``check(id, answer, given)``: returns
        None when the answer is correct, else a sentence that says why not yet.
    hints : tuple of str
        At least two, each saying more than the one before.
    wrong : object or callable
        A plausible wrong answer, planted to test the judge; a callable is called (without arguments) to make it.
    given_example : object, optional
        A ``given`` for that test, where the judge needs one; a callable is called to make it.

    Examples
    --------
    >>> half = Exercise("1.1", lambda x: None if x == 0.5 else "Think of a coin.", ("Heads or tails.", "1 in 2."), 0.6)
    >>> half.verdict(0.5), half.verdict(...)
    (1.1: correct, 1.1: not attempted. Replace the ... above and run the cell again; hint("1.1") helps.)
    >>> half.verdict(0.6)
    1.1: not yet. Think of a coin.
    """

    id: str
    judge: Callable[..., str | None]
    hints: tuple[str, ...]
    wrong: Any
    given_example: Any = None

    def verdict(self, answer: Any, given: Any = None) -> "Reply":
        """Judge an answer. Never raises: an answer that breaks the judge is *not yet* right."""
        if _untouched(answer):
            how = f'Replace the ... above and run the cell again; hint("{self.id}") helps.'
            return Reply("not attempted", self.id, how)
        try:
            reason = self.judge(answer) if given is None else self.judge(answer, given)
            if reason is not None and not isinstance(reason, str):
                raise TypeError(f"the judge of exercise {self.id} must return None or a str, not {reason!r}")
        except Exception as error:  # whatever a student writes, Run All goes on
            reason = f"It could not be judged: {type(error).__name__}: {error}"
        return Reply("correct", self.id) if reason is None else Reply("not yet", self.id, reason)


@dataclass(frozen=True)
class Reply:
    """What a student sees: ``outcome`` is correct, not yet, not attempted, hint or solution."""

    outcome: str
    exercise: str
    message: str = ""
    code: str = ""

    def __repr__(self) -> str:
        first = f"{self.exercise}: {self.outcome}" + (f". {self.message}" if self.message else "")
        return first + (f"\n{self.code}" if self.code else "")

    def _repr_html_(self) -> str:
        icon, colour = _ICONS[self.outcome]
        code = f"<pre style='margin:6px 0 0 0'>{escape(self.code)}</pre>" if self.code else ""
        return (f"<div role='status' style='border-left:4px solid {colour};padding:4px 10px'><b>"
                f"<span aria-hidden='true'>{icon}</span> {escape(self.exercise)}: {self.outcome}</b> "
                f"{escape(self.message)}{code}</div>")


@dataclass
class Board:
    """The exercises of one lesson in one kernel, with the tries and hints so far."""

    exercises: dict[str, Exercise]
    solutions: dict[str, str]
    _tries: dict[str, int] = field(default_factory=dict)
    _hints: dict[str, int] = field(default_factory=dict)

    def check(self, exercise: str, answer: Any, given: Any = None) -> Reply:
        """Correct, not yet (and why), or not attempted; never raises."""
        if exercise not in self.exercises:
            return self._unknown(exercise)
        reply = self.exercises[exercise].verdict(answer, given)
        self._tries[exercise] = self._tries.get(exercise, 0) + (reply.outcome == "not yet")
        return reply

    def hint(self, exercise: str) -> Reply:
        """The next hint; after the last one, the last one again."""
        if exercise not in self.exercises:
            return self._unknown(exercise)
        hints = self.exercises[exercise].hints
        step = self._hints[exercise] = min(self._hints.get(exercise, 0) + 1, len(hints))
        return Reply("hint", exercise, f"({step} of {len(hints)}) {hints[step - 1]}")

    def solution(self, exercise: str, *, now: bool = False) -> Reply:
        """The lesson's own solution, after three tries or at once with ``now=True``."""
        if exercise not in self.exercises:
            return self._unknown(exercise)
        tries = self._tries.get(exercise, 0)
        if tries < TRIES and not now:
            return Reply("solution", exercise, f'Opens after {TRIES} tries ({tries} so far), or with '
                                               f'solution("{exercise}", now=True).')
        return Reply("solution", exercise, "One way to do it:", self.solutions.get(exercise, "(the lesson shows none)"))

    def _unknown(self, exercise: Any) -> Reply:
        return Reply("not attempted", str(exercise), f"No such exercise here; there are {', '.join(self.exercises)}.")


def exercises(lesson: str, *, lessons: Path = LESSONS) -> tuple[Callable, Callable, Callable]:
    """The three functions of a lesson's exercises.

    Parameters
    ----------
    lesson : str
        The lesson's number, two digits: ``"01"``.
    lessons : Path, optional
        The folder of all lessons; by default the one beside the package.

    Returns
    -------
    check, hint, solution : callable
        ``check(id, answer, given=None)``, ``hint(id)``, ``solution(id, now=False)``; each returns a :class:`Reply`.

    Raises
    ------
    FileNotFoundError
        If there is no such lesson, or it has no exercises.

    Examples
    --------
    >>> exercises("99")
    Traceback (most recent call last):
    ...
    FileNotFoundError: lesson='99': ...
    """
    board = load(lesson, lessons=lessons)
    return board.check, board.hint, board.solution


def load(lesson: str, *, lessons: Path = LESSONS) -> Board:
    """The :class:`Board` of a lesson, read from its ``exercises.py`` and ``lesson.py``."""
    found = sorted(Path(lessons).glob(f"{lesson}_*/exercises.py"))
    if len(found) != 1:
        have = ", ".join(path.parent.name[:2] for path in sorted(Path(lessons).glob("[0-9][0-9]_*/exercises.py")))
        raise FileNotFoundError(f"lesson={lesson!r}: must be a lesson that has exercises ({have or 'none found'}).")
    listed = runpy.run_path(str(found[0]), run_name=f"leaklab_lesson_{lesson}_exercises")["EXERCISES"]
    listed = listed.values() if isinstance(listed, dict) else listed
    by_id = {exercise.id: exercise for exercise in listed}
    return Board(by_id, solutions_in(found[0].with_name("lesson.py").read_text(encoding="utf-8")))


def solutions_in(source: str) -> dict[str, str]:
    """Solutions by exercise: what ``### BEGIN`` and ``### END SOLUTION`` enclose belongs to the next ``check``.

    Examples
    --------
    >>> solutions_in('### BEGIN SOLUTION\\nx = 1\\n### END SOLUTION\\ncheck("1.1", x)\\n')
    {'1.1': 'x = 1'}
    """
    piece = re.compile(r"^[ \t]*### BEGIN SOLUTION[^\n]*\n(?P<body>.*?)^[ \t]*### END SOLUTION"
                       r"|^[^#\n]*\bcheck\(\s*[\"'](?P<id>[^\"']+)[\"']", re.M | re.S)
    found, waiting = {}, []
    for match in piece.finditer(source):
        if match["id"] is None:
            waiting.append(textwrap.dedent(match["body"]).rstrip())
        elif waiting:
            found[match["id"]], waiting = "\n".join(waiting), []
    return found


def _untouched(answer: Any) -> bool:
    """Whether an answer still is, holds, or (a function) has a ``...`` to be filled in."""
    if answer is None or answer is ...:
        return True
    if isinstance(answer, tuple | list | dict):
        return any(part is ... for part in (answer.values() if isinstance(answer, dict) else answer))
    return inspect.isfunction(answer) and _open_function(answer)


def _open_function(function: Callable) -> bool:
    """Whether a ``...`` stands as a statement, or as the value of one, in the function's source."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError, TypeError):
        return False
    values = (node.value for node in ast.walk(tree) if isinstance(node, ast.Expr | ast.Return | ast.Assign))
    return any(isinstance(value, ast.Constant) and value.value is ... for value in values)
