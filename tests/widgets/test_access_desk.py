"""The desk's view without a browser: it attacks, stops and tells."""

import pytest
from tiny_stage import tiny_stage

from leaklab.access import Metered
from leaklab.course.desk import LABELS, WHITE_BOX, Desk
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
    assert widget.controls["over_http"].disabled, "there is no server"
    widget.controls["decimals"].value = 1
    assert widget.state.decimals == 1
    widget.controls["decimals"].value = "all"
    assert widget.state.decimals is None and widget.comparison() is None
    widget.start.click()
    assert widget.background.wait()
    assert "of 6 recognised" in widget.words.value and widget.compared.value and not widget.start.disabled
    assert len(widget.comparison().axes) == 1 and len(widget.portraits(reveal=True).axes[0].images) == 8
    before = widget.shown.value
    widget.reveal.value = True
    assert widget.shown.value != before
    widget.start.click()
    widget.stop.click()
    assert widget.background.wait() and "Stopped" in widget.words.value and not widget.start.disabled


def test_settings_that_mean_nothing_are_greyed(widget):
    widget.controls["holds"].value = LABELS
    assert widget.controls["decimals"].disabled and not widget.controls["noise"].disabled
    widget.controls["holds"].value = WHITE_BOX
    assert widget.controls["queries"].disabled and widget.controls["noise"].disabled


def test_the_price_is_told(widget):
    assert "100%" in widget.used.value and "epsilon" not in widget.used.value
    widget.controls["noise"].value = 0.5
    assert "epsilon" in widget.used.value


def test_a_failure_is_told(widget):
    widget.state.access = lambda: Metered(widget.state.answers, 3)
    widget.start.click()
    assert widget.background.wait()
    assert "budget of 3" in widget.words.value


def test_what_is_refused_is_told_below(widget):
    widget.controls["over_http"].disabled = False
    widget.controls["over_http"].value = True
    assert "needs a server" in widget.refusal.value and widget.refusal.layout.display is None
    assert widget.controls["over_http"].value is False, "the control goes back to what holds"
    widget.controls["noise"].value = 0.1
    assert widget.refusal.value == "" and widget.refusal.layout.display == "none"
