"""Lesson 09's lock in a real browser: enrol, recognise, erase, and what the lock holds."""

import pytest

pytestmark = pytest.mark.browser


def test_the_lock_of_the_lesson(lesson):
    notebook = lesson("09_design_it_away")
    lock = notebook.page.locator(".leaklab-gallery-lock")
    lock.scroll_into_view_if_needed()
    lock.get_by_text("Nobody is enrolled yet").wait_for()
    notebook.screenshot("lock_first")
    lock.get_by_role("button", name="Enrol", exact=True).click()
    lock.get_by_role("button", name="Recognise").click()
    lock.get_by_text("The door opens").wait_for()
    notebook.screenshot("lock_open")
    lock.get_by_role("button", name="Erase").click()
    lock.get_by_text("The door stays closed").wait_for()
    lock.get_by_role("button", name="Enrol all others").click()
    lock.get_by_role("img", name="Similarity to 19 enrolled").wait_for()
    lock.get_by_text("What the lock holds").click()
    lock.get_by_text("byte for byte what it was").wait_for()
    notebook.screenshot("lock_full")
    assert notebook.errors() == []
