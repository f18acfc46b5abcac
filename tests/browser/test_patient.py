"""Lesson 03 in a real browser: it runs, the record form answers to clicks, and the game to clicks and keys."""

import pytest

pytestmark = pytest.mark.browser


def test_the_record_form_answers(open_notebook):
    notebook = open_notebook("notebooks/trainer/03_medical_membership.ipynb")
    notebook.run_all()
    assert notebook.errors() == []
    go_to(notebook, "PatientForm(")
    form = notebook.page.locator(".widget-vbox:visible").first
    form.get_by_text("A patient from the training data").wait_for()
    from playwright.sync_api import expect

    picture = form.locator("img").get_attribute("src")
    notebook.screenshot("patient_member")

    form.get_by_role("button", name="not a member").click()
    form.get_by_text("A patient the model never saw").wait_for()
    expect(form.locator("img")).not_to_have_attribute("src", picture)  # it comes a moment after the words

    form.get_by_label("General health").select_option("poor")
    form.get_by_text("A patient made up on this form").wait_for()

    form.get_by_label("Members in question").select_option("1 in 100")
    form.get_by_text("If 1 in 100 people").wait_for()
    form.get_by_text("And the truth?").click()
    form.get_by_text("not in the training data").wait_for()
    notebook.page.wait_for_timeout(500)
    notebook.screenshot("patient_made_up")

    two_rounds(notebook)
    notebook.screenshot("patient_whole", height=9000)


def go_to(notebook, source):
    """JupyterLab hides what is far from the window: go to the cell as its own table of contents does."""
    notebook.page.evaluate("""async source => { const content = window.jupyterapp.shell.currentWidget.content;
        const at = content.widgets.findIndex(cell => cell.model.sharedModel.getSource().includes(source));
        content.activeCellIndex = at; await content.scrollToItem(at, 'start') }""", source)


def two_rounds(notebook):
    """One by mouse, one by keyboard; each brings the truth, the score and the next patient."""
    go_to(notebook, "GuessingGame(Game(")
    game = notebook.page.locator(".leaklab-game:visible").first
    game.get_by_text("Patient 1 of 20").wait_for()
    game.get_by_role("button", name="● Member").click()
    game.get_by_text("Patient 2 of 20").wait_for()
    game.get_by_text("of 1 right").first.wait_for()
    game.get_by_role("button", name="○ Not a member").focus()
    notebook.page.keyboard.press("Enter")
    game.get_by_text("Patient 3 of 20").wait_for()
    game.get_by_text("of 2 right").first.wait_for()
    assert game.get_by_text("the attack said").count() == 1
    notebook.page.wait_for_timeout(500)
    notebook.screenshot("patient_game")
    assert notebook.errors() == []
