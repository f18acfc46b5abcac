"""One person's two worlds: what models answer that were trained with them, and without them."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from scipy.stats import norm

from leaklab._validate import array, fail
from leaklab.plots.style import BLUE, RED, axes, describe, legend_above, tidy


def in_and_out(inside, outside, target: float | None = None, ax: Axes | None = None) -> Axes:
    """The logits of one person's true outcome: a histogram and a normal curve for either side.

    Parameters
    ----------
    inside, outside : array of float, at least one each
        From models that trained on the person, and from models that did not.
    target : float, optional
        The answer of the model under attack: a marked line.

    Examples
    --------
    >>> in_and_out([3.0, 4.0, 5.0], [-1.0, 0.0, 1.0], target=4.5).get_ylabel()
    'density'
    """
    ax = tidy(axes(ax, size=(6.5, 3.6)))
    sides = {"trained with them": (array("inside", inside, ndim=1, dtype=np.float64), BLUE, "-"),
             "trained without": (array("outside", outside, ndim=1, dtype=np.float64), RED, "--")}
    values = np.concatenate([side for side, _, _ in sides.values()])
    edges = np.histogram_bin_edges(values, 20).tolist()
    seen = values if target is None else np.append(values, target)
    margin = 0.15 * (np.ptp(seen) or 1)
    grid = np.linspace(seen.min() - margin, seen.max() + margin, 300)
    for name, (side, colour, dashes) in sides.items():
        ax.hist(side, edges, density=True, color=colour, alpha=0.25)
        if np.ptp(side) > 0:
            ax.plot(grid, norm.pdf(grid, side.mean(), side.std()), color=colour, linestyle=dashes, linewidth=2,
                    label=f"{name} ({len(side)} models)")
    if target is not None:
        ax.axvline(target, color="black", linewidth=1.6)
        ax.annotate("▼ the model under attack", (target, 1), xycoords=("data", "axes fraction"), xytext=(0, 3),
                    textcoords="offset points", ha="center", fontsize="small")
    legend_above(ax, flat=True, handle=2.0, lines=int(target is not None))
    ax.set(xlabel="logit of the true outcome (0: a toss-up; left: wrong; right: right)", ylabel="density")
    said = [f"{name}, {len(side)} models: mean {side.mean():.1f}" for name, (side, _, _) in sides.items()]
    answer = "" if target is None else f" The model under attack: {target:.1f}."
    return describe(ax, f"Two histograms of the logit of the true outcome. {'; '.join(said)}.{answer}")


def growing(sides: Mapping[int, tuple[np.ndarray, np.ndarray]], target: float, ax: Axes | None = None) -> Axes:
    """One person's two humps for several numbers of models over each other, on the same axes, to be shown one by one.

    Parameters
    ----------
    sides : mapping of int to (inside, outside)
        Number of models -> their logits of the person's true outcome, from the least to the most. The artists of 8 are
        called ``models-8``: see `leaklab.plots.moving.MovingChart`.
    target : float
        The answer of the model under attack, which the axes have room for.

    Examples
    --------
    >>> ax = growing({4: ([3.0, 4.0], [0.0, 1.0]), 6: ([3.0, 4.0, 5.0], [-1.0, 0.0, 1.0])}, 4.5)
    >>> ax.get_ylabel(), sorted({line.get_gid() for line in ax.get_lines()[:-2]})
    ('models', ['models-4', 'models-6'])
    """
    if not sides:
        fail("sides", sides, "must hold at least one number of models")
    ax = tidy(axes(ax, size=(6.5, 3.2)))
    values = array("sides", np.concatenate([one for both in sides.values() for one in both]), dtype=np.float64)
    edges = np.histogram_bin_edges(values, 20)
    seen = np.append(values, target)
    margin = 0.08 * (np.ptp(seen) or 1)
    grid = np.linspace(seen.min() - margin, seen.max() + margin, 200)
    for models, both in sides.items():
        for side, color, dashes in zip(both, (BLUE, RED), ("-", "--"), strict=True):
            ax.stairs(np.histogram(side, edges)[0], edges, fill=True, color=color, alpha=0.3, gid=f"models-{models}")
            if len(side) and np.ptp(side) > 0:
                height = len(side) * (edges[1] - edges[0]) * norm.pdf(grid, np.mean(side), np.std(side))
                ax.plot(grid, height, color=color, linestyle=dashes, linewidth=2, gid=f"models-{models}")
    ax.plot([], [], color=BLUE, label="trained with them")
    ax.plot([], [], color=RED, linestyle="--", label="trained without")
    ax.legend(loc="upper left", frameon=False, fontsize="small")
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.set(xlabel="logit of the true outcome (0: a toss-up)", ylabel="models", xlim=(grid[0], grid[-1]))
    return describe(ax, f"Histograms of the logit of the true outcome for {min(sides)} to {max(sides)} models. The "
                        f"model under attack: {target:.1f}.")
