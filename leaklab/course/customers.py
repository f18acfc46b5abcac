"""Who asks a running server how much, and who looks like an attack."""

from dataclasses import dataclass

import numpy as np

from leaklab import _validate as v
from leaklab._repr import summary
from leaklab.server import Detector, Server, read_log


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


class Customers:
    """Everybody who has asked a server so far, as its log has them.

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

    def seen(self) -> list[Customer]:
        """Read the log: the most suspicious first."""
        asked, names = read_log(self.server.log, model=self.model), {k.id: k.name for k in self.server.keys.all()}
        found = []
        for key in dict.fromkeys(asked.key):
            sketches = asked.of(key).sketches
            found.append(Customer(names.get(key, key), len(sketches), self.detector.suspicion(sketches[:self.most])))
        return sorted(found, key=lambda customer: -customer.suspicion.max())
