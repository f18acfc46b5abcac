"""Figure of a line-up: the recovered face, and the people it may show."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from leaklab import _validate as v
from leaklab.plots.faces import GAP, LINE, canvas, draw_frame, portrait, write
from leaklab.plots.style import GREEN, GREY

APART, WORD = 0.3, 0.16  # between the recovered face and the line; and for a word below a place


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
    lefts = 1 + APART + (1 + GAP) * np.arange(none + 1)
    ax = canvas(ax, (0, lefts[-1] + 1), (-LINE, 1.05 + WORD * max(3, len(places))), size)
    portrait(ax, face, 0, 0)
    write(ax, 0.5, -0.05, "recovered", size=10, va="bottom", weight="bold")
    for place, (x, image) in enumerate(zip(lefts, candidates, strict=False)):
        portrait(ax, image, x, 0)
        write(ax, x + 0.5, -0.05, str(place + 1), size=10, va="bottom")
    ax.add_patch(draw_frame(lefts[none], 0, facecolor="none", edgecolor=GREY, lw=1, ls=(0, (4, 3))))
    write(ax, lefts[none] + 0.5, 0.5, "none\nof them", size=10, va="center")
    for number, (word, place) in enumerate(places.items()):
        first, above = number == 0, list(places.values())[:number].count(place)
        write(ax, lefts[place] + 0.5, 1.05 + WORD * above, word, size=9, va="top", weight="bold" if first else "normal")
        if first:
            ax.add_patch(draw_frame(lefts[place], 0, facecolor="none", edgecolor=GREEN, lw=3))
    return ax
