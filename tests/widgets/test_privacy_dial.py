"""The privacy dial without a browser: it turns, trains live, and says which is which."""

import re

import numpy as np
import pytest

from leaklab.course.saved import saved_runs
from leaklab.course.story import PrivacyStory
from leaklab.experiments import SeedsPoint
from leaklab.widgets.privacy import PrivacyDial


@pytest.fixture(scope="module")
def runs():
    return saved_runs()


@pytest.fixture
def dial(runs):
    dial = PrivacyDial(PrivacyStory(runs))
    assert dial.view
    return dial


def hidden(dial):
    return dial.readout.picture.count('display="none"')


def test_it_turns_and_shows_what_was_reached(dial):
    assert "no promise" in dial.readout.said and "prepared beforehand" in dial.readout.words
    before = hidden(dial)
    dial.slider.value = 2.0
    assert "never more than 88.1% sure" in dial.readout.said and hidden(dial) < before
    assert ": as recovered, epsilon 2" in dial.readout.picture


def test_another_victim_is_another_case(dial):
    before = dial.readout.said, dial.readout.picture
    dial.victim.value = dial.state.victims[1]
    assert dial.readout.said != before[0] and dial.readout.picture != before[1]


def test_it_trains_live_and_says_so(dial, monkeypatch):
    was = dial.state.points[np.inf]
    now = SeedsPoint(np.inf, was.accuracy - 0.1, was.auc, was.victims)
    monkeypatch.setattr(dial.state, "train", lambda progress: now)
    before = dial.readout.picture
    dial.start.click()
    assert dial.background.wait()
    assert "trained here, just now" in dial.readout.words and dial.readout.picture != before
    assert f"{now.accuracy.mean():.2f}" in dial.readout.words
    dial.slider.value = 8.0
    assert "prepared beforehand" in dial.readout.words


def test_turning_stops_the_training(dial, monkeypatch):
    def train(progress):
        while True:
            progress(0, 10, "")

    monkeypatch.setattr(dial.state, "train", train)
    dial.start.click()
    assert "Training 17 models" in dial.readout.said
    dial.slider.value = 8.0
    assert dial.background.wait(10) and dial.readout.said.startswith("Epsilon 8") and not dial.state.live


def test_a_failure_is_told(dial, monkeypatch):
    def train(progress):
        raise MemoryError("no <room>")

    monkeypatch.setattr(dial.state, "train", train)
    dial.start.click()
    assert dial.background.wait()
    assert "no &lt;room&gt;" in dial.readout.fault


def test_pictures_have_words(dial):
    alts = re.findall('(?:alt|aria-label)="([^"]*)"', dial.readout.picture)
    assert len(alts) == 13 and all(alts)
