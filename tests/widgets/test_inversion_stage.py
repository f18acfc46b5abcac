"""The inversion widget without a browser: a person, a path, and a Stop that answers at once."""

import io
import time
from dataclasses import replace

import numpy as np
import pytest
from course_states import inversion_run, three_people
from PIL import Image

from leaklab.attacks import EigenfacePrior, FaceInversion
from leaklab.course.inversion import PRIOR
from leaklab.plots.style import png
from leaklab.widgets.inversion import InversionStage


@pytest.fixture(scope="module")
def model():
    return three_people()


@pytest.fixture
def stage(model):
    return inversion_run(model)


@pytest.fixture
def widget(stage):
    widget = InversionStage(stage, pause=0.0)
    assert widget.view is widget.view
    return widget


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("L"), float)


def test_the_truth_is_drawn_only_when_revealed(widget):
    hidden, shown = (pixels(png(widget.figure(reveal=reveal))) for reveal in (False, True))
    changed = np.flatnonzero(np.abs(hidden - shown).max(axis=0) > 5)
    assert len(changed) and changed.max() < 0.4 * hidden.shape[1], "the left panel changes, and nothing else"


def test_start_plays_the_path_to_its_end(widget):
    before = widget.shown.value
    widget.start.click()
    assert widget.background.wait()
    assert widget.frame.value == widget.frame.max == widget.state.frames - 1
    assert not widget.frame.disabled and widget.done.value == 1
    assert widget.shown.value != before and not widget.start.disabled and widget.stop.disabled
    assert 'role="status"' in widget.words.value and "% sure" in widget.words.value


def test_the_slider_goes_back(widget):
    widget.start.click()
    widget.background.wait()
    last = widget.shown.value
    widget.frame.value = 0
    assert widget.shown.value != last and "step 0" in widget.words.value
    widget.frame.value = widget.frame.max
    assert widget.shown.value == last


def test_stop_answers_at_once_and_start_works_again(stage):
    widget = InversionStage(stage, pause=30.0)  # would play for minutes
    assert widget.view
    widget.start.click()
    began = time.monotonic()
    widget.stop.click()
    assert time.monotonic() - began < 1 and widget.words.value.count("Stopped")
    assert not widget.start.disabled and widget.background.wait(20)
    widget.pause = 0.0
    widget.start.click()
    assert widget.background.wait() and widget.frame.value == widget.frame.max > 0


def test_stop_ends_the_attack_itself(stage):
    stage.attacks[PRIOR] = replace(stage.attacks[PRIOR], steps=4000)
    widget = InversionStage(stage, pause=0.0)
    assert widget.view
    widget.start.click()
    widget.stop.click()
    assert widget.background.wait(20)
    assert stage.recovered is None and stage.access.queries < 4000 and widget.done.value < 1


def test_another_person_starts_anew(widget):
    widget.start.click()
    widget.background.wait()
    widget.name.value = "Cy"
    assert widget.state.name == "Cy" and widget.state.recovered is None
    assert widget.frame.max == 0 and widget.frame.disabled and widget.done.value == 0
    assert "Ready" in widget.words.value


def test_a_failing_attack_is_heard_of(widget):
    widget.state.attacks[PRIOR] = FaceInversion(prior=EigenfacePrior.fit(np.random.default_rng(0).random((5, 9, 9))))
    widget.start.click()
    widget.background.wait()
    assert "this model takes (n, 8, 8)" in widget.words.value and not widget.start.disabled


def test_every_control_says_what_it_is(widget):
    controls = (widget.name, widget.attack, widget.start, widget.stop, widget.done, widget.frame, widget.reveal)
    assert all(control.description for control in controls)
