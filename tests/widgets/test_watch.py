"""The watch without a browser: who looks like an attack is named, and text from outside is escaped."""

import time

import numpy as np
import pytest

from leaklab.access import BlackBox, RemoteApi
from leaklab.course.customers import Customers
from leaklab.server import serve
from leaklab.widgets.watch import Watch


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


def test_words_name_who_is_flagged_and_escape_what_customers_are_called(server):
    watch = Watch(Customers(server, Counts()))
    words = watch.words()
    assert "2 customers, 1 flagged" in words and "flagged at query 11" in words and "<b>" not in words
    assert watch.words([]) == "Nobody has asked yet."
    assert [text.get_text() for text in watch.figure().axes[0].texts] == ["⚑ query 11"]
    assert not watch.figure([]).axes[0].texts


def test_live_follows_the_log(server):
    view = Watch(Customers(server, Counts()), every=0.01)
    assert view.view
    view.live.value = True
    with RemoteApi(server.url, server.keys.add("newcomer")) as api:
        api.probabilities(np.zeros((3, 4, 4)))
    deadline = time.monotonic() + 10
    while "3 customers" not in view.said.value and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "3 customers" in view.said.value
    view.live.value = False
    assert view._off.is_set()


def test_a_log_that_is_gone_is_told_and_live_ends(server):
    watch = Watch(Customers(server, Counts()), every=0.01)
    assert watch.view
    watch.state.seen = lambda: 1 / 0
    watch.live.value = True
    deadline = time.monotonic() + 10
    while watch.live.value and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "cannot be read" in watch.said.value and not watch.live.value
