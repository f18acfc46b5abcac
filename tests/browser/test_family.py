"""Every widget in a real JupyterLab, on one page with one kernel: by hand, in haste, by keyboard."""

import time

import pytest
from playwright.sync_api import expect

from browser.family import FAMILY, act, main, read, ready, settle, shown, slider
from browser.figures import stopped_after
from browser.looks import alike, unnamed

pytestmark = pytest.mark.browser
EACH = pytest.mark.parametrize("name", FAMILY)
STOP_SECONDS, HASTE = 0.3, 4
"""The limit of issue 13, and how much slower a busy machine may be."""


@pytest.fixture(autouse=True)
def nothing_goes_wrong(family):
    """No error in cells, the page, its console, the kernel's log; none is said in a widget."""
    yield
    assert family.faults() == []


def test_the_table_has_every_widget():
    from leaklab.widgets.tried import TRIED

    assert set(FAMILY) == {kind.__name__ for kind in TRIED}


@EACH
def test_opens_and_its_main_action_changes_what_is_seen(family, name):
    widget, hand = family.go_to(name), FAMILY[name]
    before = read(widget)
    act(widget, hand)
    settle(family, name)
    assert read(widget) != before
    assert unnamed(widget) == []
    assert widget.locator(".leaklab-fault").first.inner_text() == ""
    assert alike(shown(family, name)) is True


@EACH
def test_a_double_click_does_no_harm(family, name):
    widget, hand = family.go_to(name), FAMILY[name]
    ready(widget, hand).dblclick()
    settle(family, name)
    assert widget.locator(".leaklab-fault").first.inner_text() == ""
    assert alike(shown(family, name)) is True


@EACH
def test_stop_answers(family, name):
    if name not in family.runners:
        pytest.skip("nothing runs in it")
    widget, hand = family.go_to(name), FAMILY[name]
    seconds = stopped_after(family, name)
    print(f"{name}: Stop answers after {seconds:.3f} s")
    assert seconds < STOP_SECONDS * HASTE
    expect(main(widget, hand)).to_be_enabled()


@pytest.mark.parametrize("name", [name for name, hand in FAMILY.items() if hand.drag])
def test_of_fast_dragging_the_last_value_wins(family, name):
    widget, words = family.go_to(name), FAMILY[name].drag
    act(widget, FAMILY[name])  # a film must be there before there are frames to turn
    settle(family, name)
    handle = slider(widget, words)
    page, track = family.page, handle.locator("xpath=ancestor::*[contains(@class, 'noUi-target')]")
    box, at = track.bounding_box(), handle.bounding_box()
    y = at["y"] + at["height"] / 2
    page.mouse.move(at["x"] + at["width"] / 2, y)
    page.mouse.down()
    began = time.monotonic()
    for i in range(20):  # to and fro, and not to an end
        share = (i * 7 % 20) / 20 if i < 19 else 0.6
        page.mouse.move(box["x"] + share * box["width"], y)
        time.sleep(max(0.0, began + (i + 1) / 20 - time.monotonic()))
    page.mouse.up()
    settle(family, name)
    low, now, high = (float(handle.get_attribute(f"aria-value{word}")) for word in ("min", "now", "max"))
    assert abs((now - low) / (high - low) - 0.6) < 0.25 or high - low < 5
    value = family.notebook.ask(f"part = control({name!r}, {words!r})\nprint(getattr(part, 'index', part.value))")
    assert value == pytest.approx(now)
    assert alike(shown(family, name)) is True


@pytest.mark.parametrize("name", [name for name, hand in FAMILY.items() if hand.bad])
def test_a_bad_value_does_no_harm(family, name):
    widget, (words, value) = family.go_to(name), FAMILY[name].bad
    field = widget.get_by_label(words)
    before = field.input_value()
    field.fill(value)
    field.press("Enter")
    settle(family, name)
    assert field.input_value() != value or widget.locator(".leaklab-fault").first.inner_text()
    field.fill(before)
    field.press("Enter")
    settle(family, name)
    assert widget.locator(".leaklab-fault").first.inner_text() == ""


@EACH
def test_keys_of_command_mode_leave_the_cell_alone(family, name):
    widget, hand = family.go_to(name), FAMILY[name]
    before = family.cells()
    for key in "3mx":
        ready(widget, hand).focus()
        family.page.keyboard.press("Escape")
        family.page.keyboard.press(key)
    family.page.wait_for_timeout(100)
    assert family.cells() == before
    expect(widget).to_be_visible()


@EACH
def test_by_keyboard_alone(family, name):
    widget, hand = family.go_to(name), FAMILY[name]
    ready(widget, hand)
    stops = widget.evaluate("""root => [...root.querySelectorAll('button:enabled, select:enabled, a[href], summary, '
        + 'input:enabled:not([type=radio]), .noUi-target:not([disabled]) .noUi-handle')]
        .filter(one => one.checkVisibility()).map((one, i) => { one.dataset.stop = i; return String(i); })""")
    widget.locator("[data-stop='0']").focus()
    reached = set()
    for _ in stops:
        reached.add(family.page.evaluate("document.activeElement.dataset.stop"))
        family.page.keyboard.press("Tab")
    assert reached == set(stops)
    before = read(widget)
    ready(widget, hand).focus()
    family.page.keyboard.press("ArrowLeft" if hand.role == "slider" else "Space")
    settle(family, name)
    assert read(widget) != before
