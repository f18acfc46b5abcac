"""axe-core on what is ours in a page: widgets, rendered text and outputs. JupyterLab's own bars and editors are not."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe

from browser.conftest import ROOT, Notebook
from browser.family import FAMILY

pytestmark = pytest.mark.browser
OURS = [".leaklab", ".jp-RenderedHTMLCommon", ".jp-OutputArea-output"]
STAGE = sorted(path.name for path in (ROOT / "notebooks" / "stage").glob("*.ipynb"))
PAGES = ["trainer/01_face_inversion.ipynb", "trainer/04_who_is_exposed.ipynb", *(f"stage/{name}" for name in STAGE)]


def grave(page, *selectors):
    """The serious and critical findings within these nodes, and images without words."""
    include = [[selector] for selector in selectors if page.locator(selector).count()]
    found = Axe().run(page, {"include": include}, {"resultTypes": ["violations"]}).response["violations"]
    told = [f"{one['impact']} {one['id']}: {node['html'][:160]}" for one in found
            if one["impact"] in ("serious", "critical") for node in one["nodes"]]
    return told + page.evaluate("""within => [...document.querySelectorAll(within)]
        .filter(one => (one.getAttribute('alt') ?? one.getAttribute('aria-label')) === '')
        .map(one => `empty words: ${one.outerHTML.slice(0, 160)}`)""",
                                ", ".join(f"{one} img, {one} svg[role=img]" for one in selectors))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_widget(family, theme):
    family.theme(theme)
    try:
        faults = {name: grave(family.page, f".leaklab-{family.names[name]}") for name in FAMILY
                  if family.go_to(name, first=False)}
    finally:
        family.theme("light")
    assert not any(faults.values()), json.dumps(faults, indent=1)


@pytest.fixture(scope="module")
def window(lab, chromium):
    """One window, for one notebook after the other."""
    page = chromium.new_context(viewport={"width": 1400, "height": 2400}).new_page()
    notebook = Notebook(page, lab, "notebooks/student/00_start_here.ipynb")
    yield notebook
    notebook.close()


@pytest.mark.parametrize("path", PAGES)
def test_rendered_notebooks(window, path):
    """As stored, without a kernel's help; JupyterLab draws a cell when it comes into view."""
    window.turn_to(f"notebooks/{path}")
    page, faults = window.page, []
    cells = page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets.length")
    for at in range(0, cells, 6):
        page.evaluate("at => window.jupyterapp.shell.currentWidget.content.scrollToItem(at, 'start')", at)
        page.wait_for_timeout(200)
        faults += [one for one in grave(page, *OURS) if one not in faults]
    assert faults == [], "\n".join(faults)
