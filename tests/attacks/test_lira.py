"""LiRA: Gaussians by hand and by scipy, turns by leaving out, and its limits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from leaklab._validate import Refused
from leaklab.attacks import lira, lira_turns
from leaklab.attacks.lira import OWN, logit

RNG = np.random.default_rng(0)


def halves(k, n, rng):
    """Every record in half of the models."""
    return rng.permuted(np.repeat([[True], [False]], k // 2, axis=0).repeat(n, axis=1), axis=0)


def plain(target, signals, keep, online, variance):
    """The definition, record by record, with scipy's density; q queries averaged."""
    inside = [signals[keep[:, i], i] for i in range(len(target))]
    outside = [signals[~keep[:, i], i] for i in range(len(target))]

    def deviations(side):
        pooled = np.concatenate([s - s.mean(axis=0) for s in side]).var()
        more = {"per_record": 0, "auto": 4, "global": 10**9}[variance]
        own = [(len(s) * s.var(axis=0) + more * pooled) / (len(s) + more) for s in side]
        return [np.sqrt(np.maximum(one, pooled / 10)) for one in own]

    sd_in, sd_out = deviations(inside), deviations(outside)
    if not online:
        return np.array([((t - o.mean(axis=0)) / so).mean()
                         for t, o, so in zip(target, outside, sd_out, strict=True)])
    return np.array([(norm.logpdf(t, i.mean(axis=0), si) - norm.logpdf(t, o.mean(axis=0), so)).mean()
                     for t, i, o, si, so in zip(target, inside, outside, sd_in, sd_out, strict=True)])


@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), q=st.integers(1, 3), online=st.booleans(), shift=st.sampled_from([0.0, 1e4]),
       variance=st.sampled_from(["per_record", "global", "auto"]))
def test_equals_the_definition_record_by_record(seed, q, online, shift, variance):
    rng = np.random.default_rng(seed)
    keep = halves(8, 5, rng)
    signals = rng.normal(size=(8, 5, q)) * rng.uniform(0.5, 2, size=(5, 1)) + 2 * keep[..., None] + shift
    target = rng.normal(size=(5, q)) + shift
    np.testing.assert_allclose(lira(target, signals, keep, online=online, variance=variance),
                               plain(target, signals, keep, online, variance), rtol=1e-6, atol=1e-6)


def test_a_gaussian_by_hand():
    """Out: 0 and 2 (mean 1, sd 1); in: 2 and 6 (mean 4, sd 2). At 3: (2**2 - (1/2)**2) / 2 - log 2."""
    keep = np.array([[False], [False], [True], [True]])
    signals = np.array([[0.0], [2.0], [2.0], [6.0]])
    for variance in ("per_record", "global"):  # with one record they are the same
        assert lira([3.0], signals, keep, variance=variance)[0] == pytest.approx(3.75 / 2 - np.log(2))
        assert lira([3.0], signals, keep, variance=variance, online=False)[0] == pytest.approx(2.0)


def test_the_global_deviation_of_the_outs_is_the_outs_own():
    """The ins spread a hundred times more; an offline score must not notice."""
    keep = halves(20, 50, RNG)
    signals = np.where(keep, 100.0, 1.0) * RNG.normal(size=keep.shape)
    score = lira(np.ones(50), signals, keep, online=False, variance="global")
    np.testing.assert_allclose(score, lira(np.ones(50), np.where(keep, 0, signals), keep, online=False,
                                           variance="global"))


@pytest.mark.parametrize("variance", OWN)
@pytest.mark.parametrize("online", [True, False])
def test_a_turn_is_the_attack_with_that_model_left_out(online, variance):
    """Where records are in 3 to 9 of the models: where they are in equally many, see `test_serving`."""
    keep = RNG.permuted(np.arange(12)[:, None] < np.arange(3, 10), axis=0)
    signals = RNG.normal(size=(12, 7, 2)) + keep[..., None]
    turns = lira_turns(signals, keep, online=online, variance=variance)
    for j in range(12):
        rest = np.arange(12) != j
        alone = lira(signals[j], signals[rest], keep[rest], online=online, variance=variance)
        np.testing.assert_allclose(turns[j], alone, rtol=1e-9, atol=1e-9)


def test_auto_is_between_a_records_own_variance_and_the_pooled_one():
    """Four models' worth of pooled variance: all of it for few models, next to nothing for many."""
    def apart(k, variance):
        rng = np.random.default_rng(k)
        keep = halves(k, 40, rng)
        signals = rng.normal(0, np.linspace(1, 2, 40), keep.shape)
        auto, other = (lira(np.ones(40), signals, keep, variance=name, online=False) for name in ("auto", variance))
        return np.abs(auto - other).mean()

    assert apart(4, "global") < apart(4, "per_record")
    assert apart(4000, "per_record") < 0.01 < apart(4000, "global")


def test_equal_answers_of_a_record_prove_nothing():
    """Rounded, all answers about a record may be equal; the next step away is then no proof of anything."""
    keep = halves(40, 60, RNG)
    signals = RNG.normal(0, 1, keep.shape)
    signals[:, 0] = 5.0
    for variance in OWN:
        assert np.abs(lira(np.full(60, 5.5), signals, keep, variance=variance)[0]) < 3


def test_scores_follow_neither_shift_nor_scale_of_the_signals():
    keep = halves(10, 6, RNG)
    signals, target = RNG.normal(size=keep.shape), RNG.normal(size=6)
    np.testing.assert_allclose(lira(5 * target - 3, 5 * signals - 3, keep), lira(target, signals, keep), rtol=1e-9)


def test_equal_signals_give_finite_scores():
    keep = halves(6, 4, RNG)
    assert np.isfinite(lira(np.ones(4), np.ones((6, 4)), keep, variance="per_record")).all()


def test_logit_keeps_apart_answers_that_round_to_certain():
    """p_y is 1.0 in both; the others' sum still tells them apart. Two classes: the usual logit."""
    sure, surer = logit(np.array([[1.0, 1e-18, 0], [1.0, 1e-25, 0]]), np.array([0, 0]))
    assert surer - sure == pytest.approx(7 * np.log(10))
    assert logit(np.array([[0.3, 0.7]]), np.array([1]))[0] == pytest.approx(np.log(0.7 / 0.3))
    assert np.isfinite(logit(np.eye(2), np.array([0, 0]))).all()


@pytest.mark.parametrize(("keep", "settings", "message"), [
    ([[True], [True], [True]], {}, "record 0 is out of 0 of the shadow models"),
    ([[False], [False], [False]], {}, "record 0 is in 0 of the shadow models"),
    ([[True], [False], [False]], {"variance": "per_record"}, "record 0 is in 1 of .*needs at least 2"),
    ([[True], [False], [False]], {"variance": "own"}, "variance='own': must be one of"),
    ([[1], [0], [0]], {}, "bool"),
])
def test_refusals(keep, settings, message):
    with pytest.raises(ValueError, match=message):
        lira([0.0], [[0.0], [1.0], [2.0]], np.array(keep), **settings)


def test_offline_needs_nobody_in():
    assert lira([3.0], [[0.0], [2.0]], np.zeros((2, 1), bool), online=False)[0] == pytest.approx(2.0)
    with pytest.raises(Refused):
        lira_turns([[0.0], [2.0]], np.array([[True], [False]]), online=False)  # model 1's turn leaves no out model
