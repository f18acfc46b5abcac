"""One epsilon across the story: dots of every seed's accuracy and attack, and of one person's two worlds."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leaklab import _validate as v
from leaklab.experiments import SeedsPoint
from leaklab.plots.private import places, shown
from leaklab.plots.style import BLUE, GREY, RED, tidy


def seeds_along(points: Mapping[float, SeedsPoint], victim: str) -> Figure:
    """Three panels along epsilon; what belongs to an epsilon has the names ``at-8`` and ``mark-8``.

    `leaklab.plots.web.without` hides what is not to be seen.

    Parameters
    ----------
    points : mapping of float to SeedsPoint
        By epsilon.
    victim : str
        One of the points' victims.
    """
    v.one_of("victim", victim, tuple(next(iter(points.values())).victims))
    epsilons = sorted(points, reverse=True)
    figure = Figure(figsize=(13.5, 3.8), layout="constrained")
    useful, found, case = figure.subplots(1, 3, width_ratios=(1, 1, 1.25))
    for ax, title, bounds, chance in ((useful, "Right about the unseen", (0.45, 0.8), 0.5),
                                      (found, "Membership attack, AUC", (0.45, 0.8), 0.5),
                                      (case, "The victim: ● with, ○ without", None, None)):
        _axes(ax, epsilons, title, bounds, chance)
    for x, epsilon in zip(places(epsilons), epsilons, strict=True):
        point, gid = points[epsilon], f"at-{epsilon:g}"
        for ax, values, color in ((useful, point.accuracy, BLUE), (found, point.auc, RED)):
            _dots(ax, x, values, color, gid)
            ax.plot([x - 0.34, x + 0.34], [values.mean()] * 2, color=color, lw=2.5, gid=gid)
        _dots(case, x - 0.2, point.victims[victim].inside, BLUE, gid)
        _dots(case, x + 0.2, point.victims[victim].outside, RED, gid, hollow=True)
    case.axhline(0, color=GREY, lw=1, ls=(0, (1, 3)))
    case.set_ylabel("logit of the truth")
    return figure


def _axes(ax: Axes, epsilons: Sequence[float], title: str, bounds, chance) -> None:
    tidy(ax)
    x = places(epsilons)
    for at, epsilon in zip(x, epsilons, strict=True):
        ax.axvspan(at - 0.45, at + 0.45, color="#f0e442", alpha=0.3, lw=0, zorder=0, gid=f"mark-{epsilon:g}")
    if chance is not None:
        ax.axhline(chance, color=GREY, lw=1, ls=(0, (1, 3)))
        ax.annotate("guessing", (0, chance), xycoords=("axes fraction", "data"), xytext=(3, -3),
                    textcoords="offset points", color=GREY, size="small", va="top")  # below the dots
    ax.set_xticks(x, [shown(e).replace("not\nprivate", "none").removeprefix("0") for e in epsilons])
    ax.tick_params(axis="x", labelsize="small")
    ax.set(xlabel="epsilon", xlim=(x[0] - 0.6, x[-1] + 0.6))
    if bounds is not None:
        ax.set_ylim(bounds)
    ax.set_title(title, loc="left", size="medium", weight="bold")


def _dots(ax: Axes, x: float, values: np.ndarray, color: str, gid: str, *, hollow: bool = False) -> None:
    """Side by side where they would hide one another; the same places each time."""
    aside = np.resize([0, -1, 1], len(values)) * 0.09
    ax.plot(x + aside, np.sort(values), "o", ms=5, color=color, mfc="none" if hollow else color, alpha=0.75, gid=gid)
