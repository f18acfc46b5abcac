"""The epsilon dial, without a browser: turning it changes what it says and shows."""

import ipywidgets as widgets
import pytest

from leaklab.course.saved import Dial, saved_runs
from leaklab.widgets.epsilon import EpsilonDial, promise


@pytest.fixture
def dial():
    return EpsilonDial(Dial(saved_runs()))


def test_it_starts_without_privacy_and_turns(dial):
    assert "no promise" in dial.words()
    dial.state.turn(0.5)
    point = dial.state.runs.at(0.5)[1]
    assert str(point.accuracy) in dial.words() and f"{point.top1.successes} of {point.top1.trials}" in dial.words()


def test_the_promise_in_words():
    assert "e^0.5 = 1.65" in promise(0.5) and "62.25%" in promise(0.5)
    assert "2,981" in promise(8)


def test_the_view_follows_its_slider(dial):
    slider, said, shown = dial.view.children[0].children
    assert isinstance(slider, widgets.SelectionSlider) and slider.description == "epsilon"
    before = said.value, shown.value
    assert bytes(shown.value).startswith(b"\x89PNG")
    slider.value = 2.0
    assert dial.state.epsilon == 2.0
    assert said.value == dial.words() != before[0] and shown.value != before[1]
