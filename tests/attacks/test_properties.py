"""Property inference: the worlds drawn, what a meta-model reads, and chance where a model carries nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.tree import DecisionTreeClassifier

from leaklab.access import BlackBox, LabelOnly, WhiteBox
from leaklab.attacks import PropertyInference, ShadowWorlds, worlds
from leaklab.attacks.properties import Meta, flat, seen_of
from leaklab.data import load_patients
from leaklab.experiments import PropertyStudy, infer_shares
from leaklab.training import Estimator


@pytest.fixture(scope="module")
def pools():
    return load_patients("synthetic", patients=16_000, rng=3).split(8000, rng=0)


def old(records):
    return (records.features["Age"] >= 10).to_numpy()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_worlds_hold_the_shares_that_were_asked_for(seed, size, shares):
    group = np.random.default_rng(seed).permutation(np.arange(80) < 40)
    drawn = worlds(group, shares, size, rng=seed)
    assert (drawn.sum(axis=1) == size).all()
    np.testing.assert_array_equal(drawn[:, group].sum(axis=1), np.round(np.array(shares) * size))


def test_a_share_that_the_table_cannot_give_is_refused():
    with pytest.raises(ValueError, match="needs 30 of the group's 10 records"):
        worlds(np.arange(100) < 10, [0.6], 50, rng=0)
    with pytest.raises(ValueError, match="must lie in"):
        worlds(np.arange(100) < 10, [1.2], 50, rng=0)


@pytest.mark.parametrize("estimator", [LogisticRegression(), DecisionTreeClassifier(max_depth=3, random_state=0)],
                         ids=lambda e: type(e).__name__)
def test_any_classifier_gives_away_a_group_that_decides_its_outcome(pools, estimator):
    """The group is the outcome itself: how common it is stands in every answer."""
    own, theirs = pools
    study = infer_shares(own, theirs, (own.label == 1, theirs.label == 1), estimator, (0.1, 0.5), size=300, models=30,
                         rng=0)
    assert study.told.low > 0.8 and study.error.high < study.guess / 2 and study.held.value > 0.8


def test_parameters_tell_too(pools):
    own, theirs = pools
    study = infer_shares(own, theirs, (own.label == 1, theirs.label == 1), LogisticRegression(), (0.1, 0.3, 0.5),
                         size=300, models=60, by="parameters", rng=0)
    assert study.told.low > 0.7 and study.error.high < study.guess


def test_a_group_by_coin_is_told_like_a_coin(pools):
    own, theirs = pools
    coins = tuple(np.random.default_rng(seed).random(8000) < 0.5 for seed in (1, 2))
    study = infer_shares(own, theirs, coins, GaussianNB(), (0.3, 0.7), size=300, models=60, rng=0)
    assert study.told.low < 0.5 < study.told.high and study.error.value > 0.8 * study.guess


def test_a_model_that_is_constant_tells_nothing(pools):
    """Its interval is as wide as the worlds, and it names one side always."""
    shares = np.resize([0.3, 0.7], 40)
    meta = Meta.learn(np.zeros((40, 5)), shares)
    study = PropertyStudy.of(shares, meta.read(np.zeros((40, 5))))
    assert study.told.value == 0.5 and study.held.value == 1
    assert study.error.value == pytest.approx(0.2)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    """A world by hand: what is seen is the share, and noise. Over 400 models, 90% and no less than 4 deviations off."""
    rng = np.random.default_rng(0)

    def seen(shares):
        return shares[:, None] + 0.1 * rng.normal(size=(len(shares), 3))

    shares, truth = rng.uniform(0.2, 0.8, 100), rng.uniform(0.2, 0.8, 400)
    study = PropertyStudy.of(truth, Meta.learn(seen(shares), shares, 0.9).read(seen(truth)))
    assert 0.84 < study.held.value < 0.98 and study.error.value < 0.07 and study.told.value > 0.9


def test_too_few_shadow_models_give_an_interval_that_says_nothing():
    shares = np.linspace(0, 1, 12)
    one = Meta.learn(shares[:, None], shares, 0.95).read(np.array([[0.5]]))[0]
    assert (one.low, one.high) == (0, 1)


def test_as_an_attack_it_asks_once_and_agrees_with_the_study(pools):
    own, _ = pools
    x, shares = own.x, np.resize([0.1, 0.5], 24)
    drawn = worlds(own.label == 1, shares, 200, rng=0)
    trained = Estimator(estimator=GaussianNB()).fit_many(x, own.label, drawn, rng=0)
    knowledge = ShadowWorlds(trained, shares, x[:50])
    victim = GaussianNB().fit(x[:400], own.label[:400])
    access = BlackBox(victim)
    found = PropertyInference()(access, knowledge=knowledge)
    assert found.queries == access.queries == 50 and found.low <= found.share <= found.high
    by_study = Meta.learn(seen_of(trained, x[:50]), shares).read(seen_of([victim], x[:50]))[0]
    assert found.share == pytest.approx(by_study.share, abs=1e-3)


@pytest.mark.filterwarnings("ignore")
def test_hidden_units_in_another_order_are_the_same_network():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(200, 4)), rng.integers(0, 3, 200)
    parts = WhiteBox(MLPClassifier((6, 5), max_iter=3, random_state=0).fit(x, y)).parameters()
    first, second = rng.permutation(6), rng.permutation(5)
    other = [parts[0][:, first], parts[1][first], parts[2][first][:, second], parts[3][second], parts[4][second],
             parts[5]]
    np.testing.assert_allclose(flat(other), flat(parts))
    assert not np.allclose(np.concatenate([part.ravel() for part in other]), flat(parts))


@pytest.mark.parametrize(("call", "match"), [
    (lambda: PropertyInference(by="smell"), "by='smell'"),
    (lambda: PropertyInference(confidence=1.0), "confidence=1.0"),
    (lambda: ShadowWorlds([1, 2], [0.1, 0.2], [[0]]), "at least 10"),
    (lambda: ShadowWorlds([1] * 12, [0.1] * 12, [[0]]), "two different"),
    (lambda: flat([np.zeros((3, 3, 1, 2)), np.zeros(2), np.zeros((2, 2)), np.zeros(2)]), "dense layers"),
])
def test_refusals(call, match):
    with pytest.raises(ValueError, match=match):
        call()


@pytest.mark.parametrize(("shares", "cut", "match"), [
    ([0.3], 8000, "shares"), ([0.3, 0.3], 8000, "two different"), ([0.2, 1.2], 8000, "in .0, 1."), ([], 8000, "shares"),
    ([0.2, 0.8], 7999, "groups.1. has shape")])
def test_a_study_is_refused_before_anything_is_trained(pools, shares, cut, match):
    with pytest.raises(ValueError, match=match):
        infer_shares(*pools, (old(pools[0]), old(pools[1])[:cut]), None, shares, size=100, rng=0)


@pytest.mark.filterwarnings("ignore")
def test_what_an_access_does_not_offer_is_not_used():
    x, y = np.random.default_rng(0).normal(size=(40, 2)), np.arange(40) % 2
    model = LogisticRegression().fit(x, y)
    knowledge = ShadowWorlds([model] * 12, np.linspace(0, 1, 12), x)
    with pytest.raises(ValueError, match="needs PARAMETERS"):
        PropertyInference(by="parameters")(BlackBox(model), knowledge=knowledge)
    with pytest.raises(ValueError, match="needs SCORES"):
        PropertyInference()(LabelOnly(BlackBox(model)), knowledge=knowledge)
