"""What noise does, as pictures: the answers about two neighbours, and epsilon as so many of a hundred."""

from collections.abc import Mapping, Sequence
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes

from leaklab import _validate as v
from leaklab.plots.style import BLUE, ORANGE, axes, describe, legend_above, several, tidy

BINS = 60


def two_outputs(first, second, *, names: Sequence[str] = ("with the person", "without"), threshold: float | None = None,
                ax: Axes | None = None) -> Axes:
    """What a mechanism answers about two neighbouring inputs: two histograms over each other.

    Parameters
    ----------
    first, second : array (n,), (m,)
        Numbers that it answered about each.
    names : sequence of two str
    threshold : float, optional
        From where on the first input is guessed: a dashed line.

    Examples
    --------
    >>> ax = two_outputs([1.0, 2.0, 2.5], [0.0, 1.0, 1.5], threshold=1.75)
    >>> ax.get_label()[:64]
    'Two histograms of answers: with the person, median 2; without, m'
    """
    first, second = (v.array(name, values, ndim=1, dtype=np.float64) for name, values in
                     (("first", first), ("second", second)))
    ax = tidy(axes(ax, size=(6.0, 3.2)))
    low, high = np.quantile(np.concatenate([first, second]), [0.002, 0.998])
    edges = np.linspace(low, high, BINS + 1) if low < high else np.linspace(low - 0.5, low + 0.5, BINS + 1)
    ax.hist(first, edges, density=True, color=BLUE, alpha=0.45, label=names[0])
    ax.hist(second, edges, density=True, histtype="step", color=ORANGE, linewidth=2.2, label=names[1])
    ax.set(xlabel="answer", ylabel="how often", yticks=[])
    words = f"Two histograms of answers: {names[0]}, median {np.median(first):.4g}; {names[1]}, median " \
            f"{np.median(second):.4g}."
    if threshold is not None:
        ax.axvline(threshold, color="#222222", linestyle="--", linewidth=1.4, label=f"guess: {threshold:.4g} or more")
        words += (f" At {threshold:.4g} or more: {np.mean(first >= threshold):.0%} of the first, "
                  f"{np.mean(second >= threshold):.0%} of the second.")
    legend_above(ax, flat=True, handle=1.8)
    return describe(ax, words)


def odds_dots(counts: Mapping[str, tuple[float, float]]) -> Axes:
    """Of a hundred results, how many would make somebody believe that a person took part: a square of dots each.

    Parameters
    ----------
    counts : mapping of str to (without, with)
        Name of a setting, such as "epsilon 1" -> as `leaklab.privacy.of_hundred` gives them; a row each.

    Examples
    --------
    >>> odds_dots({"epsilon 1": (26.9, 73.1)}).get_label()
    'Dots in squares of a hundred. epsilon 1: 27 without your data, 73 with it.'
    """
    ax = axes(None, size=(5.6, 0.5 + 2.1 * len(counts)))
    ax.set_axis_off()
    ax.set_aspect("equal")
    x, y = np.meshgrid(np.arange(10), np.arange(10))
    said = []
    for row, (name, pair) in enumerate(counts.items()):
        top = 13.0 * row
        ax.text(-1.0, top + 4.5, fill(name, 12), ha="right", va="center", parse_math=False)
        numbers = [round(number) for number in pair]
        for column, (number, words) in enumerate(zip(numbers, ("if you do not share", "if you share"), strict=True)):
            left, full = 14.0 * column, (10 * y + x < number).ravel()
            ax.scatter(left + x.ravel()[full], top + y.ravel()[full], s=38, facecolor=BLUE, edgecolor=BLUE)
            ax.scatter(left + x.ravel()[~full], top + y.ravel()[~full], s=38, facecolor="none", edgecolor="#8a8a8a")
            ax.text(left + 4.5, top - 1.2, f"{words}: {number}", ha="center", va="bottom", fontsize="small")
        said.append(f"{name}: {numbers[0]} without your data, {numbers[1]} with it")
    ax.set_xlim(-6.5, 24.5)
    ax.set_ylim(13.0 * len(counts) - 2.5, -3.2)
    return describe(ax, f"Dots in squares of a hundred. {several(said)}.")
