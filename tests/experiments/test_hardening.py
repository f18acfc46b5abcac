"""The hardening experiment: whoever attacks knows the hardening, its budget too, and takes the better way."""

import numpy as np
import pytest
from tiny_stage import tiny_stage

from leaklab.access import LabelOnly, Metered, Noisy, Rounded
from leaklab.experiments.hardening import study, study_many


@pytest.fixture(scope="module")
def stage():
    return tiny_stage()


def test_open_answers_are_attacked_every_way_and_the_best_counts(stage):
    found = study(*stage, lambda a: a, queries=300, rng=0)
    assert set(found.likeness) == {"scores", "labels", "floored"}
    assert found.likeness[found.best].top1.value == max(li.top1.value for li in found.likeness.values()) >= 0.5
    assert found.utility.accuracy.value > 0.9
    assert all(r.complete and r.queries <= 300 * 6 for r in found.recovered.values())


def test_labels_alone_leave_one_way(stage):
    found = study(*stage, LabelOnly, queries=200, rng=0)
    assert set(found.recovered) == {"labels"} and found.best == "labels"


def test_not_adaptive_is_scores_as_they_are_given(stage):
    assert set(study(*stage, lambda a: Rounded(a, 1), queries=100, adaptive=False, rng=0).recovered) == {"scores"}


def test_the_attack_plans_within_a_budget_wherever_it_lies(stage):
    """6 people, 150 queries each, under another layer; the honest have a budget of their own."""
    found = study(*stage, lambda a: Rounded(Metered(a, 6 * 150), 2), queries=1000, rng=0)
    assert all(r.complete and 6 * 100 < r.queries <= 6 * 150 for r in found.recovered.values())
    assert found.utility.accuracy.trials == len(stage[0].test.images)


def test_a_budget_too_small_to_plan_with_leaves_the_attack_unfinished(stage):
    found = study(*stage, lambda a: Metered(a, 200), queries=1000, adaptive=False, rng=0)
    assert not found.recovered["scores"].complete and found.recovered["scores"].queries <= 200


def test_noise_that_drowns_the_answers_stops_the_attack_and_the_honest(stage):
    """Six people: chance is 1/6; 6 of 6 by chance has probability 2e-5."""
    found = study(*stage, lambda a: Noisy(a, 50, rng=0), queries=200, rng=0)
    assert found.likeness[found.best].top1.value <= 5 / 6 and found.utility.accuracy.value < 0.5


def test_many_are_named_in_order_and_reported(stage):
    seen = []
    found = study_many(*stage, {"open": lambda a: a, "labels": LabelOnly}, queries=100, rng=0,
                       progress=lambda *a: seen.append(a))
    assert list(found) == ["open", "labels"] and seen == [(1, 2, "open"), (2, 2, "labels")]
    again = study_many(*stage, {"open": lambda a: a, "labels": LabelOnly}, queries=100, rng=0)
    np.testing.assert_array_equal(found["labels"].recovered["labels"].images,
                                  again["labels"].recovered["labels"].images)
