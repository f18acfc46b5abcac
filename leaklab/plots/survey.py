"""A survey by a coin: a crowd of answers, and the share that they let one estimate."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leaklab.metrics import Interval
from leaklab.plots.style import BLUE, GREY, ORANGE, RED

SHOWN = 200
"""Most people in a picture."""
WIDTH, HEIGHT = 12.0, 4.0
MARKS = (("D", RED), ("o", BLUE), ("s", GREY))


def survey_chart(answers, untrue, shares: Mapping[str, Interval | float | None]) -> Axes:
    """A crowd of answers beside the shares of "yes" that are known of it.

    Parameters
    ----------
    answers : bool array (n,)
        A dot each, full for "yes"; of more than 200 people the first 200.
    untrue : bool array (n,), or None
        Which answers to cross.
    shares : mapping of str to Interval, float or None
        Up to three, below each other on an axis from 0 to 100%; None, or NaN, is unknown.
    """
    # One plain area in inches: axes with ticks would take three times as long, and a slider waits for this.
    ax = Figure(figsize=(WIDTH, HEIGHT)).add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    ax.set_xlim(0, WIDTH)
    ax.set_ylim(HEIGHT, 0)
    _crowd(ax, np.asarray(answers, bool), None if untrue is None else np.asarray(untrue, bool))
    _shares(ax, shares)
    return ax


def _crowd(ax: Axes, answers: np.ndarray, untrue: np.ndarray | None) -> None:
    yes = answers[:SHOWN]
    crossed = np.zeros(len(yes), bool) if untrue is None else untrue[:SHOWN]
    across = next(most for people, most in ((10, 5), (50, 10), (SHOWN, 20)) if len(yes) <= people)
    step = min(5.0 / across, 3.2 / -(-len(yes) // across), 0.55)
    x, y = 0.35 + step * (np.arange(len(yes)) % across), 0.75 + step * (np.arange(len(yes)) // across)
    size = (0.62 * 72 * step)**2
    for side, fill in ((yes, BLUE), (~yes, "none")):
        ax.scatter(x[side], y[side], s=size, facecolor=fill, edgecolor=BLUE, linewidth=1.8)
    ax.scatter(x[crossed], y[crossed], s=size, marker="x", color=ORANGE, linewidth=2 + 3 * step)
    first = f"first {SHOWN} of {len(answers):,}; " if len(answers) > SHOWN else ""
    ax.text(0.2, 0.25, f"{first}full: yes, empty: no" + (", crossed: not the truth" if crossed.any() else ""),
            va="center", fontsize=15)


def _shares(ax: Axes, shares: Mapping[str, Interval | float | None]) -> None:
    left, right, bottom = 7.2, 11.5, 3.35

    def place(share):
        return left + (right - left) * np.clip(share, 0, 1)

    ax.text(place(0.5), 0.25, "share of “yes”", ha="center", va="center")
    ax.plot([left, right], [bottom, bottom], color="#222222", linewidth=1.2)
    for tick in (0, 0.25, 0.5, 0.75, 1):
        ax.plot([place(tick)] * 2, [0.6, bottom], color="#e8e8e8", linewidth=1, zorder=0)
        ax.text(place(tick), bottom + 0.3, f"{tick:.0%}", ha="center", va="center")
    for (name, share), (mark, color), y in zip(shares.items(), MARKS, (1.05, 1.9, 2.75), strict=False):
        ax.text(left - 0.3, y, name, ha="right", va="center", parse_math=False)
        if isinstance(share, Interval):
            ax.plot([place(share.low), place(share.high)], [y, y], color=color, linewidth=5, solid_capstyle="butt")
        value = share.value if isinstance(share, Interval) else share
        if value is None or np.isnan(value):
            word, above = ("unknown", 0.0) if value is None else ("no estimate", 0.25)
            ax.text(place(0.5), y - above, word, ha="center", va="center", fontsize=15)
        elif 0 <= value <= 1:
            ax.plot([place(value)], [y], mark, color=color, markersize=14)
        else:  # beyond the axis: an arrow at its end
            ax.plot([place(value)], [y], ">" if value > 1 else "<", color=color, markersize=16)
