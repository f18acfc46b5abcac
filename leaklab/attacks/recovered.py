"""What an inversion recovered, and the way there."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class Recovered:
    """The faces an inversion drew, and the way there.

    Attributes
    ----------
    people : int (n,)
        The classes attacked.
    images : float32 (n, height, width)
        The recovered faces.
    confidence : float (n,)
        The model's probability of the person for the recovered face.
    path : float32 (frames, n, height, width)
        The faces on the way; the last frame is ``images``.
    path_steps : int (frames,)
        The step of each frame.
    path_confidence : float (frames, n)
        The model's probability at each frame.
    queries : int
        Queries spent.
    reached : bool (n,)
        Whether the model was ever seen to give a face this name; only in doubt where it answers labels alone.
    complete : bool
        False where the access stopped answering; then ``images`` are the last that it answered about.
    stopped : str
        Why it is not complete.
    """

    people: np.ndarray
    images: np.ndarray
    confidence: np.ndarray
    path: np.ndarray
    path_steps: np.ndarray
    path_confidence: np.ndarray
    queries: int
    reached: np.ndarray
    complete: bool = True
    stopped: str = ""
    way: "Way | None" = field(default=None, repr=False)


class Way:
    """The way of an attack: a frame at doubling-then-regular steps, and where it can go on from."""

    def __init__(self, people: np.ndarray):
        self.people, self.queries, self.kept = people, 0, []
        self.attack = self.climb = self.progress = None
        self.reached = np.ones(len(people), bool)

    def add(self, step: int, steps: int, images: np.ndarray, confidence: np.ndarray, reached=None) -> None:
        confidence = np.array(confidence, float)
        if step in (0, 1, 2, 3, 5, 8, 12) or step % max(1, steps // 20) == 0:
            self.kept.append((step, images.copy(), confidence))
            if self.progress:
                self.progress(step, steps, f"mean confidence {np.mean(confidence):.2f}")
        self.last = step, images, confidence
        if reached is not None:
            self.reached = reached

    def recovered(self, images: np.ndarray, confidence: np.ndarray) -> Recovered:
        return self._result([*self.kept, (self.last[0] + 1, images, confidence)])

    def partial(self, stopped: str) -> Recovered:
        self.progress = None
        if not self.kept:  # refused at once: the mean face, of which the model was never asked
            n, mean = len(self.people), self.climb.slope.prior.mean
            frames = [(0, np.repeat(mean[None], n, axis=0), np.full(n, np.nan))]
        else:
            frames = self.kept if self.kept[-1][0] == self.last[0] else [*self.kept, self.last]
        return self._result(frames, complete=False, stopped=stopped, way=self)

    def _result(self, frames, **ending) -> Recovered:
        steps, path, path_confidence = zip(*frames, strict=True)
        return Recovered(self.people, path[-1], path_confidence[-1], np.stack(path), np.array(steps),
                         np.stack(path_confidence), self.queries, self.reached.copy(), **ending)
