"""Lesson 05 in a real browser: the untouched student notebook runs, and its figures have words."""

import pytest

pytestmark = pytest.mark.browser


def test_untouched_student_notebook_shows_no_errors(open_notebook):
    notebook = open_notebook("notebooks/student/05_what_the_data_decides.ipynb")
    notebook.run_all(seconds=400)
    assert notebook.errors() == []
    shown = [output["data"]["text/plain"] for outputs in notebook.outputs() for output in outputs
             if "not attempted" in output.get("data", {}).get("text/plain", "")]
    assert len(shown) == 4
    notebook.screenshot("data_decides_student", height=6000)
