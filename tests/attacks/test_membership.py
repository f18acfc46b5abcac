"""Threshold attacks: signals by hand, thresholds by brute force, chance where nothing leaks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models_for_tests import half_space

from leaklab._validate import Refused
from leaklab.access import BlackBox
from leaklab.attacks import SIGNALS, Shadow, Threshold
from leaklab.attacks.membership import best_threshold
from leaklab.metrics import roc
from leaklab.training import MLP

ATTACKS = [Threshold(signal=s) for s in SIGNALS]


@pytest.mark.parametrize(("signal", "expected"), [
    ("loss", np.log(0.7)),
    ("confidence", 0.7),
    ("entropy", 0.7 * np.log(0.7) + 0.2 * np.log(0.2) + 0.1 * np.log(0.1)),
    ("modified_entropy", 0.3 * np.log(0.7) + 0.2 * np.log(0.8) + 0.1 * np.log(0.9)),
])
def test_signals_by_hand(signal, expected):
    assert SIGNALS[signal](np.array([[0.1, 0.7, 0.2]]), np.array([1]))[0] == pytest.approx(expected)


@pytest.mark.parametrize("signal", SIGNALS)
def test_certain_answers_stay_finite(signal):
    assert np.isfinite(SIGNALS[signal](np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([1, 1]))).all()


def test_certain_and_wrong_is_lowest_only_for_the_signals_that_know_the_truth():
    p, y = np.array([[0.01, 0.99], [0.5, 0.5], [0.99, 0.01]]), np.array([1, 1, 1])
    for signal in ("loss", "modified_entropy"):
        right, unsure, wrong = SIGNALS[signal](p, y)
        assert right > unsure > wrong
    for signal in ("confidence", "entropy"):
        right, unsure, wrong = SIGNALS[signal](p, y)
        assert right == pytest.approx(wrong) and wrong > unsure


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=20))
def test_best_threshold_is_the_best(pairs):
    signal, member = np.array([p[0] for p in pairs], float), np.array([p[1] for p in pairs])
    if member.all() or not member.any():
        with pytest.raises(ValueError, match="members and non-members"):
            best_threshold(signal, member)
        return

    def advantage(threshold):
        said = signal > threshold
        return said[member].mean() - said[~member].mean()

    assert advantage(best_threshold(signal, member)) == pytest.approx(
        max(0, *(advantage(t) for t in np.arange(-0.5, 7))))


@pytest.fixture(scope="module")
def clinic():
    """A model with 150 noisy records by heart, 300 records of which half are in it, and a shadow of that kind."""
    def one(seed):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(300, 30)).astype(np.float32)
        y = (x[:, 0] + 1.5 * rng.normal(size=300) > 0).astype(int)
        member = np.arange(300) < 150
        model = MLP(hidden=(64,), epochs=80, learning_rate=5e-3).fit(x[member], y[member], rng=seed)
        return BlackBox(model), x, y, member
    return one(0), Shadow(*one(1))


@pytest.mark.parametrize("attack", ATTACKS, ids=repr)
def test_finds_members_of_a_model_that_learned_by_heart(attack, clinic):
    (access, x, y, member), _ = clinic
    out = attack(access, x, y)
    assert roc(out.score, member).auc.low > 0.5
    assert out.queries == 300


@pytest.mark.parametrize("attack", ATTACKS, ids=repr)
def test_chance_when_nobody_is_a_member(attack, clinic):
    """Fresh records split by a coin: the 99.9% interval of the AUC holds 0.5."""
    access = clinic[0][0]
    rng = np.random.default_rng(7)
    x = rng.normal(size=(400, 30)).astype(np.float32)
    scores = attack(access, x, (x[:, 0] > 0).astype(int)).score
    auc = roc(scores, rng.random(400) < 0.5, confidence=0.999).auc
    assert auc.low < 0.5 < auc.high


@pytest.mark.parametrize("per_class", [False, True])
def test_a_shadow_model_calibrates_the_verdict(per_class, clinic):
    (access, x, y, member), shadow = clinic
    out = Threshold(signal="modified_entropy", per_class=per_class)(access, x, y, knowledge=shadow)
    assert out.guess[member].mean() - out.guess[~member].mean() > 0.15
    np.testing.assert_array_equal(out.guess, out.score > 0)


def test_per_class_thresholds_only_shift_the_scores_of_a_class(clinic):
    (access, x, y, _), shadow = clinic
    plain = Threshold()(access, x, y).score
    shifted = plain - Threshold(per_class=True)(access, x, y, knowledge=shadow).score
    for c in (0, 1):
        assert np.ptp(shifted[y == c]) < 1e-9


def test_labels_alone_are_not_enough(clinic):
    (_, x, y, _), _ = clinic
    with pytest.raises(Refused, match="Threshold needs SCORES; this access offers LABELS"):
        Threshold()(half_space(30), x, y)


@pytest.mark.parametrize(("call", "message"), [
    (lambda a, x, y: Threshold(signal="margin"), "signal='margin': must be one of"),
    (lambda a, x, y: Threshold(per_class=True)(a, x, y), "is needed for thresholds per class"),
    (lambda a, x, y: Threshold()(a, x, y).guess, "nothing says where members begin"),
    (lambda a, x, y: Threshold()(a, x, y + 1), "y=2: is no label of this model, which knows 0, 1"),
    (lambda a, x, y: Threshold()(a, x[:, :3], y), "this model takes"),
])
def test_refusals(call, message, clinic):
    access, x, y, _ = clinic[0]
    with pytest.raises(ValueError, match=message):
        call(access, x, y)
