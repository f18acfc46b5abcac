"""The line-up without a browser: one answer a face, the truth after it, and the score at the end."""

import numpy as np
import pytest

from leaklab.access import BlackBox
from leaklab.experiments.lineup import Lineup
from leaklab.widgets.lineup import NONE, LineupTest

FACES = np.random.default_rng(0).random((6, 8, 8)).astype(np.float32)


@pytest.fixture
def widget():
    named = BlackBox(lambda x: np.tile(np.eye(6)[0], (len(x), 1)), shape=(8, 8), classes=6)
    return LineupTest(Lineup(FACES, FACES, rng=0), evaluator=named)


def choose(widget, place):
    (widget.none if place is None else widget.choices[place]).click()


def test_an_answer_shows_the_truth_and_waits_for_next(widget):
    asked, solution = bytes(widget.image.value), widget.lineup.task.solution
    assert asked.startswith(b"\x89PNG") and widget.next.disabled and "once in 6" in widget.words.value
    choose(widget, solution)
    assert "Right" in widget.words.value and "1 of 1 right" in widget.words.value
    assert bytes(widget.image.value) != asked or solution is None
    assert not widget.next.disabled and all(b.disabled for b in (*widget.choices, widget.none))
    choose(widget, 0)  # a late second click
    assert len(widget.lineup.answers) == 1
    widget.next.click()
    assert "Face 2 of 6" in widget.words.value and widget.next.disabled


def test_to_the_end(widget):
    while widget.lineup.task is not None:
        choose(widget, None if widget.lineup.task.solution == 0 else 0)  # always wrong
        assert "Wrong" in widget.words.value
        widget.next.click()
    assert "0 of 6 right" in widget.words.value and "The machine:" in widget.words.value
    assert widget.next.disabled and all(b.disabled for b in widget.choices)


def test_every_control_says_what_it_is(widget):
    assert [b.description for b in widget.choices] == list("12345") and widget.none.description == NONE
    assert all(b.tooltip for b in (*widget.choices, widget.none, widget.next))
