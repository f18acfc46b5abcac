"""Lesson 07 in a real browser: it runs, and the dial turns."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("kind, outcome", [("student", "not attempted"), ("trainer", "correct")])
def test_lesson_runs_and_the_dial_turns(open_notebook, kind, outcome):
    notebook = open_notebook(f"notebooks/{kind}/07_private_training.ipynb")
    notebook.run_all()
    assert notebook.errors() == []
    page = notebook.page
    said = [output["data"]["text/html"] for outputs in notebook.outputs() for output in outputs
            if "role='status'" in output.get("data", {}).get("text/html", "")]
    assert len(said) == 5 and all(outcome in text for text in said)
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
    notebook.screenshot(f"private_{kind}_dial")
    assert notebook.errors() == []
