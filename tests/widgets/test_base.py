"""What all widgets have in common."""

import asyncio
import threading
import time

import ipywidgets as w
import pytest
from markupsafe import Markup

from leaklab.widgets.base import KEPT, Display
from leaklab.widgets.controls import button, control
from leaklab.widgets.runner import Runner


class Counter:
    """Plain state: a number below ten."""

    number, error = 0, None

    def put(self, number):
        if self.error:
            raise self.error
        if number >= 10:
            raise ValueError(f"number={number}: must be <below> 10")
        self.number = number


class Shown(Display):
    name, pictures = "shown", 0

    def controls(self):
        self.slider = control(w.IntSlider, "Number", "Any below ten", max=100)
        self.more = button("More", "One more")
        self.bind(self.slider, self.state.put)
        self.bind(self.more, lambda: self.state.put(self.state.number + 1))
        return [[self.slider, self.more]]

    def draw(self):
        self.slider.value = self.state.number

    def said(self):
        return f"{self.state.number} <b>"

    def picture(self):
        self.pictures += 1
        if self.state.number == 7:
            raise ValueError("number=7: cannot be drawn")
        return Markup("<i>{}</i>").format(self.state.number)


class Kept(Shown):
    def key(self):
        return self.state.number


@pytest.fixture
def shown():
    shown = Shown(Counter())
    assert shown.view is shown.view and shown.pictures == 1
    return shown


def test_controls_call_the_state_and_all_is_drawn_once(shown):
    shown.slider.value = 3
    assert (shown.state.number, shown.pictures, shown.readout.picture) == (3, 2, "<i>3</i>")
    shown.more.click()
    assert (shown.state.number, shown.slider.value, shown.pictures) == (4, 4, 3), "a control that is set calls nothing"


def test_text_is_escaped(shown):
    shown.slider.value = 5
    assert shown.readout.said == "5 &lt;b&gt;"
    shown.slider.value = 12
    assert shown.readout.fault == "number=12: must be &lt;below&gt; 10"


@pytest.mark.parametrize("number, told", [(12, "must be"), (7, "cannot be drawn")])
def test_what_is_refused_is_told_and_forgotten(shown, number, told):
    shown.slider.value = number
    assert told in shown.readout.fault
    shown.slider.value = 1
    assert shown.readout.fault == "" and shown.slider.value == 1


def test_a_refused_value_does_not_stay_in_the_control(shown):
    shown.slider.value = 2
    shown.slider.value = 12
    assert shown.slider.value == shown.state.number == 2


def test_an_error_of_the_code_is_told_with_its_kind(shown):
    shown.state.error = KeyError("sought")
    shown.more.click()
    assert "KeyError" in shown.readout.fault


def test_pictures_are_kept_by_their_key():
    kept = Kept(Counter())
    _ = kept.view
    for number in (1, 2, 1, 2, 1):
        kept.slider.value = number
    assert kept.pictures == 3 and kept.readout.picture == "<i>1</i>"


def test_a_thousand_events_keep_a_bounded_number_of_pictures():
    kept = Kept(Counter())
    _ = kept.view
    kept.state.put = lambda number: setattr(kept.state, "number", number + 10)
    for number in range(1000):
        kept.slider.value = number % 100
    assert len(kept._pictures) <= KEPT


@pytest.fixture
def hurried(shown, monkeypatch):
    """A widget in a kernel whose clicks all come at once, however slow the machine."""
    monkeypatch.setattr("leaklab.widgets.base.REST", 60.0)
    return shown


async def until(true):
    for _ in range(500):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


def test_of_many_quick_clicks_in_a_kernel_the_last_is_drawn(hurried):
    async def clicks():
        drawn = hurried.pictures
        for _ in range(6):
            hurried.more.click()
        assert hurried.readout.said.startswith("6") and hurried.pictures == drawn, "words do not wait, pictures do"
        await until(lambda: hurried.readout.picture == "<i>6</i>")
        assert hurried.pictures == drawn + 1

    asyncio.run(clicks())


