"""One structural finding."""

from dataclasses import dataclass

SEVERITIES = ("holds records", "small groups", "little room", "information")
"""The gravest first."""


@dataclass(frozen=True)
class Structure:
    """What a model's file gives away before any attack.

    Parameters
    ----------
    kind : str
        Which of the things looked for, such as ``"training rows"``; ``"none"`` where nothing was found.
    title : str
        For a table.
    says : str
        One or two sentences with the numbers, for somebody who knows no machine learning.
    severity : {"holds records", "small groups", "little room", "information"}
    count, of : int
        How many, out of how many.
    where : str
        The path inside the object.
    rows : tuple of int
        Positions of the members concerned, where they are known.
    """

    kind: str
    title: str
    says: str
    severity: str
    count: int
    of: int
    where: str
    rows: tuple[int, ...] = ()


def positions(concerned) -> tuple[int, ...]:
    """The places where a mask is true."""
    return tuple(int(i) for i in concerned.nonzero()[0])


def places(paths: list[str]) -> str:
    """The first of several places, and how many more there are.

    >>> places(["KNeighborsClassifier._fit_X", "KNeighborsClassifier._tree.state[0]"])
    'KNeighborsClassifier._fit_X, and in 1 more place'
    """
    more = len(paths) - 1
    return paths[0] + (f", and in {more:,} more place{'s' * (more > 1)}" if more else "")
