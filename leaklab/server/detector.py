"""The defender's side: attack traffic told from honest use, from the log's sketches alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leaklab import _validate as v
from leaklab.server.log import Asked

DRIFT = 1.0
"""What a query must exceed, in standard deviations, to add to suspicion rather than calm it."""


@dataclass(frozen=True)
class Alarm:
    """A key that was flagged.

    Attributes
    ----------
    key : str
    query : int
        The number of the query at which the alarm went off, counted from 1.
    why : str
        ``"alike"``: too many questions close to earlier ones, and yet not the same, as in a walk around a point.
        ``"unlike"``: too many that lie further out than honest questions do, as in draws from a model of faces.
    """

    key: str
    query: int
    why: str


@dataclass(frozen=True, eq=False)
class Detector:
    """Two sums of surprise over a key's queries, each with a threshold from honest traffic (CUSUM: Page 1954).

    Sketches are whitened by a reference of honest questions. A query is *unlike* by its distance from the reference's
    mean, and *alike* by its nearness to the nearest earlier query of the same key; both in honest standard deviations.
    From each ``DRIFT`` is taken, and the sum never falls below 0. An exact repetition is neither. The thresholds are
    order statistics of honest sessions' highest sums: for a new honest session, exchangeable with those, the chance of
    an alarm is at most ``false_alarms``.

    What it cannot see: an adversary whose questions are as far apart and as ordinary as photographs, one who spreads
    them over many keys or among honest ones, and honest users of a kind that was not in the calibration.

    Attributes
    ----------
    mean, whiten : float array
    centre, spread : dict of str to float
        Honest mean and standard deviation of either distance.
    threshold : dict of str to float
    """

    mean: np.ndarray
    whiten: np.ndarray
    centre: dict[str, float]
    spread: dict[str, float]
    threshold: dict[str, float]

    @classmethod
    def fit(cls, reference, sessions: Sequence, *, false_alarms: float = 0.01) -> "Detector":
        """Learn from honest traffic.

        Parameters
        ----------
        reference : array (n, size)
            Sketches of honest, independent questions.
        sessions : sequence of array (m, size)
            Sketches of honest keys' queries in their order, not of the photographs in ``reference``; all as long as the
            sessions that will be watched, for a longer one has more chances of a false alarm.
        false_alarms : float
            Share of honest sessions that may be flagged; needs at least 2 / false_alarms - 1 sessions.
        """
        reference = v.array("reference", reference, ndim=2, dtype=np.float64)
        v.number("false_alarms", false_alarms, low=0, high=1, open_low=True, open_high=True)
        rank = int(np.ceil((1 - false_alarms / 2) * (len(sessions) + 1)))  # half for either sum
        if rank > len(sessions):
            v.fail("sessions", len(sessions), f"must be at least {int(np.ceil(2 / false_alarms)) - 1} to keep to "
                   f"false_alarms={false_alarms:g}", "Record more honest traffic, or allow more false alarms.")
        mean = reference.mean(axis=0)
        power, axes = np.linalg.eigh(np.cov(reference.T))
        whiten = axes / np.sqrt(np.maximum(power, 1e-3 * power[-1]))
        plain = cls(mean, whiten, {}, {}, {})
        seen = [plain._distances(session) for session in sessions]
        pooled = {why: np.concatenate([distances[why] for distances in seen]) for why in ("unlike", "alike")}
        centre = {why: float(np.nanmean(values)) for why, values in pooled.items()}
        spread = {why: float(np.nanstd(values)) for why, values in pooled.items()}
        scaled = cls(mean, whiten, centre, spread, {})
        sums = [scaled.sums(session) for session in sessions]
        threshold = {why: float(np.sort([s[why].max() for s in sums])[rank - 1]) for why in ("unlike", "alike")}
        return cls(mean, whiten, centre, spread, threshold)

    def sums(self, sketches) -> dict[str, np.ndarray]:
        """Both sums after each of one key's queries (n,)."""
        distances = self._distances(sketches)
        out = {}
        for why, sign in (("unlike", 1), ("alike", -1)):
            surprise = np.nan_to_num(sign * (distances[why] - self.centre[why]) / self.spread[why] - DRIFT, nan=0.0)
            total, sums = 0.0, np.empty(len(surprise))
            for i, step in enumerate(surprise):
                sums[i] = total = max(0.0, total + step)
            out[why] = sums
        return out

    def first_alarm(self, sketches) -> tuple[int, str] | None:
        """Number of the query at which one key's alarm goes off, from 1, and why; None where it does not."""
        over = [(int(np.argmax(s > self.threshold[why])) + 1, why) for why, s in self.sums(sketches).items()
                if (s > self.threshold[why]).any()]
        return min(over, default=None)

    def alarms(self, asked: Asked) -> list[Alarm]:
        """The keys of a log that are flagged."""
        found = ((key, self.first_alarm(asked.of(key).sketches)) for key in dict.fromkeys(asked.key))
        return [Alarm(key, *alarm) for key, alarm in found if alarm]

    def _distances(self, sketches) -> dict[str, np.ndarray]:
        """By kind, for each query; NaN where there is none: a first query, or an exact repetition."""
        sketches = v.array("sketches", sketches, ndim=2, length=None, dtype=np.float64)
        points = (sketches - self.mean) @ self.whiten
        square = (points**2).sum(axis=1)
        unlike, alike = np.sqrt(square), np.full(len(points), np.nan)
        for i in range(1, len(points)):
            apart = np.sqrt(max(0.0, (square[:i] + square[i] - 2 * points[:i] @ points[i]).min()))
            alike[i] = apart if apart > 1e-3 else np.nan
        return {"unlike": np.where(np.isnan(alike) & (np.arange(len(points)) > 0), np.nan, unlike), "alike": alike}
