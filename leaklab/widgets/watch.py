"""The defender's side of a running server: who asks how much, and who looks like an attack."""

import threading

import ipywidgets as w
from markupsafe import Markup
from matplotlib.figure import Figure

from leaklab.course.customers import Customer, Customers
from leaklab.plots.hardening import traffic
from leaklab.plots.style import figure_of
from leaklab.widgets.old import OldDisplay as Display
from leaklab.widgets.old import status

SHOWN = 12
"""So many customers are shown: the most suspicious, if there are more."""


class Watch(Display[Customers]):
    """A picture and a table; while *Live* is on they follow the log.

    Parameters
    ----------
    state : Customers
    every : float
        Seconds between two looks.
    """

    def __init__(self, state: Customers, *, every: float = 1.0):
        super().__init__(state)
        self.every, self._off = every, threading.Event()

    def figure(self, customers: list[Customer] | None = None) -> Figure:
        """Everybody's queries, with the alarms among them; read from the log unless given."""
        customers = self.state.seen() if customers is None else customers
        return figure_of(traffic([(customer.name, customer.suspicion) for customer in customers[:SHOWN]]))

    def words(self, customers: list[Customer] | None = None) -> Markup:
        """The log as a table."""
        customers = self.state.seen() if customers is None else customers
        if not customers:
            return Markup("Nobody has asked yet.")
        rows = Markup("").join(
            Markup("<tr><td>{c.name}</td><td style='text-align:right;padding:0 16px'>{c.queries:,}</td><td>{says}</td>"
                   "</tr>").format(c=c, says=f"⚑ flagged at query {c.flagged}" if c.flagged else "looks honest")
            for c in customers[:SHOWN])
        return Markup("<div role='status'>{} customers, {} flagged.</div><table><tr><th>customer</th>"
                      "<th style='padding:0 16px'>queries</th><th>the detector says</th></tr>{}</table>").format(
                          len(customers), sum(customer.flagged is not None for customer in customers), rows)

    def layout(self) -> w.Widget:
        self.live = w.ToggleButton(description="Live", icon="eye", tooltip="Follow the log, once a second")
        self.once = w.Button(description="Look now", icon="refresh", tooltip="Read the log once")
        self.said, self.shown = w.HTML(), self.image("760px", "leaklab-watch")
        self.bind(self.once, lambda: None)  # to draw is to look
        self.live.observe(self._on_live, "value")
        return w.VBox([w.HBox([self.live, self.once]), self.shown, self.said])

    def draw(self) -> None:
        customers = self.state.seen()
        self.said.value = self.words(customers)
        self.show(self.shown, self.figure(customers))

    def _on_live(self, change):
        self._off.set()
        if change.new:
            self._off = threading.Event()
            threading.Thread(target=self._follow, args=(self._off,), daemon=True).start()

    def _follow(self, off: threading.Event):
        while not off.wait(self.every):
            try:
                self.refresh()
            except Exception as error:  # in a thread nobody else would hear of it; above all a server that is gone
                self.said.value = status(f"The log cannot be read: {error}")
                self.live.value = False
                return
