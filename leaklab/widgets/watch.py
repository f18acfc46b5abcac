"""The defender's side of a running server: who asks how much, and who looks like an attack."""

import threading

import ipywidgets as w
from markupsafe import Markup

from leaklab.course.customers import Customer, Customers, counted, foremost
from leaklab.plots.hardening import traffic
from leaklab.plots.style import axes
from leaklab.plots.web import chart
from leaklab.widgets.base import Display
from leaklab.widgets.controls import button

SHOWN = 16
"""So many customers have a lane: the most suspicious, and some who are not."""


class Watch(Display[Customers]):
    """A lane for each customer; while *Live* is on they follow the log.

    Parameters
    ----------
    state : Customers
    every : float
        Seconds between two looks.
    """

    name = "watch"

    def __init__(self, state: Customers, *, every: float = 1.0):
        super().__init__(state)
        self.every, self._off = every, threading.Event()
        self.customers: list[Customer] = []

    def controls(self):
        self.live = w.ToggleButton(description="Live", icon="eye", tooltip="Follow the log, once a second")
        self.once = button("Look now", "Read the log once", icon="refresh")
        self.bind(self.once, lambda: None)  # to draw is to look
        self.live.observe(self._on_live, "value")
        return [[self.live, self.once]]

    def draw(self):
        self.customers = self.state.seen()

    def still(self):
        self.draw()
        return super().still()

    def said(self):
        return f"{counted(self.customers)}." if self.customers else "Nobody has asked yet."

    def words(self):
        _, rest = foremost(self.customers, SHOWN)
        row = Markup("<tr><td>{c.name}</td><td>{c.queries:,}</td><td>{c.finding}</td></tr>")
        rows = Markup("").join(row.format(c=customer) for customer in self.customers)
        return Markup("<p>{}</p><details><summary>As a table</summary><table><thead><tr><th scope='col'>customer</th>"
                      "<th scope='col'>queries</th><th scope='col'>the detector says</th></tr></thead>{}</table>"
                      "</details>").format(f"… and {counted(rest, 'more')}." if rest else "", rows) if rows else ""

    def key(self):
        return tuple((c.name, c.queries, c.flagged) for c in foremost(self.customers, SHOWN)[0])

    def picture(self):
        shown, _ = foremost(self.customers, SHOWN)
        ax = axes(size=(6.8, 1.3 + 0.27 * len(shown)))
        lanes = traffic([(c.name, c.suspicion) for c in shown], ax)
        return chart(lanes) if shown else ""

    def _on_live(self, change):
        self._off.set()
        if change.new:
            self._off = threading.Event()
            threading.Thread(target=self._follow, args=(self._off,), daemon=True).start()

    def _follow(self, off: threading.Event):
        while not off.is_set():
            self.act(lambda: None)
            if self.readout.fault and not off.is_set():  # above all a server that is gone; it is told already
                self.live.value = False
            off.wait(self.every)
