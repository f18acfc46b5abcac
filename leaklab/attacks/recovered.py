"""What an inversion recovered, and the way there."""

from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.access import Access


@dataclass(frozen=True, eq=False)
class Recovered:
    """The faces an inversion drew, and the way there.

    Attributes
    ----------
    people : array (n,)
        The classes attacked, as they were given.
    images : float32 (n, *shape)
        The recovered faces, of the prior's shape.
    confidence : float (n,)
        The model's probability of the person for the recovered face.
    path : float32 (frames, n, *shape)
        The faces on the way; the last frame is ``images``.
    path_steps : int (frames,)
        The step of each frame.
    path_confidence : float (frames, n)
        The model's probability at each frame.
    found_start : bool (n,)
        Whether the model was ever seen to give an input this label; only in doubt where it answers labels alone.
    complete : bool
        False where the access stopped answering; then ``images`` are the last that it answered about.
    stopped : str
        Why it is not complete.
    queries : int
        Queries spent, before an interruption too.
    """

    people: np.ndarray
    images: np.ndarray
    confidence: np.ndarray
    path: np.ndarray
    path_steps: np.ndarray
    path_confidence: np.ndarray
    found_start: np.ndarray
    complete: bool = True
    stopped: str = ""
    queries: int = 0
    trajectory: "Trajectory | None" = field(default=None, repr=False)
    __repr__ = summary

    def resume(self, access: Access, *, progress: v.Progress | None = None) -> "Recovered":
        """Continue an interrupted attack, to the very result of an uninterrupted one; as often as wanted.

        Parameters
        ----------
        access : Access
            Any access to the same model, such as one with another budget.
        progress : callable, optional

        Raises
        ------
        ValueError
            If nothing was interrupted, or by an attack that cannot continue.
        """
        if self.trajectory is None:
            v.fail("complete", self.complete, "only an interrupted FaceInversion can be resumed",
                   "Run the attack again.")
        rest = self.trajectory.attack(access, self.people, knowledge=self, progress=progress)
        return replace(rest, queries=self.queries + rest.queries)

    def reopened(self, attack: Any, people: np.ndarray) -> "Trajectory":
        """A copy of the trajectory for ``attack`` to continue; refused unless it is the same one on the same people."""
        if self.trajectory is None or self.trajectory.attack != attack or not np.array_equal(self.people, people):
            v.fail("knowledge", self.stopped, "must be an interrupted result of this attack on these people",
                   "Call resume(access) of the result.")
        return deepcopy(self.trajectory)


class Trajectory:
    """Frames of an attack, early steps and then regular ones; with ``attack`` and ``state``, it can be continued."""

    def __init__(self, people: np.ndarray, start: np.ndarray):
        self.people = people
        self.frames: list[tuple[int, np.ndarray, np.ndarray]] = []
        self.found_start = np.ones(len(people), bool)
        self.last = 0, start, np.full(len(people), np.nan)  # of which the model was not asked yet
        self.attack: Any = None
        self.state: Any = None
        self.progress: v.Progress | None = None

    def add(self, step: int, steps: int, images: np.ndarray, confidence: np.ndarray) -> None:
        """What the model answered at a step; ``images`` may change afterwards."""
        self.last = step, images.copy(), np.array(confidence, float)
        if step in (0, 1, 2, 3, 5, 8, 12) or step % max(1, steps // 20) == 0:
            self.frames.append(self.last)
            if self.progress:
                self.progress(step, steps, f"mean confidence {np.mean(confidence):.2f}")

    def finished(self, images: np.ndarray, confidence: np.ndarray) -> Recovered:
        return self._result([*self.frames, (self.last[0] + 1, images, confidence)])

    def interrupted(self, stopped: str) -> Recovered:
        self.progress = None
        kept = bool(self.frames) and self.frames[-1][0] == self.last[0]
        frames = self.frames if kept else [*self.frames, self.last]
        return self._result(frames, complete=False, stopped=stopped, trajectory=self if self.state else None)

    def _result(self, frames: list, **ending) -> Recovered:
        steps, path, confidence = zip(*frames, strict=True)
        return Recovered(self.people, path[-1], confidence[-1], np.stack(path), np.array(steps), np.stack(confidence),
                         self.found_start, **ending)
