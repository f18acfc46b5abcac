"""Figures of an audit: the rates that epsilon allows, and measured epsilon beside the promised."""

from collections.abc import Mapping

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from leaklab._validate import fail, number
from leaklab.metrics import Interval, Rate
from leaklab.plots.style import BLUE, GREY, RED, axes, describe, legible, row_axes, several, span, tidy
from leaklab.plots.web import Backdrop


def allowed_region(epsilon: float, delta: float, measured: tuple[Rate, Rate] | None = None,
                   ax: Axes | None = None, *, near: bool = False) -> Axes:
    """Which pairs (FPR, TPR) a promise allows every adversary (Kairouz, Oh and Viswanath 2015, theorem 2.1).

    Parameters
    ----------
    epsilon, delta : float
        The promise.
    measured : (Rate, Rate), optional
        TPR and FPR of an adversary. The box holds both limits at once; its upper left corner is what they claim at
        best, its lower right corner what is proven: the promise is refuted when that lies outside the region.
    near : bool
        Draw only the corner where both rates are small, as far as what was measured: for a box that is tiny otherwise.

    Examples
    --------
    >>> allowed_region(2.0, 1e-5, (Rate(60, 100), Rate(5, 100))).get_xlabel()
    'false-positive rate'
    """
    number("epsilon", epsilon, low=0)
    ax = tidy(axes(ax, size=(5.0, 4.6)))
    bend = (1 - delta) / (1 + np.exp(epsilon))  # the border is straight between these
    fpr_axis = np.unique(np.clip([0, delta, bend, 1 - bend - delta, 1 - delta, 1, *np.linspace(0, 1, 21)], 0, 1))
    top = np.minimum(np.minimum(np.exp(epsilon) * fpr_axis + delta, 1 - np.exp(-epsilon) * (1 - fpr_axis - delta)), 1)
    ax.fill_between(fpr_axis, _mirror(fpr_axis, epsilon, delta), top, color=BLUE, alpha=0.15, linewidth=0)
    ax.plot(fpr_axis, top, color=BLUE, linewidth=1.6)
    ax.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
    ax.annotate(f"allowed by\nepsilon = {epsilon:.3g}", (0.97, 0.25), xycoords="axes fraction", color=BLUE, ha="right")
    words = f"The pairs of rates that epsilon {epsilon:.3g} and delta {delta:.3g} allow lie around the diagonal."
    if measured is not None:
        _box(ax, *measured)
        tpr, fpr = measured
        outside = tpr.low > np.interp(fpr.high, fpr_axis, top)
        words += (f" Measured: TPR {span(tpr)}, FPR {span(fpr)}. The corner that is proven, TPR {tpr.low:.0%} at FPR "
                  f"{fpr.high:.0%}, lies {'outside' if outside else 'inside'} what is allowed.")
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal", xlabel="false-positive rate",
           ylabel="true-positive rate")
    if near and measured is not None:
        ends = [min(1.0, 2 * rate.high) for rate in measured[::-1]]
        ax.set(xlim=(0, ends[0]), ylim=(0, ends[1]), aspect="auto")
        words += f" Shown up to FPR {ends[0]:.0%} and TPR {ends[1]:.0%}."
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
    _epsilon_axis(ax, promised, end)
    for place, one in enumerate(found.values()):
        broken = one.low > promised and verdict is not False
        colour, marker = (RED, "s") if broken else (BLUE, "o")
        reach = min(one.high, end)
        ax.plot([one.low, reach], [place, place], color=colour, linewidth=1.4, alpha=0.7)
        ax.plot(reach, place, color=colour, marker=">" if one.high > end else "|", markersize=7, clip_on=False)
        ax.plot(one.low, place, color=colour, marker=marker, markersize=8)
        ax.annotate(f"≥ {one.low:.2f}" + "  broken" * broken, (1, place), xycoords=("axes fraction", "data"),
                    xytext=(12, 0), textcoords="offset points", va="center", fontsize="small")
    said = [f"{name} at least {one.low:.2f}" + ", more than promised" * (one.low > promised and verdict is not False)
            for name, one in found.items()]
    return describe(ax, f"Epsilon as measured, beside the promised {promised:.3g}: {several(said)}.")


