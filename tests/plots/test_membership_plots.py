import numpy as np
import pytest
from matplotlib.figure import Figure

from leaklab.metrics import Rate, roc
from leaklab.plots.membership import LINES, learning_curve, roc_curve, score_chart, score_histograms
from leaklab.plots.style import png


def curve(shift, n=300, seed=0):
    rng = np.random.default_rng(seed)
    return roc(np.r_[rng.normal(shift, 1, n), rng.normal(0, 1, n)], np.arange(2 * n) < n)


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_learning_curves_carry_their_names():
    ax = learning_curve([1, 10, 50], {"small": [0.6, 0.8, 0.9], "large": [0.6, 0.7, 0.7]}, [0.6, 0.6, 0.6])
    assert texts(ax) == ["small", "large", "patients never seen"]
    assert [line.get_ydata()[-1] for line in ax.lines] == pytest.approx([0.9, 0.7, 0.6])
    assert len({line.get_linestyle() for line in ax.lines}) == 3, "colour does not speak alone"
    assert png(ax.figure).startswith(b"\x89PNG")


def test_learning_curve_refuses_unequal_lengths():
    with pytest.raises(ValueError, match=r"patients never seen has 1 rows: must have 2"):
        learning_curve([1, 2], [0.5, 0.6], [0.5])


@pytest.mark.parametrize("log", [False, True])
def test_histograms_show_shares_of_each_group(log):
    rng = np.random.default_rng(0)
    ax = score_histograms(rng.gamma(1, 1, 900), rng.gamma(3, 1, 50), log=log, threshold=1.0, record=0.5)
    outlines = [patch for patch in ax.patches if not patch.get_fill()]
    assert [patch.get_data().values.sum() for patch in outlines] == pytest.approx([1, 1])
    assert texts(ax) == ["members", "others", "threshold", "▼ this record"]
    assert [line.get_xdata()[0] for line in ax.lines] == [1.0, 0.5]


def test_a_logarithmic_histogram_refuses_what_has_no_logarithm():
    with pytest.raises(ValueError, match="takes values above 0, not 0"):
        score_histograms([0.0, 1.0], [0.5, 2.0], log=True)


def test_roc_marks_only_what_can_be_resolved():
    ax = roc_curve({"a": curve(1.0), "b": curve(0.0)}, marks=(0.001, 0.01, 0.1))
    assert len(ax.containers) == 4, "two curves at 1% and 10%; 300 non-members cannot show 0.1%"
    assert "too rare to see: below 1 in 300" in texts(ax)
    assert all(line.get_xdata().min() >= 1 / 300 for line in ax.lines if "AUC" in str(line.get_label()))
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == [f"a: AUC {curve(1.0).auc}", f"b: AUC {curve(0.0).auc}", "chance"]


def test_roc_marks_span_the_interval():
    found = curve(1.0)
    ax = roc_curve(found, marks=(0.1,))
    bar = ax.containers[0][2][0].get_segments()[0]
    rate = found.tpr_at(0.1)
    assert bar[:, 1] == pytest.approx([rate.low, rate.high])


def test_draws_on_the_axes_it_is_given():
    ax = Figure().add_subplot()
    assert roc_curve(curve(0.5), ax) is ax
    with pytest.raises(ValueError, match=f"at most {len(LINES)}"):
        roc_curve({str(i): curve(0.5) for i in range(len(LINES) + 1)})


def test_scores_stand_beside_chance_with_their_intervals():
    rates = {"you": Rate(9, 20), "the attack": Rate(14, 20)}
    ax = score_chart(rates, chance=0.5)
    for bar, rate in zip(ax.containers, rates.values(), strict=True):
        points, _, (lines,) = bar
        assert points.get_xdata() == pytest.approx([rate.value])
        assert lines.get_segments()[0][:, 0] == pytest.approx([rate.low, rate.high])
    assert len({bar[0].get_marker() for bar in ax.containers}) == 2, "colour does not speak alone"
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "the first on top"
    assert "chance" in texts(score_chart({}))
