"""Figures of hardened access: what attackers and legitimate users each get, and how a log gives an attack away."""

from collections.abc import Mapping, Sequence
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter, StrMethodFormatter

from leaklab import _validate as v
from leaklab.metrics import Rate
from leaklab.plots.faces import INK
from leaklab.plots.membership import LINES
from leaklab.plots.style import BLUE, GREY, ORANGE, RED, axes, tidy


def both_sides(rows: Mapping[str, tuple[Rate, Rate]], *, chance: float, notes: Mapping[str, str] | None = None,
               ax: Axes | None = None) -> Axes:
    """For each way of answering, the attack's success beside the legitimate users' accuracy, with 95% intervals.

    Parameters
    ----------
    rows : mapping of str to (Rate, Rate)
        Name of the access -> the attack's success, their accuracy; drawn from top to bottom.
    chance : float
        The attack's success by guessing.
    notes : mapping of str to str, optional
        A short text on the right of some rows.

    Examples
    --------
    >>> ax = both_sides({"scores": (Rate(19, 20), Rate(57, 60))}, chance=0.05)
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['scores']
    """
    if not rows:
        v.fail("rows", rows, "must not be empty", "Attack at least one access.")
    ax = tidy(axes(ax, size=(8.4, 1.25 + 0.5 * len(rows))))
    for y, (attack, used) in enumerate(rows.values()):
        for rate, shift, colour, marker in ((attack, -0.14, RED, "o"), (used, 0.14, BLUE, "s")):
            ax.plot([rate.low, rate.high], [y + shift] * 2, color=colour, lw=2.2, solid_capstyle="butt", alpha=0.55)
            ax.plot(rate.value, y + shift, marker, color=colour, ms=8)
    for label, colour, marker in (("attack: top-1", RED, "o"), ("legitimate users: accuracy", BLUE, "s")):
        ax.plot([], [], marker, color=colour, ms=8, label=label)
    ax.axvline(chance, color=ORANGE, lw=1.6, ls="--", label=f"chance, {chance:.0%}")
    for name, note in (notes or {}).items():
        ax.annotate(note, (1.03, list(rows).index(v.one_of("notes", name, rows))), xycoords=("axes fraction", "data"),
                    va="center", size="small", color=GREY, annotation_clip=False)
    ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False, fontsize="small", handletextpad=0.3,
              handlelength=1.3, columnspacing=1.0, borderaxespad=0.1)
    ax.set(xlim=(0, 1.02), ylim=(len(rows) - 0.5, -0.5), yticks=range(len(rows)),
           yticklabels=[fill(name, 28) for name in rows])
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.tick_params(axis="y", length=0, labelcolor=INK, labelsize="small")
    ax.grid(axis="y", visible=False)
    return ax


def success_by_queries(curves: Mapping[str, tuple[np.ndarray, list[Rate]]], *, chance: float,
                       ax: Axes | None = None) -> Axes:
    """The attack's success against queries a person, one line a way of asking, with 95% bands.

    Parameters
    ----------
    curves : mapping of str to (queries (k,), k Rates)
        Queries at least 1; drawn on a logarithmic axis.
    chance : float
    """
    ax = tidy(axes(ax, size=(7.2, 3.8)))
    for (name, (queries, rates)), (colour, dashes) in zip(curves.items(), LINES, strict=False):
        queries = v.array("queries", queries, ndim=1, length=len(rates))
        ax.fill_between(queries, [r.low for r in rates], [r.high for r in rates], color=colour, alpha=0.13, lw=0)
        ax.plot(queries, [r.value for r in rates], color=colour, ls=dashes, marker="o", ms=4, label=name)
    ax.axhline(chance, color=ORANGE, lw=1.6, ls=":", label=f"chance, {chance:.0%}")
    ax.set(xscale="log", ylim=(0, 1.03), xlabel="queries a person", ylabel="evaluator's top-1")
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.legend(loc="upper left", frameon=False, fontsize=9)
    return ax


def traffic(customers: Sequence[tuple[str, np.ndarray]], ax: Axes | None = None, *,
            queries: Sequence[int] | None = None) -> Axes:
    """Everybody's queries on a lane of their own, from left to right; marked where they look like an attack.

    Parameters
    ----------
    customers : sequence of (str, float array (n,))
        A name, and suspicion after each query in units of the alarm's threshold: above 1 is an alarm.
    queries : sequence of int, optional
        How many each asked in all, where only the first ones were judged.

    Examples
    --------
    >>> ax = traffic([("a student", np.array([0.0, 0.2, 0.1])), ("a stranger", np.array([0.4, 0.9, 1.5]))])
    >>> [text.get_text() for text in ax.texts]
    ['⚑ query 3']
    """
    curves = [v.array(name, curve, ndim=1, dtype=np.float64) for name, curve in customers]
    queries = [len(curve) for curve in curves] if queries is None else queries
    ax = tidy(axes(ax, size=(8.4, 1.6 + 0.33 * max(1, len(customers)))))
    longest, cut = max([1, *map(len, curves)]), False
    for lane, curve in enumerate(curves):
        ax.barh(lane, len(curve), height=0.55, color=BLUE, alpha=0.35)
        alarm = np.concatenate([[False], curve > 1, [False]])
        runs = np.flatnonzero(np.diff(alarm)).reshape(-1, 2)  # begin and end of each alarm
        ax.broken_barh([(begin, end - begin) for begin, end in runs], (lane - 0.275, 0.55), color=RED)
        more = queries[lane] > len(curve)
        said = [f"⚑ query {begin + 1:,}" for begin in runs[:1, 0]] + [f"{queries[lane]:,} in all"] * more
        cut |= more
        if said:
            ax.annotate(", ".join(said), (1.02, lane), xycoords=("axes fraction", "data"), va="center", size="small",
                        color=RED if len(runs) else INK, annotation_clip=False)
    ax.legend([Patch(color=BLUE, alpha=0.35), Patch(color=RED)], ["queries", "look like an attack (⚑ the first time)"],
              loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, fontsize="small", borderpad=0,
              handlelength=1.3, handletextpad=0.5, columnspacing=1.2)
    ax.set(xlim=(0, longest), ylim=(max(1, len(customers)) - 0.5, -0.5),
           xlabel=f"queries of a customer{f', the first {longest:,}' * cut}")
    short = [name if len(name) <= 28 else f"{name[:27]}…" for name, _ in customers]
    ax.set_yticks(range(len(short)), short, parse_math=False)
    ax.tick_params(axis="y", length=0, labelsize="small")
    ax.grid(axis="y", visible=False)
    return ax
