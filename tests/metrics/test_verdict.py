import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaklab.metrics import Rate, Verdicts

counts = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
priors = st.floats(0.001, 0.999)


def test_bayes_by_hand():
    """Of 1,000 people 10 are members: 9 of them and 99 of the 990 others are called members, 9 of 108 rightly."""
    verdicts = Verdicts(Rate(9, 10), Rate(10, 100))
    assert verdicts.precision(0.01).value == pytest.approx(9 / 108)
    assert verdicts.clearance(0.01).value == pytest.approx(891 / 892)


@given(counts, counts, priors)
def test_intervals_hold_the_value_and_stay_probabilities(hits, alarms, prior):
    verdicts = Verdicts(Rate(*hits), Rate(*alarms))
    for right in (verdicts.precision(prior), verdicts.clearance(prior)):
        assert 0 <= right.low <= right.value <= right.high <= 1


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n))), priors)
def test_blind_verdicts_leave_the_prior_as_it_was(rate, prior):
    assert Verdicts(Rate(*rate), Rate(*rate)).precision(prior).value == pytest.approx(prior)


@given(counts, counts, priors)
def test_turning_the_verdict_round_swaps_members_and_others(hits, alarms, prior):
    """"Not a member" about members is "member" about others, where the kinds change places."""
    there = Verdicts(Rate(*hits), Rate(*alarms)).clearance(prior)
    back = Verdicts(Rate(alarms[1] - alarms[0], alarms[1]), Rate(hits[1] - hits[0], hits[1])).precision(1 - prior)
    if hits[0] < hits[1] or alarms[0] < alarms[1]:  # else nobody was cleared, and the value is the prior
        assert (there.value, there.low, there.high) == pytest.approx((back.value, back.low, back.high))


def test_intervals_cover_what_is_true():
    """With true rates 0.8 and 0.4 the precision at prior 0.5 is 2/3; at most 5% of the intervals may miss it."""
    rng = np.random.default_rng(0)
    missed = 0
    for _ in range(400):
        right = Verdicts(Rate(rng.binomial(200, 0.8), 200), Rate(rng.binomial(200, 0.4), 200)).precision(0.5)
        missed += not right.low <= 2 / 3 <= right.high
    assert missed <= 400 * 0.05 + 3 * np.sqrt(400 * 0.05 * 0.95)


def test_counts():
    verdicts = Verdicts.count([True, False, True, False, False], [True, True, False, False, False])
    assert (verdicts.tpr, verdicts.fpr) == (Rate(1, 2), Rate(1, 3))
    with pytest.raises(ValueError, match="must contain members and non-members"):
        Verdicts.count([True, False], [True, True])
    with pytest.raises(ValueError, match=r"prior=1: must lie in \(0, 1\)"):
        verdicts.precision(1)
