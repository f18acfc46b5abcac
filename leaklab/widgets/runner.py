"""A widget with work that takes long: Start, Stop, and how much time is left."""

import time
from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any

import ipywidgets as w
from markupsafe import escape

from leaklab import _validate as v
from leaklab.widgets.background import Background
from leaklab.widgets.base import Display, State
from leaklab.widgets.controls import button, remaining, row


class Runner(Display[State]):
    """A display with work that takes long: ``start``, ``stop``, and ``done``, which says how much time is left.

    An author writes `begin` and `stands` too, and puts the three among the controls. Stop answers at once; a second
    Start stops what runs and waits for its end, so that never two run.
    """

    def __init__(self, state: State):
        super().__init__(state)
        self.background = Background()
        self.start = button("Start", "Start the work", icon="play", primary=True)
        self.stop = button("Stop", "Stop at once; what was found before stays", icon="stop", disabled=True)
        self.done = w.FloatProgress(max=1.0, tooltip="How much of the work is done", layout={"width": "10em"})
        self.left = w.Label()
        self.progress = row([self.done, self.left])
        self.progress.layout.display = "none"
        self._told: str | None = None
        self._runs: object = None  # the work that is waited for
        self.start.on_click(lambda _: self.act(self.begin))
        self.stop.on_click(lambda _: self._stopped())

    @abstractmethod
    def begin(self) -> None:
        """Start was pressed: get ready, then `run` the work."""

    @abstractmethod
    def stands(self) -> str:
        """Where things stand when nothing runs, in a sentence."""

    def said(self) -> str:
        return self.stands() if self._told is None else self._told

    def run(self, work: Callable[[v.Progress], Any], arrived: Callable[[Any], None], *, saying: str) -> None:
        """Begin ``work(progress)`` in a thread; ``arrived(result)`` is called there, unless somebody stopped it."""
        began = last = time.monotonic()
        this = object()

        def ended(call, outcome):
            with self.lock:
                if self._runs is this:  # nobody has stopped it while it waited for the lock
                    self._busy(False)
                    self.act(call, outcome)

        def report(step, steps, message):
            nonlocal last
            now, share = time.monotonic(), step / max(steps, 1)
            if now - last > 0.1 or share >= 1:
                last, self.done.value = now, share
                self.left.value = remaining(share, now - began)

        self._busy(True)
        self._runs = this
        self.say(saying)
        self.background.start(work, partial(ended, arrived), partial(ended, _fail), report)

    def halt(self) -> None:
        """End the work, if there is any."""
        self.background.stop()
        self._runs = None
        self._busy(False)

    def say(self, words: str | None) -> None:
        """Words on how it goes; None for where things stand."""
        self._told = words
        self.readout.said = str(escape(self.said()))

    def _stopped(self) -> None:
        with self.lock:  # nothing that the work still draws comes after these words
            self.halt()
            self.say(f"Stopped. {self.stands()}".strip())

    def _busy(self, running: bool) -> None:
        self.start.disabled, self.stop.disabled = running, not running
        self.progress.layout.display = None if running else "none"
        self._told = None
        if not running:
            self.left.value, self.done.value = "", 0.0


def _fail(error: Exception) -> None:
    raise error
