"""Intervals of rates against an exact oracle and known answers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from leaklab.metrics import Interval, Rate, clopper_pearson

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
