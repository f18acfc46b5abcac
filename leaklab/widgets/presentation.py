"""The stage: one step of a talk at a time, large, with Next, Back and Reset, and a clock."""

import asyncio
from base64 import b64decode
from functools import cached_property
from typing import Any

import ipywidgets as w
import mistune
import pandas as pd
from IPython.core.getipython import get_ipython
from markupsafe import Markup, escape
from matplotlib.figure import Figure
from matplotlib.text import Text

from leaklab.course.presentation import Outcome, Talk
from leaklab.plots.style import picture
from leaklab.plots.web import chart, large
from leaklab.widgets.base import Display
from leaklab.widgets.controls import button
from leaklab.widgets.readout import Readout

LATE = "Prepared beforehand; the live result is on its way."
COMING = "The result is on its way."
WIDTH, HEIGHT, LEAST = 1090, 440, 16.5
"""Pixels: the room for a figure in a window of 1280 x 800, and the smallest text in it."""


class Presentation(Display[Talk]):
    """A talk to click through; its code arrives by the cell magic ``%%step``.

    In a notebook, a cell that begins with ``%%step 2`` gives the second step its code, and one that begins with
    ``%%words 2`` what it shows in words; both end at once, while one thread runs what was given in its order. What is
    late or fails is replaced by what the trainer's notebook has in its place, and labelled so.
    """

    name = "presentation"

    def __init__(self, state: Talk):
        super().__init__(state)
        self._views: dict[int, w.Widget] = {}
        self._stand_ins: dict[int, w.Widget] = {}
        self._next: asyncio.TimerHandle | None = None
        state.tells(self._arrived)
        shell = get_ipython()
        if shell is not None:
            register: Any = shell.register_magic_function
            register(self.step, "cell", "step")
            register(self.words_of, "cell", "words")

    def step(self, line: str, cell: str) -> None:
        """Give a step its code: ``%%step 2``."""
        self.state.write(int(line) - 1, cell)

    def words_of(self, line: str, cell: str) -> None:
        """Give a step its words, in Markdown: ``%%words 2``."""
        self.state.words[int(line) - 1] = cell
        self._stand_ins.pop(int(line) - 1, None)
        if "view" in vars(self):
            self.refresh()

    def controls(self):
        self.start = button("Start", "Start the clock at this step", icon="play")
        self.backwards = button("Back", "The step before this one", icon="arrow-left")
        self.forwards = button("Next step", "The next step; starts the clock, too", icon="arrow-right", primary=True)
        self.reset = button("Reset step", "Run what this step shows once more", icon="refresh")
        self.again = button("Start over", "The first step, the clock at zero, everything as new", icon="fast-backward")
        self.clock = w.HTML()
        self.clock.add_class("leaklab-clock")
        for control, call in ((self.start, self.go), (self.backwards, self.state.back), (self.forwards, self.go_on),
                              (self.reset, lambda: self.state.again(self.state.at)), (self.again, self.state.over)):
            self.bind(control, call)
        return [[self.forwards, self.backwards, self.start, self.reset, self.again, self.clock]]

    @cached_property
    def view(self) -> w.Widget:
        """The widget, made at the first call."""
        self.slot = w.VBox()
        box = super().view
        box.children = (*box.children, self.slot)
        return box

    def draw(self):
        talk = self.state
        self._views = {number: view for number, view in self._views.items() if number in talk.outcomes}
        self.start.disabled = talk.began is not None
        self.backwards.disabled, self.forwards.disabled = talk.at == 0, talk.at == len(talk.steps) - 1
        self.reset.disabled = talk.at not in talk.outcomes
        self.slot.children = [self._shown(talk.at)]
        self.clock.value = self._clock()

    def said(self):
        talk = self.state
        outcome = talk.outcomes.get(talk.at)
        where = f"Step {talk.at + 1} of {len(talk.steps)}."
        if outcome is not None and outcome.error:
            instead = " Shown instead: what was prepared beforehand." if talk.beforehand(talk.at) else ""
            return f"{where} This step failed: {outcome.error}{instead}"
        if talk.waits(talk.at) or (outcome is not None and talk.at not in self._views):
            return f"{where} {LATE if talk.beforehand(talk.at) else COMING}"
        return where

    def words(self):
        return Markup("<h1>{}</h1><p class='leaklab-says'>{}</p>").format(
            self.state.step.title or self.state.title, self.state.step.says)

    def key(self):
        return True  # nothing is drawn here: Next does not wait for a widget that draws

    def go(self) -> None:
        """Start the clock."""
        self.state.start()
        self._tick()

    def go_on(self) -> None:
        """Go to the next step."""
        self.state.next()
        self._tick()

    def _clock(self) -> Markup:
        return Markup("{} <small>(step from {}:{:02})</small>").format(
            self.state.clock(), *divmod(int(60 * self.state.starts(self.state.at)), 60))

    def _tick(self) -> None:
        if self.state.began is None:
            return
        self.clock.value = self._clock()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # no kernel: nobody looks at the clock
            return
        if self._next is None or self._next.when() <= loop.time():
            self._next = loop.call_later(1, self._tick)

    def _arrived(self, number: int) -> None:
        """A result is there: in the thread that made it, so that drawing it holds up nobody."""
        outcome = self.state.outcomes[number]
        if not outcome.error:
            try:
                with self._drawer, large():
                    self._views[number] = shown(outcome, self.state.steps[number].alt)
            except Exception as error:
                self.state.outcomes[number] = Outcome(error=f"{type(error).__name__}: {error}")
        if number == self.state.at and "view" in vars(self):
            self.refresh()

    def _shown(self, number: int) -> w.Widget:
        outcome = self.state.outcomes.get(number)
        if outcome is not None and not outcome.error and number in self._views:
            return self._views[number]
        if number not in self._stand_ins:
            outputs = Markup("").join(html(output, self.state.steps[number].alt)
                                      for output in self.state.beforehand(number))
            self._stand_ins[number] = readout(markdown(self.state.words.get(number, "")) + outputs)
        return self._stand_ins[number]


