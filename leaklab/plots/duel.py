"""The figure of the capstone: what blue had to show, and how far it came."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from leaklab import _validate as v
from leaklab.plots.portraits import INK
from leaklab.plots.style import BLUE, GREEN, GREY, RED, describe, legend_above, legible, row_axes, several

if TYPE_CHECKING:
    from leaklab.course import Result


def duel(results: Mapping[str, "Result"], *, ax: Axes | None = None) -> Axes:
    """Each red's AUC beside the accuracy that blue kept, with 95% intervals and the two bars of the rules.

    Blue must stay on the left of the one with the whole interval of the AUC, and on the right of the other with that of
    the accuracy.

    Parameters
    ----------
    results : mapping of str to Result
        By name, drawn from top to bottom; all by the same rules.

    Examples
    --------
    >>> from leaklab.course import Result, Rules
    >>> from leaklab.metrics import Interval, Rate
    >>> ax = duel({"I": Result(Rate(720, 1000), Interval(0.65, 0.61, 0.68), Rate(5, 500), 1000, Rules())})
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['I']
    """
    if not results:
        v.fail("results", results, "must hold at least one result")
    rules = next(iter(results.values())).rules
    wins = [f"{one.winner} wins" for one in results.values()]
    ax = row_axes(ax, list(results), wide=8.2, head=1.5, row=0.5, notes=wins)
    for bar, color, style in ((rules.most_auc, RED, "--"), (rules.floor, BLUE, ":")):
        ax.axvline(bar, color=color, linestyle=style, linewidth=1.6)
    ax.axvline(0.5, color=GREY, linewidth=1)
    for y, (one, won) in enumerate(zip(results.values(), wins, strict=True)):
        for found, shift, color, marker, good in ((one.auc, -0.14, RED, "o", one.private),
                                                  (one.accuracy, 0.14, BLUE, "s", one.useful)):
            ax.plot([found.low, found.high], [y + shift] * 2, color=color, lw=2.2, solid_capstyle="butt", alpha=0.6)
            ax.plot(found.value, y + shift, marker, color=color, ms=8, markerfacecolor=color if good else "white")
        ax.annotate(won, (1.02, y), xycoords=("axes fraction", "data"), va="center", size="small",
                    color=legible(GREEN if one.winner == "blue" else RED), annotation_clip=False)
    for label, color, marker, style in ((f"red's AUC: all below {rules.most_auc:.2f}", RED, "o", "--"),
                                        (f"accuracy: all from {rules.floor:.2f} on", BLUE, "s", ":")):
        ax.plot([], [], marker=marker, color=color, ls=style, ms=8, label=label)
    legend_above(ax, flat=True, handle=3.2)
    ax.tick_params(axis="y", length=0, labelcolor=INK, labelsize="small")
    ax.set_xlabel("hollow: blue has not shown it (grey line: a coin)")
    ax.margins(x=0.06)
    said = [f"{name}: AUC {_says(one.auc)}, accuracy {_says(one.accuracy)}, {one.winner} wins"
            for name, one in results.items()]
    return describe(ax, f"Red's AUC and blue's accuracy. {several(said)}. Blue must show an AUC below "
                        f"{rules.most_auc:.2f} and an accuracy from {rules.floor:.2f} on.")


def _says(found) -> str:
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"
