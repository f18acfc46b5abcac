"""The capstone's referee: what it draws, what it tells, what it refuses, how it scores; and the three reds' manners."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier

from leaklab._validate import Refused
from leaklab.access import BudgetSpent, Offers
from leaklab.course import BLUES, Challenge, Contest, Defense, Result, Rules, ShadowRed, play, threshold_red
from leaklab.metrics import Interval, Rate
from leaklab.training import Estimator

SMALL = Rules(candidates=200, unseen=200, most_people=200)
BRIEF = Defense(people=200, epochs=1)


@pytest.fixture(scope="module")
def contest():
    return Contest(BRIEF, seed=3, rules=SMALL)


@pytest.fixture
def trained_by(monkeypatch):
    """Contests whose models come from another estimator."""
    def use(estimator):
        monkeypatch.setattr(Defense, "recipe", lambda self: Estimator(estimator=estimator))
    return use


def reachable(thing, seen=None):
    """All arrays that can be had from an object by its attributes and containers."""
    seen = set() if seen is None else seen
    if id(thing) in seen or isinstance(thing, type | str | int | float):
        return
    seen.add(id(thing))
    if isinstance(thing, np.ndarray):
        yield thing
        return
    parts = thing.values() if isinstance(thing, dict) else thing if isinstance(thing, list | tuple) else vars(
        thing).values() if hasattr(thing, "__dict__") and type(thing).__module__.startswith("leaklab") else ()
    for part in parts:
        yield from reachable(part, seen)


def test_half_of_the_candidates_are_members_and_nobody_is_there_twice(contest):
    given = contest.challenge()
    assert given.x.shape == (200, 21) and given.y.sum() == pytest.approx(100, abs=40)
    assert contest._member.sum() == 100
    rows = np.c_[given.x, given.y]
    assert len(np.unique(rows, axis=0)) == len(rows)


def test_exactly_the_members_are_trained_on(trained_by):
    trained_by(KNeighborsClassifier(1))
    contest = Contest(replace(BRIEF, people=120), seed=0, rules=replace(SMALL, most_people=300))
    knows = contest.model
    near = knows.kneighbors(contest.challenge().x, return_distance=True)[0][:, 0]
    np.testing.assert_array_equal(near < 0.01, contest._member)
    assert knows.n_samples_fit_ == 120


def test_a_challenge_holds_no_list_of_members(contest):
    given = contest.challenge()
    given.access.probabilities(given.x)
    found = list(reachable(given))
    assert len(found) >= 2
    assert not any(one.shape == (200,) and np.array_equal(one.astype(bool), contest._member) for one in found)
    assert {"x", "y", "access", "defense", "notes"} == set(vars(given))


def test_what_red_changes_in_its_copy_changes_nothing(contest):
    first = contest.challenge()
    kept = first.x.copy()
    first.x[:] = 0
    first.y[:] = 0
    np.testing.assert_array_equal(contest.challenge().x, kept)


def test_the_seed_decides_everything(trained_by):
    trained_by(KNeighborsClassifier(9))
    noisy = replace(BRIEF, answers="noisy=0.2")
    first, again, other = (Contest(noisy, seed=seed, rules=SMALL) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first._member, again._member)
    assert not np.array_equal(first._member, other._member)
    reds = {"I": threshold_red}
    assert play(noisy, reds, seed=5, rules=SMALL) == play(noisy, reds, seed=5, rules=SMALL)
    assert first.accuracy == again.accuracy


def test_reds_luck_tells_nothing_of_the_referees(trained_by):
    """Whatever the generator that a red is handed can be made to tell, the lot does not follow from it."""
    trained_by(KNeighborsClassifier(9))

    def cheat(challenge, rng):
        return rng.spawn(5)[1].permutation(len(challenge.x)) < len(challenge.x) // 2

    told = []
    found = play(BRIEF, {"cheat": cheat, "curious": lambda challenge, rng: told.append(rng) or cheat(challenge, rng)},
                 seed=5, rules=SMALL)
    assert all(one.auc.low < 0.5 < one.auc.high for one in found.values())
    assert told[0].bit_generator.seed_seq.entropy != 5


def test_each_red_has_luck_of_its_own_and_the_same_seed_the_same(trained_by):
    trained_by(KNeighborsClassifier(9))
    drawn = [[], []]
    for told in drawn:
        bets = {name: lambda challenge, rng, told=told: told.append(rng.random()) or challenge.y for name in "ab"}
        play(BRIEF, bets, seed=5, rules=SMALL)
    assert drawn[0] == drawn[1] and len(set(drawn[0])) == 2


def test_perfect_scores_win_for_red_and_a_coin_does_not(contest):
    perfect = contest.judge(contest._member.astype(float))
    assert perfect.auc.value == 1 and perfect.tpr.value == 1 and perfect.winner == "red"
    assert contest.judge(-contest._member.astype(float)).auc.value == 0
    coin = contest.judge(np.zeros(200))
    assert coin.auc.value == 0.5 and coin.tpr.value == 0


@settings(max_examples=30, deadline=None)
@given(scores=st.lists(st.floats(-1e6, 1e6), min_size=200, max_size=200))
def test_the_auc_is_the_usual_one(contest, scores):
    found = contest.judge(scores)
    assert found.auc.value == pytest.approx(roc_auc_score(contest._member, scores), abs=1e-9)
    assert found.auc.low <= found.auc.value <= found.auc.high


@pytest.mark.parametrize("bad", [
    [0.0] * 199, [0.0] * 201, [], None, "scores", [float("nan")] * 200, [0.0] * 199 + [float("inf")],
    [[0.0]] * 200, ["a"] * 200, [10**400] * 200, {"a": 1}, object(), [1j] * 200])
def test_hostile_scores_are_refused(contest, bad):
    with pytest.raises(ValueError, match="scores"):
        contest.judge(bad)


@pytest.mark.parametrize("accuracy, auc, tpr, winner", [
    (0.72, 0.52, 0.01, "blue"), (0.72, 0.61, 0.01, "red"), (0.65, 0.52, 0.01, "red"), (0.72, 0.52, 0.12, "red"),
    (0.68, 0.52, 0.01, "red")])
def test_the_worse_end_of_each_interval_counts(accuracy, auc, tpr, winner):
    one = Result(Rate(round(accuracy * 4000), 4000), Interval(auc, auc - 0.035, auc + 0.035),
                 Rate(round(500 * tpr), 500), 1000, Rules())
    assert one.winner == winner


@pytest.mark.parametrize("settings, word", [
    ({"people": 10}, "people=10"), ({"people": True}, "people"), ({"epochs": 0}, "epochs=0"),
    ({"weight_decay": -1}, "weight_decay"), ({"weight_decay": float("nan")}, "weight_decay"),
    ({"epsilon": 0}, "epsilon=0"), ({"epsilon": 1, "weight_decay": 0.1}, "not supported together"),
    ({"answers": "blur"}, "blur"), ({"answers": None}, "hardening"), ({"budget": 0}, "budget=0")])
def test_a_defense_refuses(settings, word):
    with pytest.raises(ValueError, match=word):
        Defense(**settings)


@pytest.mark.parametrize("settings, word", [
    ({"people": 99}, "always in the table"), ({"people": 201}, "people=201"), ({"budget": 199}, "One question")])
def test_the_rules_refuse(settings, word):
    with pytest.raises(ValueError, match=word):
        Contest(replace(BRIEF, **settings), seed=0, rules=SMALL)


@pytest.mark.parametrize("settings", [
    {"candidates": 101}, {"candidates": 10}, {"unseen": 3}, {"floor": 2}, {"most_auc": 0.4}, {"most_people": 10}])
def test_rules_that_score_nothing_are_refused(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        Rules(**settings)


def test_a_defense_travels_by_name():
    for one in BLUES.values():
        assert Defense.of(one.to_dict()) == one
    with pytest.raises(ValueError, match="'trees'"):
        Defense.of({"trees": 3})


def test_answers_and_budget_are_those_that_blue_chose(trained_by):
    trained_by(KNeighborsClassifier(9))
    contest = Contest(replace(BRIEF, answers="labels", budget=300), seed=0, rules=SMALL)
    given = contest.challenge()
    assert given.access.offers == Offers.LABELS
    given.access.probabilities(given.x)
    with pytest.raises(BudgetSpent):
        given.access.probabilities(given.x)
    assert contest.challenge().access.queries == 0, "each red has a budget of its own"


def test_the_referee_measures_accuracy_through_the_answers(trained_by):
    trained_by(KNeighborsClassifier(9))
    plain, noisy = (Contest(replace(BRIEF, epochs=5, answers=answers), seed=1, rules=replace(SMALL, unseen=1000))
                    for answers in ("", "noisy=3"))
    assert plain.accuracy.low > noisy.accuracy.high


@pytest.mark.parametrize("settings, times, asked", [
    ({}, 5, 1), ({"answers": "rounded=1"}, 5, 1), ({"answers": "noisy=0.1"}, 5, 5), ({"answers": "labels"}, 5, 5),
    ({"answers": "noisy=0.1", "budget": 200}, 5, 1), ({"answers": "labels", "budget": 500}, 5, 2)])
def test_patience_asks_as_often_as_helps_and_the_budget_allows(trained_by, settings, times, asked):
    trained_by(KNeighborsClassifier(5))
    contest = Contest(replace(BRIEF, **settings), seed=0, rules=SMALL)
    assert contest.face(ShadowRed(shadows=4, times=times)).queries == 200 * asked


def test_reds_find_nothing_in_a_model_that_knows_nobody(trained_by):
    trained_by(DummyClassifier(strategy="prior"))
    found = [play(BRIEF, {"I": threshold_red, "III": ShadowRed(shadows=4, times=3)}, seed=seed, rules=SMALL)
             for seed in range(4)]
    for red in ("I", "III"):
        assert np.mean([one[red].auc.value for one in found]) == pytest.approx(0.5, abs=0.05)
        assert not any(one[red].useful for one in found), "who knows nothing is not useful"
        assert {one[red].winner for one in found} == {"red"}


def test_reds_find_a_model_that_knows_everybody(trained_by):
    trained_by(KNeighborsClassifier(1))
    results = play(BRIEF, {"I threshold": threshold_red, "II shadow models": ShadowRed(shadows=8)}, seed=0, rules=SMALL)
    assert all(one.auc.low > 0.5 for one in results.values())
    assert results["II shadow models"].auc.value > results["I threshold"].auc.value - 0.05


def test_shadow_models_are_trained_once_a_contest(trained_by, monkeypatch):
    trained_by(KNeighborsClassifier(1))
    contest, drawn, draw = Contest(BRIEF, seed=0, rules=SMALL), [], Challenge.outsiders
    monkeypatch.setattr(Challenge, "outsiders", lambda self, n, *, rng: drawn.append(n) or draw(self, n, rng=rng))
    for times in (1, 2):
        contest.face(ShadowRed(shadows=4, times=times))
    assert drawn == [200]


def test_progress_is_told_and_may_stop(trained_by):
    trained_by(KNeighborsClassifier(9))
    told = []
    play(BRIEF, {"I": threshold_red}, seed=0, rules=SMALL, progress=lambda *step: told.append(step))
    assert [step[0] for step in told] == [1, 2] and told[-1][:2] == (2, 2)

    def stop(*step):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play(BRIEF, {"I": threshold_red}, seed=0, rules=SMALL, progress=stop)


def test_a_red_that_hands_in_nonsense_is_refused(trained_by):
    trained_by(KNeighborsClassifier(9))
    with pytest.raises(ValueError, match="scores"):
        play(BRIEF, {"mine": lambda challenge, rng: None}, seed=0, rules=SMALL)


def test_a_private_defense_promises_its_epsilon():
    recipe = Defense(epsilon=2.0, people=500, epochs=6).recipe()
    assert recipe.guarantee(delta=1e-5).epsilon == pytest.approx(2, abs=0.05)
    with pytest.raises(Refused):
        Defense().recipe().guarantee()
