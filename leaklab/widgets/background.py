"""Long work beside a widget: one at a time, in a thread, with a Stop that answers at once."""

import threading
from collections.abc import Callable
from typing import Any

from leaklab import _validate as v


class Stopped(Exception):
    """Raised inside work that somebody has stopped, at its next report."""


class Background:
    """Runs work in a thread.

    Whoever is called back may set traits of widgets, and nothing else of a page.

    Examples
    --------
    >>> background, seen = Background(), []
    >>> background.start(lambda progress: progress(1, 1, "half way") or 7, seen.append, print)
    >>> background.wait(), seen
    (True, [7])
    """

    def __init__(self):
        self._stop, self._thread = threading.Event(), None
        self._begins = threading.Lock()  # two clicks may come from two threads

    def start(self, work: Callable[[v.Progress], Any], done: Callable[[Any], None], failed: Callable[[Exception], None],
              report: v.Progress | None = None) -> None:
        """Stop what runs, and begin ``work(progress)``; then ``done(result)`` or ``failed(error)`` is called, from the
        thread, unless it was stopped before."""
        stop = threading.Event()

        def progress(step, steps, message):
            if stop.is_set():
                raise Stopped
            if report:
                report(step, steps, message)

        def run():
            if before is not None:
                before.join()  # it ends at its next report; until then it would spend queries beside this one
            try:
                result = work(progress)
            except Stopped:
                return
            except Exception as error:  # in a thread nobody else would hear of it
                if not stop.is_set():
                    failed(error)
                return
            if not stop.is_set():
                done(result)

        with self._begins:
            self.stop()
            before, self._stop = self._thread, stop
            self._thread = threading.Thread(target=run, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Nothing more is heard of what runs."""
        self._stop.set()

    def pause(self, seconds: float) -> None:
        """Wait, inside the work; a stop ends the waiting, and the next report the work."""
        self._stop.wait(seconds)

    def wait(self, seconds: float = 60) -> bool:
        """Wait for what runs; whether it ended in time."""
        with self._begins:
            thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return thread is None or not thread.is_alive()
