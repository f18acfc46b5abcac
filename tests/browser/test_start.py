"""The first page that people meet, in a real browser."""

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("kind, outcome", [("student", "not attempted"), ("trainer", "correct")])
def test_start_notebook_runs_top_to_bottom(open_notebook, kind, outcome):
    notebook = open_notebook(f"notebooks/{kind}/00_start_here.ipynb")
    notebook.run_all()
    assert notebook.errors() == []
    page = notebook.page
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0, "nothing should stand before the page"
    notebook.screenshot(f"start_{kind}")
    notebook.screenshot(f"start_{kind}_whole", height=3000)
    said = page.locator(".jp-OutputArea [role=status]")
    assert said.count() == 2
    assert all(outcome in text for text in said.all_inner_texts())
