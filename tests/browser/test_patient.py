"""Lesson 03 in a real browser: it runs, the record form answers to clicks, and the game to clicks and keys."""

import time

import pytest

from .conftest import Notebook

pytestmark = pytest.mark.browser


def test_the_record_form_answers(lesson):
    notebook = lesson("03_medical_membership")
    go_to(notebook, "PatientForm(")
    form = notebook.page.locator(".leaklab-patient-form:visible").first
    form.get_by_text("A patient from the training data").wait_for()
    notebook.screenshot("patient_member")

    form.get_by_role("button", name="not a member").click()
    form.get_by_text("A patient the model never saw").wait_for()
    form.get_by_role("img", name=f"This record's loss, {loss(form)[:5]}").wait_for()  # a moment after the words

    form.get_by_label("General health").select_option("poor")
    form.get_by_text("A patient made up on this form").wait_for()

    form.get_by_label("Members are").select_option("1 in 100")
    form.get_by_text("If 1 in 100 people").wait_for()
    form.get_by_role("button", name="Reveal the truth").click()
    form.get_by_text("not in the training data").wait_for()
    notebook.page.wait_for_timeout(500)
    notebook.screenshot("patient_made_up")

    twenty_clicks(notebook, form)
    two_rounds(notebook)
    notebook.screenshot("patient_whole", height=9000)


def loss(form):
    return form.get_by_text("Its loss on the true outcome").locator("b").nth(2).inner_text()


def twenty_clicks(notebook, form):
    """Each kind of patient is drawn by chance; the picture follows the last click within a second or so."""
    notebook.page.evaluate("""form => { window.leaklabButton = [...form.querySelectorAll('button')]
        .find(button => button.textContent.includes('Another'));
        for (let i = 0; i < 20; i++) leaklabButton.click() }""", form.element_handle())
    began = time.monotonic()
    notebook.page.wait_for_timeout(50)
    notebook.page.wait_for_function(Notebook.IDLE)
    notebook.page.wait_for_timeout(400)  # the last picture waits for a rest
    notebook.page.wait_for_function(Notebook.IDLE)
    form.get_by_role("img", name=f"This record's loss, {loss(form)[:5]}").wait_for()
    assert time.monotonic() - began < 5, "13 s before one drawing served them all; this machine may be busy"


def go_to(notebook, source):
    """JupyterLab hides what is far from the window: go to the cell as its own table of contents does."""
    notebook.page.evaluate("""async source => { const content = window.jupyterapp.shell.currentWidget.content;
        const at = content.widgets.findIndex(cell => cell.model.sharedModel.getSource().includes(source));
        content.activeCellIndex = at; await content.scrollToItem(at, 'start') }""", source)


def two_rounds(notebook):
    """One by mouse, with double clicks, one by keyboard alone; the truth comes before the next patient."""
    go_to(notebook, "GuessingGame(Game(")
    game = notebook.page.locator(".leaklab-game:visible").first
    game.get_by_text("Patient 1 of 20").wait_for()
    game.get_by_role("button", name="● Member").dblclick()
    game.get_by_text("You say: member").wait_for()
    game.get_by_role("button", name="Undo").click()
    game.get_by_text("Was this patient").wait_for()
    game.get_by_role("button", name="● Member").dblclick()
    game.get_by_role("button", name="Reveal the truth").dblclick()
    game.get_by_text("the attack said").wait_for()
    game.get_by_text("Patient 1 of 20").wait_for()
    game.get_by_text("of 1 right").first.wait_for()
    game.get_by_role("button", name="Next").dblclick()
    game.get_by_text("Patient 2 of 20").wait_for()
    game.get_by_role("button", name="○ Not a member").focus()
    for words in ("You say: not a member", "the attack said", "Patient 3 of 20"):
        notebook.page.keyboard.press("Enter")  # the focus goes along
        game.get_by_text(words).wait_for()
        notebook.page.wait_for_timeout(300)
    game.get_by_text("of 2 right").first.wait_for()
    notebook.screenshot("patient_game")
    assert notebook.errors() == []
