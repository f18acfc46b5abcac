"""The trade-off figure draws the numbers it is given."""

from itertools import pairwise

import numpy as np
import pytest

from leaklab.course.saved import saved_runs
from leaklab.metrics import Rate
from leaklab.plots.private import dial, faces_along, tradeoff

EPSILONS = [0.5, np.inf, 8.0]
VALUES = [Rate(60, 100), Rate(90, 100), Rate(80, 100)]


def points(ax):
    """All drawn points, left to right."""
    pairs = [pair for line in ax.lines for pair in zip(line.get_xdata(), line.get_ydata(), strict=True)
             if line.get_marker() not in ("None", "_", "|")]
    return [y for _, y in sorted(pairs)]


def test_from_no_privacy_to_the_strongest_whatever_the_order():
    ax = tradeoff(EPSILONS, {"accuracy": VALUES})
    assert [label.get_text() for label in ax.get_xticklabels()] == ["not\nprivate", "8", "0.5"]
    assert points(ax) == [0.9, 0.8, 0.6]
    assert (np.diff(ax.get_xticks()) > 0).all()


def test_curves_are_named_beside_their_ends_and_do_not_touch():
    ax = tradeoff(EPSILONS, {"one": VALUES, "two": VALUES, "three\nlines": VALUES})
    ax.figure.draw_without_rendering()
    boxes = sorted((text.get_window_extent() for text in ax.texts), key=lambda box: box.y0)
    assert {text.get_text() for text in ax.texts} == {"one", "two", "three\nlines"}
    assert all(low.y1 < high.y0 for low, high in pairwise(boxes))


def test_styles_differ_by_more_than_colour():
    ax = tradeoff(EPSILONS, {"one": VALUES, "two": VALUES, "three": VALUES})
    assert len({line.get_marker() for line in ax.lines if line.get_marker() in "os^"}) == 3
    assert len({line.get_linestyle() for line in ax.lines if len(line.get_xdata()) == 2 and line.get_gid()}) == 3


@pytest.mark.parametrize(("curves", "message"), [
    ({"short": VALUES[:2]}, "must have a value for each of the 3 epsilons"),
    (dict.fromkeys("abcd", VALUES), "must be at most 3"),
])
def test_refusals(curves, message):
    with pytest.raises(ValueError, match=message):
        tradeoff(EPSILONS, curves)


def test_faces_stand_where_their_labels_say():
    images = np.stack([np.full((3, 20, 20), 0.25), np.full((3, 20, 20), 0.75)])
    ax = faces_along([np.inf, 2], images, np.zeros((3, 20, 20)), ratios=["3 of 3", "0 of 3"])
    canvas = ax.images[0].get_array()
    shades = [canvas[int(y), 5] for y in ax.get_yticks()]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["truth", "not\nprivate", "epsilon 2"]
    assert shades == [0, 0.25, 0.75] and [text.get_text() for text in ax.texts] == ["3 of 3", "0 of 3"]


@pytest.mark.parametrize("unit", ["photograph", "person"])
def test_the_dial_has_a_name_for_every_epsilon(unit):
    runs = saved_runs()
    figure = dial(runs.epsilons, *runs.curves(unit), titles=("Patients", f"Faces, {unit}"))
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["Patients", f"Faces, {unit}"]
    for ax in figure.axes:
        names = {artist.get_gid() for artist in [*ax.lines, *ax.patches, *ax.collections]}
        assert {f"mark-{e:g}" for e in runs.epsilons} | {f"at-{e:g}" for e in runs.epsilons[1:]} <= names
