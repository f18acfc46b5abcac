"""Answers of exactly 0 or 1: on a grid, of voters, pushed there by noise; and those that must be left alone."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier

from leaklab.access import BlackBox
from leaklab.attacks import ATTACKS, RMIA, LiRA, Outsiders, QuantileRegression, Shadows, lira_turns
from leaklab.attacks.floor import TINY, floor_of, floored
from leaklab.attacks.lira import logit
from leaklab.attacks.membership import confidence
from leaklab.data import load_patients
from leaklab.experiments.turns import Turns
from leaklab.metrics import over_targets, roc
from leaklab.models import Inputs, Trained
from leaklab.training import halves

K, N = 65, 600


def softmax(z):
    p = np.exp(z - z.max(axis=-1, keepdims=True))
    return p / p.sum(axis=-1, keepdims=True)


def world(classes, seed=0):
    """Models surer of their own records: mostly sure, so that rounding makes many answers 0 or 1."""
    rng = np.random.default_rng(seed)
    trained_on, label = halves(K, N, rng=rng), rng.integers(classes, size=N)
    z = rng.normal(0, 2, (N, classes)) + rng.normal(0, 1, (K, N, classes))
    z[:, np.arange(N), label] += rng.normal(3, 2, N) + 2 * trained_on
    return Turns(trained_on, label, softmax(z).astype(np.float32))


def top(answers, k):
    """The k largest answers; zeros elsewhere."""
    return np.where(answers >= -np.sort(-answers, axis=-1)[..., k - 1:k], answers, 0)


def noisy(answers):
    p = np.clip(answers + np.random.default_rng(0).normal(0, 0.03, answers.shape), 0, 1)
    return p / p.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("attack", ["LiRA", "LiRA, one variance"])
@pytest.mark.parametrize("classes", [2, 20])
@pytest.mark.parametrize("coarse", [lambda a: a.round(2), lambda a: a.round(3), lambda a: a.round(1), noisy,
                                    lambda a: top(a, 1), lambda a: top(a, 2) / top(a, 2).sum(axis=-1, keepdims=True)],
                         ids=["2 decimals", "3 decimals", "1 decimal", "noise", "top 1", "top 2 of 1"])
def test_lira_finds_in_coarse_answers_what_rmia_finds(coarse, classes, attack):
    """By AUC: not less by more than three standard errors and 0.02, its lag where nothing is coarse."""
    turns = world(classes)
    turns = Turns(turns.trained_on, turns.label, coarse(turns.answers))
    aucs = [over_targets(turns.scores(name), turns.trained_on).aucs for name in (attack, "RMIA")]
    less = aucs[1] - aucs[0]
    assert less.mean() < 3 * less.std(ddof=1) / np.sqrt(K) + 0.02


@pytest.mark.parametrize(("estimator", "lag"), [
    (KNeighborsClassifier(), 0.02), (RandomForestClassifier(10, min_samples_leaf=5, random_state=0), 0.05)], ids=repr)
def test_voters_are_read_as_by_rmia(estimator, lag):
    """Real votes: of neighbors, and of a few trees, whose averages are no Gaussians, zeros or not. Unfloored, less."""
    people = load_patients("synthetic", patients=400, rng=0)
    trained_on = halves(33, 400, rng=0)
    answers = np.stack([clone(estimator).fit(people.x[rows], people.label[rows]).predict_proba(people.x)
                        for rows in trained_on])
    assert (answers == 0).mean() > 0.01
    turns = Turns(trained_on, people.label, answers.astype(np.float32))
    ours, other = (over_targets(turns.scores(name), trained_on).auc.value for name in ("LiRA", "RMIA"))
    bare = lira_turns(np.stack([logit(p, people.label) for p in answers]), trained_on)
    assert max(0.55, other - lag, over_targets(bare, trained_on).auc.value + 0.02) < ours


def test_half_a_step_on_a_grid():
    for decimals in (1, 2, 3):
        floor = floor_of(world(2).answers.round(decimals).astype(np.float64))
        assert floor == pytest.approx(0.5 / 10**decimals)


def test_a_softmax_is_left_alone():
    """Nothing is cut: neither answers next to 1 nor, where some underflow, all that do not."""
    turns = world(3)
    assert floor_of(turns.answers) == TINY
    sure = softmax(np.random.default_rng(0).normal(0, 40, (5, 400, 2))).astype(np.float32)
    assert (sure == 0).any() and floor_of(sure) < 1e-25
    near = np.array([[[1 - 1e-9, 1e-9], [1.0, 1e-12]]])
    assert logit(near[0], np.array([0, 0]), floor_of(near))[1] == pytest.approx(12 * np.log(10))


def test_a_floor_for_one_model_and_for_none_to_compare():
    assert floor_of(np.array([[[0.0, 1.0], [0.25, 0.75]]])) == 0.125  # half of the least
    assert floor_of(np.array([[[0.0, 1.0]]])) == 0.5


def test_only_signals_that_take_a_floor_get_one():
    answers = world(2).answers.round(1)
    assert floored(confidence, answers) is confidence
    assert floored(logit, answers)(np.eye(2), np.array([0, 1])) == pytest.approx(np.log(1 / floor_of(answers)))


def test_the_attacks_floor_target_and_shadow_models_alike():
    """A target that answers 1 where shadow models do is nothing special, though it answers nothing else."""
    turns, x = world(2), np.arange(N, dtype=np.float32)[:, None]
    models = [lambda x, a=a: a[x[:, 0].astype(int)] for a in turns.answers.round(2)]
    shadows = Shadows(Trained(models[1:], turns.trained_on[1:], inputs=Inputs((1,)), classes=2), x, turns.label,
                      outsiders=Outsiders(x[:50], turns.label[:50]))
    for attack, name in ((LiRA(), "LiRA"), (RMIA(), "RMIA")):
        told = attack(BlackBox(models[0], inputs=(1,), classes=2), x, turns.label, knowledge=shadows).score
        assert over_targets(told[None].repeat(2, axis=0), turns.trained_on[:1].repeat(2, axis=0)).auc.value > 0.7, name


def test_quantile_regression_loses_little_to_rounding():
    turns, x = world(2), np.arange(N, dtype=np.float32)[:, None]
    attack, half = QuantileRegression(fpr=0.3), np.arange(N) < N // 2  # the outsiders; the other half is asked about
    member = turns.trained_on[0] & ~half
    aucs = []
    for answers in (turns.answers[0], turns.answers[0].round(2)):
        access = BlackBox(lambda x, a=answers: a[x[:, 0].astype(int)], inputs=(1,), classes=2)
        told = attack(access, x[~half], turns.label[~half], knowledge=Outsiders(x[half], turns.label[half]))
        assert told.queries == N
        aucs.append(roc(told.score, member[~half]).auc)
    assert aucs[1].value > aucs[0].low


def test_every_attack_on_answers_that_are_all_0_or_1():
    turns = world(2)
    turns = Turns(turns.trained_on, turns.label, turns.answers.round())
    for name in ATTACKS:
        assert np.isfinite(turns.scores(name)).all()
