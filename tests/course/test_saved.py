"""Runs made beforehand: curves, and the dial that stands at one of them."""

import numpy as np
import pytest

from leaklab.course.saved import Dial, saved_runs


def test_the_dial_stands_only_where_something_was_run():
    dial = Dial(saved_runs())
    assert np.isinf(dial.epsilon)
    with pytest.raises(ValueError, match=r"epsilon=3: must be one of inf, 32\.0"):
        dial.turn(3)
    dial.turn(0.5)
    assert [point.epsilon for point in dial.runs.at(dial.epsilon)] == [0.5, 0.5]


def test_every_curve_has_a_value_for_each_epsilon():
    runs = saved_runs()
    for curves in runs.curves():
        assert {len(values) for values in curves.values()} == {len(runs.epsilons)}
