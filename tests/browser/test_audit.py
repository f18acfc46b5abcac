"""Lesson 07 in a real browser: it runs, and the bench counts."""

import pytest

pytestmark = pytest.mark.browser


def test_the_bench_counts(open_notebook):
    notebook = open_notebook("notebooks/trainer/07_audit.ipynb")
    notebook.run_all()
    assert notebook.errors() == []
    picture = notebook.page.locator("img.leaklab-audit-bench")
    picture.scroll_into_view_if_needed()
    before = picture.get_attribute("src")
    notebook.page.get_by_text("Not yet evidence").wait_for()
    notebook.page.get_by_role("button", name="count on the other half").click()
    notebook.page.get_by_text("The promise is broken.").first.wait_for(timeout=20_000)
    notebook.page.wait_for_timeout(500)
    assert picture.get_attribute("src") != before
    notebook.screenshot("audit_bench")
    assert notebook.errors() == []
