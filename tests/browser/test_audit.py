"""Lesson 07 in a real browser: it runs, and the bench counts."""

import pytest
from playwright.sync_api import expect

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
    expect(picture).not_to_have_attribute("src", before, timeout=30_000)
    notebook.page.get_by_text("The promise is broken.").first.wait_for()
    notebook.screenshot("audit_bench")
    assert notebook.errors() == []
