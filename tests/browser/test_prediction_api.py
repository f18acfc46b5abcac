"""Lesson 02 in a real browser: it runs, the desk attacks over HTTP, and the watch sees it."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_the_lesson_runs_the_desk_attacks_and_the_watch_sees(lesson):
    notebook = lesson("02_prediction_api")
    page = notebook.page
    notebook.screenshot("api_whole", height=9500)
    page.set_viewport_size({"width": 1400, "height": 1000})
    what_stands_below_an_exercise_answers_to_what_is_written(notebook)

    go_to(notebook, "AccessDesk(")
    desk = page.locator(".leaklab-access-desk")
    desk.get_by_text("Legitimate users: first answer right").wait_for()
    picture = desk.locator(".leaklab-face img").first
    before, promise = picture.get_attribute("src"), desk.get_by_text("Worst-case epsilon")
    expect(promise).to_have_count(0)
    for label, presses in (("Decimals", 3), ("Noise", 1)):
        desk.locator(".widget-hslider", has_text=label).locator(".noUi-handle").focus()
        for _ in range(presses):
            page.keyboard.press("ArrowRight")
    promise.wait_for()
    desk.get_by_label("The adversary looks at").select_option("the name alone")
    desk.get_by_label("Over HTTP").check()
    desk.get_by_role("button", name="Start").dblclick()
    desk.get_by_text("recognised by the evaluator").wait_for(timeout=120_000)
    desk.get_by_text("looks at names alone").first.wait_for()
    expect(picture).not_to_have_attribute("src", before)
    expect(desk.get_by_role("img", name="The attack's success")).to_be_visible()
    desk.get_by_label("Reveal the truth").check()
    expect(desk.get_by_role("img", name="the truth")).to_have_count(8)
    notebook.screenshot("api_desk")
    desk.get_by_role("button", name="Start").click()
    desk.get_by_role("button", name="Stop").click()
    desk.get_by_text("Stopped.").wait_for()
    fits(desk, 600)

    go_to(notebook, "watch", whole=True)
    watch = page.locator(".leaklab-watch")
    watch.get_by_text("customers,").first.wait_for()
    watch.get_by_text("As a table").click()
    watch.get_by_text("not flagged").first.wait_for()
    watch.get_by_role("button", name="Live").click()
    watch.get_by_text("⚑ flagged at query").first.wait_for()
    page.wait_for_timeout(1500)
    notebook.screenshot("api_watch")
    fits(watch, 600)
    kernel = f"{notebook.FRONT}.sessionContext.session.kernel"
    page.evaluate(f"() => {kernel}.requestExecute({{code: 'server.close()'}}).done")
    watch.get_by_text("was closed. Run the cell with serve").wait_for()
    expect(watch.get_by_role("button", name="Live")).not_to_have_class(re.compile("mod-active"))
    assert notebook.errors() == []


RIGHT = """def careful(ask, questions):
    order = rng.permutation(len(questions))
    return ask(questions[order])[np.argsort(order)]
"""
OPEN = """def careful(ask, questions):
    ...
"""
WRONG = {"not put back": """def careful(ask, questions):
    return ask(rng.permutation(questions))
""", "stops": """def careful(ask, questions):
    return ask(questions) / 0 + nowhere
"""}


def what_stands_below_an_exercise_answers_to_what_is_written(notebook):
    """The one cell that asks a learner's own function, whatever that function does."""
    for source, says in ((OPEN, "not attempted"), (WRONG["not put back"], "put each answer back"),
                         (WRONG["stops"], "that is not defined"), (RIGHT, "2.6: correct")):
        rerun(notebook, "def careful(ask, questions):\n", source + 'check("2.6", careful, given=detector)')
        assert says in verdicts(notebook)[-1]
        rerun(notebook, "questions_asked(")
        assert notebook.errors() == []


def verdicts(notebook):
    return [output["data"]["text/html"] for outputs in notebook.outputs() for output in outputs
            if "role='status'" in output.get("data", {}).get("text/html", "")]


def rerun(notebook, marked, source=None):
    """Run the cell that holds this once more, with other code if any, until it has answered."""
    notebook.page.evaluate(f"""async ([marked, source]) => {{ const content = {notebook.FRONT}.content;
        const at = content.widgets.findIndex(cell => cell.model.type === 'code'
            && cell.model.sharedModel.getSource().includes(marked));
        if (source) content.widgets[at].model.sharedModel.setSource(source);
        content.activeCellIndex = at;
        await window.jupyterapp.commands.execute('notebook:run-cell'); }}""", [marked, source])
    notebook.page.wait_for_function(notebook.IDLE, timeout=300_000)


def fits(widget, width):
    """Beside another view nothing is cut off."""
    page = widget.page
    page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    page.set_viewport_size({"width": width, "height": 800})
    page.wait_for_timeout(500)
    right = page.locator(".jp-WindowedPanel-outer").bounding_box()
    for part in widget.locator("button, svg, img, select, .noUi-base, .widget-readout, p").all():
        box = part.bounding_box()
        assert box is None or box["x"] + box["width"] <= right["x"] + right["width"], part.inner_html()[:200]
    page.set_viewport_size({"width": 1400, "height": 1000})
    page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")


def go_to(notebook, source, *, whole=False):
    """Scroll to a cell as JupyterLab's own table of contents does: what is far from the window is hidden."""
    test = f"source.trim() === '{source}'" if whole else f"source.includes('{source}')"
    notebook.page.evaluate(f"""async () => {{ const content = window.jupyterapp.shell.currentWidget.content;
        const at = content.widgets.findIndex(cell => {{ const source = cell.model.sharedModel.getSource();
            return cell.model.type === 'code' && {test}; }});
        content.activeCellIndex = at; await content.scrollToItem(at, 'start') }}""")
