"""One person's two humps."""

import numpy as np
import pytest

from leaklab.plots.person import growing, in_and_out


def test_curves_are_the_normals_of_each_side():
    rng = np.random.default_rng(0)
    inside, outside = rng.normal(3, 1, 40), rng.normal(-2, 0.5, 30)
    ax = in_and_out(inside, outside)
    for line, side in zip(ax.get_lines(), (inside, outside), strict=True):
        x, height = line.get_data()
        assert abs(x[np.argmax(height)] - side.mean()) < 2 * (x[1] - x[0])
        assert height.max() == pytest.approx(1 / (side.std() * np.sqrt(2 * np.pi)), rel=0.05)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "trained with them (40 models)", "trained without (30 models)"]


def test_the_target_is_marked_and_inside_the_picture():
    ax = in_and_out([1.0, 2.0], [0.0, 1.0], target=9.0)
    assert ax.get_lines()[-1].get_xdata()[0] == 9.0
    low, high = ax.get_xlim()
    assert low < 0 and high > 9


def test_a_side_of_one_answer_has_no_curve():
    assert len(in_and_out([1.0], [0.0, 2.0]).get_lines()) == 1


def test_an_empty_side_is_refused():
    with pytest.raises(ValueError, match="inside has shape"):
        in_and_out([], [1.0])


def test_humps_grow_on_the_same_axes():
    rng = np.random.default_rng(0)
    inside, outside = rng.normal(3, 1, 30), rng.normal(-2, 1, 34)
    ax = growing({8: (inside[:1], outside[:7]), 64: (inside, outside)}, 9.0)
    bars = {gid: sum(patch.get_data().values.sum() for patch in ax.patches if patch.get_gid() == gid)
            for gid in ("models-8", "models-64")}
    assert bars == {"models-8": 8, "models-64": 64}, "a bar is as high as there are models"
    curves = [line.get_gid() for line in ax.get_lines() if line.get_gid()]
    assert curves == ["models-8", "models-64", "models-64"], "one hump has no spread"
    assert ax.get_xlim()[0] < min(outside) and ax.get_xlim()[1] > 9


def test_it_wants_something_to_show():
    with pytest.raises(ValueError, match="sides"):
        growing({}, 1.0)
