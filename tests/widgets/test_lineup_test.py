"""The line-up without a browser: answers are noted, and the truth is told at the end alone."""

import re

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


def choose(widget, place):
    (widget.none if place is None else widget.choices[place]).click()


def play(widget, right):
    """So many right answers, the others wrong; to the end."""
    for i, task in enumerate(widget.state.tasks):
        choose(widget, task.solution if i < right else (None if task.solution == 0 else 0))
        widget.next.click()


def alts(widget):
    return re.findall('alt="([^"]*)"', widget.readout.picture)


def told(widget):
    return widget.readout.said + widget.readout.words + widget.readout.picture


def test_an_answer_is_noted_and_waits_for_next(widget):
    asked = widget.readout.picture
    assert alts(widget) == ["Recovered face 1 of 6", *(f"Photograph {i}" for i in range(1, 6))]
    assert widget.next.disabled and widget.undo.disabled and widget.readout.said == "Face 1 of 6."
    choose(widget, 1)
    assert widget.readout.said == "Face 1 of 6. Noted: number 2." and widget.readout.picture == asked
    assert not widget.next.disabled and all(b.disabled for b in (*widget.choices, widget.none))
    choose(widget, 0)  # a late second click
    assert widget.state.answers == [1]
    widget.next.click()
    assert widget.readout.said == "Face 2 of 6." and widget.next.disabled
    widget.next.click()  # and a late second "Next"
    assert widget.readout.said == "Face 2 of 6." and widget.readout.picture != asked


def test_nothing_is_told_before_the_end(widget):
    for task in widget.state.tasks:
        choose(widget, task.solution)
        assert not re.search("right|wrong|truth|machine|score", told(widget), re.I)
        widget.next.click()
    assert "You: 6 of 6 right" in widget.readout.said and "the truth" in told(widget)


def test_undo_takes_the_last_answer_back_until_the_truth_is_known(widget):
    choose(widget, 0)
    widget.undo.click()
    assert widget.readout.said == "Face 1 of 6." and not widget.choices[0].disabled
    choose(widget, 2)
    widget.next.click()
    widget.undo.click()
    assert widget.readout.said == "Face 1 of 6." and widget.state.answers == []
    play(widget, 2)
    assert widget.undo.disabled
    widget.undo.click()
    assert "no answer to take back" in widget.readout.fault and len(widget.state.answers) == 6


@pytest.mark.parametrize("right, verdict", [(3, "not shown to be "), (4, "")])
def test_success_is_judged_by_the_bar_alone(widget, right, verdict):
    """Clopper and Pearson at 6 trials: 3 right have a lower end of 0.118, 4 of 0.223; chance is 1/6."""
    play(widget, right)
    assert widget.readout.said == f"You: {right} of 6 right, {verdict}more than luck, which takes 4."


def test_at_the_end_both_are_scored_and_every_face_is_reviewed(widget):
    play(widget, 4)
    machine = widget.state.machine(widget.evaluator)
    chart = re.search('<svg role="img" aria-label="([^"]*)"', widget.readout.picture)[1]
    assert f"you: {widget.state.score().right}; the machine: {widget.state.score(machine).right}" in chart
    assert "chance: 0.17" in chart
    sizes = [float(size) for size in re.findall(r"font-size: ([0-9.]+)px", widget.readout.picture)]
    assert sizes and min(sizes) >= 14
    assert widget.readout.picture.count("right ✓") == 4 and widget.readout.picture.count("wrong ✗") == 2
    for said in machine:
        name = "none of them" if said is None else f"number {said + 1}"
        assert f"the machine: {name}" in widget.readout.picture
    present = [task for task in widget.state.tasks if task.solution is not None]
    assert sum("the truth" in alt for alt in alts(widget)) == len(present)
    assert widget.next.disabled and all(b.disabled for b in (*widget.choices, widget.none))


def test_again_starts_over_with_the_same_people_in_a_new_order(widget):
    before = [task.person for task in widget.state.tasks]
    play(widget, 6)
    widget.again.click()
    after = [task.person for task in widget.state.tasks]
    assert widget.readout.said == "Face 1 of 6." and "truth" not in told(widget)
    assert sorted(after) == sorted(before) and after != before
    assert not widget.choices[0].disabled and widget.undo.disabled


def test_without_a_machine_nothing_is_said_of_one():
    widget = LineupTest(Lineup(FACES, FACES, rng=0))
    assert widget.view
    play(widget, 3)
    assert "You: 3" in widget.readout.said and "machine" not in told(widget)


def test_with_too_few_faces_luck_cannot_be_excluded():
    widget = LineupTest(Lineup(FACES[:2], FACES[:2], candidates=1, rng=0))
    assert widget.view
    play(widget, 2)
    assert "luck cannot be excluded" in widget.readout.said


def test_every_control_says_what_it_is(widget):
    assert [b.description for b in widget.choices] == list("12345") and widget.none.description == NONE
    assert all(b.tooltip for b in (*widget.choices, widget.none, widget.next, widget.undo, widget.again))
