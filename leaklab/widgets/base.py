"""What all widgets have in common: they show themselves, follow their state, and say what went wrong."""

import asyncio
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property, partial
from typing import Any, ClassVar, Generic, TypeVar

import ipywidgets as w
from IPython.display import HTML, display
from markupsafe import Markup, escape

from leaklab.plots.web import large, stills
from leaklab.widgets.controls import row
from leaklab.widgets.readout import Readout

State = TypeVar("State")
KEPT = 64
"""So many pictures of a widget are kept."""
REST, SOON = 0.25, 0.05
"""Seconds: a picture wanted so soon after the last one waits so long; of many quick clicks the last is drawn."""


class Display(ABC, Generic[State]):
    """A view of plain state: ``view`` is the widget; or let the notebook show the object.

    An author writes `controls` and `said`, where there is something to see `picture`, and lets controls call the state
    with `bind`. HTML is made with ``markupsafe.Markup(...).format(...)``, which escapes what is put into it: text of a
    data set may be anything.

    Parameters
    ----------
    state : object
        Of `leaklab.course`: all that is decided and counted. It knows nothing of its view.
    """

    name: ClassVar[str] = ""
    """Its element in the page has the classes ``leaklab`` and ``leaklab-<name>``."""
    columns: ClassVar[bool] = False
    """Whether the controls stand beside what is read, where the window is wide enough, instead of above it."""
    _drawer = threading.RLock()  # matplotlib draws for one thread at a time

    def __init__(self, state: State):
        self.state = state
        self.lock, self._drawing = threading.RLock(), False
        self.readout = Readout()
        self._pictures: dict[Hashable, str] = {}
        self._ended = -REST
        self._due: asyncio.TimerHandle | None = None  # a drawing that waits

    @abstractmethod
    def controls(self) -> Sequence[Sequence[w.Widget]]:
        """Rows of controls; made once. Rows wrap where the window is narrow."""

    @abstractmethod
    def said(self) -> str:
        """Where things stand, in a sentence or two: the status line."""

    def draw(self) -> None:
        """Put the state into the controls."""

    def words(self) -> str:
        """More to read, as HTML, below the status line."""
        return ""

    def picture(self) -> str:
        """What is to be seen, as HTML: see `leaklab.plots.web.chart` and `face`."""
        return ""

    def key(self) -> Hashable:
        """All that the picture depends on, where it is worth keeping; None to draw it anew each time."""
        return None

    @cached_property
    def view(self) -> w.Widget:
        """The widget, made at the first call."""
        controls = self.controls()
        self.readout.tips = {one.description: one.tooltip for row in controls for one in row
                             if getattr(one, "description", "") and one.tooltip}
        rows = w.VBox([row(one) for one in controls])
        rows.add_class("leaklab-controls")
        self.readout.add_class("leaklab-readout")
        box = row([rows, self.readout], "leaklab-columns") if self.columns else w.VBox([rows, self.readout])
        for name in ("leaklab", f"leaklab-{self.name}"):
            box.add_class(name)
        self.refresh()
        return box

    def still(self) -> HTML:
        """What is read and seen now, for a page without a kernel."""
        _ = self.view
        with self.lock:
            page = Markup("<p>{}</p>{}{}").format(self.said(), Markup(self.words()), Markup(self._drawn()))
            return HTML(stills(page))

    def refresh(self) -> None:
        """Show the state as it is now; controls that change by that call nothing."""
        with self.lock:
            self._drawing = True
            try:
                self.draw()
                self.readout.said, self.readout.words = str(escape(self.said())), str(self.words())
                self._picture_now_or_soon()
            finally:
                self._drawing = False

    def bind(self, control: w.Widget, call: Callable[..., Any]) -> None:
        """A button pressed calls ``call()``, any other control changed ``call(value)``; then all is drawn anew."""
        def changed(change):
            with self.lock:
                if not self._drawing:
                    self.act(call, change.new)

        if isinstance(control, w.Button):
            control.on_click(lambda _: self.act(call))
        else:
            control.observe(changed, "value")

    def act(self, call: Callable[..., Any], *values: Any) -> None:
        """Call and refresh; an error is told in the widget, since from a callback nobody would hear of it."""
        told = self.readout.fault = ""  # before: work that begins here may tell its own, from its thread
        for step in (partial(call, *values), self.refresh):
            try:
                step()
            except Exception as error:
                told = told or _words_of(error)
        if told:
            self.readout.fault = told

    def _picture_now_or_soon(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # no kernel, or a thread beside it
            loop = None
        key = self.key()
        if key is not None and key in self._pictures:
            self.readout.picture = self._pictures[key]
        elif loop is None or time.monotonic() - self._ended > REST:
            self._put_picture(key)
        else:
            self._due = loop.call_later(SOON, self._put_late)

    def _put_picture(self, key: Hashable) -> None:
        self.readout.picture = drawn = self._drawn()
        self._ended = time.monotonic()
        if key is not None:
            self._pictures[key] = drawn
            while len(self._pictures) > KEPT:
                del self._pictures[next(iter(self._pictures))]

    def _put_late(self) -> None:
        with self.lock:
            try:
                self._put_picture(self.key())
            except Exception as error:
                self.readout.fault = _words_of(error)

    def _drawn(self) -> str:
        with self._drawer, large():
            return str(self.picture())

    def _ipython_display_(self) -> None:
        display(self.view)


def _words_of(error: Exception) -> str:
    """As HTML; of what was not foreseen with its kind."""
    return str(escape(error if isinstance(error, ValueError | OSError) else repr(error)))
