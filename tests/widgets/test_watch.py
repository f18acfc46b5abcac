"""The watch without a browser: who looks like an attack is named, and text from outside is escaped."""

import threading
import time

import numpy as np
import pytest
from course_states import Counts, asked_server

from leaklab.access import RemoteApi
from leaklab.course.customers import Customer, Customers
from leaklab.widgets.watch import Watch


@pytest.fixture
def server():
    with asked_server() as running:
        yield running


def test_words_and_picture_name_who_is_flagged_and_escape_what_customers_are_called(server):
    watch = Watch(Customers(server, Counts()))
    assert watch.view
    said = watch.readout
    assert said.said == "2 customers, 1 of them flagged." and "flagged at query 11" in said.words
    assert "<b>" not in said.words + said.picture and "quiet &lt;b&gt;</td><td>5</td><td>not flagged" in said.words
    assert "busy, 30 queries, looks like an attack from query 11; 1 without an alarm" in said.picture
    assert "⚑ query 11" in said.picture and "look like an attack" in said.picture


def test_nobody_has_asked_yet():
    watch = Watch(log())
    assert watch.view and watch.readout.said == "Nobody has asked yet." and watch.readout.picture == ""


def log(*customers):
    return type("Log", (), {"seen": lambda self: list(customers)})()


def test_of_many_customers_some_who_are_not_flagged_are_seen_too():
    wild = [Customer(f"wild {i} $x", 1500, np.full(1500, 2.0)) for i in range(15)]
    calm = [Customer(f"calm {i}", 3, np.zeros(3)) for i in range(15)]
    watch = Watch(log(*wild, *calm))
    assert watch.view
    picture = watch.readout.picture
    assert "wild 9 $x" in picture and "wild 10" not in picture and "calm 5" in picture and "calm 6" not in picture
    assert "… and 14 more, 5 of them flagged." in watch.readout.words and watch.readout.words.count("<tr>") == 31
    assert "query 1 of 1,500" in picture, "all that was asked is judged"


def wait_until(true):
    deadline = time.monotonic() + 10
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return true()


def test_live_follows_the_log_and_draws_only_what_is_new(server):
    view = Watch(Customers(server, Counts()), every=0.01)
    assert view.view
    drawn, picture = [], view.picture
    view.picture = lambda: drawn.append(1) or picture()
    view.live.value = True
    with RemoteApi(server.url, server.keys.add("newcomer")) as api:
        api.probabilities(np.zeros((3, 4, 4)))
    assert wait_until(lambda: "3 customers" in view.readout.said)
    time.sleep(0.1)
    assert len(drawn) == 1
    view.live.value = False
    assert view._off.is_set()


def test_a_second_click_on_live_leaves_one_thread(server):
    view = Watch(Customers(server, Counts()), every=0.01)
    assert view.view
    before = threading.active_count()
    for _ in range(5):
        view.live.value = True
        view.live.value = False
    view.live.value = True
    assert wait_until(lambda: threading.active_count() == before + 1)
    view.live.value = False
    assert wait_until(lambda: threading.active_count() == before)


def test_a_server_that_is_closed_is_told_and_live_ends(server):
    watch = Watch(Customers(server, Counts()), every=0.01)
    assert watch.view
    watch.live.value = True
    server.close()
    assert wait_until(lambda: not watch.live.value)
    assert "was closed. Run the cell with serve" in watch.readout.fault and "2 customers" in watch.readout.said
    watch.once.click()
    assert "was closed" in watch.readout.fault


def test_the_still_reads_the_log_and_shows_a_picture_where_no_script_runs(server):
    page = Watch(Customers(server, Counts())).still().data
    assert "2 customers" in page and "data:image/svg" in page
