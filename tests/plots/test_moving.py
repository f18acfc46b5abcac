"""Charts that are drawn once, and move."""

import re
import time

import numpy as np
import pytest

from leaklab.plots.moving import MovingChart
from leaklab.plots.style import axes
from leaklab.plots.web import stills


def moving(scale="linear"):
    ax = axes(size=(4, 3))
    ax.plot([1, 100], [0, 1], gid="curve")
    ax.set_xscale(scale)
    ax.set_xlim(1, 100)
    chart = MovingChart(ax)
    chart.mark("here", "here & now")
    return chart


def shift(drawing):
    """How far the line stands from the middle of the axes, in points."""
    return float(re.search(r'<g id="here" transform="translate\(([-\d.]+)\)', drawing)[1])


@pytest.mark.parametrize("scale, middle", [("linear", 50.5), ("log", 10.0)])
def test_a_mark_stands_where_the_axis_has_its_value(scale, middle):
    chart = moving(scale)
    at = {x: shift(chart.show("", here=x)) for x in (1, middle, 100)}
    frame = chart.ax.get_position().width * 4 * 72
    assert at[middle] == pytest.approx(0, abs=0.1)
    assert at[100] == pytest.approx(frame / 2, abs=0.1) and at[1] == pytest.approx(-frame / 2, abs=0.1)


def test_what_is_off_the_axis_stands_at_its_edge():
    chart = moving("log")
    assert shift(chart.show("", here=1e9)) == shift(chart.show("", here=100))
    assert shift(chart.show("", here=0.0)) == shift(chart.show("", here=1))


def test_words_stand_on_the_side_that_has_room():
    chart = moving()
    for x, side, other in ((2, "left", "right"), (99, "right", "left")):
        drawing = chart.show("", here=x)
        assert f'id="here-{side}" transform' in drawing and f'id="here-{other}"' not in drawing


def test_parts_hide_and_come_back_and_the_alternative_text_is_of_now():
    chart = moving()
    first = chart.show("One < two", here=5)
    assert 'aria-label="One &lt; two"' in first and 'id="curve"' in first
    hidden = chart.show("Nothing", hidden={"curve"}, here=5)
    assert 'aria-label="Nothing"' in hidden and 'id="curve"' not in hidden
    assert chart.show("One < two", here=5) == first


def test_a_still_shows_the_same():
    chart = moving()
    pages = [stills(chart.show("now", here=5)), stills(chart.show("now", here=50)),
             stills(chart.show("now", hidden={"curve"}, here=5))]
    assert len(set(pages)) == 3 and all('alt="now"' in page for page in pages)


def test_it_answers_at_once():
    chart = moving()
    chart.show("", here=1)
    took = []
    for x in np.linspace(1, 100, 20):
        began = time.perf_counter()
        chart.show("", here=x)
        took.append(time.perf_counter() - began)
    assert np.median(took) < 0.02
