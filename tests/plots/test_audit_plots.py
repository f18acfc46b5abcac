"""Figures of an audit draw what they are given."""

import re

import numpy as np
import pytest
from markupsafe import Markup

from leaklab.audit.bounds import epsilon_from_rates
from leaklab.metrics import Interval, Rate
from leaklab.plots.audit import AuditBackdrops, allowed_region, measured_dots
from leaklab.plots.web import Backdrop


@pytest.mark.parametrize("epsilon", [0.0, 1.0, 4.0])
def test_the_border_of_the_region_needs_exactly_that_epsilon(epsilon):
    fpr, tpr = allowed_region(epsilon, 1e-5).lines[0].get_data()
    inner = (tpr < 1) & (fpr > 0)
    np.testing.assert_allclose(epsilon_from_rates(tpr[inner], fpr[inner], 1e-5), epsilon, atol=1e-6)


def test_the_proven_corner_is_the_pessimistic_one():
    tpr, fpr = Rate(60, 100), Rate(5, 100)
    corner = allowed_region(1.0, 1e-5, (tpr, fpr)).lines[-1].get_data()
    assert (corner[0][0], corner[1][0]) == (fpr.high, tpr.low)


def test_a_small_box_is_looked_at_from_near():
    rates = Rate(107, 1016), Rate(21, 985)
    far, near = (allowed_region(4.0, 1e-5, rates, near=near) for near in (False, True))
    for axis, rate in (("y", rates[0]), ("x", rates[1])):
        assert getattr(far, f"get_{axis}lim")()[1] > 1
        low, high = getattr(near, f"get_{axis}lim")()
        assert low == 0 and high == pytest.approx(2 * rate.high)
    assert near.get_label().startswith(far.get_label()) and "Shown up to FPR" in near.get_label()
    everything = allowed_region(1.0, 1e-5, (Rate(90, 100), Rate(60, 100)), near=True)
    assert everything.get_xlim() == everything.get_ylim() == (0, 1)


def test_beyond_the_promise_is_told_by_marker_and_word():
    ax = measured_dots({"good": Interval(2, 1, 3), "bad": Interval(np.inf, 5, np.inf)}, 4.0)
    assert [text.get_text() for text in ax.texts] == ["promised: 4", "≥ 1.00", "≥ 5.00  broken"]
    assert {line.get_marker() for line in ax.lines} >= {"o", "s", ">"}
    with pytest.raises(ValueError, match="at least one interval"):
        measured_dots({}, 4.0)


@pytest.mark.parametrize("point", [(0.0, 0.0), (1.0, 1.0), (0.25, 0.75)])
def test_marks_stand_where_matplotlib_would_draw_them(point):
    ax = allowed_region(1.0, 1e-5)
    ax.plot(*point, "o", color="#123456", gid="mark")
    backdrop = Backdrop(ax)
    drawn = re.search(r'<g id="mark">.*?<use [^>]*x="([\d.]+)" y="([\d.]+)"', backdrop.drawing, re.S).groups()
    np.testing.assert_allclose(backdrop.at(*point), np.float64(drawn), atol=0.02)


def test_a_marked_backdrop_says_what_is_seen_now():
    marked = Backdrop(measured_dots({"A": Interval(2, 1, 3)}, 4.0)).marked(Markup("<circle/>"), 'at "<1>"')
    assert 'aria-label="at &#34;&lt;1&gt;&#34;"' in marked and marked.endswith("<g><circle/></g></svg>")


def test_a_broken_promise_is_told_by_the_mark_too():
    figures = AuditBackdrops(2.0, 1e-5, most=3.0)
    circle, square = (figures.proven(Interval(2.5, 2.1, np.inf), broken) for broken in (False, True))
    assert "<circle" in circle and "<circle" not in square
    assert "Epsilon, proven: at least 2.10; 2 is promised" in square
