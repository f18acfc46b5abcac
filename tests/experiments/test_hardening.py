"""The hardening experiment: whoever attacks knows the hardening, its budget too, and takes the better way."""

import numpy as np
import pytest
from tiny_stage import tiny_stage

from leaklab.access import LabelOnly, Metered, Noisy, Rounded
from leaklab.attacks import FaceInversion
from leaklab.experiments.hardening import climb, study, study_many
from leaklab.server import parse_hardening


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
    assert found.as_given is found.likeness["labels"] and found.utility.brier is None


def test_the_attack_that_does_not_adapt_is_that_by_scores(stage):
    found = study(*stage, lambda a: Rounded(a, 1), queries=100, rng=0)
    assert found.as_given is found.likeness["scores"]
    assert found.as_given.top1.value <= found.likeness[found.best].top1.value


def test_seeded_noise_gives_the_same_study_in_every_run(stage):
    first, again = (study(*stage, parse_hardening("laplace=0.3", rng=0), queries=100, rng=0) for _ in range(2))
    assert first.utility == again.utility and first.best == again.best
    np.testing.assert_array_equal(first.recovered["scores"].images, again.recovered["scores"].images)


@pytest.mark.parametrize("who", [slice(0, 6), slice(2, 4)])
def test_a_climb_is_judged_from_its_start_to_its_end(stage, who):
    faces, model = stage
    people = faces.people[who]
    found = FaceInversion(prior=faces.prior, queries=200)(LabelOnly(model), people, rng=0)
    way = climb(faces, found)
    assert len(way.queries) == len(way.top1) == len(way.beyond) == len(found.path) > 3
    assert (np.diff(way.queries) > 0).all() and way.queries[-1] * len(people) == pytest.approx(found.queries)
    start, end = faces.judge(found.path[0], people), faces.judge(found.images, people)
    assert (way.top1[0], way.top1[-1]) == (start.top1, end.top1)
    assert (way.beyond[0], way.beyond[-1]) == pytest.approx((start.beyond.mean(), end.beyond.mean()))


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
