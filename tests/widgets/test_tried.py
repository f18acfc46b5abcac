"""A click on each widget: the table is complete, and a widget that fails is seen to."""

import time
from types import SimpleNamespace

import ipywidgets as w
import pytest

from leaklab import widgets
from leaklab.checks import FAULT, OK, Check, examine
from leaklab.widgets import tried
from leaklab.widgets.readout import Readout
from leaklab.widgets.tried import TRIED, Small, click


def test_every_widget_has_a_line():
    names = (getattr(widgets, name) for name in widgets.__all__)
    assert set(TRIED) == {kind for kind in names if isinstance(kind, type)}


@pytest.mark.parametrize("kind", TRIED, ids=lambda kind: kind.__name__)
def test_a_click_changes_what_is_shown(kind):
    assert click(TRIED[kind]).state == OK


class Fake:
    """A view of one line, as far as a click needs one."""

    def __init__(self, background=None):
        self.readout, self.background = Readout(said="before"), background
        self.view = w.VBox([self.readout])

    def press(self, value="after", told=""):
        self.readout.said, self.readout.fault = value, told


def pressed(**more):
    made = []

    def make(stack):
        made.append(Fake())
        return made[0]

    return made, Small(make, lambda fake: fake.press(**more))


def test_what_was_made_is_closed():
    made, small = pressed()
    assert click(small).state == OK and made[0].readout.comm is None


@pytest.mark.parametrize("more, told", [({"told": "the server is gone"}, "the server is gone"),
                                        ({"value": "before"}, "changes nothing")])
def test_a_widget_that_fails_is_a_fault(more, told):
    found = click(pressed(**more)[1])
    assert found.state == FAULT and told in found.found and found.remedy


def test_controls_do_not_count_as_what_is_shown():
    fake = Fake()
    slider = w.IntSlider()
    fake.view.children += (slider,)
    assert click(Small(lambda stack: fake, lambda _: setattr(slider, "value", 3))).found == "a click changes nothing"


def test_a_widget_that_cannot_be_made_or_never_ends(monkeypatch):
    def make(stack):
        raise OSError("no <runs>")

    [found] = examine([Check("widgets", "x", lambda: click(Small(make, str)))])
    assert found.diagnosis.state == FAULT and "no <runs>" in found.diagnosis.found
    monkeypatch.setattr(tried, "WAIT_SECONDS", 0.1)
    stopped = []
    slow = SimpleNamespace(wait=lambda seconds: bool(time.sleep(seconds)), stop=lambda: stopped.append(1))
    assert "did not end" in click(Small(lambda stack: Fake(slow), lambda fake: fake.press())).found and stopped
