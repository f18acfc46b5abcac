"""Figures of faces: grids of portraits, a face forming step by step, and how alike the recovered faces are."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from leaklab import _validate as v
from leaklab.plots.layout import scale
from leaklab.plots.portraits import GAP, INK, PALE, PALE_BLUE, Grid, canvas, portrait, write
from leaklab.plots.style import BLUE, GREY, ORANGE, describe, row_axes, several, span

if TYPE_CHECKING:  # figures are drawn without tensorflow
    from leaklab.evaluation import Likeness



def portrait_grid(rows: dict[str, np.ndarray], *, names=None, numbers: dict[str, list[str]] | None = None,
                  size: float = 1.15, ax: Axes | None = None) -> Axes:
    """Labelled rows of portraits, one column a person.

    Parameters
    ----------
    rows : dict of str to float array (n, height, width)
        What each row shows, and its images in [0, 1]; n is the same for all. A label's first line is set in bold, and
        further lines smaller below it.
    names : sequence of str (n,), optional
        The people's names, above the columns.
    numbers : dict of str to sequence of str (n,), optional
        For some of the rows, a short text below each portrait.
    size : float
        Inches a portrait, for a new figure.
    ax : matplotlib.axes.Axes, optional

    Examples
    --------
    >>> faces = np.zeros((3, 8, 8))
    >>> ax = portrait_grid({"truth": faces, "recovered\\nfrom the name": faces}, names=["Ada", "Bo", "Cy"])
    >>> len(ax.images)
    6
    """
    rows = {str(label): v.array("rows", images, ndim=3) for label, images in rows.items()}
    names = None if names is None else list(names)
    numbers = {label: list(texts) for label, texts in (numbers or {}).items()}
    columns = {len(images) for images in rows.values()}
    if len(columns) != 1:
        v.fail("rows", {label: len(images) for label, images in rows.items()}, "must hold equally many portraits")
    n = columns.pop()
    for label, texts in {"names": names, **numbers}.items():
        if texts is not None and len(texts) != n:
            v.fail("names" if label == "names" else f"numbers[{label!r}]", len(texts), f"must hold {n} texts")
    for label in numbers:
        v.one_of("numbers", label, rows, "Give numbers for rows of the grid only.")
    grid = Grid(size, [*(names or ()), *(text for texts in numbers.values() for text in texts)])
    labels = {label: grid.label(label) for label in rows}
    left = max([1.45 if any(rows) else 0.0, *(label.wide for label in labels.values())]) + grid.over
    top = -grid.lines(names) if names is not None else 0.0
    pitches = [max(1 + GAP + grid.lines(numbers.get(label)), labels[label].high + GAP) for label in rows]
    ax = canvas(ax, (-left, n * grid.pitch - grid.gap + grid.over), (top, sum(pitches) - GAP), size)
    y = 0.0
    for (label, images), pitch in zip(rows.items(), pitches, strict=True):
        labels[label].draw(ax, y, grid.over)
        for i, image in enumerate(images):
            portrait(ax, image, i * grid.pitch, y)
            if label in numbers:
                write(ax, i * grid.pitch + 0.5, y + 1.04, grid.wrapped(numbers[label][i]), size="small",
                      colour="#444444", va="top")
        y += pitch
    for i, name in enumerate(names if names is not None else ()):
        write(ax, i * grid.pitch + 0.5, -0.05, grid.wrapped(name), size="small", va="bottom")
    return describe(ax, _grid_words(rows, names, numbers, n))


def path_strip(frames, steps, confidence, *, truth=None, show: int = 8, size: float = 1.15,
               ax: Axes | None = None) -> Axes:
    """One face forming, from left to right, with the model's confidence as a bar below each frame.

    Parameters
    ----------
    frames : float array (k, height, width)
    steps : int array (k,)
        The attack's step of each frame.
    confidence : float array (k,)
        The model's probability of the person, in [0, 1].
    truth : float array (height, width), optional
        The person, set apart on the right.
    show : int
        At most so many frames, the first and the last among them, closer together early on, where most happens.
    size : float
        Inches a portrait, for a new figure.
    """
    frames = v.array("frames", frames, ndim=3)
    steps = v.array("steps", steps, ndim=1, length=len(frames), dtype=np.int64)
    confidence = v.array("confidence", confidence, ndim=1, length=len(frames))
    chosen = np.unique(np.geomspace(1, len(frames), v.integer("show", show, low=2)).round().astype(int) - 1)
    above = [f"step {steps[frame]}" for frame in chosen]
    below = [f"{confidence[frame]:.0%} sure" for frame in chosen]
    grid = Grid(size, [*above, *below, "the truth"])
    apart = len(chosen) * grid.pitch + 0.25
    wide = apart + 1 + grid.over if truth is not None else apart - 0.25 - grid.gap
    ax = canvas(ax, (-grid.over, wide + grid.over), (-grid.line, 1.12 + grid.line), size)
    for i, frame in enumerate(chosen):
        x = i * grid.pitch
        portrait(ax, frames[frame], x, 0)
        write(ax, x + 0.5, -0.05, above[i], size="small", va="bottom")
        ax.add_patch(Rectangle((x + 0.04, 1.05), 0.92, 0.045, color=PALE, lw=0))
        ax.add_patch(Rectangle((x + 0.04, 1.05), 0.92 * float(confidence[frame]), 0.045, color=BLUE, lw=0))
        write(ax, x + 0.5, 1.13, below[i], size="small", colour="#444444", va="top")
    if truth is not None:
        portrait(ax, v.array("truth", truth, ndim=2), apart, 0)
        write(ax, apart + 0.5, -0.05, "the truth", size="small", va="bottom", weight="bold")
    return describe(ax, f"One face forming, in {len(chosen)} frames from {above[0]}, {below[0]}, to {above[-1]}, "
                        f"{below[-1]}." + ("" if truth is None else " On the right the truth."))


def likeness_bars(likeness: "dict[str, Likeness]", *, attacks=(), ax: Axes | None = None) -> Axes:
    """Evaluator's top-1 with 95% intervals, attacks beside baselines, and the chance line.

    Parameters
    ----------
    likeness : dict of str to Likeness
        From `leaklab.attacks.judge`; drawn from top to bottom. The mean likeness beyond the average face stands on
        the right.
    attacks : collection of str
        Which of them are attacks: drawn filled and in bold; the others, baselines, hollow.
    """
    if not likeness:
        v.fail("likeness", likeness, "must not be empty", "Judge at least one set of faces.")
    ax = row_axes(ax, list(likeness), wide=7.2, head=0.9, row=0.45)
    beside = partial(ax.annotate, xycoords=("axes fraction", "data"), xytext=(40 * scale(), 0), ha="center",
                     textcoords="offset points", annotation_clip=False)
    for y, (label, found) in enumerate(likeness.items()):
        rate, attack = found.top1, label in attacks
        ax.barh(y, rate.value, height=0.56, lw=1.2, color=PALE_BLUE if attack else "white",
                edgecolor=BLUE if attack else GREY)
        ax.plot([rate.low, rate.high], [y, y], color=INK, lw=1.4, solid_capstyle="butt")
        ax.plot([rate.low, rate.high], [y, y], "|", color=INK, ms=7)
        beside(f"{np.mean(found.beyond):.2f}", (1, y), va="center", color=INK, weight="bold" if attack else "normal")
    chance = next(iter(likeness.values())).chance
    ax.axvline(chance, color=ORANGE, lw=1.6, ls="--")
    ax.annotate(f"chance {chance:.0%}", (chance, -0.62), xytext=(4, 0), textcoords="offset points", va="center",
                size="small", color="#8a5f00")
    beside("likeness beyond\nthe average face", (1, -0.62), va="bottom", size="small", color="#444444")
    ax.set(xlim=(0, 1.0), ylim=(len(likeness) - 0.5, -0.85), xlabel="evaluator's top-1, with its 95% interval")
    ax.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    ax.tick_params(axis="y", length=0)
    said = [f"{label} {span(found.top1)}, likeness beyond the average face {np.mean(found.beyond):.2f}"
            for label, found in likeness.items()]
    return describe(ax, f"Bars of the evaluator's top-1: {several(said)}. Chance: {chance:.0%}.")


def _grid_words(rows, names, numbers, n: int) -> str:
    who = "" if names is None else f" ({', '.join(map(str, list(names)[:8]))}{', ...' if n > 8 else ''})"
    said = [label.replace("\n", " ") for label in rows if label]
    words = f"Portraits of {n} people{who}" + (f", a row each: {several(said)}." if said else ".")
    for label, texts in numbers.items():
        below = [f"{name}: {text}" for name, text in zip(names, texts, strict=True)] if names is not None else texts
        words += f" Below {label.replace(chr(10), ' ')}: {several(list(below), 8)}."
    return words
