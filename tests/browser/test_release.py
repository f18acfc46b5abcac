"""Lesson 10 in a real browser: the untouched student notebook runs, and the games are drawn, in words too."""

import pytest

pytestmark = pytest.mark.browser


def test_the_games_are_played(open_notebook):
    notebook = open_notebook("notebooks/student/10_release_decision.ipynb")
    notebook.run_all()
    assert notebook.errors() == []
    said = notebook.page.locator(".jp-OutputArea [role=status]")
    assert said.count() == 5
    assert all("not attempted" in text for text in said.all_text_contents())
    games = notebook.page.get_by_role("img", name="Red's AUC and blue's accuracy")
    assert games.count() == 3
    games.nth(2).scroll_into_view_if_needed()
    assert "III patience" in games.nth(2).get_attribute("alt")
    notebook.screenshot("release_student")