def test_a_click_after_a_rest_is_drawn_at_once(shown, monkeypatch):
    monkeypatch.setattr("leaklab.widgets.base.REST", -1.0)

    async def click():
        shown.more.click()
        assert shown.readout.picture == "<i>1</i>"

    asyncio.run(click())


def test_what_cannot_be_drawn_late_is_told_too(hurried):
    async def clicks():
        for _ in range(7):
            hurried.more.click()
        await until(lambda: "cannot be drawn" in hurried.readout.fault)

    asyncio.run(clicks())


def test_the_still_reads_without_a_kernel(shown):
    page = shown.still().data
    assert "0 &lt;b&gt;" in page and "<i>0</i>" in page


def test_every_control_has_a_tooltip(shown):
    assert all(child.tooltip for child in shown.view.children[0].children[0].children)


class Slow(Runner):
    def controls(self):
        return [[self.start, self.stop, self.progress]]

    def begin(self):
        self.run(self.work, self.state.put, saying="Working.")

    def stands(self):
        return f"{self.state.number}."

    def work(self, progress):
        self.running = getattr(self, "running", 0) + 1
        self.most = max(getattr(self, "most", 0), self.running)
        try:
            for i in range(20):
                time.sleep(0.01)
                progress(i, 20, "")
            return self.result
        finally:
            self.running -= 1


@pytest.fixture
def slow():
    slow = Slow(Counter())
    _, slow.result = slow.view, 3
    return slow


def test_work_arrives(slow):
    slow.start.click()
    assert slow.readout.said == "Working." and slow.start.disabled and not slow.stop.disabled
    assert slow.background.wait(10)
    assert slow.readout.said == "3." and not slow.start.disabled and slow.stop.disabled


def test_stop_answers_at_once_and_nothing_comes_after(slow):
    slow.start.click()
    began = time.monotonic()
    slow.stop.click()
    assert time.monotonic() - began < 0.3 and slow.readout.said == "Stopped. 0."
    assert slow.background.wait(10) and slow.state.number == 0 and slow.readout.said == "Stopped. 0."


def test_two_starts_never_run_at_once(slow):
    for _ in range(3):
        slow.begin()
    assert slow.background.wait(10) and slow.most == 1 and slow.state.number == 3


@pytest.mark.parametrize("result", [12, 7])
def test_a_failure_of_the_work_is_told(slow, result):
    slow.result = result
    slow.start.click()
    assert slow.background.wait(10)
    assert ("must be" in slow.readout.fault) == (result == 12) and not slow.start.disabled


def test_displays_draw_in_turn():
    """Two widgets, two threads: matplotlib is never entered twice."""
    inside, most = [0], [0]

    class Drawn(Shown):
        def picture(self):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            time.sleep(0.02)
            inside[0] -= 1
            return ""

    both = [Drawn(Counter()), Drawn(Counter())]
    assert all(one.view for one in both)
    threads = [threading.Thread(target=one.refresh) for one in both * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_a_failure_that_comes_before_start_has_returned_stays_told(slow):
    def fails(progress):
        raise ValueError("at once")

    slow.work, drawn = fails, slow.refresh
    slow.refresh = lambda: (slow.background.wait(10), drawn())
    slow.start.click()
    assert slow.readout.fault == "at once"


def test_the_page_is_told_the_tooltips_that_ipywidgets_does_not_show():
    shown = Shown(Counter())
    _ = shown.view
    assert shown.readout.tips == {"Number": "Any below ten", "More": "One more"}


def test_a_result_that_waits_while_somebody_stops_is_forgotten(slow):
    """The work has ended, its result stands before the lock; Stop holds it."""
    waiting = threading.Event()
    slow.work = lambda progress: waiting.set() or 3
    with slow.lock:
        slow.start.click()
        assert waiting.wait(10)
        time.sleep(0.05)
        slow.stop.click()
    assert slow.background.wait(10) and slow.state.number == 0 and slow.readout.said == "Stopped. 0."
