"""What a guarantee costs, as pictures: accuracy and attack along epsilon, and the faces a private model still gives."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leaklab._validate import array, fail
from leaklab.metrics import Interval, Rate
from leaklab.plots.style import BLUE, GREY, RED, axes, tidy

LOOKS = ((BLUE, "o", "-"), (RED, "s", "--"), (GREY, "^", ":"))  # colour, marker and line: none speaks alone


def tradeoff(epsilons: Sequence[float], curves: Mapping[str, Sequence[Interval | Rate]], *, ax: Axes | None = None,
             chance: float | None = None, marked: float | Sequence[float] = (),
             ylim: tuple[float, float] | None = None) -> Axes:
    """Rates along epsilon: the model without privacy at the left, ever stronger guarantees to the right.

    Parameters
    ----------
    epsilons : sequence of float
        ``inf`` for the model trained without privacy; any order.
    curves : mapping
        Label -> a value with its interval for each epsilon; up to three, drawn as line and band.
    chance : float, optional
        Where guessing would be: a dotted line.
    marked : float or sequence of float, optional
        Some of ``epsilons`` to point out.
    ylim : tuple of float, optional
        The ends of the vertical axis.

    Examples
    --------
    >>> ax = tradeoff([np.inf, 8, 0.5], {"accuracy": [Rate(70, 100), Rate(72, 100), Rate(60, 100)]}, chance=0.5)
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['not\\nprivate', '8', '0.5']
    """
    if len(curves) > len(LOOKS):
        fail("curves", list(curves), f"must be at most {len(LOOKS)}", "Draw the others on axes of their own.")
    for label, values in curves.items():
        if len(values) != len(epsilons):
            fail(f"curves[{label!r}]", len(values), f"must have a value for each of the {len(epsilons)} epsilons")
    ax = tidy(axes(ax))
    order = np.argsort(epsilons)[::-1]
    sorted_epsilons = [float(epsilons[i]) for i in order]
    x = places(sorted_epsilons)
    for values, look in zip(curves.values(), LOOKS, strict=False):
        _curve(ax, x, [values[i] for i in order], look, sorted_epsilons)
    if chance is not None:
        ax.axhline(chance, color=GREY, linewidth=1, linestyle=(0, (1, 3)))
        ax.annotate("guessing", (0, chance), xycoords=("axes fraction", "data"), xytext=(3, 3),
                    textcoords="offset points", color=GREY, fontsize=9)
    for epsilon in [marked] if isinstance(marked, float | int) else marked:
        ax.axvspan(*(x[sorted_epsilons.index(epsilon)] + side * 0.18 for side in (-1, 1)), color="#f0e442", alpha=0.35,
                   zorder=0, linewidth=0, gid=f"mark-{epsilon:g}")
    ax.set_xticks(x, [shown(e) for e in sorted_epsilons])
    ax.set(xlabel="epsilon (a stronger guarantee to the right)", ylim=ylim)
    ax.set_xlim(x[0] - 0.35, x[-1] + 0.35)
    _name_at_the_end(ax, x[-1], {label: values[order[-1]].value for label, values in curves.items()})
    return ax


def faces_along(epsilons: Sequence[float], images: np.ndarray, truth: np.ndarray, *, ax: Axes | None = None,
                ratios: Sequence[str] = ()) -> Axes:
    """Recovered faces, a labelled row an epsilon, under the truth.

    Parameters
    ----------
    epsilons : sequence of float, length k
    images : array (k, n, height, width)
        What the attack drew from the model of each epsilon.
    truth : array (n, height, width)
        The people's mean photographs.
    ratios : sequence of str, length k, optional
        A few words to write at the end of each row, such as how many were recognised.
    """
    truth = array("truth", truth, ndim=3)
    rows = np.concatenate([truth[None], images])
    height, width = truth.shape[1:]
    gap = max(2, height // 20)
    canvas = np.ones((len(rows) * (height + gap) - gap, len(truth) * (width + gap) - gap))
    for i, row in enumerate(rows):
        for j, face in enumerate(row):
            canvas[i * (height + gap):i * (height + gap) + height, j * (width + gap):j * (width + gap) + width] = face
    ax = axes(ax, size=(1.2 * len(truth) + 1.6, 1.15 * len(rows)))
    ax.imshow(canvas, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    middles = np.arange(len(rows)) * (height + gap) + height / 2
    names = ["truth", *(shown(e) if np.isinf(e) else f"epsilon {shown(e)}" for e in epsilons)]
    ax.set_yticks(middles, names)
    ax.tick_params(length=0, labelsize=11)
    ax.set_xticks([])
    ax.spines[:].set_visible(False)
    for middle, words in zip(middles[1:], ratios, strict=False):
        ax.annotate(words, (1, middle), xycoords=("axes fraction", "data"), xytext=(8, 0), textcoords="offset points",
                    va="center", fontsize=10, annotation_clip=False)
    return ax


def dial(epsilons: Sequence[float], patients: Mapping[str, Sequence], faces: Mapping[str, Sequence], marked: float,
         images: np.ndarray, truth: np.ndarray) -> Figure:
    """One epsilon among others: curves of patients and of a face recogniser, and the faces it gives beside the truth.

    Parameters
    ----------
    epsilons, patients, faces : as `tradeoff` takes them
    marked : float
        One of ``epsilons``.
    images : array (n, height, width)
        What the attack drew from the model of that epsilon.
    truth : array (n, height, width)
        The people's mean photographs.
    """
    figure = Figure(figsize=(12, 6.6), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(1.15, 1))  # type: ignore[misc]  # typed as one subfigure
    left, right = top.subplots(1, 2)
    tradeoff(epsilons, patients, ax=left, chance=0.5, marked=marked, ylim=(0.45, 0.8))
    tradeoff(epsilons, faces, ax=right, chance=0.05, marked=marked, ylim=(0, 1.05))
    left.set_title("Patients", loc="left", fontweight="bold")
    right.set_title("Faces", loc="left", fontweight="bold")
    faces_along([marked], images[None], truth, ax=bottom.subplots())
    return figure


def side_by_side(epsilons: Sequence[float], patients: Mapping[str, Sequence], faces: Mapping[str, Sequence]) -> Figure:
    """Curves of patients and of a face recogniser side by side, every epsilon's mark and points under their names.

    Parameters
    ----------
    epsilons, patients, faces : as `tradeoff` takes them
        Which of the marks and points are to be seen, `leaklab.plots.style.without` decides: ``mark-8``, ``at-8``.
    """
    figure = Figure(figsize=(13, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    tradeoff(epsilons, patients, ax=left, chance=0.5, marked=epsilons, ylim=(0.45, 0.8))
    tradeoff(epsilons, faces, ax=right, chance=0.05, marked=epsilons, ylim=(0, 1.05))
    left.set_title("Patients", loc="left", fontweight="bold")
    right.set_title("Faces", loc="left", fontweight="bold")
    return figure


def shown(epsilon: float) -> str:
    """An epsilon as a label.

    >>> shown(8.0), shown(0.5), shown(np.inf)
    ('8', '0.5', 'not\\nprivate')
    """
    return "not\nprivate" if np.isinf(epsilon) else f"{epsilon:g}"


def places(epsilons: Sequence[float]) -> np.ndarray:
    """Where each epsilon stands: powers of two one apart, infinity one and a half before the largest."""
    logs = -np.log2([e for e in epsilons if np.isfinite(e)])
    first = logs[0] if len(logs) else 0
    return np.array([first - 1.5 if np.isinf(e) else -np.log2(e) for e in epsilons])


def _curve(ax, x, values, look, epsilons) -> None:
    """Point by point, so that each, with its way from the last one, has a name: "at-" and its epsilon."""
    colour, marker, line = look
    for i, (value, epsilon) in enumerate(zip(values, epsilons, strict=True)):
        gid, bar = f"at-{epsilon:g}", [[value.value - value.low], [value.high - value.value]]
        if np.isinf(epsilon):
            ax.errorbar(x[i], value.value, yerr=bar, color=colour, marker=marker, linestyle="none", capsize=4,
                        markersize=7)
            continue
        ax.plot(x[i], value.value, color=colour, marker=marker, markersize=6, gid=gid)
        if i and np.isfinite(epsilons[i - 1]):
            before = values[i - 1]
            ax.plot(x[i - 1:i + 1], [before.value, value.value], color=colour, linestyle=line, linewidth=2, gid=gid)
            ax.fill_between(x[i - 1:i + 1], [before.low, value.low], [before.high, value.high], color=colour,
                            alpha=0.15, linewidth=0, gid=gid)


def _name_at_the_end(ax: Axes, x: float, ends: Mapping[str, float]) -> None:
    """Direct labels right of the last points, kept apart by at least a line of text."""
    low, high = ax.get_ylim()
    ax.set_ylim(low, high)
    line = 0.065 * (high - low)  # a line of text, on axes as small as the dial's
    top = -np.inf
    for label, (colour, _, _), y in sorted(zip(ends, LOOKS, ends.values(), strict=False), key=lambda item: item[2]):
        half = line * (label.count("\n") + 1) / 2
        middle = max(y, top + half)
        top = middle + half
        ax.annotate(label, (x, middle), xytext=(12, 0), textcoords="offset points", color=colour, va="center",
                    fontweight="bold", annotation_clip=False)
