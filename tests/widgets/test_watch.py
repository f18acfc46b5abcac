"""The watch without a browser: who looks like an attack is named, and text from outside is escaped."""

import time

import numpy as np
import pytest
from course_states import Counts, asked_server

from leaklab.access import RemoteApi
from leaklab.course.customers import Customers
from leaklab.widgets.watch import Watch


@pytest.fixture
def server():
    with asked_server() as running:
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
