"""Who asks a running server how much, and who looks like an attack."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.server import Detector, Server, read_log

REMEMBERED = 1024
"""So many of a customer's queries are kept to judge the next ones with; the detector looks back over 272 steps."""


@dataclass(frozen=True, eq=False)
class Customer:
    """What the log says of one key.

    Attributes
    ----------
    name : str
    queries : int
    suspicion : float array (queries,)
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

    @property
    def finding(self) -> str:
        """What the detector says."""
        return "not flagged" if self.flagged is None else f"⚑ flagged at query {self.flagged:,}"


class Customers:
    """Everybody who has asked a server so far, as its log has them.

    Parameters
    ----------
    server : Server
    detector : Detector
    model : str
        Whose log.
    """

    def __init__(self, server: Server, detector: Detector, *, model: str = "model"):
        self.server, self.detector, self.model = server, detector, model
        self._lock, self._read = threading.Lock(), 0
        self._last: dict[str, np.ndarray] = {}  # sketches of each key's last queries
        self._judged: dict[str, np.ndarray] = {}

    def seen(self) -> list[Customer]:
        """Read what is new in the log: the most suspicious first."""
        with running(self.server) as server, self._lock:
            names = {key.id: key.name for key in server.keys.all()}
            asked = read_log(server.log, model=self.model, after=self._read)
            for key in dict.fromkeys(asked.key):
                self._judge(key, asked.of(key).sketches)
            self._read = int(max(asked.request, default=self._read))
            found = [Customer(names.get(key, key), len(judged), judged) for key, judged in self._judged.items()]
        return sorted(found, key=lambda customer: -customer.suspicion.max())

    def _judge(self, key: str, sketches: np.ndarray) -> None:
        """What is new, after the last queries before it: the detector looks no further back."""
        before = self._last.get(key, sketches[:0])
        together = np.concatenate([before, sketches])
        self._last[key] = together[-REMEMBERED:]
        judged = self._judged.get(key, np.zeros(0))
        self._judged[key] = np.concatenate([judged, self.detector.suspicion(together)[len(before):]])


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """The server, or an error that says what to run where it was closed, be it in the meantime."""
    try:
        if not server.closed:
            yield server
            return
    except (ValueError, OSError):  # of a log that went with its server, perhaps
        if not server.closed:
            raise
    v.fail("server", server.url, "was closed", "Run the cell with serve(...) again, then those that use it.")


def foremost(customers: Sequence[Customer], most: int, *, calm: int = 6) -> tuple[list[Customer], list[Customer]]:
    """Whom a picture has room for, and the others.

    Parameters
    ----------
    customers : sequence of Customer
        The most suspicious first.
    most : int
        So many at most.
    calm : int
        So many of them at least are not flagged, where there are any.

    Examples
    --------
    >>> wild, calm = Customer("w", 1, np.array([2.0])), Customer("c", 1, np.array([0.0]))
    >>> [len(part) for part in foremost([wild] * 20 + [calm] * 2, 12)]
    [12, 10]
    """
    flagged, others = ([c for c in customers if (c.flagged is not None) is wanted] for wanted in (True, False))
    room = max(most - min(calm, len(others)), 0)
    shown, rest = flagged[:room], flagged[room:]
    left = most - len(shown)
    return shown + others[:left], rest + others[left:]


def counted(customers: Sequence[Customer], what: str = "") -> str:
    """How many, and how many of them are flagged.

    >>> counted([Customer("w", 1, np.array([2.0])), Customer("c", 1, np.array([0.0]))]), counted([], "more")
    ('2 customers, 1 of them flagged', '0 more, none of them flagged')
    """
    flagged = sum(customer.flagged is not None for customer in customers)
    what = what or "customer" + "s" * (len(customers) != 1)
    return f"{len(customers)} {what}, {flagged or 'none'} of them flagged"
