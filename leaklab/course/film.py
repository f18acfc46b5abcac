"""A face that forms, frame by frame: what the inversion stage and the face theater share."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.access import Access
from leaklab.attacks import Recovered

PERSON = "Person"
RATE, PATIENCE, VISIBLE = 30.0, 5.0, 0.0003
"""Frames a second; seconds an attack is held up for them, at most; a mean change of pixels that is seen."""
FEW = 100
"""A film of fewer frames is played more slowly, up to three times: attacks that must guess take few, large steps."""


@dataclass(frozen=True, eq=False)
class Frame:
    """What the model was asked about, and how sure it was.

    Attributes
    ----------
    image : float array (height, width)
        In [0, 1]; the mean, where several images were asked about at once.
    confidence : float
        The model's probability of the person, or how often it named them.
    queries : int
        So many questions were answered by then.
    """

    image: np.ndarray
    confidence: float
    queries: int
    __repr__ = summary


Seen = Callable[[Frame], None]


class FilmedAttack(ABC):
    """One person attacked at a time, in a way that one chooses, and the film of it.

    An author of one writes `run`.

    Parameters
    ----------
    choices : mapping of str to str
        What there is to choose, `PERSON` among it; the first of each is chosen.
    low, high : float, optional
        What is black and white to the model; 0 and 1 when left out.

    Attributes
    ----------
    chosen : dict of str to str
    film : list of Frame
        What was shown so far; empty before the attack.
    at : int
        Which frame is looked at.
    found : Recovered or None
        What the attack came to; None until it has ended.
    """

    def __init__(self, choices: Mapping[str, Iterable[str]], *, low: float | None = None, high: float | None = None):
        self.choices = {what: tuple(some) for what, some in choices.items()}
        self.chosen = {what: some[0] for what, some in self.choices.items()}
        self._low, self._high = 0.0 if low is None else low, 1.0 if high is None else high
        self.forget()

    @abstractmethod
    def run(self, seen: Seen, progress: v.Progress | None = None) -> Recovered:
        """Attack the chosen person; ``seen`` is told of every question. Changes nothing: see `add` and `end`."""

    def choose(self, what: str, choice: str) -> None:
        """Choose; what ran before is forgotten."""
        options = self.choices[v.one_of("what", what, tuple(self.choices))]
        self.chosen[what] = v.one_of(what.lower(), choice, options)
        self.forget()

    def options(self, what: str) -> list[tuple[str, str]]:
        """What can be chosen, each with the words for it."""
        return [(choice, choice) for choice in self.choices[what]]

    def forget(self) -> None:
        """Back to before the attack."""
        self.film: list[Frame] = []
        self.at = 0
        self.found: Recovered | None = None

    def add(self, frame: Frame) -> None:
        """Put a frame at the end, and look at it."""
        self.film.append(frame)
        self.at = len(self.film) - 1

    def end(self, found: Recovered) -> None:
        """Keep what the attack came to, and look at it."""
        self.found = found
        self.add(Frame(self._shown(found.images[0]), float(np.nan_to_num(found.confidence[0])), found.queries))

    @property
    def slower(self) -> float:
        """How much more slowly than at `RATE` the film is best played."""
        return min(3.0, max(1.0, FEW / max(len(self.film), 1)))

    def turn(self, at: int) -> None:
        """Look at another frame."""
        self.at = v.integer("frame", at, low=0, high=max(len(self.film) - 1, 0))

    @property
    def frame(self) -> Frame | None:
        """What is looked at; None before the attack."""
        return self.film[self.at] if self.film else None

    @property
    def name(self) -> str:
        """Who is chosen."""
        return self.chosen[PERSON]

    @property
    def person(self) -> int:
        """Their place among the names."""
        return self.choices[PERSON].index(self.name)

    def means(self) -> str:
        """How it is done, in words."""
        return ", ".join(choice for what, choice in self.chosen.items() if what != PERSON)

    def says(self) -> str:
        """The frame in words."""
        if self.frame is None:
            return f"Press Start to ask the model for {self.name}: {self.means()}."
        ended = self.found is not None and self.at == len(self.film) - 1
        where = "" if ended else f", frame {self.at + 1} of {len(self.film)}"
        early = f" It ended early: {self.found.stopped}" if ended and self.found and not self.found.complete else ""
        return (f"{self.name}{where}: the model is {self.frame.confidence:.0%} sure after {self.frame.queries:,} "
                f"quer{'y' if self.frame.queries == 1 else 'ies'}.{early}")

    def filmed(self, access: Access, column: int, seen: Seen) -> Access:
        """The access, each question of which is a frame: its image, and how sure the answer is of a column."""
        before = access.queries
        return access.watched(lambda x, answer: seen(
            Frame(self._shown(np.mean(x, axis=0)), _sure(answer, column), access.queries - before)))

    def _shown(self, image: np.ndarray) -> np.ndarray:
        return (image - self._low) / (self._high - self._low)


def _sure(answer: Any, column: int) -> float:
    """Of a value and a gradient, of probabilities, or of labels; over all images that were asked about."""
    if isinstance(answer, tuple):
        return float(np.exp(answer[0]).mean())
    return float(np.mean(answer[:, column] if np.ndim(answer) == 2 else answer == column))


class Pace:
    """Which frames of an attack are shown, and when: a film of what changes, which holds up no attack for long.

    Examples
    --------
    >>> pace, grey = Pace(clock=lambda: 0.0), Frame(np.zeros((2, 2)), 0.0, 1)
    >>> pace.wait(grey), pace.wait(grey), round(pace.wait(Frame(np.ones((2, 2)), 0.1, 2)), 3)
    (0.0, None, 0.033)
    """

    def __init__(self, *, rate: float = RATE, patience: float = PATIENCE, clock: Callable[[], float] = time.monotonic):
        self.between, self.patience, self._clock = 1 / rate, patience, clock
        self._last, self._asked = -np.inf, 0
        self._shown: np.ndarray | None = None

    def wait(self, frame: Frame) -> float | None:
        """Seconds until the frame is to be shown; None to leave it out."""
        since, several = self._clock() - self._last, frame.queries > self._asked + 1
        early, self._asked = max(0.0, self.between * (3 if several else 1) - since), frame.queries
        changed = self._shown is None or np.abs(frame.image - self._shown).mean() >= VISIBLE
        if early > self.patience or (not changed and since < 3 * self.between):
            return None
        self.patience -= early
        self._last, self._shown = self._clock() + early, frame.image
        return early
