"""The defender's side: tells attack traffic from legitimate use, by the log's sketches alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leaklab import _validate as v
from leaklab.server.log import Asked

WINDOW = 16
"""Steps that are judged together; a power of two."""
LAGS = 256
"""How many steps back an opposite step is searched for."""
LEAST = 3
"""At least so many mirrored steps are taken for coincidence, whatever the legitimate sessions show."""
PORTION = 500  # steps compared with those before them at a time


@dataclass(frozen=True)
class Alarm:
    """A key that was flagged.

    Attributes
    ----------
    key : str
    query : int
        The number of the query at which the alarm went off, counted from 1.
    """

    key: str
    query: int


@dataclass(frozen=True)
class Detector:
    """Flags a key whose steps, from each query to the next, undo one another.

    To estimate a gradient from answers alone, an attack queries pairs around a point, z + u and z - u, for many u.
    However small or large u is, and whatever face is the target, the step from z + u to z + u' comes again, reversed,
    from z - u to z - u'. So of each ``WINDOW`` consecutive steps those are counted that undo the step a fixed number of
    queries before (to within a tenth of its squared length) and yet do not lead back to where that one began, as
    happens when the same photographs are sent again. A query that repeats the one before it is skipped.

    What it cannot see: questions that are not in pairs, or whose order is shuffled, or that are spread over so many
    keys or mixed with so many legitimate ones that no two steps match. Near-duplicates are no sign of an attack: a
    legitimate user who photographs one person all day sends them too.

    Attributes
    ----------
    threshold : int
        More mirrored steps of ``WINDOW`` than that are an alarm.
    """

    threshold: int

    @classmethod
    def fit(cls, sessions: Sequence, *, false_alarms: float = 0.01) -> "Detector":
        """The threshold is an order statistic of legitimate sessions' highest counts, and at least ``LEAST``.

        For a new legitimate session, exchangeable with those, the chance of an alarm is at most ``false_alarms``.

        Parameters
        ----------
        sessions : sequence of array (n, size)
            Sketches of legitimate keys' queries, in order; as long as the sessions that will be watched, for a longer
            one has more chances of a false alarm.
        false_alarms : float
            Share of legitimate sessions that may be flagged; needs at least 1 / false_alarms - 1 sessions.
        """
        v.number("false_alarms", false_alarms, low=0, high=1, open_low=True, open_high=True)
        rank = int(np.ceil((1 - false_alarms) * (len(sessions) + 1)))
        if rank > len(sessions):
            v.fail("sessions", f"{len(sessions)} of them", f"must be at least {int(np.ceil(1 / false_alarms)) - 1} to "
                   f"keep to false_alarms={false_alarms:g}", "Record more traffic, or allow more false alarms.")
        return cls(max(LEAST, int(np.sort([mirrored(session).max() for session in sessions])[rank - 1])))

    def suspicion(self, sketches) -> np.ndarray:
        """After each of one key's queries, mirrored steps over ``threshold``: float (n,); an alarm above 1."""
        return mirrored(sketches) / self.threshold

    def first_alarm(self, sketches) -> int | None:
        """Number of the query at which one key's alarm goes off, from 1; None where it does not."""
        over = np.flatnonzero(self.suspicion(sketches) > 1)
        return int(over[0]) + 1 if len(over) else None

    def alarms(self, asked: Asked) -> list[Alarm]:
        """The keys of a log that are flagged."""
        found = ((key, self.first_alarm(asked.of(key).sketches)) for key in dict.fromkeys(asked.key))
        return [Alarm(key, query) for key, query in found if query]


def mirrored(sketches) -> np.ndarray:
    """After each query, how many of the last ``WINDOW`` steps undid the step ``lag`` before, at the best lag: int (n,).

    Examples
    --------
    >>> u = np.random.default_rng(0).normal(size=(20, 32))
    >>> mirrored(np.concatenate([5 + u, 5 - u])).max() > 8, mirrored(np.concatenate([5 + u, 5 + u])).max()
    (True, 0)
    """
    sketches = v.array("sketches", sketches, ndim=2, dtype=np.float64)
    length = (np.diff(sketches, axis=0) ** 2).sum(axis=1)
    moved = np.flatnonzero(length > 1e-9 * (sketches[1:] ** 2).sum(axis=1)) + 1  # the others repeat
    points = sketches[np.insert(moved, 0, 0)]
    counts = np.zeros(len(points), np.int8)  # after each point
    for start in range(0, len(moved), PORTION):
        first = max(0, start - LAGS - WINDOW)
        counts[start + 1:start + 1 + PORTION] = _mirrored(points[first:start + 1 + PORTION])[start - first:]
    return counts[np.searchsorted(moved, np.arange(len(sketches)), side="right")].astype(int)


def _mirrored(points: np.ndarray) -> np.ndarray:
    """After each step between points that follow one another."""
    step = np.diff(points, axis=0)
    square = (step**2).sum(axis=1)
    undoes = square[:, None] + square + 2 * step @ step.T < 0.1 * square[:, None]
    start, end = ((points[rows] ** 2).sum(axis=1) for rows in (slice(None, -1), slice(1, None)))
    returns = end[:, None] + start - 2 * points[1:] @ points[:-1].T < 0.5 * square[:, None]
    counts = np.triu(np.tril(undoes & ~returns, -2), -LAGS).astype(np.int8)  # by step and by the step before it
    for shift in 2 ** np.arange(int(np.log2(WINDOW))):  # sums of 2, 4, 8, 16 along the diagonals
        counts[shift:, shift:] = counts[shift:, shift:] + counts[:-shift, :-shift]
    return counts.max(axis=1, initial=0)
