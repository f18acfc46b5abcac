"""Figures of hardened access: what attackers and legitimate users each get, and how a log gives an attack away."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter, StrMethodFormatter

from leaklab import _validate as v
from leaklab.metrics import Rate
from leaklab.plots.layout import wrap
from leaklab.plots.membership import LINES
from leaklab.plots.portraits import INK
from leaklab.plots.style import (
    BLUE,
    GREY,
    ORANGE,
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
    said = {v.one_of("notes", name, rows): wrap(note, 130, "small") for name, note in (notes or {}).items()}
    ax = row_axes(ax, list(rows), wide=8.4, head=1.25, row=0.5, notes=said.values())
    for y, (attack, used) in enumerate(rows.values()):
        for rate, shift, colour, marker in ((attack, -0.14, RED, "o"), (used, 0.14, BLUE, "s")):
            ax.plot([rate.low, rate.high], [y + shift] * 2, color=colour, lw=2.2, solid_capstyle="butt", alpha=0.55)
            ax.plot(rate.value, y + shift, marker, color=colour, ms=8)
    for label, colour, marker in (("attack: top-1", RED, "o"), ("legitimate users: accuracy", BLUE, "s")):
        ax.plot([], [], marker, color=colour, ms=8, label=label)
    ax.axvline(chance, color=ORANGE, lw=1.6, ls="--", label=f"chance, {chance:.0%}")
    for name, note in said.items():
        ax.annotate(note, (1.03, list(rows).index(name)), xycoords=("axes fraction", "data"), va="center", size="small",
                    color=GREY, annotation_clip=False)
    legend_above(ax, flat=True, handle=1.6)
    ax.set_xlim(0, 1.02)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.tick_params(axis="y", length=0, labelcolor=INK, labelsize="small")
    words = [f"{name}: {span(attack)} and {span(used)}" for name, (attack, used) in rows.items()]
    return describe(ax, "The attack's success, evaluator's top-1, and the legitimate users' accuracy. "
                        f"{several(words)}. Chance for the attack: {chance:.0%}.")


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
    legend_above(ax)
    words = [f"{name} from {rates[0].value:.0%} at {queries[0]:,.0f} to {rates[-1].value:.0%} at {queries[-1]:,.0f}"
             for name, (queries, rates) in curves.items() if len(rates)]
    return describe(ax, f"Evaluator's top-1 against queries a person, with 95% bands. {several(words)}. "
                        f"Chance: {chance:.0%}.")


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
    asked = [len(curve) for curve in curves] if queries is None else queries
    short = [name if len(name) <= 28 else f"{name[:27]}…" for name, _ in customers]
    ax = row_axes(ax, short, wide=8.4, head=1.4, row=0.33)
    ax.set_yticks(range(len(short)), short, parse_math=False)  # on one line; a customer may be called $x$
    alarms, calm, longest = [], [], max([1, *map(len, curves)])
    for lane, (curve, total) in enumerate(zip(curves, asked, strict=True)):
        ax.barh(lane, len(curve), height=0.55, color=BLUE, alpha=0.35)
        alarm = np.concatenate([[False], curve > 1, [False]])
        runs = np.flatnonzero(np.diff(alarm)).reshape(-1, 2)  # begin and end of each alarm
        ax.broken_barh([(begin, end - begin) for begin, end in runs], (lane - 0.275, 0.55), color=RED)
        said = [f"⚑ query {begin + 1:,}" for begin in runs[:1, 0]] + [f"{total:,} in all"] * (total > len(curve))
        if said:
            ax.annotate(", ".join(said), (1.02, lane), xycoords=("axes fraction", "data"), va="center", size="small",
                        color=legible(RED) if len(runs) else INK, annotation_clip=False)
        if len(runs):
            alarms.append(f"{short[lane]}, {total:,} queries, looks like an attack from query {runs[0, 0] + 1:,}")
        else:
            calm.append(total)
    for label, colour, alpha in (("queries", BLUE, 0.35), ("look like an attack (⚑ the first time)", RED, 1.0)):
        ax.plot([], [], "s", color=colour, alpha=alpha, ms=8, label=label)
    legend_above(ax, flat=True, handle=1.2)
    cut = any(total > len(curve) for curve, total in zip(curves, asked, strict=True))
    ax.set(xlim=(0, longest), xlabel=f"queries of a customer{f', the first {longest:,}' * cut}")
    ax.tick_params(axis="y", length=0, labelsize="small")
    quiet = f"{len(calm)} without an alarm" + (f", of at most {max(calm):,} queries." if calm else ".")
    words = "; ".join(filter(None, [several(alarms, 5), quiet]))
    return describe(ax, f"The queries of {len(customers)} customers, a lane each. {words}")
