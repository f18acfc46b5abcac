"""Utility: accuracy and calibration by hand, and what a hardening takes of each."""

import numpy as np
import pytest

from leaklab.access import BlackBox, LabelOnly, Metered
from leaklab.evaluation import utility


def says(*rows):
    """An access that answers these rows, in order of the number asked."""
    rows = np.array(rows, float)
    return BlackBox(lambda x: rows[x[:, 0].astype(int)], inputs=(1,), classes=rows.shape[1])


def test_utility_by_hand():
    """Bins of width 1/2: (0.6 right, 0.8 wrong, 0.7 right) fall together: |2.1 - 2| / 3."""
    access = says([0.6, 0.4], [0.8, 0.2], [0.3, 0.7])
    found = utility(access, [[0.0], [1.0], [2.0]], [0, 1, 1], bins=2)
    assert (found.accuracy.successes, found.accuracy.trials) == (2, 3)
    assert found.calibration_error == pytest.approx(0.1 / 3)
    assert found.brier == pytest.approx(2 * (0.16 + 0.64 + 0.09) / 3)
    assert access.queries == 3


def test_only_the_label_keeps_accuracy_and_states_no_probability_that_could_be_scored():
    access = says(*[[0.6, 0.4]] * 10)
    x, y = np.arange(10.0)[:, None], [0] * 6 + [1] * 4
    before, after = utility(access, x, y), utility(LabelOnly(access), x, y)
    assert before.accuracy == after.accuracy
    assert before.calibration_error == pytest.approx(0) and before.stated == "Brier score 0.48"
    assert after.calibration_error is None and after.brier is None and after.stated == "states no probability"
    assert str(after).endswith("states no probability")


def test_perfect_answers_lose_nothing_and_certain_wrong_ones_all():
    y = [0, 1, 1]
    right = utility(says([1, 0], [0, 1], [0, 1]), [[0.0], [1.0], [2.0]], y)
    wrong = utility(says([0, 1], [1, 0], [1, 0]), [[0.0], [1.0], [2.0]], y)
    assert (right.accuracy.value, right.calibration_error, right.brier) == (1, 0, 0)
    assert (wrong.accuracy.value, wrong.calibration_error, wrong.brier) == (0, 1, 2)


@pytest.mark.parametrize(("call", "message"), [
    (lambda a: utility(a, [[0.0]], [2]), "y=2: is no label of this model"),
    (lambda a: utility(a, [[0.0]], [0, 1]), "y has 2 rows: must have 1"),
    (lambda a: utility(a, [[0.0]], [0], bins=0), "bins=0"),
    (lambda a: utility(Metered(a, 0), [[0.0]], [0]), "budget of 0"),
])
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call(says([0.2, 0.8]))
