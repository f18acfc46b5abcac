"""The stage: one step at a time, its result large, whatever it is; what is late or failed is said."""

import threading

import ipywidgets as w
import pandas as pd
import pytest
from IPython.testing.globalipapp import start_ipython
from matplotlib.text import Text

from leaklab.course import Step, Talk
from leaklab.plots.style import axes
from leaklab.widgets import Presentation
from leaklab.widgets.presentation import COMING, HEIGHT, LATE, WIDTH, as_html, enlarged, html

BEFOREHAND = [{"output_type": "display_data", "data": {"text/html": ["<i>made ", "before</i>"]}}]


class Prepared(Talk):
    def beforehand(self, number):
        return BEFOREHAND if number == 1 else []


@pytest.fixture
def stage(monkeypatch):
    monkeypatch.delenv("LEAKLAB_KEPT", raising=False)
    shown = Presentation(Prepared("00_none", [
        Step(1, "Words <alone>.", title="One"), Step(4, "A figure.", title="Two", alt="5 < 6"), Step(5, "The end.")]))
    assert shown.view is shown.view
    return shown


def text(stage):
    """All that the slot shows, as HTML."""
    child = stage.slot.children[0]
    return child.picture if hasattr(child, "picture") else child


def test_it_opens_on_the_first_step(stage):
    assert "Step 1 of 3." in stage.readout.said
    assert "<h1>One</h1><p class='leaklab-says'>Words &lt;alone&gt;." in stage.readout.words
    assert stage.backwards.disabled and not stage.forwards.disabled and stage.reset.disabled
    assert "0:00 of 10:00" in stage.clock.value


def test_next_back_and_start_over(stage):
    stage.forwards.click()
    assert "Step 2 of 3." in stage.readout.said and stage.start.disabled and "step from 1:00" in stage.clock.value
    stage.forwards.click()
    assert stage.forwards.disabled and stage.state.at == 2
    stage.backwards.click()
    stage.again.click()
    assert stage.state.at == 0 and stage.state.began is None and not stage.start.disabled


def test_start_starts_the_clock_and_stays(stage):
    stage.start.click()
    assert stage.state.at == 0 and stage.state.began is not None and stage.start.disabled


def test_a_late_result_is_replaced_by_the_prepared_one_and_labelled(stage):
    go = threading.Event()
    stage.state._names["go"] = go
    stage.step("2", "go.wait(10)\n### SHOWN\n'live'")
    stage.forwards.click()
    assert LATE in stage.readout.said and "made before" in text(stage)
    go.set()
    stage.state.wait(10)
    assert stage.readout.said == "Step 2 of 3." and "live" in text(stage) and "made before" not in text(stage)


def test_without_a_prepared_one_it_says_that_it_is_coming(stage):
    go = threading.Event()
    stage.state._names["go"] = go
    stage.step("1", "go.wait(10)\n### SHOWN\n1")
    stage.refresh()
    assert COMING in stage.readout.said
    go.set()
    stage.state.wait(10)


def test_a_failed_step_says_so_and_shows_the_prepared_result(stage):
    stage.step("2", "### SHOWN\nraise ValueError('epochs=<0>: at least 1.')")
    stage.state.wait(10)
    stage.forwards.click()
    assert "This step failed: epochs=&lt;0&gt;: at least 1. Shown instead" in stage.readout.said
    assert "made before" in text(stage)


WIDGET = """
from leaklab.widgets.base import Display
class Knob(Display):
    def controls(self): return []
    def said(self): return 'turned'
### SHOWN
Knob(object())
"""


def test_a_widget_is_shown_itself_and_reset_makes_a_fresh_one(stage):
    stage.step("1", WIDGET)
    stage.state.wait(10)
    first = stage.slot.children[0]
    assert isinstance(first, w.Widget) and "leaklab" in first._dom_classes
    stage.forwards.click()
    stage.backwards.click()
    assert stage.slot.children[0] is first, "back again, it stands as it was left"
    stage.reset.click()
    stage.state.wait(10)
    assert stage.slot.children[0] is not first and isinstance(stage.slot.children[0], type(first))


def test_a_figure_has_its_words_and_no_small_text(stage):
    stage.state.steps = (stage.state.steps[1], *stage.state.steps[1:])
    stage.step("1", "import matplotlib.figure as f\n### SHOWN\nfigure = f.Figure(figsize=(8, 6))\n"
                    "figure.add_subplot().set_title('tiny', fontsize=4)\nprint('<seen>')\nfigure")
    stage.state.wait(10)
    assert 'aria-label="5 &lt; 6"' in text(stage) and "<pre>&lt;seen&gt;\n</pre>" in text(stage)


@pytest.mark.parametrize("size", [(4, 3), (9, 2), (3, 12)])
def test_text_in_figures_has_sixteen_pixels(size):
    ax = axes(size=size)
    ax.set_title("small", fontsize=3)
    width, height = 72 * ax.figure.get_size_inches()
    scale = min(WIDTH / width, HEIGHT / height)
    assert min(t.get_fontsize() for t in enlarged(ax.figure).findobj(Text)) * scale >= 16


def test_tables_and_texts_are_escaped():
    assert "&lt;img" in as_html(pd.DataFrame({"<img onerror=1>": [1]}))
    assert as_html("<img onerror=1>") == "<pre>&#39;&lt;img onerror=1&gt;&#39;</pre>"


@pytest.mark.parametrize("output, seen", [
    ({"output_type": "stream", "text": "a < b"}, "<pre>a &lt; b</pre>"),
    ({"output_type": "execute_result", "data": {"text/plain": ["<x>"]}}, "<pre>&lt;x&gt;</pre>"),
    ({"output_type": "display_data", "data": {"image/png": "aGk=\n", "text/plain": "no"}}, 'alt="what &lt;it&gt;"'),
])
def test_what_was_prepared_becomes_html(output, seen):
    assert seen in html(output, "what <it>")


def test_words_are_markdown(stage):
    stage.words_of("1", "| a | b |\n|---|---|\n| **x** | y |")
    assert "<table>" in text(stage) and "<strong>x</strong>" in text(stage)


def test_in_a_notebook_cells_are_given_by_magic():
    shell = start_ipython() or __import__("IPython").get_ipython()
    stage = Presentation(Talk("00_none", [Step(10, "One.")]))
    shell.run_cell_magic("step", "1", "### SHOWN\n6 * 7")
    assert stage.state.wait(10) and stage.state.outcomes[0].value == 42
