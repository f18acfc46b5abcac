"""What a guarantee costs, as pictures: accuracy and attack along epsilon, and the faces a private model still gives."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leaklab._validate import array, fail
from leaklab.metrics import Interval, Rate
from leaklab.plots.layout import APART, Fitted, scale
from leaklab.plots.style import BLUE, GREY, RED, Chart, axes, describe, legible, several, tidy

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
                    textcoords="offset points", color=GREY, fontsize="small")
    pointed = [marked] if isinstance(marked, float | int) else list(marked)
    for epsilon in pointed:
        ax.axvspan(*(x[sorted_epsilons.index(epsilon)] + side * 0.18 for side in (-1, 1)), color="#f0e442", alpha=0.35,
                   zorder=0, linewidth=0, gid=f"mark-{epsilon:g}")
    ax.set_xticks(x, [shown(e) for e in sorted_epsilons])
    for epsilon, tick in zip(sorted_epsilons, ax.get_xticklabels(), strict=True):
        tick.set_fontweight("bold" if pointed == [epsilon] else "normal")
    ax.set(xlabel="epsilon (stronger guarantee →)", ylim=ylim)
    ax.set_xlim(x[0] - 0.35, x[-1] + 0.35)
    for (label, values), (colour, _, _) in zip(curves.items(), LOOKS, strict=False):
        ax.annotate(label, (x[-1], values[order[-1]].value), xytext=(12, 0), textcoords="offset points", va="center",
                    color=legible(colour), fontweight="bold", annotation_clip=False, gid=APART)
    return describe(ax, _words(sorted_epsilons, {name: [values[i].value for i in order] for name, values in
                                                 curves.items()}, chance, pointed[0] if len(pointed) == 1 else None))


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
    if ax is None:
        ax = Chart(figsize=(1.2 * len(truth) + 1.6, 1.15 * len(rows)), layout=Fitted()).add_subplot()
    ax.imshow(canvas, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    middles = np.arange(len(rows)) * (height + gap) + height / 2
    names = ["truth", *(shown(e) if np.isinf(e) else f"epsilon {shown(e)}" for e in epsilons)]
    ax.set_yticks(middles, names)
    ax.tick_params(length=0, labelsize="medium")
    ax.set_xticks([])
    ax.spines[:].set_visible(False)
    for middle, words in zip(middles[1:], ratios, strict=False):
        ax.annotate(words, (1, middle), xycoords=("axes fraction", "data"), xytext=(8, 0), textcoords="offset points",
                    va="center", annotation_clip=False)
    labels = [name.replace("\n", " ") for name in names]
    said = [f"{label}: {words.strip()}" for label, words in zip(labels[1:], ratios, strict=False)] or labels[1:]
    return describe(ax, f"The faces of {len(truth)} people, in the first row the truth, below it what was recovered. "
                        f"{several(said)}.".replace("\n", " "))


def dial(epsilons: Sequence[float], patients: Mapping[str, Sequence], faces: Mapping[str, Sequence], *,
         titles: tuple[str, str] = ("Patients", "Faces")) -> Figure:
    """Curves of patients and of a face recogniser side by side, every epsilon's mark and points under their names.

    Parameters
    ----------
    epsilons, patients, faces : as `tradeoff` takes them
        Which of the marks and points are to be seen, `leaklab.plots.web.without` decides: ``mark-8``, ``at-8``.
    titles : (str, str)
        What stands above either.
    """
    figure = Chart(figsize=(13, 3.2 * scale() ** 0.5), layout=Fitted())
    left, right = figure.subplots(1, 2)
    tradeoff(epsilons, patients, ax=left, chance=0.5, marked=epsilons, ylim=(0.45, 0.8))
    tradeoff(epsilons, faces, ax=right, chance=0.05, marked=epsilons, ylim=(0, 1.05))
    for ax, title in zip((left, right), titles, strict=True):
        ax.set_title(title, loc="left", fontweight="bold")
        describe(ax, f"{title}: {ax.get_label()}")
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


def _words(epsilons: Sequence[float], curves: Mapping[str, Sequence[float]], chance: float | None,
           marked: float | None) -> str:
    """Where each curve stands at both ends, at the largest finite epsilon, and at the one that is pointed out."""
    finite = [e for e in epsilons if np.isfinite(e)]
    at = dict.fromkeys([epsilons[0], *finite[:1], epsilons[-1]] if marked is None else [epsilons[0], marked])
    said = [" ".join([label.replace("\n", " "), ", ".join(
        f"{values[epsilons.index(e)]:.2f} {'without privacy' if np.isinf(e) else f'at epsilon {shown(e)}'}"
        for e in at)]) for label, values in curves.items()]
    return f"Rates along epsilon. {several(said)}." + ("" if chance is None else f" Guessing: {chance:.2g}.")
