"""Customers of a running server, as its log has them."""

import numpy as np
import pytest
from course_states import Counts, asked_server

from leaklab.access import BlackBox, RemoteApi
from leaklab.course import customers
from leaklab.course.customers import REMEMBERED, Customer, Customers, foremost
from leaklab.server import Detector, serve


@pytest.fixture
def server():
    with asked_server() as running:
        yield running


def test_customers_come_with_their_counts_the_most_suspicious_first(server):
    busy, quiet = Customers(server, Counts()).seen()
    assert (busy.name, busy.queries, busy.flagged) == ("busy", 30, 11)
    assert (quiet.name, quiet.queries, quiet.flagged) == ("quiet <b>", 5, None)


def test_a_log_that_grows_is_read_on_and_what_is_judged_is_kept(server):
    log, judged = Customers(server, Counts()), []
    log.detector.suspicion = lambda sketches: judged.append(len(sketches)) or np.zeros(len(sketches))
    log.seen()
    assert sorted(judged) == [5, 30] and len(log.seen()) == 2 and len(judged) == 2, "nothing new: nothing judged"
    quiet = next(key for key in server.keys.all() if key.name != "busy")
    with RemoteApi(server.url, server.keys.add("newcomer")) as api:
        api.probabilities(np.zeros((3, 4, 4)))
    assert {c.name: c.queries for c in log.seen()} == {quiet.name: 5, "busy": 30, "newcomer": 3} and judged[2:] == [3]


def pairs(number, rng):
    """What an attack asks: so many pairs around a point, a step of twenty at a time."""
    return np.concatenate([np.concatenate([3 + u, 3 - u]) for u in rng.normal(size=(number // 20, 20, 4, 4))])


def test_an_attack_after_any_number_of_photographs_is_flagged_as_by_one_look_at_the_whole_log():
    """1,500 questions of anybody, then an attack; read in three portions whose borders lie anywhere."""
    rng = np.random.default_rng(0)
    asked = np.concatenate([rng.normal(size=(1500, 4, 4)), pairs(200, rng)])
    model = BlackBox(lambda x: np.full((len(x), 2), 0.5), inputs=(4, 4), classes=2)
    with serve(model) as server, RemoteApi(server.url, server.keys.add("patient")) as api:
        log = Customers(server, Detector(3))
        for part in np.split(asked, [700, 1530]):
            api.probabilities(part)
            (customer,) = log.seen()
        (at_once,) = Customers(server, Detector(3)).seen()
        assert len(log._last[next(iter(log._last))]) == REMEMBERED
    assert customer.queries == len(customer.suspicion) == 1900 and 1500 < customer.flagged < 1600
    np.testing.assert_array_equal(customer.suspicion, at_once.suspicion)


def test_a_server_that_was_closed_is_told_with_what_to_run(server):
    log = Customers(server, Counts())
    log.seen()
    server.close()
    with pytest.raises(ValueError, match=r"was closed\. Run the cell with serve"):
        log.seen()


@pytest.mark.parametrize("error", [ValueError("the disk reports an error"), FileNotFoundError("server.sqlite")])
@pytest.mark.parametrize("closes", [True, False])
def test_a_log_that_goes_with_its_server_while_it_is_read_is_told_as_that(server, monkeypatch, error, closes):
    def gone(*_, **__):
        if closes:
            server.close()
        raise error

    monkeypatch.setattr(customers, "read_log", gone)
    with pytest.raises(ValueError if closes else type(error), match="was closed" if closes else str(error)):
        Customers(server, Counts()).seen()


@pytest.mark.parametrize("flagged, calm, shown, hidden", [(20, 9, (6, 6), 17), (3, 20, (3, 9), 11), (14, 0, (12, 0), 2),
                                                          (14, 1, (11, 1), 3), (2, 2, (2, 2), 0)])
def test_the_foremost_are_the_most_suspicious_and_some_who_are_not(flagged, calm, shown, hidden):
    everybody = [Customer(f"{i}", 1, np.array([2.0 if i < flagged else 0.0])) for i in range(flagged + calm)]
    seen, rest = foremost(everybody, 12)
    assert (sum(c.flagged is not None for c in seen), sum(c.flagged is None for c in seen)) == shown
    assert len(rest) == hidden and {*seen, *rest} == {*everybody}
    assert [c.name for c in seen] == sorted((c.name for c in seen), key=int)
