"""Lesson 08 in a real browser: it runs, and the bench counts."""

from statistics import median

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
# Milliseconds from each key pressed to the first change of the picture, as it is painted.
WATCH = """() => { window.leaklabTook = []; let pressed = 0;
    document.addEventListener('keydown', () => { pressed = performance.now() }, true);
    const picture = document.querySelector('.leaklab-audit-bench .leaklab-picture');
    new MutationObserver(() => { if (pressed) { const since = pressed; pressed = 0;
        requestAnimationFrame(() => window.leaklabTook.push(performance.now() - since)) } }).observe(picture,
        {subtree: true, childList: true, attributes: true, characterData: true}) }"""


def test_the_bench_counts(lesson):
    notebook = lesson("08_audit")
    page, bench = notebook.page, notebook.page.locator(".leaklab-audit-bench")
    bench.scroll_into_view_if_needed()
    picture, handle = bench.get_by_role("img", name="True-positive rate"), bench.locator(".noUi-handle")
    bench.get_by_text("Not yet evidence").wait_for()
    before = picture.get_attribute("aria-label")
    handle.focus()
    page.evaluate(WATCH)
    for _ in range(10):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(400)
    expect(picture).not_to_have_attribute("aria-label", before)
    took = page.evaluate("window.leaklabTook")
    assert len(took) >= 8 and median(took) < 150, took
    bench.get_by_role("button", name="count on the other half").click()
    bench.get_by_text("The promise is broken").wait_for()
    notebook.screenshot("audit_bench")
    page.wait_for_timeout(500)
    handle.focus()
    page.keyboard.press("ArrowRight")
    bench.get_by_text("Spoiled").wait_for()
    bench.get_by_role("button", name="Again").dblclick()
    bench.get_by_text("Not yet evidence").wait_for()
    assert notebook.errors() == []
