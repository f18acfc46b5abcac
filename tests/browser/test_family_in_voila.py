"""Every widget in Voila: a page without JupyterLab, drawn at once by one kernel."""

import json

import pytest
from lesson_tools import present

from browser.conftest import free_port, listen
from browser.family import FAMILY, act, read, write
from browser.looks import unnamed
from browser.test_axe import grave
from browser.test_stage import served, wait_until_answers

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(chromium, tmp_path_factory):
    """The page, its widgets all there."""
    home, port = tmp_path_factory.mktemp("voila"), free_port()
    write(home / "family.ipynb")
    url = f"http://127.0.0.1:{port}"
    command = ["voila", str(home / "family.ipynb"), *present.voila()[2:], "--no-browser", f"--port={port}"]
    with served(command, home, port) as server:
        wait_until_answers(url, server, home / "server.log")
        page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.wrong = listen(page)
        page.goto(url, timeout=120_000)
        page.wait_for_function("many => document.querySelectorAll('.leaklab > .leaklab-readout').length >= many",
                               arg=len(FAMILY), timeout=120_000)
        yield page
        page.context.close()


NUMBERED = "root => root.id ||= 'widget-' + [...document.querySelectorAll('*')].indexOf(root)"


def of(page, name):
    """The widget below the heading that has its name."""
    return page.locator(f"xpath=//h2[starts-with(normalize-space(), '{name}')]/following::*[contains("
                        "concat(' ', @class, ' '), ' leaklab ')][1]")


@pytest.mark.parametrize("name", FAMILY)
def test_a_widget_answers(page, name):
    widget, hand = of(page, name), FAMILY[name]
    before = read(widget)
    act(widget, hand)
    page.wait_for_function("([one, was]) => one.innerHTML !== was",
                           arg=[widget.locator(".leaklab-readout").first.element_handle(), before], timeout=30_000)
    assert widget.locator(".leaklab-fault").first.inner_text() == "" and unnamed(widget) == []


def test_nothing_went_wrong(page):
    assert page.wrong == ([], [])


def test_axe_finds_nothing_grave(page):
    faults = {name: grave(page, f"#{of(page, name).evaluate(NUMBERED)}") for name in FAMILY}
    assert not any(faults.values()), json.dumps(faults, indent=1)