class AuditBackdrops:
    """Both figures of an audit for a slider: a promise is drawn once, and what is measured put in at once.

    Parameters
    ----------
    epsilon, delta : float
        The promise.
    most : float
        The largest epsilon that this many models could prove.

    Examples
    --------
    >>> figures = AuditBackdrops(2.0, 1e-5, most=3.0)
    >>> "proven: ≥ 1.10" in figures.proven(Interval(2.0, 1.1, 3.5), False)
    True
    """

    def __init__(self, epsilon: float, delta: float, *, most: float):
        self.promised, self.end = epsilon, 1.15 * max(epsilon, most)
        self._region = Backdrop(allowed_region(epsilon, delta, ax=axes(size=(3.5, 3.25))))
        line = _epsilon_axis(tidy(axes(size=(4.4, 1.6))), epsilon, self.end)
        line.set(yticks=[], ylim=(1.5, -0.5), xlabel="epsilon")
        self._line = Backdrop(line)

    def rates(self, tpr: Rate, fpr: Rate, *, word: str = "proven") -> Markup:
        """The pair of rates among those that the promise allows, and a word for the pessimistic corner."""
        on, colour = self._region, f"var(--leaklab-red, {RED})"
        (left, top), (right, bottom) = on.at(fpr.low, tpr.high), on.at(fpr.high, tpr.low)
        x, y = on.at(fpr.value, tpr.value)
        at_end = fpr.high > 0.6
        return on.marked(Markup(
            '<rect x="{left}" y="{top}" width="{width:.2f}" height="{height:.2f}" fill="{c}" fill-opacity=".3" '
            'stroke="{c}"/><circle cx="{x}" cy="{y}" r="4" fill="{c}"/>{corner}'
            '<text x="{text}" y="{below}" text-anchor="{anchor}" fill="{c}" font-size="16">{word}</text>').format(
                word=word, left=left, top=top, width=right - left, height=bottom - top, c=colour, x=x, y=y,
                corner=_square(right, bottom, colour, hollow=True), text=right + (-10 if at_end else 10),
                below=bottom + 18, anchor="end" if at_end else "start"),
            f"True-positive rate {tpr}, false-positive rate {fpr}: a box, at whose lower right corner stands "
            f"{word}, beside the region that epsilon {self.promised:.3g} allows")

    def proven(self, found: Interval, broken: bool, *, word: str = "proven") -> Markup:
        """Epsilon, proven and beyond, beside the promised one."""
        on, colour = self._line, f"var(--leaklab-{'red' if broken else 'blue'}, {RED if broken else BLUE})"
        (x, y), (reach, _) = on.at(found.low, 0), on.at(min(found.high, self.end), 0)
        dot = Markup('<circle cx="{}" cy="{}" r="6" fill="{}"/>').format(x, y, colour)
        mark = _square(x, y, colour) if broken else dot
        end = f"M{reach - 8},{y - 6} l8,6 l-8,6" if found.high > self.end else f"M{reach},{y - 6} v12"
        return on.marked(Markup(
            '<path d="M{x},{y} H{reach} {end}" stroke="{c}" stroke-width="2" fill="none"/>{mark}<text x="{x}" '
            'y="{below}" text-anchor="{anchor}" font-size="16" paint-order="stroke" stroke-width="5" '
            'stroke="var(--leaklab-surface, #ffffff)">{word}: ≥ {low:.2f}</text>').format(
                word=word, x=x, y=y, reach=reach, end=end, c=colour, mark=mark, below=y + 28, low=found.low,
                anchor="start" if found.low < self.end / 2 else "end"),
            f"Epsilon, {word}: at least {found.low:.2f}; {self.promised:.3g} is promised")


def _square(x: float, y: float, colour: str, *, hollow: bool = False) -> Markup:
    return Markup('<rect x="{:.2f}" y="{:.2f}" width="10" height="10" stroke="{}" stroke-width="1.5" fill="{}"/>'
                  ).format(x - 5, y - 5, colour, "var(--leaklab-surface, #ffffff)" if hollow else colour)


def _epsilon_axis(ax: Axes, promised: float, end: float) -> Axes:
    ax.axvline(promised, color=GREY, linestyle="--", linewidth=1.4)
    ax.annotate(f"promised: {promised:.3g}", (promised, 1), xycoords=("data", "axes fraction"), xytext=(0, 3),
                textcoords="offset points", ha="center", color=GREY, fontsize="small")
    ax.set(xlim=(-0.1, end), xlabel="epsilon: marker, proven; thin line, up to what this adversary might prove")
    return ax


def _mirror(fpr: np.ndarray, epsilon: float, delta: float) -> np.ndarray:
    """The least TPR allowed: an adversary who says the opposite must not do too well either."""
    return np.maximum(np.maximum(1 - delta - np.exp(epsilon) * (1 - fpr), np.exp(-epsilon) * (fpr - delta)), 0)


def _box(ax: Axes, tpr: Rate, fpr: Rate) -> None:
    ax.add_patch(Rectangle((fpr.low, tpr.low), fpr.high - fpr.low, tpr.high - tpr.low, facecolor=RED, alpha=0.3,
                           edgecolor=RED, zorder=3))
    ax.plot(fpr.value, tpr.value, color=RED, marker="o", markersize=5, zorder=4, clip_on=False)
    ax.plot(fpr.high, tpr.low, color=RED, marker="s", markersize=6, markerfacecolor="white", zorder=4, clip_on=False)
    ax.annotate("proven", (fpr.high, tpr.low), xytext=(8, -10), textcoords="offset points", color=legible(RED))
