"""The line-up without a browser: one answer a face, the truth after it, and both scores beside chance."""

import re
from base64 import b64decode

import numpy as np
import pytest

from leaklab.access import BlackBox
from leaklab.course.lineup import Lineup
from leaklab.widgets.lineup import NONE, LineupTest

FACES = np.random.default_rng(0).random((6, 8, 8)).astype(np.float32)


@pytest.fixture
def widget():
    named = BlackBox(lambda x: np.tile(np.eye(6)[0], (len(x), 1)), inputs=(8, 8), classes=6)
    widget = LineupTest(Lineup(FACES, FACES, rng=0), evaluator=named)
    assert widget.view is widget.view
    return widget


def alt(image):
    return re.match(r'<img alt="([^"]+)"', image.value)[1]


def choose(widget, place):
    (widget.none if place is None else widget.choices[place]).click()


def test_an_answer_shows_the_truth_and_waits_for_next(widget):
    asked, solution = widget.shown.value, widget.state.task.solution
    assert b64decode(asked.partition("base64,")[2].partition('"')[0]).startswith(b"\x89PNG")
    assert widget.next.disabled and "Face 1 of 6" in widget.said.value
    choose(widget, solution)
    assert "Right" in widget.said.value and "You: 1 of 1 right" in widget.said.value
    assert widget.shown.value != asked
    assert not widget.next.disabled and all(b.disabled for b in (*widget.choices, widget.none))
    choose(widget, 0)  # a late second click
    assert len(widget.state.answers) == 1
    widget.next.click()
    assert "Face 2 of 6" in widget.said.value and widget.next.disabled
    widget.next.click()  # and a late second "Next"
    assert "Face 2 of 6" in widget.said.value


def test_to_the_end_both_are_scored_on_the_same_faces(widget):
    machine, score = widget.machine, widget.state.score
    while widget.state.task is not None:
        choose(widget, None if widget.state.task.solution == 0 else 0)  # always wrong
        done = len(widget.state.answers)
        assert "Wrong" in widget.said.value and f"You: 0 of {done} right" in widget.said.value
        assert f"The machine: {score(machine[:done]).right.successes} of {done} right" in widget.said.value
        widget.next.click()
    assert len(widget.state.answers) == 6 and "the last face" in widget.said.value
    assert widget.next.disabled and all(b.disabled for b in widget.choices)


def test_the_pictures_say_in_words_what_they_show(widget):
    assert "5 numbered photographs" in alt(widget.shown) and "truth" not in alt(widget.shown)
    task = widget.state.task
    choose(widget, 1)
    truth = "none of them" if task.solution is None else f"number {task.solution + 1}"
    assert f"the truth: {truth}; your answer: number 2; the machine: " in alt(widget.shown)
    assert f"you: {widget.state.score().right}" in alt(widget.chart) and "the machine: " in alt(widget.chart)


def test_without_a_machine_nothing_is_said_of_one():
    widget = LineupTest(Lineup(FACES, FACES, rng=0))
    assert widget.view
    choose(widget, None)
    assert not any("machine" in said for said in (widget.said.value, alt(widget.shown), alt(widget.chart)))


def test_every_control_says_what_it_is(widget):
    assert [b.description for b in widget.choices] == list("12345") and widget.none.description == NONE
    assert all(b.tooltip for b in (*widget.choices, widget.none, widget.next))
