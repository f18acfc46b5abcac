"""The epsilon dial, without a browser: turning it changes what it says and shows."""

import ipywidgets as widgets
import numpy as np
import pytest

from leaklab.course.saved import saved_runs
from leaklab.widgets.epsilon import EpsilonDial, promise

PNG = b"\x89PNG"


@pytest.fixture
def dial():
    return EpsilonDial(saved_runs())


def test_it_starts_without_privacy_and_turns(dial):
    assert np.isinf(dial.epsilon) and "no promise" in dial.words
    first = dial.picture
    dial.turn(0.5)
    point = dial.runs.faces[dial.runs.epsilons.index(0.5)]
    assert str(point.accuracy) in dial.words and f"{point.top1.successes} of {point.top1.trials}" in dial.words
    assert first.startswith(PNG) and dial.picture.startswith(PNG) and dial.picture != first


def test_it_stands_only_where_something_was_run(dial):
    with pytest.raises(ValueError, match=r"epsilon=3: must be one of inf, 32\.0"):
        dial.turn(3)


def test_the_promise_in_words():
    assert "e^0.5 = 1.65" in promise(0.5) and "62.25%" in promise(0.5)
    assert "2,981" in promise(8)


def test_the_view_follows_its_slider(dial):
    slider, said, shown = dial.view.children
    assert isinstance(slider, widgets.SelectionSlider) and slider.description == "epsilon"
    before = said.value, shown.value
    slider.value = 2.0
    assert dial.epsilon == 2.0
    assert said.value == dial.words != before[0] and shown.value == dial.picture != before[1]
