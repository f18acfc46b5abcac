"""The face theater without a browser: chosen, watched, compared."""

import re
import time

import pytest
from tiny_stage import tiny_stage

from leaklab.attacks import FaceInversion
from leaklab.course.desk import LABELS, SCORES
from leaklab.course.film import PERSON
from leaklab.course.theater import DEFENSE, EARLY, HOLDS, NOISE, Theater
from leaklab.widgets.theater import FaceTheater


@pytest.fixture(scope="module")
def state():
    theater = Theater(tiny_stage()[0], epsilons=[1.0])
    theater.attack = FaceInversion(prior=theater.stage.prior, steps=15, queries=150)
    return theater


@pytest.fixture
def widget(state):
    state.rows.clear()
    state._nobody.clear()
    for what in state.choices:
        state.choose(what, state.choices[what][0])
    widget = FaceTheater(state, pause=0.0)
    assert widget.view is widget.view
    return widget


def alts(widget):
    return re.findall(r'(?:alt|aria-label)="([^"]*)"', widget.readout.picture)


def run(widget, button=None):
    (button or widget.start).click()
    assert widget.background.wait()
    assert widget.readout.fault == ""


def rows(widget):
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in widget.readout.picture.split("<tr")[2:]]


def test_it_opens_with_everything_hidden(widget):
    assert alts(widget) == ["The face will form here", "Hidden: Ada: a photograph",
                            "Hidden: Ada: the mean of the training photographs",
                            "The same attack on a name without photographs will be here"]
    assert "Press Start" in widget.readout.said and "<table" not in widget.readout.picture


def test_a_run_shows_the_face_beside_the_name_without_photographs(widget):
    pictures = []
    widget.readout.observe(lambda change: pictures.append(change.new), "picture")
    run(widget)
    assert len(pictures) > 8 and all("without photographs" in picture for picture in pictures)
    formed, photograph, _, never = alts(widget)
    assert "for Ada, after 16 queries" in formed and photograph.startswith("Hidden") and "enrolled" in never
    assert re.search("[Rr]ecognised by the evaluator; likeness", widget.readout.said)
    widget.reveal.value = True
    assert alts(widget)[1:3] == ["Ada: a photograph", "Ada: the mean of the training photographs"]


def test_what_was_tried_is_compared(widget):
    run(widget)
    widget.choosers[DEFENSE].value = "differential privacy, epsilon 1"
    run(widget)
    widget.choosers[PERSON].value = "Bo"
    run(widget)
    assert [(row[1], row[3][-4:], row[4][:6]) for row in rows(widget)] == [
        ("none", "of 1", "none p"), ("differential privacy, epsilon 1", "of 2", "1 a ph")]
    assert widget.readout.picture.count("leaklab-now") == 1


@pytest.mark.parametrize("holds, defense", [(SCORES, NOISE), (LABELS, EARLY)])
def test_answers_alone_are_filmed_too(widget, holds, defense):
    widget.choosers[HOLDS].value, widget.choosers[DEFENSE].value = holds, defense
    run(widget)
    assert len(widget.state.film) >= 2 and rows(widget)[0][:2] == [holds, defense]


def test_everybody_is_counted(widget):
    run(widget, widget.everybody)
    assert re.fullmatch("the model itself, none: the evaluator recognises [0-6] of 6 faces.", widget.readout.said)
    assert rows(widget)[0][3].endswith("of 6") and widget.done.value == 1


def test_stop_answers_at_once_in_training_too(state):
    widget = FaceTheater(Theater(state.stage))
    began = time.monotonic()
    assert widget.view
    widget.start.click()
    widget.stop.click()
    assert time.monotonic() - began < 1 and widget.readout.said.startswith("Stopped.")
    assert widget.background.wait(30) and widget.state.film == []


def test_every_control_says_what_it_is(widget):
    controls = [control for row in widget.view.children[0].children for control in row.children[:4]]
    assert len(controls) == 10 and all(control.description and control.tooltip for control in controls)
