"""Figures of hardened access: what attackers and legitimate users each get, and how a log gives an attack away."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, PercentFormatter, StrMethodFormatter

from leaklab import _validate as v
from leaklab.metrics import Rate
from leaklab.plots.layout import wrap
from leaklab.plots.membership import lines_of
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
    new_figure,
    row_axes,
    several,
    span,
    tidy,
)


def both_sides(rows: Mapping[str, tuple[Rate, Rate]], *, chance: float, notes: Mapping[str, str] | None = None,
               as_given: Mapping[str, Rate] | None = None, ax: Axes | None = None) -> Axes:
    """For each way of answering, the attack's success beside the legitimate users' accuracy, with 95% intervals.

    Parameters
    ----------
    rows : mapping of str to (Rate, Rate)
        Name of the access -> the attack's success, their accuracy; drawn from top to bottom.
    chance : float
        The attack's success by guessing.
    notes : mapping of str to str, optional
        A short text on the right of some rows.
    as_given : mapping of str to Rate, optional
        What an attack reached that takes the answers as they come, drawn hollow; that of ``rows`` adapts to them.

    Examples
    --------
    >>> ax = both_sides({"scores": (Rate(19, 20), Rate(57, 60))}, chance=0.05)
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['scores']
    """
    if not rows:
        v.fail("rows", rows, "must not be empty", "Attack at least one access.")
    said = {v.one_of("notes", name, rows): wrap(note, 130, "small") for name, note in (notes or {}).items()}
    naive = {v.one_of("as_given", name, rows): rate for name, rate in (as_given or {}).items()}
    apart, adapts = (0.24, "attack that adapts: top-1") if naive else (0.14, "attack: top-1")
    ax = row_axes(ax, list(rows), wide=8.4, head=1.25, row=0.62 if naive else 0.5, notes=said.values())
    for y, (name, (attack, used)) in enumerate(rows.items()):
        drawn = [(attack, 0 if naive else -apart, RED, "o", RED), (used, apart, BLUE, "s", BLUE)]
        if name in naive:
            drawn.append((naive[name], -apart, RED, "o", "white"))
        for rate, shift, colour, marker, fill in drawn:
            ax.plot([rate.low, rate.high], [y + shift] * 2, color=colour, lw=2.2, solid_capstyle="butt", alpha=0.55)
            ax.plot(rate.value, y + shift, marker, color=colour, mfc=fill, mew=1.6, ms=8)
    legend = [(adapts, RED, "o", RED), ("legitimate users: accuracy", BLUE, "s", BLUE)]
    for label, colour, marker, fill in [("attack on answers as they come", RED, "o", "white")] * bool(naive) + legend:
        ax.plot([], [], marker, color=colour, mfc=fill, mew=1.6, ms=8, label=label)
    ax.axvline(chance, color=ORANGE, lw=1.6, ls="--", label=f"chance, {chance:.0%}")
    for name, note in said.items():
        ax.annotate(note, (1.03, list(rows).index(name)), xycoords=("axes fraction", "data"), va="center", size="small",
                    color=GREY, annotation_clip=False)
    legend_above(ax, flat=True, handle=1.6)
    ax.set_xlim(0, 1.02)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.tick_params(axis="y", length=0, labelcolor=INK, labelsize="small")
    words = [f"{name}: {span(attack)} and {span(used)}" + (
        f", by an attack that takes answers as they come {span(naive[name])}" if name in naive else "")
        for name, (attack, used) in rows.items()]
    return describe(ax, "The attack's success, evaluator's top-1, and the legitimate users' accuracy. "
                        f"{several(words, 8)}. Chance for the attack: {chance:.0%}.")


def success_by_queries(curves: Mapping[str, tuple[np.ndarray, list[Rate]]], *, chance: float,
                       likeness: Mapping[str, np.ndarray] | None = None, ax: Axes | None = None) -> Axes:
    """The attack's success against queries a person, one line a way of asking, with 95% bands.

    Parameters
    ----------
    curves : mapping of str to (queries (k,), k Rates)
        Queries at least 1; drawn on a logarithmic axis.
    chance : float
    likeness : mapping of str to float array (k,), optional
        Likeness beyond the average face of the same curves, for a second pair of axes on the right, whose left
        neighbour is returned; only in a figure of its own.
    """
    if likeness is None:
        ax = tidy(axes(ax, size=(7.2, 3.8)))
        rooms = [ax]
    elif ax is not None:
        v.fail("ax", ax, "likeness takes axes of its own", "Leave out ax or likeness.")
    else:
        rooms = [tidy(one) for one in new_figure((9.6, 3.8)).subplots(1, 2)]
        ax = rooms[0]
    for (name, (queries, rates)), (colour, dashes) in zip(curves.items(), lines_of(curves), strict=True):
        queries = v.array("queries", queries, ndim=1, length=len(rates))
        look: dict[str, Any] = {"color": colour, "ls": dashes, "marker": "o", "ms": 4}
        ax.fill_between(queries, [r.low for r in rates], [r.high for r in rates], color=colour, alpha=0.13, lw=0)
        ax.plot(queries, [r.value for r in rates], label=name, **look)
        if likeness is not None:
            rooms[1].plot(queries, v.array("likeness", likeness[name], ndim=1, length=len(rates)), label=name, **look)
    ax.axhline(chance, color=ORANGE, lw=1.6, ls=":", label=f"chance, {chance:.0%}")
    for room in rooms:
        room.set(xscale="log", ylim=(0, 1.03), xlabel="queries a person")
        room.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    ax.set_ylabel("evaluator's top-1")
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    legend_above(ax)
    if likeness is not None:
        rooms[1].set_ylabel("likeness beyond the average face")
        told = [f"{name} from {values[0]:.2f} to {values[-1]:.2f}" for name, values in likeness.items() if len(values)]
        describe(rooms[1], f"Likeness beyond the average face, of the same faces. {several(told)}.")
    words = [f"{name} from {rates[0].value:.0%} at {queries[0]:,.0f} to {rates[-1].value:.0%} at {queries[-1]:,.0f}"
             for name, (queries, rates) in curves.items() if len(rates)]
    return describe(ax, f"Evaluator's top-1 against queries a person, with 95% bands. {several(words)}. "
                        f"Chance: {chance:.0%}.")


def traffic(customers: Sequence[tuple[str, np.ndarray]], ax: Axes | None = None) -> Axes:
    """Everybody's queries on a lane of their own, from left to right; marked where they look like an attack.

    The axis is logarithmic: a lane of twenty thousand queries and one of two hundred have room on one page.

    Parameters
    ----------
    customers : sequence of (str, float array (n,))
        A name, and suspicion after each query in units of the alarm's threshold: above 1 is an alarm.

    Examples
    --------
    >>> ax = traffic([("a student", np.array([0.0, 0.2, 0.1])), ("a stranger", np.array([0.4, 0.9, 1.5]))])
    >>> [text.get_text() for text in ax.texts]
    ['no alarm in 3', '⚑ query 3 of 3']
    """
    curves = [v.array(name, curve, ndim=1, dtype=np.float64) for name, curve in customers]
    short = [name if len(name) <= 28 else f"{name[:27]}…" for name, _ in customers]
    ax = row_axes(ax, short, wide=8.4, head=1.4, row=0.33)
    ax.set_yticks(range(len(short)), short, parse_math=False)  # on one line; a customer may be called $x$
    alarms, calm, longest = [], [], max([1, *map(len, curves)])
    for lane, curve in enumerate(curves):
        ax.barh(lane, len(curve), left=1, height=0.55, color=BLUE, alpha=0.35)  # query n lies between n and n + 1
        alarm = np.concatenate([[False], curve > 1, [False]])
        runs = np.flatnonzero(np.diff(alarm)).reshape(-1, 2) + 1  # begin and end of each alarm
        ax.broken_barh([(begin, end - begin) for begin, end in runs], (lane - 0.275, 0.55), color=RED)
        said = f"⚑ query {runs[0, 0]:,} of {len(curve):,}" if len(runs) else f"no alarm in {len(curve):,}"
        ax.annotate(said, (1.02, lane), xycoords=("axes fraction", "data"), va="center", size="small",
                    color=legible(RED) if len(runs) else INK, annotation_clip=False)
        if len(runs):
            alarms.append(f"{short[lane]}, {len(curve):,} queries, looks like an attack from query {runs[0, 0]:,}")
        else:
            calm.append(len(curve))
    for label, colour, alpha in (("queries", BLUE, 0.35), ("look like an attack (⚑ the first time)", RED, 1.0)):
        ax.plot([], [], "s", color=colour, alpha=alpha, ms=8, label=label)
    legend_above(ax, flat=True, handle=1.2)
    ax.set(xscale="log", xlim=(1, longest + 1), xlabel="queries of a customer")
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.tick_params(axis="y", length=0, labelsize="small")
    quiet = f"{len(calm)} without an alarm" + (f", of at most {max(calm):,} queries." if calm else ".")
    words = "; ".join(filter(None, [several(alarms, 8), quiet]))
    return describe(ax, f"The queries of {len(customers)} customers, a lane each. {words}")
