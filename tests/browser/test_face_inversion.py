"""Lesson 01 in a real browser: it runs from top to bottom, and its widget answers clicks and keys."""

import re

import pytest

pytestmark = pytest.mark.browser


def test_lesson_runs_and_a_face_forms(open_notebook):
    from playwright.sync_api import expect

    notebook = open_notebook("notebooks/trainer/01_face_inversion.ipynb")
    notebook.run_all(seconds=300)
    assert notebook.errors() == []
    page = notebook.page
    notebook.screenshot("inversion_whole", height=8500)
    page.set_viewport_size({"width": 1400, "height": 900})
    go_to(page, "InversionStage(")
    stage = page.locator(".widget-vbox:visible").first
    stage.get_by_text("Ready to ask the model").wait_for()
    assert notebook.errors() == []
    picture = stage.locator("img")
    before = picture.get_attribute("src")

    stage.get_by_label("Person").select_option("nobody 19")
    stage.get_by_role("button", name="Start").click()
    stage.get_by_text("nobody 19, step 150").wait_for(timeout=60_000)
    expect(picture).not_to_have_attribute("src", before)
    formed = picture.get_attribute("src")
    stage.get_by_label("Reveal the truth").check()
    expect(picture).not_to_have_attribute("src", formed)
    page.wait_for_timeout(500)
    notebook.screenshot("inversion_revealed")

    handle = stage.locator(".noUi-handle")
    handle.focus()
    for _ in range(3):
        handle.press("ArrowLeft")
    expect(stage.get_by_text("nobody 19, step 150")).to_have_count(0)

    stage.get_by_role("button", name="Start").click()
    stage.get_by_role("button", name="Stop").click()
    stage.get_by_text("Stopped.").wait_for()
    assert stage.get_by_role("button", name="Start").is_enabled()
    assert notebook.errors() == []

    go_to(page, "LineupTest(")
    answer_the_lineup(page, page.locator(".leaklab-lineup:visible"))
    notebook.screenshot("lineup")
    assert notebook.errors() == []


def go_to(page, source):
    """Bring a cell into view, as JupyterLab's table of contents does: it hides what is far from the window."""
    page.evaluate("""async source => { const content = window.jupyterapp.shell.currentWidget.content;
        const at = content.widgets.findIndex(cell => cell.model.sharedModel.getSource().includes(source));
        content.activeCellIndex = at; await content.scrollToItem(at, 'start') }""", source)


def answer_the_lineup(page, lineup):
    """One face by mouse, another by keyboard; the focus goes where it is wanted next."""
    from playwright.sync_api import expect

    lineup.get_by_text("Face 1 of 12").wait_for()
    picture = lineup.get_by_role("img", name="A recovered face and 5 numbered photographs")
    expect(picture).to_be_visible()
    lineup.get_by_role("button", name="None of them").click()
    lineup.get_by_text("of 1 right").wait_for()
    expect(picture).to_have_attribute("alt", re.compile("your answer: none of them"))
    expect(lineup.get_by_role("button", name="Next")).to_be_focused()
    page.keyboard.press("Space")
    lineup.get_by_text("Face 2 of 12").wait_for()
    expect(lineup.get_by_role("button", name="1", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    lineup.get_by_text("of 2 right").wait_for()
    page.wait_for_timeout(500)


def test_untouched_student_notebook_shows_no_errors(open_notebook):
    notebook = open_notebook("notebooks/student/01_face_inversion.ipynb")
    notebook.run_all(seconds=300)
    assert notebook.errors() == []
    shown = [output["data"]["text/plain"] for outputs in notebook.outputs() for output in outputs
             if "not attempted" in output.get("data", {}).get("text/plain", "")]
    assert len(shown) == 5
    notebook.screenshot("inversion_student", height=6000)
