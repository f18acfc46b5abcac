"""The time an audit may take, and how much is left: what does not fit in is left out and said."""

import time

from leaklab import _validate as v


class Budget:
    """A stretch of time that begins now.

    Parameters
    ----------
    minutes : float
    progress : callable, optional
        ``progress(done, total, message)``, in seconds; it may raise to stop.
    """

    def __init__(self, minutes: float, progress: v.Progress | None = None):
        self.seconds = 60 * v.number("minutes", minutes, low=0, open_low=True)
        self._began, self._progress = time.monotonic(), progress

    def spent(self) -> float:
        return time.monotonic() - self._began

    def left(self) -> float:
        return max(0.0, self.seconds - self.spent())

    def tell(self, message: str) -> None:
        """Say what is being done."""
        if self._progress:
            self._progress(round(min(self.spent(), self.seconds)), round(self.seconds), message)
