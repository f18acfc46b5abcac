"""Lessons whose widgets are tried elsewhere, in a real browser: learners of every kind get through."""

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", ["05_what_the_data_decides", "11_demonstrations"])
def test_lesson_runs(lesson, name):
    lesson(name).screenshot(name, height=6000)
