"""The noise bench's state: tosses stay, hands are counted, and the same person asked again is given away."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaklab.course import Survey, has_smoked, room
from leaklab.data import load_patients


@pytest.fixture
def survey():
    return Survey(room(0.3) | {"all yes": [1, 1, 1], "none": np.zeros(7, bool)}, rng=0)


def test_the_room_of_forty(survey):
    assert (survey.people, survey.population, survey.coin.truth) == (40, "A room", pytest.approx(0.5))
    found = survey.estimate
    assert found.people == 40 and found.yes == survey.answers.sum()
    assert found.value == pytest.approx((found.yes / 40 - 0.25) / 0.5) and found.low <= found.value <= found.high
    assert survey.share == survey.secrets.mean()


def test_without_noise_the_answers_are_the_truth_and_with_nothing_but_noise_half(survey):
    survey.gather(100_000)
    survey.turn(float("inf"))
    assert (survey.answers == survey.secrets).all() and survey.estimate.value == survey.share
    survey.turn(0.0)
    assert survey.estimate.naive.value == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(100_000))
    assert np.isnan(survey.estimate.value) and survey.answered.belief == survey.prior


def test_nothing_is_tossed_anew_unless_asked(survey):
    before, people = survey.answers, survey.secrets
    survey.turn(5.0)
    survey.turn(float(np.log(3)))
    assert (survey.answers == before).all()
    survey.gather(1000)
    assert (survey.answers[:40] == before).all() and (survey.secrets[:40] == people).all()
    survey.gather(40)
    assert (survey.answers == before).all()
    survey.toss()
    assert (survey.answers != before).any() and (survey.secrets == people).all()


def test_seeds():
    first, same, other = (Survey(people=500, rng=seed) for seed in (1, 1, 2))
    assert (first.answers == same.answers).all() and (first.answers != other.answers).any()


def test_a_large_crowd_finds_the_share(survey):
    survey.gather(100_000)
    found = survey.estimate
    deviation = np.sqrt(0.75 * 0.25 / 100_000) / 0.5
    assert found.value == pytest.approx(survey.share, abs=4 * deviation)
    assert abs(found.naive.value - survey.share) > 0.05, "the naive share is drawn toward a half"
    assert found.high - found.low == pytest.approx(2 * 1.96 * deviation, rel=0.01)


def test_hands_are_counted_and_the_truth_stays_theirs(survey):
    survey.count(22, 18)
    assert survey.share is None and survey.estimate.value == pytest.approx(0.6) and survey.estimate.people == 40
    survey.turn(0.0)
    assert np.isnan(survey.estimate.value), "the coin turns for hands too"
    for back in (survey.simulate, survey.toss, lambda: survey.choose("none"), lambda: survey.gather(50)):
        survey.count(22, 18)
        back()
        assert survey.counted is None and survey.share is not None


def test_one_answer_reveals_at_most_the_odds_times_e_to_the_epsilon(survey):
    survey.choose("all yes")
    told = set()
    for person in range(10):
        survey.meet(person)
        card = survey.answered
        told.add(card.last)
        assert card.times == 1 and card.secret and card.last == survey.answers[person]
        assert card.belief == pytest.approx(0.75 if card.last else 0.25) and card.bound == pytest.approx(0.75)
        assert card.epsilon == pytest.approx(np.log(3)) and card.majority == pytest.approx(0.75)
    assert told == {True, False}


def test_asked_again_and_again_everybody_is_given_away(survey):
    right = 0
    for person in range(10):
        survey.meet(person)
        survey.ask_again(98)
        card = survey.answered
        assert card.times == 99 and card.epsilon == pytest.approx(99 * np.log(3))
        right += (card.yes > card.no) == card.secret
    assert right == 10 and card.majority > 1 - 1e-6
    assert (card.belief > 0.999) == card.secret


def test_asking_again_keeps_the_answers_given(survey):
    survey.meet(3)
    seen = [survey.answered]
    for _ in range(5):
        survey.ask_again()
        seen.append(survey.answered)
    steps = [(b.yes - a.yes, b.no - a.no) for a, b in pairwise(seen)]
    assert all(sorted(step) == [0, 1] for step in steps)
    survey.meet(3)
    assert survey.answered.times == 1 and survey.answered.last == seen[0].last


def test_patients_and_odd_populations():
    populations = has_smoked(load_patients("synthetic")) | {"<img onerror=1>": [0, 1]}
    survey = Survey(populations, people=5000, rng=0)
    assert survey.share == pytest.approx(0.4414, abs=4 * 0.5 / np.sqrt(5000))
    survey.choose("<img onerror=1>")
    assert survey.share == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(5000))


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 6) | st.just(float("inf")), st.integers(10, 3000), st.integers(0, 1000))
def test_whatever_is_turned_the_interval_is_in_place(epsilon, people, seed):
    survey = Survey(people=people, epsilon=epsilon, rng=seed)
    found = survey.estimate
    assert 0 <= found.low <= found.high <= 1 and found.people == people
    assert 0 <= survey.answered.belief <= 1


@pytest.mark.parametrize("call, told", [
    (lambda s: s.gather(9), "people=9"), (lambda s: s.gather(100_001), "people=100001"),
    (lambda s: s.gather(40.5), "people=40.5"), (lambda s: s.turn(-0.1), "epsilon=-0.1"),
    (lambda s: s.choose("Mars"), "population='Mars'"), (lambda s: s.count(-1, 3), "yes=-1"),
    (lambda s: s.count(0, 0), "Somebody must answer"), (lambda s: s.meet(10), "person=10"),
    (lambda s: s.ask_again(100), "times=100: nobody"), (lambda s: Survey({}, rng=0), "at least one"),
    (lambda s: Survey({"a": [0, 2]}, rng=0), "populations"), (lambda s: Survey(names=(), rng=0), "names"),
    (lambda s: Survey(prior=2, rng=0), "prior=2"), (lambda s: Survey(rng=None), "rng=None"),
    (lambda s: room(1.2), "share=1.2"), (lambda s: has_smoked(load_patients("breast-cancer")), "no column 'Smoker'"),
])
def test_refusals(survey, call, told):
    before = survey.people, survey.coin, survey.population, survey.counted, survey.asked
    with pytest.raises(ValueError, match=told):
        call(survey)
    assert before == (survey.people, survey.coin, survey.population, survey.counted, survey.asked)
