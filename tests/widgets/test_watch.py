"""The watch without a browser: the log becomes lanes, and who looks like an attack is named."""

import time

import numpy as np
import pytest

from leaklab.access import BlackBox, RemoteApi
from leaklab.server import serve
from leaklab.widgets.watch import Watch, _View


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
    busy, quiet = Watch(server, Counts()).customers()
    assert (busy.name, busy.queries, busy.flagged) == ("busy", 30, 11)
    assert (quiet.name, quiet.queries, quiet.flagged) == ("quiet <b>", 5, None)


def test_only_the_first_queries_are_judged(server):
    busy = Watch(server, Counts(), most=20).customers()[0]
    assert busy.queries == 30 and len(busy.suspicion) == 20


def test_words_name_who_is_flagged_and_escape_what_customers_are_called(server):
    watch = Watch(server, Counts())
    words = watch.words(watch.customers())
    assert "2 customers, 1 flagged" in words and "flagged at query 11" in words and "<b>" not in words
    assert watch.words([]) == "Nobody has asked yet."
    assert [text.get_text() for text in watch.figure(watch.customers()).axes[0].texts] == ["⚑ query 11"]
    assert not watch.figure([]).axes[0].texts


def test_live_follows_the_log(server):
    view = _View(Watch(server, Counts()), every=0.01)
    view.live.value = True
    with RemoteApi(server.url, server.keys.add("newcomer")) as api:
        api.probabilities(np.zeros((3, 4, 4)))
    deadline = time.monotonic() + 10
    while "3 customers" not in view.words.value and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "3 customers" in view.words.value
    view.live.value = False
    assert view._off.is_set()
