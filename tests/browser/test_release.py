"""Lesson 10 in a real browser: it runs, and the games are drawn, in words too."""

import pytest

pytestmark = pytest.mark.browser


def test_the_games_are_played(lesson):
    notebook = lesson("10_release_decision")
    games = notebook.page.get_by_role("img", name="Red's AUC and blue's accuracy")
    assert games.count() == 3
    games.nth(2).scroll_into_view_if_needed()
    assert "III patience" in games.nth(2).get_attribute("alt")
    notebook.screenshot("release")
