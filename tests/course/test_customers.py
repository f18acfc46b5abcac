"""Customers of a running server, as its log has them."""

import numpy as np
import pytest

from leaklab.access import BlackBox, RemoteApi
from leaklab.course.customers import Customers
from leaklab.server import serve


class Counts:
    """A detector that finds every query after the tenth suspicious."""

    def suspicion(self, sketches):
        return np.arange(1, len(sketches) + 1) / 10.5


@pytest.fixture
def server():
    model = BlackBox(lambda x: np.full((len(x), 2), 0.5), inputs=(4, 4), classes=2)
    with serve(model) as running:
        for name, queries in (("quiet <b>", 5), ("busy", 30)):
            with RemoteApi(running.url, running.keys.add(name)) as api:
                api.probabilities(np.zeros((queries, 4, 4)))
        yield running


def test_customers_come_with_their_counts_the_most_suspicious_first(server):
    busy, quiet = Customers(server, Counts()).seen()
    assert (busy.name, busy.queries, busy.flagged) == ("busy", 30, 11)
    assert (quiet.name, quiet.queries, quiet.flagged) == ("quiet <b>", 5, None)


def test_only_the_first_queries_are_judged(server):
    busy = Customers(server, Counts(), most=20).seen()[0]
    assert busy.queries == 30 and len(busy.suspicion) == 20
