"""The line-up's figure: who stands where, and which words stand below them."""

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.colors import to_hex

from leaklab.plots.lineup import lineup
from leaklab.plots.style import GREEN, png

FACES = np.random.default_rng(0).random((6, 12, 12))


def words(ax):
    return {text.get_text(): text.get_position() for text in ax.texts}


def framed(ax):
    """Left edges of the green frames."""
    return [round(float(p.get_bbox().x0 - 0.06), 2) for p in ax.patches if to_hex(p.get_edgecolor()) == GREEN.lower()]


def test_everybody_stands_in_order_without_overlap():
    ax = lineup(FACES[0], FACES[1:])
    for image, face in zip(ax.images, FACES, strict=True):
        np.testing.assert_allclose(image.get_array(), face)
    extents = [image.get_extent() for image in ax.images]
    assert all(a[1] < b[0] for a, b in pairwise(extents))
    assert set(words(ax)) == {"recovered", *"12345", "none\nof them"} and framed(ax) == []
    assert png(ax.figure).startswith(b"\x89PNG")


def test_each_mark_stands_below_its_place_and_the_first_has_the_frame():
    ax = lineup(FACES[0], FACES[1:], marks={"the truth": 1, "your answer": None, "the machine": 1})
    at, second = words(ax), ax.images[2].get_extent()
    assert at["the truth"][0] == at["the machine"][0] == pytest.approx((second[0] + second[1]) / 2)
    assert at["your answer"][0] == at["none\nof them"][0]
    assert at["the machine"][1] > at["the truth"][1] == at["your answer"][1] > 1, "words do not lie on one another"
    assert framed(ax) == [round(second[0], 2)]


def test_words_stay_inside_the_figure_and_do_not_change_its_size():
    marks = {"the truth": None, "your answer": None, "the machine": None}
    ax, bare = lineup(FACES[0], FACES[1:], marks=marks), lineup(FACES[0], FACES[1:])
    assert tuple(ax.figure.get_size_inches()) == tuple(bare.figure.get_size_inches())
    ax.figure.canvas.draw()
    for text in ax.texts:
        box = text.get_window_extent()
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= ax.figure.bbox.x1 and box.y1 <= ax.figure.bbox.y1


@pytest.mark.parametrize(("call", "message"), [
    (lambda: lineup(FACES, FACES), "face"),
    (lambda: lineup(FACES[0], FACES[0]), "candidates"),
    (lambda: lineup(FACES[0], FACES[1:], marks={"the truth": 5}), r"marks\['the truth'\]=5"),
])
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
