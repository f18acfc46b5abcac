"""Figures of membership inference: learning curves, scores of members and others, ROC curves on logarithmic axes.

Each draws one thing, or several under names of their own: ``{"early stopped": ..., "fully trained": ...}``. Line styles
differ and lines carry their names, so that colour never speaks alone.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from leaklab._validate import array, fail
from leaklab.metrics import Rate, RocCurve
from leaklab.plots.layout import APART, scale, wrap
from leaklab.plots.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    axes,
    describe,
    legend_above,
    legible,
    row_axes,
    several,
    span,
    tidy,
)

LINES = ((BLUE, "-"), (RED, "--"), (GREEN, "-."), (PURPLE, ":"), (ORANGE, (0, (6, 1, 1, 1, 1, 1))))
"""Colour and dashes of the first, second, ... curve."""
MARKERS = ("o", "s", "^", "D", "v")
BELOW = 3
"""Axes of rates go on to the finest rate seen divided by this."""


def learning_curve(epochs: Sequence[int], train, unseen, ax: Axes | None = None) -> Axes:
    """Accuracy on the training data and on unseen people, epoch by epoch; the gap between them is overfitting.

    Parameters
    ----------
    epochs : sequence of int, shape (k,)
        Rising, from 1; drawn on a logarithmic axis, for most happens early.
    train, unseen : array of float in [0, 1], shape (k,), or mapping of names to such arrays
    ax : matplotlib.axes.Axes, optional
        A new figure's if left out.

    Examples
    --------
    >>> learning_curve([1, 10], [0.7, 0.9], [0.7, 0.68]).get_xlabel()
    'passes over the training data (epochs)'
    """
    ax = tidy(axes(ax, size=(6.5, 3.8)))
    passes = array("epochs", epochs, ndim=1)
    series = {**named(train, "the training patients"), **named(unseen, "patients never seen")}
    for (name, values), (colour, dashes) in zip(series.items(), lines_of(series), strict=True):
        values = array(name, values, ndim=1, length=len(passes))
        ax.plot(passes, values, color=colour, linestyle=dashes, marker="o", markersize=4)
        ax.annotate(wrap(name, 160 * scale() ** 0.5), (epochs[-1], values[-1]), xytext=(8, 0), va="center",
                    textcoords="offset points", color=legible(colour), gid=APART)
    ax.set_xscale("log")
    ax.set_xticks(epochs, [f"{e:g}" for e in epochs])
    ax.minorticks_off()
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set(xlabel="passes over the training data (epochs)", ylabel="right answers")
    said = [f"{name} from {values[0]:.0%} to {values[-1]:.0%}" for name, values in series.items()]
    return describe(ax, f"Right answers from {epochs[0]:g} to {epochs[-1]:g} passes over the training data: "
                        f"{several(said)}.")


def score_histograms(member, other, ax: Axes | None = None, *, quantity: str = "score", log: bool = False,
                     threshold: float | None = None, record: float | None = None) -> Axes:
    """How the scores of members and of others are spread: as shares of each group, so that unequal groups compare.

    Parameters
    ----------
    member, other : array of float, or mapping of names to such arrays
    quantity : str
        What the horizontal axis shows.
    log : bool
        A logarithmic axis, for a loss; values must then be above 0.
    threshold : float, optional
        Where the verdict changes: a dashed line.
    record : float, optional
        One record's own value: a marked line.

    Examples
    --------
    >>> score_histograms([0.1, 0.2], [0.4, 2.0], quantity="loss", log=True).get_xscale()
    'log'
    """
    ax = tidy(axes(ax, size=(6.5, 3.8)))
    series = {name: array(name, values, ndim=1, dtype=np.float64)
              for name, values in {**named(member, "members"), **named(other, "others")}.items()}
    edges = _edges(np.concatenate(list(series.values())), log)
    for (name, values), (colour, dashes) in zip(series.items(), lines_of(series), strict=True):
        share = np.histogram(values, edges)[0] / len(values)
        ax.stairs(share, edges, color=colour, linestyle=dashes, linewidth=1.8)
        ax.stairs(share, edges, color=colour, fill=True, alpha=0.12)
        peak = int(np.argmax(share))
        middle = np.sqrt(edges[peak] * edges[peak + 1]) if log else edges[peak:peak + 2].mean()
        ax.annotate(wrap(name, 150 * scale() ** 0.5, weight="bold"), (middle, share[peak]), xytext=(0, 5),
                    textcoords="offset points", ha="center", color=legible(colour), fontweight="bold", zorder=5,
                    gid=APART, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})
    if log:
        ax.set_xscale("log")
    ax.set_ylim(0, 1.25 * ax.dataLim.y1)
    left = record is not None and threshold is not None and record < threshold
    sides = (("left", 2), ("right", -2)) if left else (("right", -2), ("left", 2))
    for value, text, colour, line, (side, aside) in ((threshold, "threshold", GREY, "--", sides[0]),
                                                     (record, "▼ this record", "black", "-", sides[1])):
        if value is not None:
            ax.axvline(value, color=colour, linestyle=line, linewidth=1.4)
            ax.annotate(text, (value, 1), xycoords=("data", "axes fraction"), xytext=(aside, 3), ha=side, color=colour,
                        textcoords="offset points", fontsize="small")
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set(xlabel=quantity, ylabel="share of the group")
    said = [f"{name}, half of them below {np.median(values):.2g}" for name, values in series.items()]
    marks = "; ".join(f"{name} {value:.2g}" for name, value in (("threshold", threshold), ("this record", record))
                      if value is not None)
    return describe(ax, f"Histograms of {quantity}: {several(said)}." + (f" Marked: {marks}." if marks else ""))


def roc_curve(curves: RocCurve | Mapping[str, RocCurve], ax: Axes | None = None, *,
              marks: Sequence[float] = (0.01, 0.1)) -> Axes:
    """True- against false-positive rate on logarithmic axes, with the diagonal of chance.

    Parameters
    ----------
    curves : RocCurve, or mapping of names to RocCurve
    marks : sequence of float
        False-positive rates at which the true-positive rate is shown with its interval; those that the number of
        non-members cannot resolve get no mark. What nobody can resolve is shaded.

    Examples
    --------
    >>> from leaklab.metrics import roc
    >>> roc_curve(roc([0.9, 0.8, 0.3, 0.6, 0.2, 0.1], [1, 1, 1, 0, 0, 0])).get_yscale()
    'log'
    """
    ax = tidy(axes(ax, size=(5.6, 4.8)))
    curves = named(curves, "the attack")
    finest = 1 / max(curve.non_members for curve in curves.values())
    floor = finest / BELOW
    for i, ((name, curve), (colour, dashes)) in enumerate(zip(curves.items(), lines_of(curves), strict=True)):
        seen = curve.fpr > 0
        ax.step(curve.fpr[seen], np.maximum(curve.tpr[seen], floor), where="post", color=colour, linestyle=dashes,
                label=f"{name}: AUC {curve.auc}")
        for at, rate in ((at, curve.tpr_at(at)) for at in marks):
            if isinstance(rate, Rate):
                value, low, high = (max(v, floor) for v in (rate.value, rate.low, rate.high))
                ax.errorbar(at * 1.06**i, value, [[value - low], [high - value]], color=colour, marker="o",
                            markersize=5, capsize=3)
    rate_axes(ax, finest)
    legend_above(ax)
    said = []
    for name, curve in curves.items():
        seen = {at: rate for at in marks if isinstance(rate := curve.tpr_at(at), Rate)}
        said.append(", ".join([f"{name} AUC {curve.auc}", *(
            f"{span(rate)} of members found at {at:.1%} false positives" for at, rate in list(seen.items())[:1])]))
    return describe(ax, f"ROC curves on logarithmic axes: {several(said, 4)}. Chance: AUC 0.5, and as many members "
                        "found as false positives.")


def score_chart(rates: Mapping[str, Rate], ax: Axes | None = None, *, chance: float = 0.5) -> Axes:
    """How often each player was right, with intervals, beside chance.

    Parameters
    ----------
    rates : mapping of names to Rate
        From top to bottom; with none, chance alone is drawn.
    chance : float
        What guessing earns: a dashed line.

    Examples
    --------
    >>> [tick.get_text() for tick in score_chart({"you": Rate(9, 20)}).get_yticklabels()]
    ['you\\n9 of 20']
    """
    names = [f"{name}\n{rate.successes} of {rate.trials}" for name, rate in rates.items()]
    ax = row_axes(ax, names, wide=6.5, head=1.1, row=1.5 / max(len(names), 1))
    ax.grid(visible=True, axis="y", alpha=0.25, linewidth=0.6)
    for y, (rate, (colour, _), marker) in enumerate(zip(rates.values(), lines_of(rates), MARKERS, strict=False)):
        ax.errorbar(rate.value, y, xerr=[[rate.value - rate.low], [rate.high - rate.value]], color=colour,
                    marker=marker, markersize=9, linewidth=2, capsize=5)
    ax.axvline(chance, color=GREY, linestyle="--", linewidth=1.4)
    ax.annotate("chance", (chance, 1), xycoords=("data", "axes fraction"), xytext=(0, 3), ha="center", color=GREY,
                textcoords="offset points", fontsize="small")
    ax.set(xlim=(0, 1), xlabel="right answers, with 95% intervals")
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    said = [f"{name} {rate.successes} of {rate.trials}, {span(rate)}" for name, rate in rates.items()]
    return describe(ax, f"Right answers: {several(said) or 'none yet'}. Chance: {chance:.0%}.")


def rate_axes(ax: Axes, finest: float) -> None:
    """Logarithmic axes of rates with the diagonal of chance; shaded, what is rarer than the ``finest`` rate seen."""
    floor = finest / BELOW
    ax.plot([floor, 1], [floor, 1], color=GREY, linewidth=1, label="chance")
    ax.axvspan(floor, finest, color=GREY, alpha=0.15, linewidth=0)
    lines = "\n" if scale() > 1.2 else " "  # along the axis, which is no longer for larger text
    ax.annotate(f"too rare to see:{lines}below 1 in {1 / finest:.0f}", (np.sqrt(floor * finest), 0.7), rotation=90,
                xycoords=("data", "axes fraction"), ha="center", va="center", fontsize="small")
    ax.set(xscale="log", yscale="log", xlim=(floor, 1), ylim=(floor, 1.15),
           xlabel="false-positive rate: others called members", ylabel="true-positive rate: members found")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda rate, _: f"{100 * rate:g}%")


def named(values, name: str) -> dict:
    return dict(values) if isinstance(values, Mapping) else {name: values}


def lines_of(series: Mapping) -> tuple:
    if len(series) > len(LINES):
        fail("curves", list(series), f"a figure takes at most {len(LINES)}", "Draw two figures.")
    return LINES[:len(series)]


def _edges(values: np.ndarray, log: bool, bins: int = 36) -> np.ndarray:
    if not log:
        return np.histogram_bin_edges(values, bins)
    if values.min() <= 0:
        fail("log", log, f"a logarithmic axis takes values above 0, not {values.min():g}", "Leave log out.")
    return np.geomspace(values.min(), values.max() * (1 + 1e-9) + 1e-12, bins + 1)
