"""Figure of a line-up: the recovered face, and the people it may show."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from leaklab import _validate as v
from leaklab.plots.layout import scale, width_of, wrap
from leaklab.plots.portraits import GAP, canvas, draw_frame, line_of, portrait, write
from leaklab.plots.style import GREEN, GREY, describe

APART = 0.3  # between the recovered face and the line


def lineup(face, candidates, *, marks: Mapping[str, int | None] | None = None, size: float = 1.15,
           ax: Axes | None = None) -> Axes:
    """A recovered face on the left; on the right numbered photographs, and a place for "none of them".

    Parameters
    ----------
    face : float array (height, width)
    candidates : float array (c, height, width)
    marks : mapping of str to int or None, optional
        What to write below which place, such as ``{"the truth": 2, "your answer": None}``: a candidate's place, or None
        for "none of them". The first of them gets the green frame.
    size : float
        Inches a portrait, for a new figure.
    ax : matplotlib.axes.Axes, optional

    Examples
    --------
    >>> ax = lineup(np.zeros((8, 8)), np.zeros((5, 8, 8)), marks={"the truth": 2, "your answer": None})
    >>> len(ax.images)
    6
    """
    face, candidates = v.array("face", face, ndim=2), v.array("candidates", candidates, ndim=3)
    none = len(candidates)
    # Room for three words is always left, so that a widget does not jump when they come.
    places = {word: none if place is None else v.integer(f"marks[{word!r}]", place, low=0, high=none - 1)
              for word, place in (marks or {}).items()}
    words = [wrap(word, 90 * scale() ** 0.5, "small", "bold") for word in places]
    size = max([size, *(width_of(word, "small", "bold") / 72 for word in (*words, "recovered", "of them "))])
    below = 1.25 * 8.33 * scale() / (72 * size)  # for a line below a place
    rows = sum(sorted((word.count("\n") + 1 for word in words), reverse=True)) if words else 0
    lefts = 1 + APART + (1 + GAP) * np.arange(none + 1)
    ax = canvas(ax, (0, lefts[-1] + 1), (-line_of(size) - 0.02, 1.07 + below * max(3, rows)), size)
    portrait(ax, face, 0, 0)
    write(ax, 0.5, -0.05, "recovered", size="small", va="bottom", weight="bold")
    for place, (x, image) in enumerate(zip(lefts, candidates, strict=False)):
        portrait(ax, image, x, 0)
        write(ax, x + 0.5, -0.05, str(place + 1), size="small", va="bottom")
    ax.add_patch(draw_frame(lefts[none], 0, facecolor="none", edgecolor=GREY, lw=1, ls=(0, (4, 3))))
    write(ax, lefts[none] + 0.5, 0.5, "none\nof them", size="small", va="center")
    used = dict.fromkeys(places.values(), 0)
    for number, (word, place) in enumerate(zip(words, places.values(), strict=True)):
        write(ax, lefts[place] + 0.5, 1.05 + below * used[place], word, size="small", va="top",
              weight="normal" if number else "bold")
        used[place] += word.count("\n") + 1
        if number == 0:
            ax.add_patch(draw_frame(lefts[place], 0, facecolor="none", edgecolor=GREEN, lw=3))
    said = "; ".join(f"{word}: {'none of them' if place == none else f'number {place + 1}'}"
                     for word, place in places.items())
    return describe(ax, f"A recovered face; beside it {none} numbered photographs and a place for none of them. "
                        f"{said[:1].upper()}{said[1:]}" + ("." if said else ""))
