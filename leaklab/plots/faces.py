"""Figures of faces: grids of portraits, a face forming step by step, and how alike the recovered faces are."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle
from matplotlib.text import Text

from leaklab import _validate as v
from leaklab.evaluation import Likeness
from leaklab.plots.style import BLUE, GREY, ORANGE, axes, tidy

INK, PALE, PALE_BLUE = "#222222", "#e8e8e8", "#a6cde8"
GAP, LINE = 0.07, 0.21  # between portraits, and for a line of text below them; a portrait is 1 wide and 1 high


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
    rows, numbers = {str(label): v.array("rows", images, ndim=3) for label, images in rows.items()}, numbers or {}
    columns = {len(images) for images in rows.values()}
    if len(columns) != 1:
        v.fail("rows", {label: len(images) for label, images in rows.items()}, "must hold equally many portraits")
    n = columns.pop()
    for label, texts in {"names": names, **numbers}.items():
        if texts is not None and len(texts) != n:
            v.fail("names" if label == "names" else f"numbers[{label!r}]", len(texts), f"must hold {n} texts")
    for label in numbers:
        v.one_of("numbers", label, rows, "Give numbers for rows of the grid only.")
    left, top = (1.45 if any(rows) else 0.0), (-LINE if names is not None else 0.0)
    height = sum(1 + GAP + LINE * (label in numbers) for label in rows) - GAP
    ax = canvas(ax, (-left, n * (1 + GAP) - GAP), (top, height), size)
    y = 0.0
    for label, images in rows.items():
        _row_label(ax, label, y)
        for i, image in enumerate(images):
            portrait(ax, image, i * (1 + GAP), y)
            if label in numbers:
                write(ax, i * (1 + GAP) + 0.5, y + 1.04, numbers[label][i], size=8, colour="#444444", va="top")
        y += 1 + GAP + LINE * (label in numbers)
    for i, name in enumerate(names if names is not None else ()):
        write(ax, i * (1 + GAP) + 0.5, -0.05, name, size=9, va="bottom")
    return ax


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
    apart = len(chosen) * (1 + GAP) + 0.25
    width = apart + 1 if truth is not None else apart - 0.25 - GAP
    ax = canvas(ax, (0, width), (-LINE, 1.12 + LINE), size)
    for i, frame in enumerate(chosen):
        x = i * (1 + GAP)
        portrait(ax, frames[frame], x, 0)
        write(ax, x + 0.5, -0.05, f"step {steps[frame]}", size=9, va="bottom")
        ax.add_patch(Rectangle((x + 0.04, 1.05), 0.92, 0.045, color=PALE, lw=0))
        ax.add_patch(Rectangle((x + 0.04, 1.05), 0.92 * float(confidence[frame]), 0.045, color=BLUE, lw=0))
        write(ax, x + 0.5, 1.13, f"{confidence[frame]:.0%} sure", size=8, colour="#444444", va="top")
    if truth is not None:
        portrait(ax, v.array("truth", truth, ndim=2), apart, 0)
        write(ax, apart + 0.5, -0.05, "the truth", size=9, va="bottom", weight="bold")
    return ax


def likeness_bars(likeness: dict[str, Likeness], *, attacks=(), ax: Axes | None = None) -> Axes:
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
    ax = tidy(axes(ax, size=(7.2, 0.9 + 0.45 * len(likeness))))
    for y, (label, found) in enumerate(likeness.items()):
        rate, attack = found.top1, label in attacks
        ax.barh(y, rate.value, height=0.56, lw=1.2, color=PALE_BLUE if attack else "white",
                edgecolor=BLUE if attack else GREY)
        ax.plot([rate.low, rate.high], [y, y], color=INK, lw=1.4, solid_capstyle="butt")
        ax.plot([rate.low, rate.high], [y, y], "|", color=INK, ms=7)
        ax.annotate(f"{np.mean(found.beyond):.2f}", (1.13, y), ha="center", va="center", annotation_clip=False,
                    weight="bold" if attack else "normal", color=INK)
    chance = next(iter(likeness.values())).chance
    ax.axvline(chance, color=ORANGE, lw=1.6, ls="--")
    ax.annotate(f"chance {chance:.0%}", (chance, -0.62), xytext=(4, 0), textcoords="offset points", va="center",
                size=8, color="#8a5f00")
    ax.annotate("likeness beyond\nthe average face", (1.13, -0.62), ha="center", va="bottom", size=8, color="#444444",
                annotation_clip=False)
    ax.set(xlim=(0, 1.0), ylim=(len(likeness) - 0.5, -0.85), xlabel="evaluator's top-1, with its 95% interval",
           yticks=range(len(likeness)), yticklabels=list(likeness))
    ax.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)
    return ax


def portrait(ax: Axes, image: np.ndarray, x: float, y: float) -> None:
    """One grey portrait with rounded corners, one unit wide, its upper left corner at (x, y)."""
    drawn = ax.imshow(image, cmap="gray", vmin=0, vmax=1, extent=(x, x + 1, y + 1, y), interpolation="bicubic")
    frame = draw_frame(x, y, facecolor="none", edgecolor="#cccccc", lw=0.4)
    ax.add_patch(frame)
    drawn.set_clip_path(frame)


def draw_frame(x: float, y: float, **look) -> FancyBboxPatch:
    return FancyBboxPatch((x + 0.06, y + 0.06), 0.88, 0.88, boxstyle="round,pad=0.06,rounding_size=0.06", **look)


def canvas(ax: Axes | None, wide: tuple[float, float], high: tuple[float, float], size: float) -> Axes:
    """Bare axes in units of a portrait, y downwards; a new figure fits them exactly."""
    if ax is None:
        wide, high = (wide[0] - 0.03, wide[1] + 0.03), (high[0] - 0.03, high[1] + 0.03)
        figure = Figure(figsize=((wide[1] - wide[0]) * size, (high[1] - high[0]) * size))
        ax = figure.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    ax.set_autoscale_on(False)
    ax.set(xlim=wide, ylim=high[::-1], aspect="equal")
    return ax


def _row_label(ax: Axes, label: str, y: float) -> None:
    first, _, rest = label.partition("\n")
    shift = 0.1 if rest else 0
    write(ax, -0.12, y + 0.5 - shift, first, size=11, va="center", ha="right", weight="bold")
    if rest:
        write(ax, -0.12, y + 0.5 + 0.06, rest, size=8.5, va="top", ha="right", colour="#555555")


def write(ax: Axes, x: float, y: float, text: str, *, size: float, va: str, ha: str = "center", colour: str = INK,
          weight: str = "normal") -> Text:
    return ax.text(x, y, text, size=size, va=va, ha=ha, color=colour, weight=weight)
