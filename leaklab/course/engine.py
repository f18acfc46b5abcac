"""Exercises that answer at once: ``check``, ``hint`` and ``solution`` for the cells of a lesson.

A lesson's exercises live beside it, in ``lessons/NN_topic/exercises.py``, as a list ``EXERCISES``. In the notebook:

>>> from leaklab.course import exercises
>>> check, hint, solution = exercises("01")
"""

import inspect
import logging
import runpy
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from leaklab._bundled import bundled
from leaklab.course.judging import NotYet, described
from leaklab.course.reply import Reply, shown
from leaklab.course.student_code import solutions_in, untouched

__all__ = ["Cases", "Exercise", "exercises"]

LOG = logging.getLogger(__name__)
LESSONS = bundled("lessons")
TRIES = 3
"""A solution opens by itself after this many answers that were not yet right."""


@dataclass(frozen=True)
class Cases:
    """Answers whose verdict is known, to test a judge with.

    Attributes
    ----------
    solution : object
        The right answer.
    right : tuple
        At least five other forms of it (`forms` gives them), or other ways to it, all correct.
    wrong : tuple of (object, str)
        At least three plausible wrong answers, each with a phrase that its diagnosis must hold.
    given : object, optional
        What the notebook hands to the judge beside the answer.
    """

    solution: Any
    right: tuple
    wrong: tuple[tuple[Any, str], ...]
    given: Any = None


@dataclass(frozen=True)
class Exercise:
    """One exercise and how an answer to it is judged.

    Parameters
    ----------
    id : str
        Lesson's number and exercise's, e.g. ``"1.2"``.
    judge : callable
        ``judge(answer)``, or ``judge(answer, given)`` when the notebook calls ``check(id, answer, given)``: returns
        None when the answer is correct, else a sentence that says why not yet. It may raise `NotYet` instead.
    hints : tuple of str
        At least two, each saying more than the one before.
    cases : callable, optional
        ``cases(rng)`` gives `Cases`, made with this generator: the tests judge those of many seeds. Every exercise of a
        lesson has them.

    Examples
    --------
    >>> half = Exercise("1.1", lambda x: None if x == 0.5 else "Think of a coin.", ("Heads or tails.", "1 in 2."),
    ...                 lambda rng: Cases(0.5, (0.5,), ((0.6, "coin"),)))
    >>> half.verdict(0.5), half.verdict(...)
    (1.1: correct, 1.1: not attempted. Replace the ... above and run the cell again; hint("1.1") helps.)
    >>> half.verdict(0.6)
    1.1: not yet. Think of a coin.
    """

    id: str
    judge: Callable[..., str | None]
    hints: tuple[str, ...]
    cases: Callable[[np.random.Generator], Cases] | None = None

    @property
    def needs_given(self) -> bool:
        """Whether the judge needs more than the answer."""
        parameters = inspect.signature(self.judge).parameters.values()
        return sum(p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters) > 1

    def verdict(self, answer: Any, given: Any = None) -> Reply:
        """Judge an answer. Never raises: an answer that breaks the judge is *not yet* right."""
        if untouched(answer):
            how = f'Replace the ... above and run the cell again; hint("{self.id}") helps.'
            return Reply("not attempted", self.id, how)
        if self.needs_given and given is None:
            return Reply("not attempted", self.id, "The check must be told what the answer was made from: write its "
                                                   f'line as the lesson has it, check("{self.id}", ..., given=...).')
        try:
            reason = self.judge(answer, given) if self.needs_given else self.judge(answer)
            if reason is not None and not isinstance(reason, str):
                raise TypeError(f"the judge of exercise {self.id} must return None or a str, not {reason!r}")
        except NotYet as diagnosis:
            reason = str(diagnosis)
        except Exception:  # whatever a student writes, Run All goes on
            LOG.debug("exercise %s: its judge failed", self.id, exc_info=True)
            reason = (f"It could not be judged: this exercise cannot make anything of {described(answer)}. "
                      f'hint("{self.id}") says what it asks for.')
        return Reply("correct", self.id) if reason is None else Reply("not yet", self.id, reason)


@dataclass
class Board:
    """The exercises of one lesson in one kernel, with the tries and hints so far.

    Its three methods show their reply, and return it. An exercise may be named by a number, 2.1 for "2.1"; where a
    lesson has both a "2.1" and a "2.10", which are one number, only the text tells them apart, and the reply says so.
    """

    exercises: dict[str, Exercise]
    solutions: dict[str, str]
    _tries: dict[str, int] = field(default_factory=dict)
    _hints: dict[str, int] = field(default_factory=dict)

    def check(self, exercise: str | float, answer: Any, given: Any = None) -> Reply:
        """Correct, not yet (and why), or not attempted; never raises."""
        name = self._name(exercise)
        if isinstance(name, Reply):
            return shown(name)
        reply = self.exercises[name].verdict(answer, given)
        self._tries[name] = self._tries.get(name, 0) + (reply.outcome == "not yet")
        return shown(reply)

    def hint(self, exercise: str | float) -> Reply:
        """The next hint; after the last one, the last one again, and how to see the solution."""
        name = self._name(exercise)
        if isinstance(name, Reply):
            return shown(name)
        hints, before = self.exercises[name].hints, self._hints.get(name, 0)
        step = self._hints[name] = min(before + 1, len(hints))
        more = f' That was the last; solution("{name}", now=True) shows the answer.' if step == len(hints) else ""
        return shown(Reply("hint", name, f"({step} of {len(hints)}) {hints[step - 1]}{more}"))

    def solution(self, exercise: str | float, *, now: bool = False) -> Reply:
        """The lesson's own solution, after three tries or at once with ``now=True``."""
        name = self._name(exercise)
        if isinstance(name, Reply):
            return shown(name)
        tries = self._tries.get(name, 0)
        if tries < TRIES and not now:
            return shown(Reply("solution", name, f'Opens after {TRIES} tries ({tries} so far), or with '
                                                 f'solution("{name}", now=True).'))
        code = self.solutions.get(name, "(the lesson shows none)")
        return shown(Reply("solution", name, "One way to do it:", code))

    def _name(self, exercise: Any) -> str | Reply:
        """The exercise that is meant, or what to say where none is."""
        have = ", ".join(self.exercises)
        if isinstance(exercise, str):
            name = exercise.strip().strip("\"'")
            return name if name in self.exercises else Reply("not attempted", str(exercise),
                                                             f"No such exercise here; there are {have}.")
        try:
            meant = [name for name in self.exercises if float(name) == float(exercise)]
        except (TypeError, ValueError):
            meant = []
        if len(meant) == 1:
            return meant[0]
        both = " or ".join(f'"{name}"' for name in meant)
        return Reply("not attempted", str(exercise), f"As a number that is one and the same: write {both}."
                     if meant else f"No such exercise here; there are {have}.")


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
