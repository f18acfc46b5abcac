"""Every figure says what it shows, can be read at any size of text, and reaches a notebook with its words."""

import html
import re
from base64 import b64decode
from itertools import combinations

import numpy as np
import pytest
from drawn import FACES, FIGURES, curve, drawn, likeness
from matplotlib import rc_context
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from leaklab import plots
from leaklab.metrics import Rate
from leaklab.plots.audit import allowed_region
from leaklab.plots.faces import likeness_bars, portrait_grid
from leaklab.plots.membership import LINES, roc_curve, score_chart
from leaklab.plots.private import LOOKS
from leaklab.plots.style import Chart, axes, contrast, describe, figure_of, legible, new_figure, several

LARGE = 17


def texts(figure):
    """The visible texts, each with its axes' number, once the figure is drawn."""
    figure.draw_without_rendering()
    for i, ax in enumerate(figure.axes):
        ticks = [label for axis in (ax.xaxis, ax.yaxis) for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())
                 for label in (tick.label1, tick.label2)
                 if ax.axison and min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())]
        legend = ax.get_legend()
        labels = [ax.xaxis.label, ax.yaxis.label] if ax.axison else []
        entries = [] if legend is None else [*legend.get_texts(), legend.get_title()]
        titles = [one for one in ax.get_children() if isinstance(one, Text) and one not in ax.texts]
        for text in (*ax.texts, *ticks, *labels, *entries, *titles):
            if text.get_visible() and text.get_text().strip():
                yield i, text


@pytest.mark.parametrize("name", FIGURES)
def test_large_text_is_large_whole_and_apart(name):
    with rc_context({"font.size": LARGE}):
        figure = drawn(name)
        found = list(texts(figure))
        figure.draw_without_rendering()  # a second time changes nothing
        assert [text.get_text() for _, text in texts(figure)] == [text.get_text() for _, text in found]
    small = {text.get_text(): text.get_fontsize() for _, text in found if text.get_fontsize() < 14}
    assert small == {}
    boxes = [(i, text.get_text(), text.get_window_extent()) for i, text in found]
    page = figure.bbox
    cut = [said for _, said, box in boxes
           if box.x0 < page.x0 - 1 or box.y0 < page.y0 - 1 or box.x1 > page.x1 + 1 or box.y1 > page.y1 + 1]
    assert cut == []
    touching = [(a, b) for (i, a, one), (j, b, other) in combinations(boxes, 2) if i == j
                and min(one.x1, other.x1) - max(one.x0, other.x0) > 1
                and min(one.y1, other.y1) - max(one.y0, other.y0) > 2]
    assert touching == []


@pytest.mark.parametrize("name", FIGURES)
def test_usual_text_is_whole_and_legible(name):
    figure = drawn(name)
    found = list(texts(figure))
    page = figure.bbox
    for _, text in found:
        box = text.get_window_extent()
        assert box.x0 >= page.x0 - 1 and box.x1 <= page.x1 + 1 and box.y0 >= page.y0 - 1 and box.y1 <= page.y1 + 1, text
        assert 8 <= text.get_fontsize() <= 12 or text.get_text() == "?"
    faint = {text.get_text(): to_hex(text.get_color()) for _, text in found if contrast(text.get_color()) < 4.5}
    assert faint == {}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_says_what_it_shows(name):
    words = drawn(name).get_label()
    assert 20 < len(words) <= 600 and words.endswith(".")
    assert "\n" not in words and "nan" not in words


def test_every_function_that_draws_is_tried_here():
    makers = {name.split(",")[0] for name in FIGURES}
    assert set(plots.__all__) - makers == {"Chart", "describe", "png"}


def test_words_hold_the_numbers():
    bars = figure_of(likeness_bars({"recovered from the name": likeness(19)})).get_label()
    assert bars == ("Bars of the evaluator's top-1: recovered from the name 95% [75%, 100%], likeness beyond the "
                    "average face 0.50. Chance: 5%.")
    assert "you 9 of 20, 45% [23%, 68%]" in figure_of(score_chart({"you": Rate(9, 20)})).get_label()
    assert "from group 0 0.50" not in drawn("auc_dots, long").get_label()
    assert drawn("auc_dots, long").get_label().startswith("AUC of the attack, with intervals: 12 rows, from noise 0.2")
    assert "lies outside what is allowed" in drawn("allowed_region").get_label()
    inside = allowed_region(4.0, 1e-5, (Rate(60, 100), Rate(5, 100))).figure
    assert "lies inside what is allowed" in inside.get_label()
    assert "the attacker, 900 queries, looks like an attack from query 17" in drawn("traffic").get_label()
    dial = drawn("dial").get_label()
    assert dial.index("Patients: ") < dial.index("Faces: ")


def test_axes_of_one_figure_are_described_together_and_anew():
    left, right = new_figure((4, 3)).subplots(1, 2)
    assert describe(left, "A line.") is left
    describe(right, "A dot.")
    describe(left, "Two lines.")
    assert left.figure.get_label() == "Two lines. A dot."
    assert describe(Figure().add_subplot(), "A line of 3.").figure.get_label() == "A line of 3."


def shown(figure, capsys):
    """The HTML that a notebook is given, and its text for terminals."""
    from unittest.mock import patch
    with patch("IPython.display.display") as display:
        figure._ipython_display_()
    (bundle,), options = display.call_args
    assert options == {"raw": True}
    return bundle


def test_a_notebook_is_given_the_picture_with_its_words(capsys):
    names = ["<img src=x onerror=1>", '"Ada"', "Bo & Cy"]
    figure = figure_of(portrait_grid({"truth": FACES[:3]}, names=names))
    bundle = shown(figure, capsys)
    assert set(bundle) == {"text/html", "text/plain"}
    page = bundle["text/html"]
    assert page.count("<") == page.count(">") == 1 and page.startswith("<img ")
    assert html.unescape(re.search('alt="([^"]*)"', page).group(1)) == figure.get_label()
    assert "<img src=x" in figure.get_label() and "max-width:100%" in page
    data = b64decode(re.search("base64,([^\"]*)", page).group(1))
    wide = int.from_bytes(data[16:20], "big")
    assert data.startswith(b"\x89PNG") and abs(wide - 100 * figure.get_figwidth()) < 30, "as large as ever"
    assert bundle["text/plain"] == f"a figure: {figure.get_label()}"


def test_a_figure_without_words_is_shown_by_its_labels(capsys):
    ax = axes()
    ax.set(title="A title", xlabel="seconds", ylabel="5 < 6")
    assert 'alt="A title; seconds; 5 &lt; 6"' in shown(ax.figure, capsys)["text/html"]
    assert 'alt="no words"' in shown(Chart(), capsys)["text/html"]


def test_colours_of_text():
    used = [colour for colour, *_ in (*LINES, *LOOKS)]
    assert all(contrast(legible(colour)) >= 4.5 for colour in used)
    assert legible("#000000") == "#000000"


def test_many_are_counted():
    assert several([]) == "" and several(list("abcd"), 2) == "a; b; and 2 more"


def test_draws_on_axes_of_any_figure():
    ax = Figure(layout="constrained").add_subplot()
    assert roc_curve(curve(0.5), ax).figure.get_label().startswith("ROC curves")
    assert np.isclose(likeness(19).top1.value, 0.95)
