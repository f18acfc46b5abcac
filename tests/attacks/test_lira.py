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


def plain(target, signals, trained_on, online, variance):
    """The definition, record by record, with scipy's density; q queries averaged."""
    inside = [signals[trained_on[:, i], i] for i in range(len(target))]
    outside = [signals[~trained_on[:, i], i] for i in range(len(target))]

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
    trained_on = halves(8, 5, rng)
    signals = rng.normal(size=(8, 5, q)) * rng.uniform(0.5, 2, size=(5, 1)) + 2 * trained_on[..., None] + shift
    target = rng.normal(size=(5, q)) + shift
    np.testing.assert_allclose(lira(target, signals, trained_on, online=online, variance=variance),
                               plain(target, signals, trained_on, online, variance), rtol=1e-6, atol=1e-6)


def test_a_gaussian_by_hand():
    """Out: 0 and 2 (mean 1, sd 1); in: 2 and 6 (mean 4, sd 2). At 3: (2**2 - (1/2)**2) / 2 - log 2."""
    trained_on = np.array([[False], [False], [True], [True]])
    signals = np.array([[0.0], [2.0], [2.0], [6.0]])
    for variance in ("per_record", "global"):  # with one record they are the same
        assert lira([3.0], signals, trained_on, variance=variance)[0] == pytest.approx(3.75 / 2 - np.log(2))
        assert lira([3.0], signals, trained_on, variance=variance, online=False)[0] == pytest.approx(2.0)


def test_the_global_deviation_of_the_outs_is_the_outs_own():
    """The ins spread a hundred times more; an offline score must not notice."""
    trained_on = halves(20, 50, RNG)
    signals = np.where(trained_on, 100.0, 1.0) * RNG.normal(size=trained_on.shape)
    score = lira(np.ones(50), signals, trained_on, online=False, variance="global")
    np.testing.assert_allclose(score, lira(np.ones(50), np.where(trained_on, 0, signals), trained_on, online=False,
                                           variance="global"))


@pytest.mark.parametrize("variance", OWN)
@pytest.mark.parametrize("online", [True, False])
def test_a_turn_is_the_attack_with_that_model_left_out(online, variance):
    """Where records are in 3 to 9 of the models: where they are in equally many, see `test_serving`."""
    trained_on = RNG.permuted(np.arange(12)[:, None] < np.arange(3, 10), axis=0)
    signals = RNG.normal(size=(12, 7, 2)) + trained_on[..., None]
    turns = lira_turns(signals, trained_on, online=online, variance=variance)
    for j in range(12):
        rest = np.arange(12) != j
        alone = lira(signals[j], signals[rest], trained_on[rest], online=online, variance=variance)
        np.testing.assert_allclose(turns[j], alone, rtol=1e-9, atol=1e-9)


def test_auto_is_between_a_records_own_variance_and_the_pooled_one():
    """Four models' worth of pooled variance: all of it for few models, next to nothing for many."""
    def apart(k, variance):
        rng = np.random.default_rng(k)
        trained_on = halves(k, 40, rng)
        signals = rng.normal(0, np.linspace(1, 2, 40), trained_on.shape)
        auto, other = (lira(np.ones(40), signals, trained_on, variance=name, online=False)
                       for name in ("auto", variance))
        return np.abs(auto - other).mean()

    assert apart(4, "global") < apart(4, "per_record")
    assert apart(4000, "per_record") < 0.01 < apart(4000, "global")


def test_equal_answers_of_a_record_prove_nothing():
    """Rounded, all answers about a record may be equal; the next step away is then no proof of anything."""
    trained_on = halves(40, 60, RNG)
    signals = RNG.normal(0, 1, trained_on.shape)
    signals[:, 0] = 5.0
    for variance in OWN:
        assert np.abs(lira(np.full(60, 5.5), signals, trained_on, variance=variance)[0]) < 3


def test_scores_follow_neither_shift_nor_scale_of_the_signals():
    trained_on = halves(10, 6, RNG)
    signals, target = RNG.normal(size=trained_on.shape), RNG.normal(size=6)
    np.testing.assert_allclose(lira(5 * target - 3, 5 * signals - 3, trained_on), lira(target, signals, trained_on),
                               rtol=1e-9)


def test_equal_signals_give_finite_scores():
    trained_on = halves(6, 4, RNG)
    assert np.isfinite(lira(np.ones(4), np.ones((6, 4)), trained_on, variance="per_record")).all()


def test_logit_keeps_apart_answers_that_round_to_certain():
    """p_y is 1.0 in both; the others' sum still tells them apart. Two classes: the usual logit."""
    sure, surer = logit(np.array([[1.0, 1e-18, 0], [1.0, 1e-25, 0]]), np.array([0, 0]))
    assert surer - sure == pytest.approx(7 * np.log(10))
    assert logit(np.array([[0.3, 0.7]]), np.array([1]))[0] == pytest.approx(np.log(0.7 / 0.3))
    assert np.isfinite(logit(np.eye(2), np.array([0, 0]))).all()


@pytest.mark.parametrize(("trained_on", "settings", "message"), [
    ([[True], [True], [True]], {}, "record 0 is out of 0 of the shadow models"),
    ([[False], [False], [False]], {}, "record 0 is in 0 of the shadow models"),
    ([[True], [False], [False]], {"variance": "per_record"}, "record 0 is in 1 of .*needs at least 2"),
    ([[True], [False], [False]], {"variance": "own"}, "variance='own': must be one of"),
    ([[0.5], [0], [0]], {}, "trained_on=0.5: must be True or False"),
])
def test_refusals(trained_on, settings, message):
    with pytest.raises(ValueError, match=message):
        lira([0.0], [[0.0], [1.0], [2.0]], np.array(trained_on), **settings)


def test_offline_needs_nobody_in():
    assert lira([3.0], [[0.0], [2.0]], np.zeros((2, 1), bool), online=False)[0] == pytest.approx(2.0)
    with pytest.raises(Refused):
        lira_turns([[0.0], [2.0]], np.array([[True], [False]]), online=False)  # model 1's turn leaves no out model
