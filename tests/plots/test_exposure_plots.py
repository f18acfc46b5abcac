import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from leaklab.metrics import Interval, Spread, exposure, over_targets
from leaklab.plots.exposure import auc_dots, exposed, roc_spread
from leaklab.plots.style import png


def turns(shift, k=12, n=200):
    rng = np.random.default_rng(0)
    trained_on = rng.permuted(np.tile(np.arange(n) < n // 2, (k, 1)), axis=1)
    return rng.normal(shift * trained_on, 1), trained_on


def told(k=32, n=400, first=20):
    rng = np.random.default_rng(0)
    trained_on = rng.permuted(np.tile(np.arange(k) < k // 2, (n, 1)), axis=1).T
    return exposure(rng.normal(6 * trained_on * (np.arange(n) < first), 1), trained_on)


def test_the_band_holds_the_middle_of_the_targets():
    found = over_targets(*turns(1.0))
    ax = roc_spread(found)
    fprs, median = ax.lines[0].get_data()
    assert fprs[0] == pytest.approx(1 / 100), "100 non-members a target see no finer rate"
    assert median == pytest.approx(np.median(found.tprs(fprs), axis=0))
    low, high = np.quantile(found.tprs(np.array([0.01])), (0.1, 0.9))
    band = ax.collections[0].get_paths()[0].vertices
    assert band[np.isclose(band[:, 0], 0.01), 1].min() == pytest.approx(max(low, 0.01 / 3))
    assert band[np.isclose(band[:, 0], 0.01), 1].max() == pytest.approx(high)


def test_curves_are_named_and_told_apart_without_colour():
    both = {"a": over_targets(*turns(1.0)), "b": over_targets(*turns(0.0, k=5))}
    ax = roc_spread(both)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == [f"a: mean AUC {both['a'].auc.value:.2f}, sd {both['a'].auc.sd:.2f}, 12 targets",
                      f"b: mean AUC {both['b'].auc.value:.2f}, sd {both['b'].auc.sd:.2f}, 5 targets", "chance"]
    assert ax.lines[0].get_linestyle() != ax.lines[1].get_linestyle()
    assert "too rare to see: below 1 in 100" in [text.get_text() for text in ax.texts]
    assert png(ax.figure).startswith(b"\x89PNG")


def test_the_exposed_are_marked_group_by_group():
    found, group = told(), np.where(np.arange(400) < 100, "rare", "common")
    marked = found.exposed()
    ax = exposed(found, group)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        f"common: {marked[100:].sum()} of 300 exposed", f"rare: {marked[:100].sum()} of 100 exposed"]
    small, large = ax.collections[2:]  # the rare
    assert len(large.get_offsets()) == marked[:100].sum() and len(small.get_offsets()) == (~marked[:100]).sum()
    heights = np.asarray(large.get_offsets())[:, 1]
    assert heights == pytest.approx(np.sort(found.advantage[:100])[::-1][:len(heights)])
    assert large.get_offsets()[0, 0] == pytest.approx(1 / 100), "ranks are shares of the group"
    shapes = {tuple(c.get_paths()[0].vertices.ravel()) for c in ax.collections[1::2]}
    assert len(shapes) == 2, "colour does not speak alone"


def test_nobody_exposed_is_drawn_too():
    rng = np.random.default_rng(0)
    trained_on = np.tile([[True], [False]], (4, 50)) ^ (np.arange(50) % 2 == 0)
    ax = exposed(exposure(rng.normal(0, 1, trained_on.shape), trained_on, fpr=0.1))
    assert ax.get_legend().get_texts()[0].get_text() == "all records: 0 of 50 exposed"
    assert png(ax.figure).startswith(b"\x89PNG")


def test_exposed_refuses_groups_that_do_not_fit():
    with pytest.raises(ValueError, match="must name the group of each of 400 records"):
        exposed(told(), ["a", "b"])
    with pytest.raises(ValueError, match="at most 4"):
        exposed(told(), np.arange(400) % 5)


def test_dots_span_their_intervals_and_chance_is_hollow():
    found = {"above": Interval(0.7, 0.62, 0.77), "at": Spread.of([0.48, 0.53, 0.5]), "below": Interval(0.4, 0.3, 0.45)}
    ax = auc_dots(found)
    bars = [container[2][0].get_segments()[0][:, 0] for container in ax.containers]
    np.testing.assert_allclose(bars, [(one.low, one.high) for one in found.values()])
    assert [to_hex(container[0].get_markerfacecolor()) == "#ffffff" for container in ax.containers] == [
        False, True, False]
    assert [label.get_text() for label in ax.get_yticklabels()] == list(found)
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "the first on top"
    assert "0.70 [0.62, 0.77]" in [text.get_text() for text in ax.texts]
    with pytest.raises(ValueError, match="at least one AUC"):
        auc_dots({})


def test_what_is_hollow_is_said_where_something_is():
    above, at = Interval(0.7, 0.62, 0.77), Interval(0.5, 0.4, 0.6)
    assert "hollow" in auc_dots({"a": above, "b": at}).get_xlabel()
    assert "hollow" not in auc_dots({"a": above}).get_xlabel()
    assert auc_dots({"a": above, "b": at}).get_label().endswith("Chance, 0.5, is not ruled out for b.")
    assert auc_dots({"a": above}).get_label().endswith("Chance, 0.5, is ruled out for all.")


def test_kinds_are_told_apart_by_marker_and_colour():
    found = {f"{setting}: {kind}": Interval(0.7, 0.6, 0.8) for setting in "xyz" for kind in ("ill", "healthy")}
    ax = auc_dots(found, kinds=["ill", "healthy"] * 3)
    marks = [container[0] for container in ax.containers]
    looks = [(mark.get_marker(), to_hex(mark.get_color())) for mark in marks]
    assert looks[::2] == [looks[0]] * 3 and looks[1::2] == [looks[1]] * 3
    assert looks[0][0] != looks[1][0] and looks[0][1] != looks[1][1]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["ill", "healthy"]
    assert png(ax.figure).startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="kind of each of 6 rows"):
        auc_dots(found, kinds=["ill"])
    with pytest.raises(ValueError, match="at most 4"):
        auc_dots(found, kinds=["a", "b", "c", "d", "e", "f"])


def test_two_in_a_hundred_take_two_hundredths_of_the_width():
    found = told()
    ax = exposed(found)
    assert ax.get_xscale() == "linear" and ax.get_xlim()[1] - ax.get_xlim()[0] < 1.1
    large = ax.collections[1].get_offsets()
    assert np.asarray(large)[:, 0].max() == pytest.approx(found.exposed().mean())


def test_draws_on_the_axes_it_is_given():
    for draw, what in ((roc_spread, over_targets(*turns(1.0))), (auc_dots, {"a": Interval(0.5, 0.4, 0.6)})):
        ax = Figure().add_subplot()
        assert draw(what, ax) is ax
    ax = Figure().add_subplot()
    assert exposed(told(), None, ax) is ax
