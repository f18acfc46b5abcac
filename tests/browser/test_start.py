"""The first page that people meet, in a real browser."""

import pytest

pytestmark = pytest.mark.browser


def test_a_learners_own_start_notebook_runs_top_to_bottom(open_notebook):
    notebook = open_notebook("notebooks/student/00_start_here.ipynb")
    notebook.run_all()
    assert notebook.errors() == []
    page = notebook.page
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0, "nothing should stand before the page"
    notebook.screenshot("start_student")
    notebook.screenshot("start_student_whole", height=3000)
    said = page.locator(".jp-OutputArea [role=status]")
    assert said.count() == 2
    assert all("not attempted" in text for text in said.all_inner_texts())


def test_learners_of_every_kind_get_through(lesson):
    lesson("00_start_here")
