"""The privacy experiments: promises held, people kept apart, and the saved runs what they say they are."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaklab._validate import Refused
from leaklab.access import BlackBox
from leaklab.course.saved import save_runs, saved_runs
from leaklab.data import load_faces, load_patients
from leaklab.experiments.private import (
    PublicScaling,
    cohorts,
    face_point,
    patient_point,
    plan_for,
    private_mlp,
    private_softmax,
)
from leaklab.privacy import belief, guarantee
from leaklab.training import MLP


@given(st.floats(0.001, 0.999), st.floats(0, 5))
def test_belief_multiplies_the_odds(prior, epsilon):
    after = belief(prior, epsilon)
    assert after / (1 - after) == pytest.approx(prior / (1 - prior) * np.exp(epsilon), rel=1e-6)


def test_belief_at_its_limits():
    assert belief(0.3, 0) == pytest.approx(0.3)
    assert belief(0.3, np.inf) == 1 and belief(0, np.inf) == 0
    with pytest.raises(ValueError, match="prior=2"):
        belief(2, 1)


def test_cohorts_share_nobody_and_twins_stay_together():
    pairs = cohorts(load_patients("synthetic"), 100, 3, rng=0)
    rows = np.concatenate([part.features.index for pair in pairs for part in pair])
    assert len(set(rows)) == len(rows) == 600
    assert np.mean([part.label.mean() for pair in pairs for part in pair]) == pytest.approx(0.5)
    for members, others in pairs:
        inside, outside = ({(*row, y) for row, y in zip(part.features.to_numpy().tolist(), part.label, strict=True)}
                           for part in (members, others))
        assert not inside & outside


def test_a_patient_point_counts_everybody():
    pairs = cohorts(load_patients("synthetic"), 260, 2, rng=0)
    calls = []
    point = patient_point(private_mlp(8, 260), pairs, epsilon=8, rng=0, progress=lambda *call: calls.append(call))
    assert point.accuracy.trials == sum(len(others) for _, others in pairs)
    assert point.tpr.trials == sum(len(members) for members, _ in pairs)
    assert point.auc.low <= point.auc.value <= point.auc.high
    assert [call[:2] for call in calls] == [(1, 2), (2, 2)]


def test_a_point_may_not_go_by_a_smaller_epsilon_than_its_own():
    pairs = cohorts(load_patients("synthetic"), 260, 1, rng=0)
    with pytest.raises(Refused, match="epsilon=2: this recipe guarantees"):
        patient_point(private_mlp(8, 260), pairs, epsilon=2, rng=0)
    with pytest.raises(Refused, match="epsilon=2: this recipe guarantees inf"):
        patient_point(MLP(), pairs, epsilon=2, rng=0)


@pytest.fixture(scope="module")
def faces():
    private, public = load_faces().split_people(5, rng=0)
    return *private.split_photographs(7, rng=0), public


def test_the_folded_model_answers_as_the_scaled_one(faces):
    train, test, public = faces
    scaling = PublicScaling.of(public.images)
    assert np.median(np.linalg.norm(scaling(public.images).reshape(len(public), -1), axis=1)) == pytest.approx(1, 1e-4)
    model = private_softmax(np.inf, len(train)).fit(scaling(train.images), train.person, rng=0)
    np.testing.assert_allclose(scaling.folded(model)(test.images), model(scaling(test.images)), atol=1e-4)


def test_face_points_from_no_privacy_to_nothing_but_noise(faces):
    train, test, public = faces
    means = train.class_means().reshape(5, -1)

    def nearest(images):
        """An evaluator that needs no training: the nearer a person's mean, the likelier the person."""
        far = ((images.reshape(len(images), 1, -1) - means)**2).sum(axis=2)
        odds = np.exp(far.min(axis=1, keepdims=True) - far)
        return odds / odds.sum(axis=1, keepdims=True)

    evaluator = BlackBox(nearest, inputs=train.shape, classes=5)
    plain, noise = (face_point(train, test, public, epsilon=e, evaluator=evaluator, rng=0) for e in (np.inf, 0.01))
    assert plain.top1.value == 1 and plain.accuracy.value > 0.8
    assert noise.noise_multiplier > 100 > plain.noise_multiplier == 0
    assert noise.accuracy.value < plain.accuracy.value and noise.beyond.value < plain.beyond.low
    assert plain.images.shape == (5, 64, 64) and plain.auc.value > noise.auc.low


def test_saved_runs_come_back(tmp_path):
    runs = saved_runs()
    save_runs(replace(runs, made_by="a test"), tmp_path)
    again = saved_runs(tmp_path)
    assert again.patients == runs.patients and again.made_by == "a test" and again.epsilons == runs.epsilons
    for before, after in zip(runs.faces, again.faces, strict=True):
        assert (before.epsilon, before.top1, before.beyond) == (after.epsilon, after.top1, after.beyond)
        np.testing.assert_array_equal(before.images, after.images)
    np.testing.assert_array_equal(runs.truth, again.truth)


def test_runs_out_of_order_are_refused(tmp_path):
    runs = saved_runs()
    with pytest.raises(ValueError, match="must be the same and fall"):
        save_runs(replace(runs, patients=runs.patients[::-1]), tmp_path)


def test_missing_runs_name_their_command(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"python benchmarks/private\.py --lesson"):
        saved_runs(tmp_path)


@pytest.mark.parametrize("point", [*saved_runs().patients[1:], *saved_runs().faces[1:]],
                         ids=lambda point: f"{type(point).__name__}-{point.epsilon:g}")
def test_the_saved_noise_keeps_the_saved_promise(point):
    """2,000 records in both experiments; the file rounds the noise to four decimals."""
    kept = guarantee(plan_for(2000), noise_multiplier=point.noise_multiplier, delta=1e-5)
    assert 0.99 * point.epsilon < kept.epsilon < 1.001 * point.epsilon


def test_the_saved_runs_show_what_the_lesson_says():
    runs = saved_runs()
    patients, faces = ({p.epsilon: p for p in points} for points in (runs.patients, runs.faces))
    assert patients[np.inf].auc.low > 0.6 > patients[8].auc.high, "the plain model leaks, the private one hardly"
    assert patients[8].accuracy.low > patients[np.inf].accuracy.high, "and is the more accurate"
    assert patients[0.1].accuracy.high < patients[8].accuracy.low, "until the noise is too much"
    assert faces[8].top1.low > 0.5, "a promise to photographs does not hide a person"
    assert faces[0.1].top1.high < faces[8].top1.low and faces[0.1].accuracy.high < 0.5, "only the end of use does"
