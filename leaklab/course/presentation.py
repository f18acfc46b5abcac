"""A talk in steps: a clock, what is shown at each step, and one thread that makes it while the talk goes on."""

import json
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any, cast

from leaklab import _validate as v
from leaklab._bundled import bundled
from leaklab._kept import KEPT
from leaklab.course.kept import Kept

SHOWN = "### SHOWN"
"""In the code of a step: what the step needs stands above, what is shown below."""


@dataclass(frozen=True)
class Step:
    """A step of a talk, as its plan has it.

    Parameters
    ----------
    minutes : float
        How long it takes.
    says : str
        A sentence for the room.
    title : str
    alt : str
        What its figure shows, for those who do not see it.
    prepared : tuple of str
        Cells of the trainer's notebook that may have made its result beforehand; the first that has one counts.
    """

    minutes: float
    says: str
    title: str = ""
    alt: str = ""
    prepared: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What came of a step's code: a value, printed text, and the words of an error."""

    value: Any = None
    printed: str = ""
    error: str = ""


class Talk:
    """The steps of a lesson's ten minutes.

    Parameters
    ----------
    lesson : str
        The name of its folder, such as ``"03_medical_membership"``.
    steps : iterable of Step
    title : str
    kept : Path, optional
        A folder for slow results; by default the one that the variable ``LEAKLAB_KEPT`` names, if any.
    now : callable
        The seconds of a clock.

    Attributes
    ----------
    at : int
        The step that is shown, from 0.
    words : dict of int to str
        Markdown that a step shows.

    Examples
    --------
    >>> talk = Talk("00", [Step(4, "Look."), Step(6, "And now?")], now=lambda: 75.0)
    >>> talk.next()
    >>> talk.at, talk.starts(1), talk.clock()
    (1, 4, '0:00 of 10:00')
    """

    def __init__(self, lesson: str, steps: Iterable[Step], *, title: str = "", kept: Path | None = None,
                 now: Callable[[], float] = time.monotonic):
        self.lesson, self.steps, self.title, self.now = lesson, tuple(steps), title, now
        if not self.steps:
            raise ValueError("steps=(): a talk has at least one step.")
        if kept is None and os.environ.get(KEPT):
            kept = Path(os.environ[KEPT])
        self.at, self.began = 0, cast(float | None, None)
        self.words: dict[int, str] = {}
        self.outcomes: dict[int, Outcome] = {}
        self._codes: dict[int, str] = {}
        self._from: dict[int, tuple[Kept, dict[str, Any]]] = {}
        self._kept, self._names = Kept(kept), {"__name__": "__main__"}
        self._told: list[Callable[[int], Any]] = []
        self._work: queue.Queue = queue.Queue()
        self._thread: threading.Thread | None = None

    @property
    def step(self) -> Step:
        """The step that is shown."""
        return self.steps[self.at]

    @property
    def minutes(self) -> float:
        """How long the talk takes."""
        return sum(step.minutes for step in self.steps)

    def starts(self, number: int) -> float:
        """The minute at which a step should start."""
        return sum(step.minutes for step in self.steps[:number])

    def start(self) -> None:
        """Start the clock, where it does not run."""
        if self.began is None:
            self.began = self.now()

    def next(self) -> None:
        """Go to the next step; the clock starts at the latest now."""
        self.start()
        self.at = min(self.at + 1, len(self.steps) - 1)

    def back(self) -> None:
        """Go back one step."""
        self.at = max(self.at - 1, 0)

    def over(self) -> None:
        """The first step again, the clock at zero, and every result that could have been changed made anew."""
        self.at, self.began = 0, None
        for number, outcome in list(self.outcomes.items()):
            if hasattr(outcome.value, "view") or outcome.error:
                self.again(number)

    def clock(self) -> str:
        """What the clock shows."""
        elapsed = 0 if self.began is None else int(self.now() - self.began)
        return f"{elapsed // 60}:{elapsed % 60:02} of {self.minutes:g}:00"

    def tells(self, call: Callable[[int], Any]) -> None:
        """Have ``call(number)`` called, from the thread, whenever the result of a step has arrived."""
        self._told.append(call)

    def write(self, number: int, code: str) -> None:
        """Give a step its code: it is run in the background, after all that was given before."""
        self._codes[v.integer("number", number, low=0, high=len(self.steps) - 1)] = code
        self._put(lambda: self._make(number))

    def again(self, number: int) -> None:
        """Show a step's result anew, from what stood before it at the first time."""
        if number in self._codes:
            before = self.outcomes.pop(number, None)
            make = self._make if before is not None and before.error else self._show
            self._put(lambda: make(number))

    def wait(self, seconds: float = 60) -> bool:
        """Wait until all that was asked for is made; whether it was in time."""
        done = threading.Event()
        self._put(done.set)
        return done.wait(seconds)

    def waits(self, number: int) -> bool:
        """Whether a step has code whose result is still to come."""
        return number in self._codes and number not in self.outcomes

    def beforehand(self, number: int) -> list[dict[str, Any]]:
        """The outputs of a step in the trainer's notebook, in nbformat's terms; none where that is missing."""
        return next((self._trainer[cell] for cell in self.steps[number].prepared if self._trainer.get(cell)), [])

    @cached_property
    def _trainer(self) -> dict[str, list]:
        path = bundled("notebooks", "trainer", f"{self.lesson}.ipynb")
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"] if path.is_file() else []
        return {cell["id"]: cell.get("outputs", []) for cell in cells}

    def _put(self, work: Callable[[], Any]) -> None:
        self._work.put(work)
        if self._thread is None:
            self._thread = threading.Thread(target=self._go, daemon=True)
            self._thread.start()

    def _go(self) -> None:
        while True:
            self._work.get()()

    def _make(self, number: int) -> None:
        before = self._codes[number].partition(SHOWN)[0]
        needs = self._run(self._kept, before, StringIO(), self._names)  # what it prints, nobody reads
        self._from[number] = self._kept.copy(), dict(self._names)
        self._arrived(number, needs if needs.error else self._run(
            self._kept, self._codes[number].partition(SHOWN)[2], StringIO(), self._names))

    def _show(self, number: int) -> None:
        kept, names = self._from[number]
        self._arrived(number, self._run(
            kept.copy(), self._codes[number].partition(SHOWN)[2], StringIO(), dict(names)))

    def _arrived(self, number: int, outcome: Outcome) -> None:
        self.outcomes[number] = outcome
        for call in self._told:
            call(number)

    @staticmethod
    def _run(kept: Kept, code: str, printed: StringIO, names: dict[str, Any]) -> Outcome:
        names["print"] = lambda *values, **how: print(*values, **{"file": printed, **how})
        try:
            return Outcome(kept.run(code, names), printed.getvalue())
        except Exception as error:  # in a thread nobody else would hear of it
            said = str(error) if isinstance(error, ValueError | OSError) and str(error) else (
                f"{type(error).__name__}: {error}")
            return Outcome(printed=printed.getvalue(), error=said)
