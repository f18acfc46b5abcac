"""What a part of the handout is made of: words, pictures, tables, and what follows from its figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markupsafe import Markup

from leaklab._validate import Progress
from leaklab.data import Records, load_faces, load_patients
from leaklab.demo.pictures import Picture
from leaklab.experiments import VICTIMS, Stage, prepare

GLUE = "\N{NO-BREAK SPACE}"
"""Keeps an interval in one line."""


@dataclass(frozen=True)
class Rows:
    """A table: its caption, the heads of its columns, and rows of text of which the first cell is the head."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Advice:
    """What follows from a part: what to do, because of which figures; and whether an attack got further than luck."""

    do: str
    because: str
    leak: bool = False


@dataclass(frozen=True)
class Part:
    """One question and what a real run answers.

    Attributes
    ----------
    lead : str
        Plain words, in which no term of the field occurs.
    terms : Markup
        The field's terms, each in a ``<dfn>`` where it occurs for the first time.
    body : sequence of Picture, Rows or str
        In their order: every table follows a picture that shows the same.
    advice : tuple of Advice
    """

    lead: str
    terms: Markup
    body: Sequence[Picture | Rows | str]
    advice: tuple[Advice, ...] = ()


@dataclass
class Shared:
    """What several parts use, made when the first of them asks for it."""

    progress: Progress | None = None

    @cached_property
    def stage(self) -> Stage:
        """Twenty private people, forty public ones, and the judge."""
        return prepare(load_faces("synthetic"), rng=0, progress=self.progress)

    @cached_property
    def recognizer(self) -> Any:
        """The network of the door lock."""
        train = self.stage.train
        return VICTIMS["MLP"].fit(train.images, train.person, classes=train.people, rng=1, progress=self.progress)

    @cached_property
    def patients(self) -> Records:
        """Records enough for several clinics."""
        return load_patients("synthetic", patients=40_000, rng=0)


def percent(one: Any) -> str:
    r"""A share with its limits, of a rate or a spread; where it cannot be told, what it says of itself.

    >>> from leaklab.metrics import Rate
    >>> percent(Rate(19, 20))
    '95% [75%,\xa0100%]'
    """
    if not hasattr(one, "value"):
        return str(one)
    digits = 1 if one.high < 0.0995 else 0
    return f"{one.value:.{digits}%} [{one.low:.{digits}%},{GLUE}{one.high:.{digits}%}]"


def decimal(one: Any) -> str:
    r"""A number with its limits.

    >>> from leaklab.metrics import Interval
    >>> decimal(Interval(0.7, 0.65, 0.74))
    '0.70 [0.65,\xa00.74]'
    """
    return f"{one.value:.2f} [{one.low:.2f},{GLUE}{one.high:.2f}]"
