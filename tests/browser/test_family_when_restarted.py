"""The last test of the page with every widget: its kernel is restarted, and each widget says what to do."""

import pytest
from playwright.sync_api import expect

from browser.family import FAMILY

pytestmark = pytest.mark.browser


def test_each_widget_says_what_to_run(family):
    family.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    for name in FAMILY:
        alert = family.go_to(name, first=False).locator(".leaklab-fault[role=alert]").first
        expect(alert).to_contain_text("The kernel behind this widget", timeout=30_000)
    assert family.notebook.page_errors == []
