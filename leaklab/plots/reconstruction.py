"""Figures of records that come back behind noise, and of shares that models give away."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from leaklab._validate import fail
from leaklab.plots.style import BLUE, GREY, ORANGE, RED, axes, describe, legend_above, row_axes, several, tidy


def picked_behind_noise(points: Sequence[Any], ax: Axes | None = None) -> Axes:
    """How often the last record is picked out of candidates, by the noise, below the ceilings.

    Parameters
    ----------
    points : sequence of leaklab.experiments.BehindNoise
        At least two with noise; those without are left out, for the axis is logarithmic.

    Examples
    --------
    >>> from leaklab.experiments import BehindNoise
    >>> from leaklab.metrics import Rate
    >>> points = [BehindNoise(9.0, 80.0, 1e-5, noise, 1.0, Rate(hits, 20), 0.05, 1.0, 0.9)
    ...           for noise, hits in ((0.1, 15), (1.0, 2))]
    >>> picked_behind_noise(points).get_xscale()
    'log'
    """
    points = sorted((one for one in points if one.noise > 0), key=lambda one: one.noise)
    if len(points) < 2:
        fail("points", len(points), "must hold at least two with noise")
    ax = tidy(axes(ax, size=(6.5, 3.8)))
    noise, value = [one.noise for one in points], [one.picked.value for one in points]
    low, high = ([getattr(one.picked, end) for one in points] for end in ("low", "high"))
    ax.plot(noise, [one.ceiling for one in points], color=RED, linestyle="--", marker="v", linewidth=1.8,
            label="ceiling: the guarantee, for whatever people")
    ax.plot(noise, [one.ceiling_here for one in points], color=ORANGE, linestyle="-.", marker="^", linewidth=1.8,
            label="ceiling: by what these people really move")
    ax.errorbar(noise, value, yerr=[np.subtract(value, low), np.subtract(high, value)], color=BLUE, marker="o",
                linewidth=2, capsize=4, label="picked rightly, with interval")
    guess = points[0].guess
    ax.axhline(guess, color=GREY, linestyle=":", linewidth=1.2)
    ax.annotate("a guess", (0, guess), xycoords=("axes fraction", "data"), xytext=(4, 3), color=GREY, fontsize="small",
                textcoords="offset points")
    ax.set(xscale="log", ylim=(0, 1.03), xlabel="noise on each parameter (standard deviation)",
           ylabel="the right one picked")
    legend_above(ax)
    said = [f"{one.noise:.2g}: {one.picked.value:.2f}, {one.ceiling_here:.2f}, {one.ceiling:.2f}" for one in points]
    return describe(ax, "How often the last record is picked out of candidates, a guess being right "
                        f"{guess:.2f} of the time; after it the ceiling by what these people really move, and the "
                        f"guarantee's. By noise: {several(said, 10)}.")


def estimated_shares(studies: Mapping[str, Any], ax: Axes | None = None) -> Axes:
    """The share of a group that is read off each model, a row a kind of model; the two ends' worlds differ by marker.

    Parameters
    ----------
    studies : mapping of str to leaklab.experiments.PropertyStudy
        The first on top; all of the same two shares.

    Examples
    --------
    >>> from leaklab.attacks import Share
    >>> from leaklab.experiments import PropertyStudy
    >>> found = [Share(0.35, 0.1, 0.6, 0.95, 0.2), Share(0.6, 0.4, 0.8, 0.95, 0.9)]
    >>> ax = estimated_shares({"a network": PropertyStudy.of(np.array([0.3, 0.7]), found)})
    >>> ax.get_xlabel()
    'share that is read off the model'
    """
    if not studies:
        fail("studies", studies, "must hold at least one study")
    shares = sorted({float(share) for study in studies.values() for share in study.truth})
    if len(shares) != 2 or any(study.truth.min() == study.truth.max() for study in studies.values()):
        fail("studies", shares, "must all be of the same two shares", "Draw others in figures of their own.")
    ax = row_axes(ax, list(studies), wide=7.0, head=1.5, row=0.55)
    rng, lines = np.random.default_rng(0), []
    for place, (name, study) in enumerate(studies.items()):
        ends = ((shares[0], BLUE, "o", -0.17), (shares[1], RED, "s", 0.17))
        read = np.array([one.share for one in study.found])
        for end, color, marker, off in ends:
            own = read[study.truth == end]
            ax.scatter(own, place + off + rng.uniform(-0.1, 0.1, len(own)), s=18, color=color, marker=marker, alpha=0.6,
                       linewidth=0, label=f"trained with {end:.0%}" if place == 0 else None)
            ax.plot([end, end], [place - 0.36, place + 0.36], color=color, linewidth=1.2)
        ax.annotate(f"told rightly\n{study.told}", (1, place), fontsize="small", va="center",
                    xycoords=("axes fraction", "data"), xytext=(8, 0), textcoords="offset points")
        lines.append(f"{name} {study.told}")
    ax.set(xlabel="share that is read off the model", xlim=(0, 1))
    ax.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    legend_above(ax, flat=True, handle=1.0)
    return describe(ax, "The share of a group that is read off models trained with a small and with a large share "
                        f"of it. How often it is told rightly which of the two: {several(lines)}. A coin: 0.50.")

