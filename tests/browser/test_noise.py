"""Lesson 06 in a real browser: it runs, and the coin turns."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_the_coin_turns(lesson):
    notebook = lesson("06_noise")
    page, bench = notebook.page, notebook.page.locator(".leaklab-noise-bench")
    bench.scroll_into_view_if_needed()
    picture, handle = bench.get_by_role("img", name="A crowd of dots"), bench.locator(".noUi-handle").first
    bench.get_by_text("of 40 said yes").first.wait_for()
    before = picture.get_attribute("aria-label")
    handle.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(400)
    expect(picture).not_to_have_attribute("aria-label", before)
    bench.get_by_role("button", name="Ask 10 times").click()
    bench.get_by_text("was asked 11 times").wait_for()
    notebook.screenshot("noise_bench")
    bench.get_by_label("Hands: yes").fill("22")
    bench.get_by_label("Hands: no").fill("18")
    bench.get_by_label("Hands: no").press("Tab")
    bench.get_by_role("button", name="Count these hands").click()
    bench.get_by_text("22 of 40 said yes").first.wait_for()
    assert notebook.errors() == []
