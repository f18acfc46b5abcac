"""Intervals of rates against an exact oracle and known answers."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, ttest_1samp

from leaklab.metrics import Interval, Rate, Spread, clopper_pearson, difference_of, mean_of

calm = settings(deadline=None, derandomize=True)  # a busy machine is no failure, and every run tries the same


@calm
@given(st.integers(1, 300), st.data(), st.sampled_from([0.8, 0.95, 0.99]))
def test_clopper_pearson_is_the_exact_interval(trials, data, confidence):
    successes = data.draw(st.integers(0, trials))
    exact = binomtest(successes, trials).proportion_ci(confidence, method="exact")
    np.testing.assert_allclose(clopper_pearson(successes, trials, confidence=confidence), exact, atol=1e-9)


def test_rate_of_nothing_is_the_rule_of_three():
    # 0 in n: the upper limit solves (1 - p) ** n = 0.025.
    assert Rate(0, 100).low == 0 and Rate(0, 100).high == pytest.approx(1 - 0.025 ** (1 / 100))
    assert Rate(100, 100).high == 1 and Rate(100, 100).low == pytest.approx(0.025 ** (1 / 100))


def test_shown_with_limits_and_compared_by_value():
    assert str(Rate(95, 100)) == "0.95 [0.89, 0.98]"
    assert str(Interval(0.5, 0.25, 0.75)) == "0.50 [0.25, 0.75]"
    assert Rate(1, 2) == Rate(1, 2) != Rate(1, 3) and repr(Rate(1, 2)) == "Rate(successes=1, trials=2, confidence=0.95)"


@pytest.mark.parametrize("successes, trials, confidence, name", [
    (3, 2, 0.95, "successes"), (-1, 2, 0.95, "successes"), (0.5, 2, 0.95, "successes"), (0, 0, 0.95, "trials"),
    (1, 2, 1.0, "confidence"), (1, 2, 95, "confidence")])
def test_rate_refuses(successes, trials, confidence, name):
    with pytest.raises(ValueError, match=f"{name}="):
        Rate(successes, trials, confidence)


def test_a_mean_of_equals_is_narrower_by_the_root_of_their_number():
    one = Interval(0.6, 0.5, 0.65)
    assert mean_of([one]) == Interval(0.6, pytest.approx(0.5), pytest.approx(0.65))
    four = mean_of([one] * 4)
    assert (four.value, four.low, four.high) == pytest.approx((0.6, 0.55, 0.625))


@calm
@given(st.lists(st.floats(-1, 1), min_size=2, max_size=40), st.sampled_from([0.8, 0.95]))
def test_a_spreads_interval_is_students(values, confidence):
    assume(np.std(values) > 1e-6)
    found = Spread.of(values, confidence=confidence)
    oracle = ttest_1samp(values, 0).confidence_interval(confidence)
    assert (found.value, found.sd) == pytest.approx((np.mean(values), np.std(values, ddof=1)))
    assert found.number == len(values)
    assert (found.low, found.high) == pytest.approx((oracle.low, oracle.high))


def test_one_repeat_shows_no_spread():
    with pytest.raises(ValueError, match=r"values=\[0.5\]: one repeat shows no spread"):
        Spread.of([0.5])


def test_a_difference_takes_the_limits_that_face_each_other():
    # Downwards: first's lower arm 0.03 and second's upper 0.04, together 0.05; upwards 0.05 and 0.12 make 0.13.
    found = difference_of(Interval(0.8, 0.77, 0.85), Interval(0.5, 0.38, 0.54))
    assert (found.value, found.low, found.high) == pytest.approx((0.3, 0.25, 0.43))
    back = difference_of(Interval(0.5, 0.38, 0.54), Interval(0.8, 0.77, 0.85))
    assert (back.value, back.low, back.high) == pytest.approx((-0.3, -0.43, -0.25))


def test_a_difference_of_rates_covers_as_often_as_it_says():
    # 1,000 repeats: standard error 0.007; exact limits are wider than they need be, so only the lower side is held.
    rng = np.random.default_rng(3)
    found = [difference_of(Rate(int(a), 80), Rate(int(b), 50))
             for a, b in zip(rng.binomial(80, 0.7, 1000), rng.binomial(50, 0.3, 1000), strict=True)]
    assert np.mean([d.low <= 0.4 <= d.high for d in found]) > 0.95 - 3 * 0.007
