"""The desk's view without a browser: it attacks, stops and tells."""

import re

import pytest
from tiny_stage import NAMES, tiny_stage

from leaklab.access import Metered
from leaklab.course.desk import LABELS, WHITE_BOX, Desk
from leaklab.server import serve
from leaklab.widgets.access import AccessDesk


@pytest.fixture(scope="module")
def parts():
    return tiny_stage()


@pytest.fixture
def widget(parts):
    widget = AccessDesk(Desk(*parts), faces=4)
    widget.state.queries = 100
    assert widget.view is widget.view
    return widget


def test_the_view_attacks_stops_and_tells(widget):
    readout = widget.readout
    assert widget.settings["over_http"].disabled, "there is no server"
    widget.settings["decimals"].value = 1
    assert widget.state.decimals == 1
    widget.settings["decimals"].value = "all"
    assert widget.state.decimals is None and "<svg" not in readout.picture and "attack." in readout.said
    assert alts(widget) == [f"{name}: where it starts" for name in NAMES[:4]]
    widget.start.click()
    assert widget.background.wait()
    assert "of 6 recognised" in readout.said and "chance" in readout.picture and not widget.start.disabled
    assert alts(widget) == [f"{name}: recovered" for name in NAMES[:4]]
    widget.reveal.value = True
    assert alts(widget) == [f"{name}: {what}" for what in ("the truth", "recovered") for name in NAMES[:4]]
    widget.start.click()
    widget.stop.click()
    assert widget.background.wait() and readout.said.startswith("Stopped. ") and not widget.start.disabled


def alts(widget):
    return re.findall('<img alt="([^"]*)"', widget.readout.picture)


def test_a_double_click_attacks_once(widget):
    widget.start.click()
    widget.start.click()
    assert widget.background.wait() and widget.state.attacks == 1 and widget.readout.fault == ""


def test_settings_that_mean_nothing_are_greyed(widget):
    widget.settings["holds"].value = LABELS
    assert widget.settings["decimals"].disabled and not widget.settings["noise"].disabled
    assert widget.settings["looks_at"].disabled, "there is nothing but the name to look at"
    widget.settings["holds"].value = WHITE_BOX
    assert widget.settings["queries"].disabled and widget.settings["noise"].disabled


def test_the_price_is_told(widget):
    words = widget.readout.words
    assert "Legitimate users: first answer right 100%" in words and "epsilon" not in words
    assert "; Brier score 0.0" in words
    widget.settings["noise"].value = 0.5
    assert "Worst-case epsilon 4.0 for each query." in widget.readout.words
    widget.settings["holds"].value = LABELS
    assert "states no probability" in widget.readout.words


def test_settings_draw_no_picture_anew(widget):
    widget.picture = lambda: 1 / 0
    for noise in (0.05, 0.1, 0.2, 0.5, 0.0):
        widget.settings["noise"].value = noise
    assert widget.readout.fault == ""


def test_a_failure_is_told(widget):
    widget.state.access = lambda: Metered(widget.state.answers, 3)
    widget.start.click()
    assert widget.background.wait()
    assert "budget of 3" in widget.readout.said and "ended early at" in widget.readout.said


def test_a_server_that_was_closed_is_told(parts):
    with serve(parts[1]) as server:
        widget = AccessDesk(Desk(*parts, server=server), faces=4)
        assert widget.view
        widget.settings["over_http"].value = True
    widget.start.click()
    assert widget.background.wait() and "was closed. Run the cell with serve" in widget.readout.fault
    assert widget.state.rows == {} and not widget.start.disabled


def test_what_is_refused_is_told_below(widget):
    widget.settings["over_http"].disabled = False
    widget.settings["over_http"].value = True
    assert "needs a server" in widget.readout.fault
    assert widget.settings["over_http"].value is False, "the control goes back to what holds"
    widget.settings["noise"].value = 0.1
    assert widget.readout.fault == ""
