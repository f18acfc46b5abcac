"""The gallery of a face lock: how similar a visitor is to each who may pass, and where the threshold lies."""

from collections.abc import Mapping

from matplotlib.axes import Axes

from leaklab.plots.style import BLUE, GREY, RED, axes, tidy

SHOWN = 8
"""Most names in a picture."""


def similarity_chart(similarities: Mapping[str, float], threshold: float, *, ax: Axes | None = None) -> Axes:
    """The most similar names, best first, as points beside the threshold; names above it are full points.

    Parameters
    ----------
    similarities : mapping of str to float in [-1, 1]
        At least one.
    threshold : float
    """
    best = sorted(similarities.items(), key=lambda item: -item[1])[:SHOWN]
    ax = axes(ax, size=(8, 1.8 + 0.42 * max(len(best), 2)))
    low = min(threshold, best[-1][1])
    left = low - 0.15 * (1 - low) - 1e-3
    for row, (_, similarity) in enumerate(best):
        passes = similarity > threshold
        color = BLUE if passes else GREY
        ax.plot([left, similarity], [row, row], color=color, linewidth=2.5)
        ax.plot([similarity], [row], "o", markersize=13, markeredgewidth=2.5, color=color,
                markerfacecolor=color if passes else "#ffffff")
    ax.axvline(threshold, color=RED, linewidth=2.5, linestyle="--")
    ax.text(threshold - 0.015 * (1 - left), -0.75, "threshold", ha="right", va="center", color=RED, fontsize=14)
    ax.set_yticks(range(len(best)), [_cut(name) for name, _ in best], parse_math=False)
    ax.set_ylim(max(len(best), 2) - 0.5, -1.1)
    ax.set_xlim(left, 1 + 0.02 * (1 - left))
    ax.set_xlabel("similarity" + (f" (the {SHOWN} most similar of {len(similarities)})"
                                  if len(similarities) > SHOWN else ""))
    return tidy(ax)


def _cut(name: str) -> str:
    return name if len(name) <= 16 else name[:15] + "…"
