"""What all widgets have in common."""

import threading

import ipywidgets as w
import pytest

from leaklab.widgets.base import Display


class Counter:
    """Plain state: a number below ten."""

    number, error = 0, None

    def put(self, number):
        if self.error:
            raise self.error
        if number >= 10:
            raise ValueError(f"number={number}: must be below 10")
        self.number = number


class Shown(Display):
    drawn = 0

    def layout(self):
        self.slider, self.more = w.IntSlider(max=20), w.Button(description="More")
        self.bind(self.slider, self.state.put)
        self.bind(self.more, lambda: self.state.put(self.state.number + 1))
        return w.HBox([self.slider, self.more])

    def draw(self):
        self.slider.value, self.drawn = self.state.number, self.drawn + 1
        if self.state.number == 7:
            raise ValueError("number=7: cannot be drawn")


@pytest.fixture
def shown():
    shown = Shown(Counter())
    assert shown.view is shown.view and shown.drawn == 1
    return shown


def test_controls_call_the_state_and_all_is_drawn_once(shown):
    shown.slider.value = 3
    assert (shown.state.number, shown.drawn) == (3, 2)
    shown.more.click()
    assert (shown.state.number, shown.slider.value, shown.drawn) == (4, 4, 3), "a control that is set calls nothing"


@pytest.mark.parametrize("number, told", [(12, "must be below 10"), (7, "cannot be drawn")])
def test_what_is_refused_is_told_and_forgotten(shown, number, told):
    shown.slider.value = 2
    shown.slider.value = number
    assert told in shown.refusal.value and "status" in shown.refusal.value and shown.refusal.layout.display is None
    shown.slider.value = 1
    assert (shown.refusal.value, shown.refusal.layout.display) == ("", "none")


@pytest.mark.parametrize("error, told", [(ConnectionError("the server is gone"), ">the server is gone<"),
                                         (KeyError("<age>"), "KeyError(&#39;&lt;age&gt;&#39;)")])
def test_no_other_error_is_lost_either(shown, error, told):
    """A server that does not answer, above all; ipywidgets itself swallows what a callback raises."""
    shown.state.error = error
    shown.more.click()
    assert told in shown.refusal.value and shown.refusal.layout.display is None
    shown.state.error = None
    shown.more.click()
    assert shown.refusal.value == "" and shown.state.number == 1


def test_a_refused_control_goes_back(shown):
    shown.slider.value = 2
    shown.slider.value = 15
    assert shown.slider.value == shown.state.number == 2


def test_a_hand_on_a_control_while_another_thread_draws_is_heard(shown):
    """The guard against one's own drawing must not swallow what somebody does in the meantime."""
    drawing, go_on, plain = threading.Event(), threading.Event(), shown.draw

    def slow():
        drawing.set()
        assert go_on.wait(10)
        shown.draw = plain
        plain()

    shown.draw = slow
    thread = threading.Thread(target=shown.refresh)
    thread.start()
    assert drawing.wait(10)
    threading.Timer(0.1, go_on.set).start()
    shown.slider.value = 5
    thread.join(10)
    assert shown.state.number == 5


def test_it_shows_itself(shown, monkeypatch):
    seen = []
    monkeypatch.setattr("leaklab.widgets.base.display", seen.append)
    shown._ipython_display_()
    assert seen == [shown.view]