def shown(outcome: Outcome, alt: str) -> w.Widget:
    """What a step gave, as a widget."""
    value = outcome.value
    printed = Markup("<pre>{}</pre>").format(outcome.printed) if outcome.printed else Markup()
    if hasattr(value, "view") or isinstance(value, w.Widget):
        view = value if isinstance(value, w.Widget) else value.view
        return w.VBox([readout(printed), view]) if printed else view
    return readout(printed + as_html(value, alt))


def as_html(value: Any, alt: str = "") -> Markup:
    """A value as the page shows it; what is text is escaped.

    >>> as_html("<b>"), as_html(None)
    (Markup('<pre>&#39;&lt;b&gt;&#39;</pre>'), Markup(''))
    """
    if value is None:
        return Markup()
    if isinstance(value, Figure):
        return chart(enlarged(value), alt)
    if isinstance(value, pd.DataFrame):
        return Markup(value.to_html(border=0))
    if hasattr(value, "_repr_html_"):
        return Markup(value._repr_html_() or escape(repr(value)))
    return Markup("<pre>{!r}</pre>").format(value)


def html(output: dict[str, Any], alt: str = "") -> Markup:
    """An output of a notebook of ours, as HTML.

    >>> html({"output_type": "stream", "text": ["1 < ", "2"]})
    Markup('<pre>1 &lt; 2</pre>')
    """
    data = {kind: "".join(value) for kind, value in output.get("data", {}).items() if isinstance(value, str | list)}
    for kind in ("text/html", "image/svg+xml"):
        if kind in data:
            return Markup(data[kind])
    if "image/png" in data:
        return picture(b64decode(data["image/png"]), alt)
    return Markup("<pre>{}</pre>").format("".join(output.get("text", data.get("text/plain", ""))))


def markdown(text: str) -> Markup:
    """Markdown as HTML; tags in it are escaped.

    >>> markdown("**bold**")
    Markup('<p><strong>bold</strong></p>\\n')
    """
    return Markup(mistune.create_markdown(plugins=["table"])(text))


def readout(markup: str) -> Readout:
    """HTML that only is looked at."""
    made = Readout(picture=str(markup))
    made.add_class("leaklab-readout")
    return made


def enlarged(figure: Figure) -> Figure:
    """The figure with no text that would be too small for the stage, where it is shown as large as there is room."""
    width, height = 72 * figure.get_size_inches()
    least = LEAST / min(WIDTH / width, HEIGHT / height)
    for text in figure.findobj(Text):
        text.set_fontsize(max(text.get_fontsize(), least))
    return figure
