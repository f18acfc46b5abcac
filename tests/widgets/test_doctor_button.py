"""The doctor as a button, without a browser."""

import threading

import pytest

from leaklab.checks import CHECKS, Check, Examination, fault, ok, warn
from leaklab.widgets.doctor import Doctor

EVIL = "<img src=x onerror=alert(1)>"


def doctor(*looks):
    return Doctor(Examination(Check("group", f"check {i}", look, slow=i == 1) for i, look in enumerate(looks)))


@pytest.mark.parametrize("looks, says, rows", [
    ((lambda: ok("well"),), "All is ready: 1 ok, 0 warnings, 0 faults.", 1),
    ((lambda: ok("well"), lambda: warn("slow", "Wait.")), "All is ready: 1 ok, 1 warning, 0 faults.", 2),
    ((lambda: fault("gone", "Fetch it."), lambda: 1 / 0), "Not ready: 0 ok, 0 warnings, 2 faults.", 2),
])
def test_it_checks_and_says_how_things_stand(looks, says, rows):
    widget = doctor(*looks)
    assert widget.view and widget.readout.said == "Nothing is checked yet." and widget.readout.words == ""
    widget.start.click()
    assert widget.background.wait(10)
    assert widget.readout.said.startswith(says) and widget.readout.words.count("scope='row'") == rows
    assert widget.readout.fault == "" and not widget.start.disabled


def test_quick_leaves_out_what_is_slow():
    widget = doctor(lambda: ok("well"), lambda: fault("slow", "Wait."))
    assert widget.view
    widget.quick.value = True
    widget.start.click()
    assert widget.background.wait(10) and widget.readout.said.startswith("All is ready: 1 ok")


def test_findings_are_shown_as_they_come_and_a_stop_answers_at_once():
    second, go_on = threading.Event(), threading.Event()

    def slow():
        second.set()
        assert go_on.wait(10)
        return ok("late")

    widget = doctor(lambda: ok("well"), slow)
    assert widget.view
    widget.start.click()
    assert second.wait(10)
    assert "check 0" in widget.readout.words and "check 1" not in widget.readout.words
    assert widget.readout.said == "Checking this machine."
    widget.stop.click()
    assert widget.readout.said.startswith("Stopped.")
    go_on.set()
    assert widget.background.wait(10) and "late" not in widget.readout.words


def test_a_second_examination_starts_from_nothing():
    widget = doctor(lambda: ok("well"))
    assert widget.view
    for _ in range(2):
        widget.start.click()
        assert widget.background.wait(10)
    assert widget.readout.words.count("scope='row'") == 1


def test_text_is_escaped():
    widget = Doctor(Examination([Check(EVIL, EVIL, lambda: fault(EVIL, EVIL))]))
    assert widget.view
    widget.start.click()
    assert widget.background.wait(10)
    assert EVIL not in widget.readout.words and widget.readout.words.count("&lt;img") == 3


def test_left_to_itself_it_has_all_checks_and_a_click_on_each_widget():
    groups = [check.group for check in Doctor().state.checks]
    assert groups.count("widgets") > 8 and len(groups) == len(CHECKS) + groups.count("widgets")
