"""Lesson 01 in a real browser: it runs from top to bottom, and its widget answers clicks and keys."""

import pytest

pytestmark = pytest.mark.browser


def test_lesson_runs_and_a_face_forms(open_notebook):
    notebook = open_notebook("notebooks/trainer/01_face_inversion.ipynb")
    notebook.run_all(seconds=300)
    assert notebook.errors() == []
    page = notebook.page
    notebook.screenshot("inversion_whole", height=6000)
    page.set_viewport_size({"width": 1400, "height": 900})
    words = page.locator(".jp-OutputArea .widget-html [role=status]")
    words.scroll_into_view_if_needed()
    assert "Ready" in words.inner_text()
    picture = page.locator(".widget-image")
    before = picture.get_attribute("src")
    page.get_by_role("button", name="Start").click()
    page.wait_for_function("document.querySelector('.widget-html [role=status]').innerText.includes('step 150')",
                           timeout=60_000)
    formed = picture.get_attribute("src")
    assert formed != before
    page.get_by_label("Reveal the truth").check()
    page.wait_for_function("src => document.querySelector('.widget-image').src !== src", arg=formed)
    notebook.screenshot("inversion_revealed")
    handle = page.locator(".widget-slider .noUi-handle").first
    handle.focus()
    for _ in range(3):
        handle.press("ArrowLeft")
    page.wait_for_function("!document.querySelector('.widget-html [role=status]').innerText.includes('step 150')")
    assert notebook.errors() == []


def test_untouched_student_notebook_shows_no_errors(open_notebook):
    notebook = open_notebook("notebooks/student/01_face_inversion.ipynb")
    notebook.run_all(seconds=300)
    assert notebook.errors() == []
    said = notebook.page.locator(".jp-OutputArea div[role=status]").all_inner_texts()
    assert len(said) == 4 and all("not attempted" in text for text in said)
    notebook.screenshot("inversion_student", height=6000)
