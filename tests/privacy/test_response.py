"""Randomized response: closed forms, an estimate without bias, an interval that holds what it promises."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from leaklab.privacy import RandomizedResponse, belief

EPSILONS = st.floats(0.01, 8)


@given(EPSILONS)
def test_epsilon_is_the_log_of_the_ratio_and_no_more(epsilon):
    coin = RandomizedResponse(epsilon)
    yes_if_yes = coin.truth + (1 - coin.truth) / 2
    yes_if_no = (1 - coin.truth) / 2
    assert coin.keep == pytest.approx(yes_if_yes)
    assert np.log(yes_if_yes / yes_if_no) == pytest.approx(epsilon)
    assert RandomizedResponse.of_truth(coin.truth).epsilon == pytest.approx(epsilon)


def test_warners_coin():
    """Two fair coins: ln 3, an answer is true in 3 of 4 cases."""
    coin = RandomizedResponse(np.log(3))
    assert (coin.truth, coin.keep) == (pytest.approx(0.5), pytest.approx(0.75))
    assert coin.estimate(20, 40).value == pytest.approx(0.5)
    assert coin.estimate(40, 40).value == pytest.approx(1.5) and coin.estimate(40, 40).clipped == 1


def test_the_ends():
    silent, open_ = RandomizedResponse(0), RandomizedResponse(float("inf"))
    nothing, all_ = silent.estimate(25, 40), open_.estimate(25, 40)
    assert np.isnan(nothing.value) and np.isnan(nothing.clipped) and (nothing.low, nothing.high) == (0, 1)
    assert (all_.value, all_.low, all_.high) == (25 / 40,) * 3
    assert silent.belief(0.3, yes=5, no=0) == 0.3 and silent.majority(9) == 0.5
    assert open_.belief(0.3, yes=1, no=0) == 1 and open_.belief(0.3, yes=0, no=2) == 0 and open_.majority(1) == 1
    assert RandomizedResponse.of_truth(1).epsilon == np.inf and RandomizedResponse.of_truth(0).epsilon == 0


def test_the_estimate_is_unbiased():
    coin, rng, rounds = RandomizedResponse(0.7), np.random.default_rng(0), 4000
    secret = np.arange(60) < 21
    answers = coin.answers(secret, *rng.random((2, rounds, 60)))
    mean = np.mean([coin.estimate(int(yes), 60).value for yes in answers.sum(axis=1)])
    deviation = np.sqrt(coin.keep * (1 - coin.keep) / 60) / coin.truth
    assert mean == pytest.approx(21 / 60, abs=4 * deviation / np.sqrt(rounds))


@pytest.mark.parametrize("epsilon, people, true", [(0.3, 12, 0), (1.0, 12, 5), (1.0, 40, 12), (2.5, 40, 40)])
def test_the_interval_covers(epsilon, people, true):
    """Exactly, summed over all answers: no simulation is needed."""
    coin = RandomizedResponse(epsilon)
    of_true, of_false = binom.pmf(range(true + 1), true, coin.keep), binom.pmf(
        range(people - true + 1), people - true, 1 - coin.keep)
    chance = np.convolve(of_true, of_false)
    covered = [e.low <= true / people <= e.high for e in (coin.estimate(yes, people) for yes in range(people + 1))]
    assert chance.sum() == pytest.approx(1)
    assert chance[covered].sum() >= 0.95


def test_the_interval_nears_the_normal_one_in_a_large_crowd():
    coin, people = RandomizedResponse(1.0), 100_000
    found = coin.estimate(41_000, people)
    half = 1.96 * np.sqrt(coin.keep * (1 - coin.keep) / people) / coin.truth
    assert found.low == pytest.approx(found.value - half, abs=1e-4)
    assert found.high == pytest.approx(found.value + half, abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(EPSILONS, st.integers(1, 300), st.data())
def test_an_interval_is_never_empty_and_mirrors(epsilon, people, data):
    coin, yes = RandomizedResponse(epsilon), data.draw(st.integers(0, people))
    found, mirrored = coin.estimate(yes, people), coin.estimate(people - yes, people)
    assert 0 <= found.low <= found.clipped + 1 / people and found.clipped - 1 / people <= found.high <= 1
    assert found.value == pytest.approx(1 - mirrored.value)
    assert (found.low, found.high, found.fits) == (pytest.approx(1 - mirrored.high), pytest.approx(1 - mirrored.low),
                                                   mirrored.fits)
    assert found.naive.value == yes / people


def test_answers_that_no_share_brings_are_known():
    coin = RandomizedResponse(np.log(3))
    assert coin.estimate(31, 40).fits and not coin.estimate(40, 40).fits and not coin.estimate(0, 40).fits
    assert coin.estimate(40, 40).low < 1, "the interval does not shrink to nothing"


@settings(max_examples=60, deadline=None)
@given(EPSILONS, st.floats(0.01, 0.99), st.integers(0, 30), st.integers(0, 30))
def test_belief_is_bayes_and_adds_up(epsilon, prior, yes, no):
    coin = RandomizedResponse(epsilon)
    likely = prior * coin.keep**yes * (1 - coin.keep)**no
    unlikely = (1 - prior) * (1 - coin.keep)**yes * coin.keep**no
    assert coin.belief(prior, yes=yes, no=no) == pytest.approx(likely / (likely + unlikely), abs=1e-6)
    assert coin.belief(prior, yes=1, no=0) == pytest.approx(belief(prior, epsilon))
    assert coin.belief(prior, yes=yes, no=no) <= belief(prior, (yes + no) * epsilon) + 1e-9


def test_the_majority_gives_away():
    coin = RandomizedResponse(np.log(3))
    assert coin.majority(1) == coin.majority(2) == pytest.approx(0.75)
    assert coin.majority(3) == pytest.approx(0.75**3 + 3 * 0.75**2 * 0.25)
    assert coin.majority(25) > 0.99


@pytest.mark.parametrize("epsilon", [0.0, 0.4, 1.5])
def test_the_same_numbers_change_answers_one_by_one(epsilon):
    told, coin = np.random.default_rng(1).random((2, 500))
    secret = np.arange(500) % 2 == 0
    now, more = (RandomizedResponse(e).answers(secret, told, coin) for e in (epsilon, epsilon + 0.1))
    moved = now != more
    assert 0 < moved.sum() < 40 and (more[moved] == secret[moved]).all(), "and only toward the truth"


@pytest.mark.parametrize("call, told", [
    (lambda: RandomizedResponse(-1), "epsilon=-1: must lie in"), (lambda: RandomizedResponse(float("nan")), "epsilon"),
    (lambda: RandomizedResponse(float("-inf")), "epsilon"), (lambda: RandomizedResponse("1"), "epsilon='1'"),
    (lambda: RandomizedResponse.of_truth(1.2), "truth=1.2"),
    (lambda: RandomizedResponse(1).estimate(41, 40), "yes=41"),
    (lambda: RandomizedResponse(1).estimate(0, 0), "people=0"),
    (lambda: RandomizedResponse(1).belief(1.5, yes=1, no=0), "prior=1.5"),
    (lambda: RandomizedResponse(float("inf")).belief(0.5, yes=1, no=1), "nobody answers both ways"),
    (lambda: RandomizedResponse(1).majority(0), "times=0"),
    (lambda: RandomizedResponse(1).estimate(3, 9, confidence=1), "confidence"),
])
def test_refusals(call, told):
    with pytest.raises(ValueError, match=told):
        call()
