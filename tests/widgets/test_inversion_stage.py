"""The inversion widget without a browser: a person, a film, and a Stop that answers at once."""

import re
import time
from dataclasses import replace

import numpy as np
import pytest
from course_states import inversion_run, three_people

from leaklab.access import BlackBox
from leaklab.attacks import EigenfacePrior, FaceInversion, MIFace
from leaklab.course.film import PERSON
from leaklab.course.inversion import ATTACK, PRIOR, InversionRun
from leaklab.widgets.inversion import InversionStage


@pytest.fixture(scope="module")
def model():
    return three_people()


@pytest.fixture
def stage(model):
    run = inversion_run(model)
    run.attacks[PRIOR] = replace(run.attacks[PRIOR], steps=12)
    return run


@pytest.fixture
def widget(stage):
    widget = InversionStage(stage, pause=0.0)
    assert widget.view is widget.view
    return widget


def images(widget):
    return re.findall('base64,([^"]+)"', widget.readout.picture)


def run(widget):
    widget.start.click()
    assert widget.background.wait()


def test_it_opens_hidden_and_ready(widget):
    assert images(widget) == [] and "Press Start" in widget.readout.said and "MI-Face, from grey" in widget.readout.said
    assert widget.slider.disabled and widget.replay.disabled and widget.hold.disabled and widget.stop.disabled


def test_the_truth_is_drawn_only_when_revealed_and_hidden_for_the_next(widget):
    widget.reveal.value = True
    assert len(images(widget)) == 1
    widget.choosers[ATTACK].value = PRIOR
    assert widget.reveal.value
    widget.choosers[PERSON].value = "Cy"
    assert not widget.reveal.value and images(widget) == []


def test_while_it_runs_the_picture_moves_and_the_numbers_tick(widget):
    widget.choosers[ATTACK].value = PRIOR
    seen = {name: [] for name in ("picture", "words", "said")}
    for name, values in seen.items():
        widget.readout.observe(lambda change, values=values: values.append(change.new), name)
    run(widget)
    assert len(seen["picture"]) > 8 and len(seen["words"]) > 8
    assert "Asking the model for" in seen["said"][0] and PRIOR in seen["said"][0]
    assert len(seen["said"]) == 2, "a screen reader hears of the start and of the end"
    assert "% sure after 13 queries" in widget.readout.said
    queries = [int(re.search("Queries: <b>([0-9]+)", words)[1]) for words in seen["words"] if words]
    assert queries == sorted(queries) and queries[0] <= 2 and queries[-1] == 13
    assert widget.done.value == 1 and not widget.start.disabled and widget.stop.disabled


def test_the_slider_goes_back_and_replay_plays(widget):
    run(widget)
    last = widget.readout.picture
    assert widget.slider.value == widget.slider.max == len(widget.state.film) > 5
    widget.slider.value = 1
    assert widget.readout.picture != last and "frame 1 of" in widget.readout.said and not widget.hold.value
    seen = []
    widget.readout.observe(lambda change: seen.append(change.new), "picture")
    widget.replay.click()
    assert widget.background.wait()
    assert seen[-1] == last and len(seen) >= widget.slider.max - 2 and "Replay" not in widget.readout.said


def test_pause_holds_a_replay_and_a_hand_on_the_slider_too(stage):
    widget = InversionStage(stage, pause=0.02)
    _ = widget.view
    run(widget)
    widget.replay.click()
    widget.slider.value = 3
    assert widget.hold.value and "Replay" in widget.readout.said
    time.sleep(0.3)
    assert widget.slider.value == 3
    widget.hold.value = False
    assert widget.background.wait() and widget.slider.value == widget.slider.max


def test_pause_holds_the_attack_itself(widget):
    widget.choosers[ATTACK].value = PRIOR
    widget.state.attacks[PRIOR] = replace(widget.state.attacks[PRIOR], steps=200)
    before = widget.state.access.queries
    widget.start.click()
    widget.hold.value = True
    time.sleep(0.3)
    held = widget.state.access.queries
    time.sleep(0.3)
    assert widget.state.access.queries == held < before + 200
    widget.stop.click()
    assert widget.background.wait(5) and not widget.hold.value and widget.hold.disabled


def test_stop_answers_at_once_and_what_was_seen_stays(widget):
    widget.state.attacks[PRIOR] = replace(widget.state.attacks[PRIOR], steps=4000)
    widget.choosers[ATTACK].value = PRIOR
    widget.start.click()
    while len(widget.state.film) < 5:
        time.sleep(0.01)
    began = time.monotonic()
    widget.stop.click()
    assert time.monotonic() - began < 0.3 and widget.readout.said.startswith("Stopped. ")
    picture = widget.readout.picture
    assert widget.background.wait(1) and widget.readout.picture == picture
    assert widget.state.found is None and len(widget.state.film) >= 5 and not widget.slider.disabled
    widget.state.attacks[PRIOR] = replace(widget.state.attacks[PRIOR], steps=12)
    run(widget)
    assert widget.state.found is not None and widget.state.film[0].queries == 1, "it starts over"


def test_a_double_click_runs_one_attack(widget):
    widget.choosers[ATTACK].value = PRIOR
    widget.start.click()
    widget.begin()
    assert widget.background.wait()
    queries = [frame.queries for frame in widget.state.film]
    assert queries == sorted(queries) and queries[-1] == 13


def test_another_person_starts_anew(widget):
    run(widget)
    widget.choosers[PERSON].value = "Cy"
    assert widget.state.name == "Cy" and widget.state.found is None and images(widget) == []
    assert widget.slider.max == 1 and widget.slider.disabled and widget.done.value == 0
    assert "Press Start" in widget.readout.said


def test_a_failing_attack_is_heard_of(widget):
    widget.state.attacks[PRIOR] = FaceInversion(prior=EigenfacePrior.fit(np.random.default_rng(0).random((5, 9, 9))))
    widget.choosers[ATTACK].value = PRIOR
    run(widget)
    assert "this model takes (n, 8, 8)" in widget.readout.fault and not widget.start.disabled


def test_an_access_that_only_scores(model):
    prior = EigenfacePrior.fit(np.random.default_rng(2).random((12, 8, 8)))
    attacks = {"gradients": MIFace(), "answers": FaceInversion(prior=prior, queries=200)}
    widget = InversionStage(InversionRun(BlackBox(model), names=("<i>", "B", "C"), truth=np.zeros((3, 8, 8)),
                                         attacks=attacks))
    _ = widget.view
    run(widget)
    assert "needs GRADIENTS" in widget.readout.fault and images(widget) == []
    widget.choosers[ATTACK].value = "answers"
    run(widget)
    assert widget.readout.fault == "" and "&lt;i&gt;: the model is" in widget.readout.said


def test_every_control_says_what_it_is(widget):
    controls = [control for row in widget.view.children[0].children for control in row.children[:4]]
    assert len(controls) == 8
    assert all(control.description and control.tooltip for control in controls)
