"""The epsilon dial, without a browser: turning it changes what it says and shows."""

import re

import pytest

from leaklab.course.saved import Dial, saved_runs
from leaklab.widgets.epsilon import EpsilonDial, promise, sure


@pytest.fixture(scope="module")
def runs():
    return saved_runs()


@pytest.fixture
def dial(runs):
    dial = EpsilonDial(Dial(runs))
    _ = dial.view
    return dial


def hidden(dial):
    return dial.readout.picture.count('display="none"')


def test_it_starts_without_privacy_and_turns(dial):
    assert "no promise" in dial.readout.said
    dial.slider.value = 0.5
    point = dial.state.runs.at(0.5)[1]
    assert "e^0.5 = 1.65" in dial.readout.said
    assert str(point.accuracy) in dial.readout.words
    assert f"{point.top1.successes} of {point.top1.trials}" in dial.readout.words


def test_the_promise_in_words():
    assert "e^0.5 = 1.65" in promise(0.5) and "62.25%" in promise(0.5)
    assert "2,981" in promise(8)


def test_curves_are_drawn_as_far_as_the_dial_was_turned(dial):
    counts = [hidden(dial)]
    for epsilon in dial.state.runs.epsilons[1:]:
        dial.slider.value = epsilon
        counts.append(hidden(dial))
    assert counts == sorted(counts, reverse=True) and len(set(counts)) == len(counts)
    dial.slider.value = 8.0
    assert hidden(dial) == counts[-1], "what was seen stays"


def test_faces_are_those_of_the_epsilon(dial):
    before = dial.readout.picture
    dial.slider.value = 2.0
    alts = re.findall('alt="([^"]*)"', dial.readout.picture)
    assert dial.readout.picture != before and len(alts) == 12
    assert alts[-1] == "Person 6: as recovered, epsilon 2, promised to each photograph"


def test_the_same_noise_is_worth_less_to_whoever_has_more_photographs(dial):
    dial.slider.value = 2.0
    one = dial.readout.said
    dial.photographs.value = 7
    promised = dial.state.runs.promise(2, 7)
    assert dial.readout.said.startswith(one)
    assert f"a person with 7 photographs the same noise is worth epsilon {promised:.2f}" in dial.readout.said
    assert promised > 7 * 2 and sure(promised) in dial.readout.said


def test_promised_to_a_person_it_shows_another_recogniser(dial):
    dial.slider.value = 8.0
    photograph = dial.readout.words, dial.readout.picture
    dial.unit.value = "person"
    point = dial.state.runs.at(8.0, "person")[1]
    assert "a person was in the data, with all their photographs, change" in dial.readout.said
    assert str(point.accuracy) in dial.readout.words and "promised to each person" in dial.readout.words
    assert dial.readout.words != photograph[0] and dial.readout.picture != photograph[1]
    assert re.findall('alt="([^"]*)"', dial.readout.picture)[-1] == (
        "Person 6: as recovered, epsilon 8, promised to each person")
    said = dial.readout.said
    dial.photographs.value = 100
    assert dial.readout.said == said, "however many they have"
    dial.unit.value = "photograph"
    assert "10,6" in dial.readout.said and "more than 99.99%" in dial.readout.said


def test_still_shows_what_was_chosen(runs):
    dial = EpsilonDial(Dial(runs))
    dial.state.turn(8.0)
    dial.state.protect("person")
    assert "promised to each person" in dial.still().data and dial.unit.value == "person"


def test_what_a_belief_becomes_at_most():
    assert [sure(epsilon) for epsilon in (0.5, 8, 40, 1e5)] == [
        "62.25%", "99.97%", "more than 99.99%", "more than 99.99%"]
