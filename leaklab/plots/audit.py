"""Figures of an audit: the rates that epsilon allows, and measured epsilon beside the promised."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from leaklab._validate import fail, number
from leaklab.metrics import Interval, Rate
from leaklab.plots.style import BLUE, GREY, RED, axes, describe, legible, row_axes, several, span, tidy


def allowed_region(epsilon: float, delta: float, measured: tuple[Rate, Rate] | None = None,
                   ax: Axes | None = None) -> Axes:
    """Which pairs (FPR, TPR) a promise allows every adversary (Kairouz, Oh and Viswanath 2015, theorem 2.1).

    Parameters
    ----------
    epsilon, delta : float
        The promise.
    measured : (Rate, Rate), optional
        TPR and FPR of an adversary. The box holds both limits at once; its upper left corner is what they claim at
        best, its lower right corner what is proven: the promise is refuted when that lies outside the region.

    Examples
    --------
    >>> allowed_region(2.0, 1e-5, (Rate(60, 100), Rate(5, 100))).get_xlabel()
    'FPR: called "with", but without'
    """
    number("epsilon", epsilon, low=0)
    ax = tidy(axes(ax, size=(5.0, 4.6)))
    fpr_axis = np.concatenate([[0], np.geomspace(1e-6, 1, 2000)])
    top = np.minimum(np.minimum(np.exp(epsilon) * fpr_axis + delta, 1 - np.exp(-epsilon) * (1 - fpr_axis - delta)), 1)
    ax.fill_between(fpr_axis, _mirror(fpr_axis, epsilon, delta), top, color=BLUE, alpha=0.15, linewidth=0)
    ax.plot(fpr_axis, top, color=BLUE, linewidth=1.6)
    ax.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
    ax.annotate(f"allowed by\nepsilon = {epsilon:.3g}", (0.62, 0.45), color=BLUE)
    words = f"The pairs of rates that epsilon {epsilon:.3g} and delta {delta:.3g} allow lie around the diagonal."
    if measured is not None:
        _box(ax, *measured)
        tpr, fpr = measured
        outside = tpr.low > np.interp(fpr.high, fpr_axis, top)
        words += (f" Measured: TPR {span(tpr)}, FPR {span(fpr)}. The corner that is proven, TPR {tpr.low:.0%} at FPR "
                  f"{fpr.high:.0%}, lies {'outside' if outside else 'inside'} what is allowed.")
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal", xlabel='FPR: called "with", but without',
           ylabel='TPR: called "with", and with')
    return describe(ax, words)


def measured_dots(found: Mapping[str, Interval], promised: float, ax: Axes | None = None, *,
                  verdict: bool | None = None) -> Axes:
    """Measured epsilon, an audit a line, against the promised one: the marker stands at what is proven.

    Parameters
    ----------
    found : mapping
        Name -> interval, as `leaklab.audit.epsilon_from_counts` gives; the first on top. The thin line reaches to
        ``high``, what this adversary might prove with unlimited models; an arrow where that is out of sight.
    promised : float
    verdict : bool, optional
        Whether to call a line that proves more than promised broken; left out: yes.

    Examples
    --------
    >>> ax = measured_dots({"A": Interval(2.0, 1.1, 3.5), "B": Interval(np.inf, 5.6, np.inf)}, 4.0)
    >>> [text.get_text() for text in ax.texts]
    ['promised: 4', '≥ 1.10', '≥ 5.60  broken']
    """
    found = dict(found)
    if not found:
        fail("found", found, "must hold at least one interval")
    ax = row_axes(ax, list(found), wide=7, head=1.3, row=0.45)
    end = 1.3 * max(promised, *(one.low for one in found.values()))
    ax.axvline(promised, color=GREY, linestyle="--", linewidth=1.4)
    ax.annotate(f"promised: {promised:.3g}", (promised, 1), xycoords=("data", "axes fraction"), xytext=(0, 3),
                textcoords="offset points", ha="center", color=GREY, fontsize="small")
    for place, one in enumerate(found.values()):
        broken = one.low > promised and verdict is not False
        colour, marker = (RED, "s") if broken else (BLUE, "o")
        reach = min(one.high, end)
        ax.plot([one.low, reach], [place, place], color=colour, linewidth=1.4, alpha=0.7)
        ax.plot(reach, place, color=colour, marker=">" if one.high > end else "|", markersize=7, clip_on=False)
        ax.plot(one.low, place, color=colour, marker=marker, markersize=8)
        ax.annotate(f"≥ {one.low:.2f}" + "  broken" * broken, (1, place), xycoords=("axes fraction", "data"),
                    xytext=(12, 0), textcoords="offset points", va="center", fontsize="small")
    ax.set(xlabel="epsilon: marker, proven; thin line, up to what this adversary might prove", xlim=(-0.1, end))
    said = [f"{name} at least {one.low:.2f}" + ", more than promised" * (one.low > promised and verdict is not False)
            for name, one in found.items()]
    return describe(ax, f"Epsilon as measured, beside the promised {promised:.3g}: {several(said)}.")


def _mirror(fpr: np.ndarray, epsilon: float, delta: float) -> np.ndarray:
    """The least TPR allowed: an adversary who says the opposite must not do too well either."""
    return np.maximum(np.maximum(1 - delta - np.exp(epsilon) * (1 - fpr), np.exp(-epsilon) * (fpr - delta)), 0)


def _box(ax: Axes, tpr: Rate, fpr: Rate) -> None:
    ax.add_patch(Rectangle((fpr.low, tpr.low), fpr.high - fpr.low, tpr.high - tpr.low, facecolor=RED, alpha=0.3,
                           edgecolor=RED, zorder=3))
    ax.plot(fpr.value, tpr.value, color=RED, marker="o", markersize=5, zorder=4, clip_on=False)
    ax.plot(fpr.high, tpr.low, color=RED, marker="s", markersize=6, markerfacecolor="white", zorder=4, clip_on=False)
    ax.annotate("proven", (fpr.high, tpr.low), xytext=(8, -10), textcoords="offset points", color=legible(RED))
