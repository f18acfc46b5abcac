"""Lesson 02 in a real browser: it runs, the desk attacks over HTTP, and the watch sees it."""

import pytest

pytestmark = pytest.mark.browser


def test_the_desk_attacks_and_the_watch_sees(open_notebook):
    from playwright.sync_api import expect

    notebook = open_notebook("notebooks/trainer/02_prediction_api.ipynb")
    notebook.run_all(seconds=400)
    assert notebook.errors() == []
    page = notebook.page
    notebook.screenshot("api_whole", height=9500)
    page.set_viewport_size({"width": 1400, "height": 1000})

    go_to(notebook, "AccessDesk(")
    desk = page.locator(".widget-vbox", has=page.locator("img.leaklab-access-faces")).first
    desk.get_by_text("Honest users: first answer right").wait_for()
    picture = desk.locator("img.leaklab-access-faces")
    before, promise = picture.get_attribute("src"), desk.get_by_text("Worst-case epsilon")
    expect(promise).to_have_count(0)
    for label, presses in (("Decimals", 3), ("Noise", 1)):
        desk.locator(".widget-hslider", has_text=label).locator(".noUi-handle").focus()
        for _ in range(presses):
            page.keyboard.press("ArrowRight")
    promise.wait_for()
    desk.get_by_label("Over HTTP").check()
    desk.get_by_role("button", name="Attack").click()
    desk.get_by_text("recognised by the evaluator").wait_for(timeout=120_000)
    expect(picture).not_to_have_attribute("src", before)
    desk.get_by_label("Reveal the truth").check()
    page.wait_for_timeout(1000)
    notebook.screenshot("api_desk")
    desk.get_by_role("button", name="Attack").click()
    desk.get_by_role("button", name="Stop").click()
    desk.get_by_text("Stopped.").wait_for()

    go_to(notebook, "watch", whole=True)
    watch = page.locator(".widget-vbox", has=page.locator("img.leaklab-watch")).first
    watch.get_by_text("looks honest").first.wait_for()
    watch.get_by_role("button", name="Live").click()
    watch.get_by_text("flagged at query").first.wait_for()
    page.wait_for_timeout(1500)
    notebook.screenshot("api_watch")
    watch.get_by_role("button", name="Live").click()
    assert notebook.errors() == []


def go_to(notebook, source, *, whole=False):
    """Scroll to a cell as JupyterLab's own table of contents does: what is far from the window is hidden."""
    test = f"source.trim() === '{source}'" if whole else f"source.includes('{source}')"
    notebook.page.evaluate(f"""async () => {{ const content = window.jupyterapp.shell.currentWidget.content;
        const at = content.widgets.findIndex(cell => {{ const source = cell.model.sharedModel.getSource();
            return cell.model.type === 'code' && {test}; }});
        content.activeCellIndex = at; await content.scrollToItem(at, 'start') }}""")
