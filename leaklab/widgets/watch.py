"""The defender's side of a running server: who asks how much, and who looks like an attack."""

import threading
from dataclasses import dataclass
from html import escape

import ipywidgets as w
import numpy as np
from matplotlib.figure import Figure

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.plots.hardening import traffic
from leaklab.plots.style import png
from leaklab.server import Detector, Server, read_log

CUSTOMERS = 12
"""So many are shown: the most suspicious, if there are more."""


@dataclass(frozen=True, eq=False)
class Customer:
    """What the log says of one key.

    Attributes
    ----------
    name : str
    queries : int
    suspicion : float array (<= queries,)
        After each query, in units of the alarm's threshold.
    """

    name: str
    queries: int
    suspicion: np.ndarray
    __repr__ = summary

    @property
    def flagged(self) -> int | None:
        """The query at which the alarm went off, from 1; None where it did not."""
        over = np.flatnonzero(self.suspicion > 1)
        return int(over[0]) + 1 if len(over) else None


class Watch:
    """The state of the watch, and its view (``.view``; or let the notebook show the object).

    Parameters
    ----------
    server : Server
    detector : Detector
    model : str
        Whose log.
    most : int
        Queries of a customer that are judged, the first ones.
    """

    def __init__(self, server: Server, detector: Detector, *, model: str = "model", most: int = 1000):
        self.server, self.detector, self.model, self.most = server, detector, model, v.integer("most", most)

    def customers(self) -> list[Customer]:
        """Everybody who has asked so far, the most suspicious first."""
        asked, names = read_log(self.server.log, model=self.model), {k.id: k.name for k in self.server.keys.all()}
        found = []
        for key in dict.fromkeys(asked.key):
            sketches = asked.of(key).sketches
            found.append(Customer(names.get(key, key), len(sketches), self.detector.suspicion(sketches[:self.most])))
        return sorted(found, key=lambda customer: -customer.suspicion.max())

    def figure(self, customers: list[Customer]) -> Figure:
        """Everybody's queries, with the alarms among them."""
        return traffic([(customer.name, customer.suspicion) for customer in customers[:CUSTOMERS]]).figure

    def words(self, customers: list[Customer]) -> str:
        """The log as a table (HTML)."""
        if not customers:
            return "Nobody has asked yet."
        rows = "".join(
            f"<tr><td>{escape(customer.name)}</td><td style='text-align:right;padding:0 16px'>{customer.queries:,}</td>"
            f"<td>{f'⚑ flagged at query {customer.flagged}' if customer.flagged else 'looks honest'}</td></tr>"
            for customer in customers[:CUSTOMERS])
        flagged = sum(customer.flagged is not None for customer in customers)
        return (f"<div role='status'>{len(customers)} customers, {flagged} flagged.</div><table><tr><th>customer</th>"
                f"<th style='padding:0 16px'>queries</th><th>the detector says</th></tr>{rows}</table>")

    @property
    def view(self) -> w.Widget:
        """A new view of the watch."""
        return _View(self).box

    def _ipython_display_(self):
        from IPython.display import display

        display(self.view)


class _View:
    """A picture and a table; while *Live* is on they follow the log."""

    def __init__(self, watch: Watch, *, every: float = 1.0):
        self.watch, self.every, self._lock = watch, every, threading.Lock()
        self._off = threading.Event()
        self.live = w.ToggleButton(description="Live", icon="eye", tooltip="Follow the log, once a second")
        self.once = w.Button(description="Look now", icon="refresh", tooltip="Read the log once")
        self.words, self.image = w.HTML(), w.Image(format="png", layout={"max_width": "100%", "width": "760px"})
        self.image.add_class("leaklab-watch")
        self.box = w.VBox([w.HBox([self.live, self.once]), self.image, self.words])
        self.once.on_click(lambda _: self.show())
        self.live.observe(self._on_live, "value")
        self.show()

    def show(self):
        with self._lock:  # matplotlib draws for one thread at a time
            customers = self.watch.customers()
            self.words.value = self.watch.words(customers)
            self.image.value = png(self.watch.figure(customers), dpi=90)

    def _on_live(self, change):
        self._off.set()
        if change.new:
            self._off = threading.Event()
            threading.Thread(target=self._follow, args=(self._off,), daemon=True).start()

    def _follow(self, off: threading.Event):
        while not off.wait(self.every):
            try:
                self.show()
            except Exception as error:  # in a thread nobody else would hear of it; above all a server that is gone
                self.words.value = f"<span role='status'>The log cannot be read: {escape(str(error))}</span>"
                return
