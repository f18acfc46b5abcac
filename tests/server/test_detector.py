"""The detector: pairs around a point are seen at any radius, honest use is left alone, and live views are cheap."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from raw_http import small_model

from leaklab.access import RemoteApi
from leaklab.server import Alarm, Detector, read_log, serve
from leaklab.server.detector import LAGS, LEAST, PORTION, WINDOW, mirrored

SIZE = 32


def pairs(rng, queries, *, n=20, radius=1.0, drift=0.1):
    """Antithetic questions around a point that moves, and the point itself."""
    centre, asked = rng.normal(size=SIZE), []
    while sum(map(len, asked)) < queries:
        u = radius * rng.normal(size=(n, SIZE))
        asked.append(np.concatenate([centre + u, centre - u, centre[None]]))
        centre = centre + drift * rng.normal(size=SIZE)
    return np.concatenate(asked)[:queries].astype(np.float32)


def honest(rng, queries=200):
    """Clusters of near-duplicates, as of one person's few photographs."""
    photographs = rng.normal(size=(10, SIZE)) * rng.uniform(0.1, 1)
    return (photographs[rng.integers(10, size=queries)] + 0.02 * rng.normal(size=(queries, SIZE))).astype(np.float32)


@pytest.mark.parametrize("n", [5, 20, 200])
@pytest.mark.parametrize("radius", [0.01, 1.0, 10.0])
def test_pairs_are_seen_at_any_radius_as_soon_as_they_come_back(n, radius):
    detector = Detector(threshold=LEAST)
    found = detector.first_alarm(pairs(np.random.default_rng(0), 900, n=n, radius=radius))
    assert n + LEAST < found <= 2 * n + 30  # the first step back is that to query n + 2


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32), st.floats(0.01, 100), st.floats(-50, 50))
def test_scale_and_place_do_not_matter(seed, scale, shift):
    asked = pairs(np.random.default_rng(seed), 120).astype(float)
    np.testing.assert_array_equal(mirrored(asked), mirrored(scale * (asked + shift)))


def test_repeated_queries_are_passed_over():
    asked = pairs(np.random.default_rng(0), 120)
    twice = np.repeat(asked, 3, axis=0)
    np.testing.assert_array_equal(mirrored(twice)[::3], mirrored(asked))
    assert mirrored(np.ones((50, SIZE))).max() == 0


@pytest.mark.parametrize("asked", [
    np.tile(np.random.default_rng(0).normal(size=(2, SIZE)), (60, 1)),  # by turns, always the same two
    np.concatenate([honest(np.random.default_rng(1), 60)] * 2),  # all once more
    np.concatenate([honest(np.random.default_rng(1), 60), honest(np.random.default_rng(1), 60)[::-1]]),  # and backwards
    np.cumsum(np.random.default_rng(2).normal(size=(200, SIZE)), axis=0),  # a walk, as of a film
    np.random.default_rng(3).normal(size=(1, SIZE))])
def test_ways_back_are_no_pairs(asked):
    assert mirrored(asked).max() <= 1


def test_shuffled_pairs_are_missed():
    rng = np.random.default_rng(0)
    asked = pairs(rng, 820).reshape(20, 41, SIZE)
    assert Detector(LEAST).first_alarm(np.concatenate([rng.permutation(question) for question in asked])) is None


def test_long_sessions_are_scored_in_portions_as_in_one(monkeypatch):
    rng = np.random.default_rng(0)
    asked = np.concatenate([honest(rng, PORTION - 40), pairs(rng, 400), honest(rng, PORTION)])
    whole = mirrored(asked)
    monkeypatch.setattr("leaklab.server.detector.PORTION", 10 * len(asked))
    np.testing.assert_array_equal(whole, mirrored(asked))
    assert whole.max() > 8 and whole[:PORTION - 20].max() <= 1 and whole[-LAGS:].max() <= 1


def test_honest_sessions_are_flagged_as_rarely_as_promised():
    rng = np.random.default_rng(0)

    def session():  # pairs now and then, so that there is something to be wrong about
        return np.concatenate([honest(rng, 40), pairs(rng, int(rng.integers(1, 60)), n=rng.integers(8, 25))])

    rate, sessions = 0.1, 400
    detector = Detector.fit([session() for _ in range(sessions)], false_alarms=rate)
    assert detector.threshold > LEAST
    flagged = sum(detector.first_alarm(session()) is not None for _ in range(sessions))
    assert flagged <= sessions * rate + 4 * np.sqrt(2 * sessions * rate * (1 - rate))


def test_refusals():
    sessions = [honest(np.random.default_rng(i), 30) for i in range(98)]
    with pytest.raises(ValueError, match="at least 99"):
        Detector.fit(sessions)
    assert Detector.fit([*sessions, sessions[0]]) == Detector(LEAST)
    with pytest.raises(ValueError, match="false_alarms"):
        Detector.fit(sessions, false_alarms=0)
    with pytest.raises(ValueError, match="finite"):
        mirrored(np.full((3, SIZE), np.nan))


def test_the_live_log_tells_the_attacker_from_the_user():
    rng = np.random.default_rng(0)
    detector = Detector(LEAST)
    with serve(small_model()) as server:
        attacker, user = server.keys.add("attacker"), server.keys.add("user")
        with RemoteApi(server.url, attacker) as attack, RemoteApi(server.url, user) as use:
            assert detector.alarms(read_log(server.log, model="model")) == []
            for question in pairs(rng, 410)[:, :4].reshape(10, 41, 2, 2):
                attack.probabilities(question)
                use.probabilities(honest(rng, 30)[:, :4].reshape(-1, 2, 2))
        asked = read_log(server.log, model="model")
        (alarm,) = detector.alarms(asked)
        assert alarm == Alarm(server.keys.check(attacker).id, alarm.query) and alarm.query < 60
        suspicion = detector.suspicion(asked.of(alarm.key).sketches)
        assert len(suspicion) == 410 and (np.flatnonzero(suspicion > 1)[0] + 1) == alarm.query
        assert suspicion.max() <= WINDOW / LEAST
