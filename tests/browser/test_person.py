"""Lesson 04 in a real browser: it runs, and the card answers to clicks."""

import pytest

pytestmark = pytest.mark.browser


def test_the_card_answers(lesson):
    notebook = lesson("04_who_is_exposed")
    # JupyterLab hides what is far from the window: go to the cell as its own table of contents does.
    notebook.page.evaluate("""async () => { const content = window.jupyterapp.shell.currentWidget.content;
        const at = content.widgets.findIndex(cell => cell.model.sharedModel.getSource().includes('PersonCard(Card('));
        content.activeCellIndex = at; await content.scrollToItem(at, 'start') }""")
    card = notebook.page.locator(".leaklab-person-card:visible").first
    card.get_by_text("With 16 shadow models").wait_for()
    card.get_by_text("cannot tell").wait_for()
    notebook.screenshot("person_first")

    card.locator(".noUi-handle").focus()
    notebook.page.keyboard.press("ArrowRight")
    card.get_by_text("With 24 shadow models").wait_for()
    card.get_by_text("The attack says: member").wait_for()
    notebook.screenshot("person_turned")
    for _ in range(3):
        notebook.page.keyboard.press("ArrowLeft")
    card.get_by_text("With 8 shadow models").wait_for()
    card.get_by_role("img", name="4 trained with them").wait_for()  # the picture comes after the words
    notebook.screenshot("person_few")

    card.get_by_label("Pick from").select_option("under 35")
    card.get_by_text("(under 35)").wait_for()
    card.get_by_role("button", name="Another one").click()
    card.get_by_role("button", name="Reveal the truth").click()
    card.get_by_text("The truth: the model under attack").wait_for()
    notebook.page.wait_for_timeout(500)
    notebook.screenshot("person_young")
    notebook.screenshot("person_whole", height=9000)
