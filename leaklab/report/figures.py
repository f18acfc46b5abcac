"""The report's figures, numbers in and bytes out, and what each shows in words.

A figure is drawn twice, for light and for dark pages; its background is the page's own.
"""

import io
from collections.abc import Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes

from leaklab.plots.membership import LINES, rate_axes
from leaklab.plots.style import BLUE, SKY, axes, describe, figure_of, tidy
from leaklab.report.findings import LIMITS, Curve

INK = {False: "#1c1d1f", True: "#e9e7e2"}
"""The color of text and axes, on light and on dark pages: the page's own."""
FIRST = {False: BLUE, True: SKY}
"""The first curve's color: the palette's dark blue would drown on a dark page."""
AT = 0.01
"""The false-positive rate that reports speak of."""


def area(curve: Curve) -> float:
    """The area under the curve.

    >>> area(Curve("a guess", "scores", (0, 1), (0, 1)))
    0.5
    """
    heights = np.asarray(curve.tpr)
    return float(np.diff(curve.fpr) @ (heights[1:] + heights[:-1]) / 2)


def best(curves: Sequence[Curve]) -> list[Curve]:
    """For each access the curve with the largest area; from the most access to the least."""
    by_access: dict[str, Curve] = {}
    for curve in sorted(curves, key=area):
        by_access[curve.access] = curve
    return [by_access[access] for access in ("", *LIMITS) if access in by_access]


def found_at(curve: Curve, fpr: float = AT) -> float | None:
    """The TPR at that FPR, nothing interpolated; None where the curve has no false positive that rare."""
    rates, hits = np.asarray(curve.fpr), np.asarray(curve.tpr)
    return float(hits[rates <= fpr].max()) if ((rates > 0) & (rates <= fpr)).any() else None


def roc_curves(curves: Sequence[Curve], ax: Axes | None = None, *, dark: bool = False) -> Axes:
    """The best attack of each access on logarithmic axes, with the diagonal of chance."""
    with rc_context(_look(dark)):
        ax = tidy(axes(ax, size=(6.4, 5.4)))
        curves = best(curves)
        finest = min(min((rate for rate in curve.fpr if rate > 0), default=1.0) for curve in curves)
        rate_axes(ax, min(finest, 0.5))
        for i, (curve, (color, dashes)) in enumerate(zip(curves, LINES, strict=False)):
            fpr, tpr = np.asarray(curve.fpr), np.asarray(curve.tpr)
            # From the left edge on: what is found without any false alarm is the worst of a leak.
            start = max(ax.get_ylim()[0], tpr[fpr == 0].max(initial=0))
            ax.step(np.append(ax.get_xlim()[0], fpr[fpr > 0]), np.append(start, tpr[fpr > 0]), where="post",
                    color=FIRST[dark] if i == 0 else color, linestyle=dashes, linewidth=2,
                    label=f"{LIMITS.get(curve.access, 'any access')}: AUC {area(curve):.2f}")
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False, handlelength=3.4)
    return describe(ax, roc_words(curves))


def roc_words(curves: Sequence[Curve]) -> str:
    """What `roc_curves` shows, for those who do not see it.

    >>> roc_words([Curve("a guess", "labels", (0, 0.01, 1), (0, 0.02, 1))]).split(". ")[1]
    'With labels only: AUC 0.51, 2.0% of members found at 1% false positives'
    """
    lines = []
    for curve in best(curves):
        hits = found_at(curve)
        seen = "too few records to say what is found at 1% false positives" if hits is None else (
            f"{100 * hits:.1f}% of members found at 1% false positives")
        lines.append(f"With {LIMITS.get(curve.access, 'any access')}: AUC {area(curve):.2f}, {seen}.")
    return " ".join(["ROC curves on logarithmic axes, one for each access.", *lines, "Chance finds 1%."])


def svg(ax: Axes, *, dpi: float = 72) -> bytes:
    """The axes' figure on a transparent ground; ``dpi`` is that of photographs within it."""
    buffer = io.BytesIO()
    with rc_context({"svg.hashsalt": "leaklab"}):
        figure_of(ax).savefig(buffer, format="svg", transparent=True, dpi=dpi,
                              metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def alike(recovered: np.ndarray, truth: np.ndarray) -> float | None:
    """The correlation of two pictures' pixels; None where one of them has no contrast, or is of another shape.

    >>> alike(np.eye(3), np.eye(3))
    1.0
    """
    one, other = (np.nan_to_num(np.asarray(image, dtype=np.float64)).ravel() for image in (recovered, truth))
    if one.size != other.size or one.std() == 0 or other.std() == 0:
        return None
    return float(np.corrcoef(one, other)[0, 1].round(6))


def _look(dark: bool) -> dict:
    ink = INK[dark]
    return {"text.parse_math": False, "font.size": 11, "text.color": ink, "axes.labelcolor": ink, "axes.edgecolor": ink,
            "xtick.color": ink, "ytick.color": ink, "grid.color": ink, "axes.facecolor": "none"}
