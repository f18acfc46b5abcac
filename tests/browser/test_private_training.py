"""Lesson 07 in a real browser: it runs, and the dial turns."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_lesson_runs_and_the_dial_turns(lesson):
    notebook = lesson("07_private_training")
    page = notebook.page
    dial = page.locator(".leaklab-epsilon-dial")
    picture = dial.get_by_role("img", name="Person 6: as recovered")
    picture.scroll_into_view_if_needed()
    before = picture.get_attribute("src")
    dial.locator(".noUi-handle").first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    dial.get_by_text("e^8 = 2,981").wait_for(timeout=20_000)
    expect(picture).to_have_attribute("alt", re.compile("epsilon 8,"), timeout=20_000)
    photograph = picture.get_attribute("src")
    assert photograph != before
    dial.get_by_role("button", name="each person").click()
    dial.get_by_text("with all their photographs").wait_for(timeout=20_000)
    expect(picture).to_have_attribute("alt", re.compile("to each person"), timeout=20_000)
    assert picture.get_attribute("src") != photograph
    notebook.screenshot("private_dial")
    assert notebook.errors() == []
