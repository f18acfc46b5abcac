"""Figures of faces: what is drawn, and what is refused."""

import numpy as np
import pytest

from leaklab.evaluation import Likeness
from leaklab.metrics import Rate
from leaklab.plots.faces import likeness_bars, path_strip, portrait_grid
from leaklab.plots.style import png
from leaklab.plots.web import face

FACES = np.random.default_rng(0).random((4, 12, 12))


def texts(ax):
    return [text.get_text() for text in ax.texts]


def likeness(hits, beyond):
    return Likeness(Rate(hits, 20), Rate(20, 20), 0.05, np.full(20, beyond), np.zeros(20))


def test_grid_shows_every_row_name_and_number():
    ax = portrait_grid({"truth": FACES, "found\nin the model": FACES}, names="ABCD", numbers={"truth": list("1234")})
    assert len(ax.images) == 8
    assert set("ABCD1234") | {"truth", "found", "in the model"} == set(texts(ax))
    assert png(ax.figure).startswith(b"\x89PNG")


def test_grid_places_rows_from_top_to_bottom_without_overlap():
    ax = portrait_grid({"one": FACES, "two": FACES[::-1]}, names=np.array(list("ABCD")), numbers={"one": np.arange(4)})
    first, second = ax.images[0].get_extent(), ax.images[4].get_extent()
    assert first[2] < second[3], "the second row begins below the first"
    np.testing.assert_allclose(ax.images[4].get_array(), FACES[3], rtol=1e-6)


@pytest.mark.parametrize("rows, more, said", [
    ({"a": FACES, "b": FACES[:2]}, {}, "equally many"),
    ({"a": FACES}, {"names": ["x"]}, "names"),
    ({"a": FACES}, {"numbers": {"a": ["x"]}}, "numbers"),
    ({"a": FACES}, {"numbers": {"b": list("1234")}}, "must be one of"),
    ({}, {}, "equally many"),
])
def test_grid_refuses_what_does_not_fit(rows, more, said):
    with pytest.raises(ValueError, match=said):
        portrait_grid(rows, **more)


def test_strip_keeps_first_and_last_frame():
    frames = np.random.default_rng(1).random((20, 12, 12))
    ax = path_strip(frames, range(0, 200, 10), np.linspace(0, 1, 20), show=5, truth=FACES[0])
    assert len(ax.images) == 6
    assert {"step 0", "step 190", "0% sure", "100% sure", "the truth"} <= set(texts(ax))


def test_strip_of_fewer_frames_than_asked_shows_them_all():
    assert len(path_strip(FACES, range(4), np.zeros(4), show=8).images) == 4


def test_bars_carry_interval_chance_and_likeness():
    found = {"attack": likeness(18, 0.73), "average face": likeness(1, 0.0)}
    ax = likeness_bars(found, attacks=("attack",))
    assert [bar.get_width() for bar in ax.patches[:2]] == [0.9, 0.05]
    assert {"0.73", "0.00", "chance 5%"} <= set(texts(ax))
    ends = [tuple(line.get_xdata()) for line in ax.lines]
    assert (found["attack"].top1.low, found["attack"].top1.high) in ends
    assert [label.get_text() for label in ax.get_yticklabels()] == list(found)


def test_bars_of_nothing_are_refused():
    with pytest.raises(ValueError, match="must not be empty"):
        likeness_bars({})


def test_whatever_words_a_portrait_has_they_stay_words():
    page = face(FACES[0], '<img src=x onerror="1">', "a < b")
    assert page.count("<img") == 1 and page.count(' width="112" src="data:image/png') == 1
    assert 'alt="&lt;img src=x onerror=&#34;1&#34;&gt;"' in page and "<figcaption>a &lt; b<" in page
