"""Figures of many targets: the spread of the ROC curve, who is exposed, and AUC beside AUC.

Markers and dashes differ and everything carries its name, so that colour never speaks alone.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from leaklab._validate import fail
from leaklab.metrics import Exposure, Interval, Rate, Spread, Targets
from leaklab.plots.layout import scale, wrap
from leaklab.plots.membership import BELOW, lines_of, named, rate_axes
from leaklab.plots.style import (
    BLUE,
    GREEN,
    GREY,
    PURPLE,
    RED,
    axes,
    describe,
    legend_above,
    row_axes,
    several,
    tidy,
)

GROUPS = ((BLUE, "o"), (RED, "s"), (GREEN, "^"), (PURPLE, "D"))
"""Colour and marker of the first, second, ... group."""


def roc_spread(targets: Targets | Mapping[str, Targets], ax: Axes | None = None) -> Axes:
    """ROC curves on logarithmic axes over all targets: the median TPR as a line, the middle 80% as a band.

    Parameters
    ----------
    targets : Targets, or mapping of names to Targets
        From `leaklab.metrics.over_targets`.

    Examples
    --------
    >>> from leaklab.metrics import over_targets
    >>> rng = np.random.default_rng(0)
    >>> trained_on = rng.random((6, 90)) < 0.5
    >>> roc_spread(over_targets(rng.normal(trained_on, 1), trained_on)).get_yscale()
    'log'
    """
    ax = tidy(axes(ax, size=(5.6, 4.8)))
    targets = named(targets, "the attack")
    # Every target must see the finest rate, so that medians at all rates are medians of the same targets.
    finest = 1 / min((~one.trained_on).sum(axis=1).min() for one in targets.values())
    fprs = np.geomspace(finest, 1, 121)
    for (name, one), (colour, dashes) in zip(targets.items(), lines_of(targets), strict=True):
        low, median, high = np.maximum(np.quantile(one.tprs(fprs), (0.1, 0.5, 0.9), axis=0), finest / BELOW)
        ax.fill_between(fprs, low, high, step="post", color=colour, alpha=0.2, linewidth=0)
        ax.step(fprs, median, where="post", color=colour, linestyle=dashes,
                label=f"{name}: mean AUC {one.auc.value:.2f}, sd {one.auc.sd:.2f}, {one.auc.number} targets")
    rate_axes(ax, finest)
    ax.annotate("line: median target\nband: the middle 80% of targets", (0.98, 0.03), xycoords="axes fraction",
                ha="right", fontsize="small")
    legend_above(ax)
    return describe(ax, "ROC curves on logarithmic axes, the median over all targets with a band for the middle 80%. "
                        f"{several([_spread_words(name, one, finest) for name, one in targets.items()], 4)}.")


def exposed(found: Exposure, group=None, ax: Axes | None = None, *, fdr: float = 0.05) -> Axes:
    """Every record's advantage (TPR - FPR over its turns), by rank within its group; filled, those shown to be exposed.

    Ranks are shares of the group, so that groups of unequal size compare, on an axis on which equal shares are equally
    wide: two in a hundred look like few.

    Parameters
    ----------
    found : Exposure
        From `leaklab.metrics.exposure`.
    group : array (n,), optional
        What each record belongs to: up to four groups, told apart by marker and colour.
    fdr : float
        At most this share of the marked ones is so by luck.

    Examples
    --------
    >>> from leaklab.metrics import exposure
    >>> rng = np.random.default_rng(0)
    >>> trained_on = rng.random((32, 200)) < 0.5
    >>> found = exposure(rng.normal(4 * trained_on * (np.arange(200) < 9), 1), trained_on)
    >>> exposed(found).get_legend().get_texts()[0].get_text()
    'all records: 9 of 200 exposed'
    """
    ax = tidy(axes(ax, size=(7, 4)))
    group = np.full(len(found.tpr), "all records") if group is None else np.asarray(group)
    if group.shape != found.tpr.shape:
        raise ValueError(f"group has shape {group.shape}: must name the group of each of {len(found.tpr)} records.")
    names = np.unique(group).tolist()
    if len(names) > len(GROUPS):
        fail("group", names, f"a figure takes at most {len(GROUPS)}", "Merge groups.")
    marked = found.exposed(fdr)
    for name, (colour, marker) in zip(names, GROUPS, strict=False):
        own = np.flatnonzero(group == name)
        own = own[np.argsort(-found.advantage[own], kind="stable")]
        share, height, large = np.arange(1, len(own) + 1) / len(own), found.advantage[own], marked[own]
        ax.scatter(share[~large], height[~large], s=12, marker=marker, facecolor="none", edgecolor=colour,
                   linewidth=0.6, alpha=0.6)
        ax.scatter(share[large], height[large], s=42, marker=marker, color=colour, edgecolor="white", linewidth=0.2,
                   zorder=3, label=f"{name}: {large.sum()} of {len(own)} exposed")
    ax.axhline(0, color=GREY, linewidth=1)
    ax.set(xlim=(-0.02, 1.02), xlabel="share of the group, the most exposed first", ylabel="TPR - FPR of the record")
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    legend_above(ax, handle=1.2, title=f"large and filled: shown to be exposed (FDR {100 * fdr:g}%); small: not shown")
    said = [f"{name} {marked[group == name].sum()} of {(group == name).sum()}, highest TPR - FPR "
            f"{found.advantage[group == name].max():.2f}" for name in names]
    return describe(ax, "The advantage of every record by rank in its group. Shown to be exposed, at a false "
                        f"discovery rate of {100 * fdr:g}%: {several(said)}.")


def auc_dots(found: Mapping[str, Interval | Rate | Spread], ax: Axes | None = None, *,
             kinds: Sequence[str] | None = None) -> Axes:
    """AUC with its interval, a line each: by subgroup, by training setting. Hollow where chance is not ruled out.

    Parameters
    ----------
    found : mapping
        Name -> AUC; the first on top.
    kinds : sequence of str, optional
        What each row is a case of, where rows of the same kind are to be compared: up to four, told apart by marker and
        colour.

    Examples
    --------
    >>> found = {"rare": Interval(0.7, 0.62, 0.77), "common": Interval(0.52, 0.49, 0.55)}
    >>> auc_dots(found).get_xlabel()
    'AUC of the attack (hollow: chance is not ruled out)'
    >>> [text.get_text() for text in auc_dots(found, kinds=["few", "many"]).get_legend().get_texts()]
    ['few', 'many']
    """
    found = dict(found)
    if not found:
        fail("found", found, "must hold at least one AUC")
    looks = _looks(kinds, len(found))
    ax = row_axes(ax, list(found), wide=6.5, head=1.3 if kinds is None else 1.6, row=0.42)
    ax.axvline(0.5, color=GREY, linestyle="--", linewidth=1.2)
    ax.annotate("chance", (0.5, 1), xycoords=("data", "axes fraction"), xytext=(0, 3), textcoords="offset points",
                ha="center", color=GREY, fontsize="small")
    for place, (one, (colour, marker)) in enumerate(zip(found.values(), looks, strict=True)):
        ax.errorbar(one.value, place, xerr=[[one.value - one.low], [one.high - one.value]], color=colour, capsize=4,
                    marker=marker, markersize=7, linewidth=1.8, markerfacecolor="white" if _at_chance(one) else colour)
        ax.annotate(f"{one.value:.2f} [{one.low:.2f}, {one.high:.2f}]", (1, place), fontsize="small", va="center",
                    xycoords=("axes fraction", "data"), xytext=(8, 0), textcoords="offset points")
    if kinds is not None:
        for name, (colour, marker) in dict(zip(kinds, looks, strict=True)).items():
            ax.plot([], [], color=colour, marker=marker, linestyle="", label=wrap(name, 90 * scale() ** 0.5, "small"))
        legend_above(ax, flat=True, handle=1.2, lines=1)
    hollow = " (hollow: chance is not ruled out)" if any(map(_at_chance, found.values())) else ""
    ax.set_xlabel(f"AUC of the attack{hollow}")
    ax.margins(x=0.08)
    return describe(ax, _auc_words(found))


def _at_chance(one: Interval | Rate | Spread) -> bool:
    return not (one.low > 0.5 or one.high < 0.5)  # nan rules out nothing


def _looks(kinds: Sequence[str] | None, rows: int) -> list[tuple[str, str]]:
    """Colour and marker of each row."""
    if kinds is None:
        return [GROUPS[0]] * rows
    if len(kinds) != rows:
        fail("kinds", list(kinds), f"must name the kind of each of {rows} rows")
    names = list(dict.fromkeys(kinds))
    if len(names) > len(GROUPS):
        fail("kinds", names, f"a figure takes at most {len(GROUPS)}", "Merge kinds.")
    return [GROUPS[names.index(kind)] for kind in kinds]


def _auc_words(found: Mapping[str, Interval | Rate | Spread]) -> str:
    """All where they are few, or else both ends; and which of them chance may be."""
    said = {name: f"{name} {one.value:.2f} [{one.low:.2f}, {one.high:.2f}]" for name, one in found.items()}
    by_value = sorted(found, key=lambda name: found[name].value)
    between = [name for name, one in found.items() if _at_chance(one)]
    few = len(found) <= 5
    first = "; ".join(said.values()) if few else (
        f"{len(found)} rows, from {said[by_value[0]]} to {said[by_value[-1]]}")
    last = several(between, 3) if few else f"{len(between)} of them"
    chance = f"not ruled out for {last}" if between else "ruled out for all"
    return f"AUC of the attack, with intervals: {first}. Chance, 0.5, is {chance}."


def _spread_words(name: str, targets: Targets, finest: float) -> str:
    at = max(0.01, finest)
    low, median, high = np.quantile(targets.tprs(np.array([at])), (0.1, 0.5, 0.9))
    return (f"{name}: mean AUC {targets.auc.value:.2f} over {targets.auc.number} targets; at {at:.1%} false positives "
            f"it finds {median:.1%} of members, {low:.1%} to {high:.1%}")
