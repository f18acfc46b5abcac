"""What all widgets have in common: they show themselves, follow their state, and say what went wrong."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property, partial
from typing import Any, ClassVar, Generic, TypeVar

import ipywidgets as w
from IPython.display import display
from markupsafe import Markup

from leaklab import _validate as v
from leaklab.plots.style import png
from leaklab.widgets.background import Background

State = TypeVar("State")


class OldDisplay(ABC, Generic[State]):
    """A view of plain state: ``view`` is the widget; or let the notebook show the object.

    An author writes `layout` and `draw`, and lets controls call the state with `bind`. HTML is made with
    `markupsafe.Markup(...).format(...)`, which escapes what is put into it: text of a data set may be anything.

    Parameters
    ----------
    state : object
        Of `leaklab.course`: all that is decided and counted. It knows nothing of its view.
    """

    dpi: ClassVar[int] = 90

    def __init__(self, state: State):
        self.state = state
        self.lock, self._drawing = threading.RLock(), False  # matplotlib draws for one thread at a time

    @abstractmethod
    def layout(self) -> w.Widget:
        """Make the controls and outputs; called once."""

    @abstractmethod
    def draw(self) -> None:
        """Put the state into the controls and outputs."""

    @cached_property
    def view(self) -> w.Widget:
        """The widget, made at the first call."""
        self.refusal = w.HTML(layout={"display": "none"})
        box = w.VBox([self.layout(), self.refusal])
        self.refresh()
        return box

    def refresh(self) -> None:
        """Show the state as it is now; controls that change by that call nothing."""
        with self.lock:
            self._drawing = True
            try:
                self.draw()
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
        """Call and refresh; an error is told below the widget, since from a callback nobody would hear of it."""
        told = ""
        for step in (partial(call, *values), self.refresh):
            try:
                step()
            except Exception as error:
                told = told or status(error if isinstance(error, ValueError | OSError) else repr(error))
        self.refusal.value, self.refusal.layout.display = told, None if told else "none"

    def image(self, width: str | None = None, name: str | None = None) -> w.Image:
        """An empty picture, for `show`; ``name`` is its class in the page."""
        image = w.Image(format="png", layout={"max_width": "100%", "width": width})
        if name:
            image.add_class(name)
        return image

    def show(self, image: w.Image, figure) -> None:
        """Draw a matplotlib Figure into an image."""
        image.value = png(figure, dpi=self.dpi)

    def _ipython_display_(self) -> None:
        display(self.view)


class OldRunner(OldDisplay[State]):
    """A display with work that takes long: Start, a Stop that answers at once, a progress bar, and words.

    An author writes `begin` and `stands` too, and puts ``start``, ``stop``, ``done`` and ``words`` in their places.
    """

    def __init__(self, state: State):
        super().__init__(state)
        self.background = Background()
        self.start = w.Button(icon="play", button_style="primary")
        self.stop = w.Button(description="Stop", icon="stop", disabled=True, tooltip="Stop at once")
        self.done = w.FloatProgress(max=1.0, description="Progress", style={"description_width": "90px"})
        self.words = w.HTML()
        self.start.on_click(lambda _: self.begin())
        self.stop.on_click(lambda _: self._stopped())

    @abstractmethod
    def begin(self) -> None:
        """Start was pressed: get ready, then `run` the work."""

    @abstractmethod
    def stands(self) -> str:
        """Where things stand when nothing runs, in a sentence; may be empty."""

    def run(self, work: Callable[[v.Progress], Any], arrived: Callable[[Any], None]) -> None:
        """Begin ``work(progress)`` in a thread; ``arrived(result)`` is called there, unless somebody stopped it."""
        def finished(result):
            arrived(result)
            self._busy(False)

        def failed(error):
            self.say(f"The attack failed: {error}")
            self._busy(False)

        def report(step, steps, message):
            self.done.value = step / steps

        self._busy(True)
        self.background.start(work, finished, failed, report)

    def halt(self) -> None:
        """End the work, if there is any."""
        self.background.stop()
        self._busy(False)

    def say(self, words: str) -> None:
        """Words on how it goes."""
        self.words.value = status(words)

    def _stopped(self) -> None:
        with self.lock:  # nothing that the work still draws comes after these words
            self.halt()
            self.say(f"Stopped. {self.stands()}")

    def _busy(self, running: bool) -> None:
        self.start.disabled, self.stop.disabled = running, not running


def status(words: Any) -> Markup:
    """Words that a screen reader reads out when they change.

    >>> status("5 < 6")
    Markup('<span role="status">5 &lt; 6</span>')
    """
    return Markup('<span role="status">{}</span>').format(words)
