"""The epsilon dial, without a browser: turning it changes what it says and shows."""

import re

import pytest

from leaklab.course.saved import Dial, saved_runs
from leaklab.widgets.epsilon import EpsilonDial, promise


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
    assert alts[-1] == "Person 6: as recovered, epsilon 2"
