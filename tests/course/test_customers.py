"""Customers of a running server, as its log has them."""

import pytest
from course_states import Counts, asked_server

from leaklab.course.customers import Customers


@pytest.fixture
def server():
    with asked_server() as running:
        yield running


def test_customers_come_with_their_counts_the_most_suspicious_first(server):
    busy, quiet = Customers(server, Counts()).seen()
    assert (busy.name, busy.queries, busy.flagged) == ("busy", 30, 11)
    assert (quiet.name, quiet.queries, quiet.flagged) == ("quiet <b>", 5, None)


def test_only_the_first_queries_are_judged(server):
    busy = Customers(server, Counts(), most=20).seen()[0]
    assert busy.queries == 30 and len(busy.suspicion) == 20
